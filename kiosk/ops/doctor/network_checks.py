"""The class's side of the network: the port, the addresses phones are shown, the machine's own firewall."""

from __future__ import annotations

import errno
import http.client
import json
import os
import shutil
import socket
import subprocess

from kiosk.ground import addresses as ranking
from kiosk.ground import interfaces
from kiosk.ground.i18n import N_, _
from kiosk.ops.doctor import kept
from kiosk.ops.doctor.report import Case, Verdict, beware, broken, check, well


@check("port", N_("Port"))
def port(case: Case) -> Verdict:
    """Free, or answered by a kiosk."""
    number = case.settings.port
    if number == 0:
        return well(_("Un port libre sera choisi au démarrage."))
    answer = _healthz(case.settings.host, number)
    if answer is not None:
        return well(_("Le kiosque répond sur le port %(port)s.", port=number))
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as one:
            if os.name != "nt":
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind((case.settings.host if "." in case.settings.host else "", number))
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM):
            return broken(
                _("Ce compte n’a pas le droit d’ouvrir le port %(port)s.", port=number),
                _("Prenez un port au-dessus de 1024 (port = 8080), ou installez le service : kiosk install --system"),
            )
        return broken(
            _("Un autre programme tient le port %(port)s.", port=number),
            _("Arrêtez ce programme, ou donnez un autre port au kiosque : port = 8081"),
        )
    return well(_("Le port %(port)s est libre ; le kiosque est arrêté.", port=number))


def _healthz(host: str, number: int) -> dict[str, object] | None:
    """What a kiosk says there, ready or starting; None when it is not one."""
    line = http.client.HTTPConnection("127.0.0.1" if host in ("0.0.0.0", "::", "") else host, number, timeout=3)
    try:
        line.request("GET", "/healthz")
        said = json.loads(line.getresponse().read(10_000))
    except (OSError, ValueError, http.client.HTTPException):
        return None
    finally:
        line.close()
    return said if isinstance(said, dict) and "ok" in said else None


@check("addresses", N_("Adresse pour les téléphones"))
def addresses(case: Case) -> Verdict:
    """The one that the display shows, and the relay in front when there is one."""
    relayed = _relay(case)
    if relayed is not None:
        return relayed
    if case.settings.public_url:
        return well(_("Adresse réglée : %(url)s", url=case.settings.public_url))
    if case.settings.host in ("127.0.0.1", "localhost", "::1"):
        return beware(
            _("Le kiosque n’écoute que cette machine : aucun téléphone ne peut l’ouvrir."),
            _('Réglez host = "0.0.0.0" si la classe a des téléphones.'),
        )
    ranked = ranking.rank(interfaces.read())
    chosen = ranking.best(ranked)
    if chosen is None:
        return beware(
            _("Cette machine n’a aucune adresse sur un réseau."),
            _("Branchez le câble ou le Wi-Fi ; sans réseau, la séance se fait sans téléphone, ou avec kiosk hotspot."),
        )
    others = sum(1 for one in ranked if one.showable) - 1
    if others > 0:
        return well(_("%(ip)s (autres adresses, à choisir dans /prof : %(n)s)", ip=chosen.ip, n=others))
    return well(str(chosen.ip))


def _relay(case: Case) -> Verdict | None:
    """What is wrong with a relay in front of the kiosk; None when nothing is, or there is none."""
    settings = case.settings
    held = kept.values(settings).get("relays.met", {})
    met = set(held.get("met", ())) if held.get("settings") == [settings.public_url, *settings.relays] else set()
    if "undeclared" in met or (settings.public_url and not settings.relays and "elsewhere" in met):
        return beware(
            _("Un relais parle au kiosque sans être déclaré : toute la classe compte pour une seule adresse."),
            _('Donnez son adresse : relays = ["127.0.0.1"] (docs/reseau.md).'),
        )
    if "declared" in met or (not settings.relays and (not settings.public_url or "direct" in met)):
        return None
    if "silent" in met:
        return beware(
            _("Le relais déclaré ne dit pas de qui vient chaque requête."),
            _("Faites-lui transmettre X-Forwarded-For (docs/reseau.md)."),
        )
    return beware(
        _(
            "Adresse réglée : %(url)s. Aucune requête n’y est encore venue par un relais qui dit de qui elle vient.",
            url=settings.public_url or ", ".join(settings.relays),
        ),
        _(
            "Ouvrez l’adresse réglée avec un téléphone, attendez une minute, puis relancez le diagnostic. "
            "Un relais qui ne dit rien (tunnel, conteneur) fait passer la classe pour ce poste : "
            "trust_local = false (docs/reseau.md)."
        ),
    )


@check("firewall", N_("Pare-feu"))
def firewall(case: Case) -> Verdict:
    """A firewall of this machine that may stop the phones; those of the network cannot be seen from here."""
    number = case.settings.port or 8080
    if os.name == "nt":  # pragma: no cover
        return beware(
            _("Le pare-feu de Windows arrête sans doute les téléphones, sauf s’il connaît ce port."),
            'New-NetFirewallRule -DisplayName "Kiosque" -Direction Inbound -Protocol TCP '
            f"-LocalPort {number} -Action Allow",
        )
    if _active("ufw"):
        return beware(
            _("Le pare-feu ufw est actif : il arrête peut-être les téléphones."), f"sudo ufw allow {number}/tcp"
        )
    if _active("firewalld"):
        return beware(
            _("Le pare-feu firewalld est actif : il arrête peut-être les téléphones."),
            f"sudo firewall-cmd --permanent --add-port={number}/tcp && sudo firewall-cmd --reload",
        )
    return well(
        _("Aucun pare-feu connu n’est actif ici ; celui du réseau ne se voit pas d’ici (/prof, mise en route).")
    )


def _active(service: str) -> bool:
    if shutil.which("systemctl") is None:
        return False
    try:
        return (
            subprocess.run(
                ["systemctl", "is-active", "--quiet", service], capture_output=True, timeout=3, check=False
            ).returncode
            == 0
        )
    except (OSError, subprocess.SubprocessError):
        return False
