"""The centre's side: proxy, certificates, the class of the way, what waits. Only ``/v1/about`` is asked."""

from __future__ import annotations

import os
import ssl
import time
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies

from kiosk.exchange import syncstate
from kiosk.ground.i18n import N_, _
from kiosk.ground.instants import DAY
from kiosk.ops.doctor import kept
from kiosk.ops.doctor.report import Case, Verdict, beware, broken, check, well

#: Days that an operation may wait before one should look (school holidays excepted, that is what it says).
LONG = 7


@check("proxy", N_("Serveur mandataire"))
def proxy(case: Case) -> Verdict:
    """Which one the exchange takes, and whether the address makes sense. Its password is never shown."""
    if not case.settings.centre_url:
        return well(_("Aucun centre réglé : aucun serveur mandataire n’est utile."))
    address = case.settings.centre_proxy or getproxies().get(urlsplit(case.settings.centre_url).scheme, "")
    if not address:
        return well(_("Sans serveur mandataire."))
    parts = urlsplit(address if "//" in address else "//" + address)
    try:
        shown = f"{parts.hostname}:{parts.port}" if parts.hostname and parts.port else ""
    except ValueError:
        shown = ""
    if not shown:
        return beware(
            _("L’adresse du serveur mandataire n’a pas de nom ou pas de port."),
            _('Écrivez centre.proxy = "http://mandataire:3128".'),
        )
    if case.settings.centre_proxy:
        return well(_("%(proxy)s, de centre.proxy.", proxy=shown))
    return well(_("%(proxy)s, du système ; un service n’a pas les variables d’un terminal.", proxy=shown))


@check("ca", N_("Certificats"))
def ca(case: Case) -> Verdict:
    """The school's certificates can be read, when it gives some."""
    path = case.settings.centre_ca_bundle
    if not path:
        return well(_("Ceux du système."))
    cure = _("Donnez dans centre.ca_bundle un fichier PEM lisible par le compte du kiosque.")
    if not Path(path).is_file() or not os.access(path, os.R_OK):
        return broken(_("Le fichier centre.ca_bundle ne peut pas être lu."), cure)
    try:
        count = len(ssl.create_default_context(cafile=path).get_ca_certs())
    except (ssl.SSLError, OSError):
        return broken(_("Le fichier centre.ca_bundle n’est pas un certificat PEM."), cure)
    return well(_("Certificats de l’établissement : %(n)s.", n=count))


def _silent() -> Verdict:
    return beware(f"{syncstate.sentence('timeout')} [timeout]", syncstate.fix("timeout"))


@check("centre", N_("Centre"), _silent)
def centre(case: Case) -> Verdict:
    """The failure class of the way, asked now."""
    url = case.settings.centre_url
    if not url:
        return well(_("Aucun centre réglé : clé USB ou courriel."))
    from kiosk.exchange import about
    from kiosk.exchange.wire import HttpLine

    line = HttpLine(case.settings.centre_proxy, case.settings.centre_ca_bundle)
    try:
        reply, _about = about.about_centre(line, url.rstrip("/"))
    finally:
        line.close()
    if reply.failure != "ok":
        return beware(
            f"{syncstate.sentence(reply.failure)} [{reply.failure}]", syncstate.fix(reply.failure, reply.detail)
        )
    state = kept.values(case.settings).get("sync.state") or {}
    if not state.get("paired"):
        return beware(_("Le centre répond, ce kiosque n’est pas encore jumelé."), syncstate.fix("auth"))
    aside = (kept.values(case.settings).get("sync.unread") or {}).get("changes", [])
    if aside:
        return beware(
            _("Le centre répond ; hors du contrat d’échange, mises de côté : %(n)s.", n=len(aside)),
            _("Donnez au centre la liste de /prof, « Synchronisation », sous « Reçu, mais illisible »."),
        )
    return well(_("Le centre répond, ce kiosque est jumelé."))


@check("outbox", N_("Envois en attente"))
def outbox(case: Case) -> Verdict:
    """How much waits for the centre, since when."""
    counts, oldest = kept.outbox(case.settings)
    waiting, rejected = counts.get("waiting", 0), counts.get("rejected", 0)
    if waiting and oldest is not None:
        days = int((time.time() * 1000 - oldest) / DAY)
        if days >= LONG:
            return beware(
                _("En attente : %(n)s, le plus ancien depuis %(days)s jours.", n=waiting, days=days),
                _("Lancez kiosk sync, ou emportez-les sur une clé USB : kiosk export exchange"),
            )
    if rejected:
        return beware(
            _("Refusés par le centre : %(n)s.", n=rejected), _("Corrigez-les dans /prof, « Synchronisation ».")
        )
    return well(_("En attente : %(n)s.", n=waiting))
