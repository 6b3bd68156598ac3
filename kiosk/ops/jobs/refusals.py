"""Why a file is not read, or does not come: not the centre's words, since it is not the centre that is asked."""

from __future__ import annotations

from kiosk.exchange.syncstate import FAILURES
from kiosk.ground.i18n import N_, _


class NoJobs(ValueError):
    """It can be read, and holds no job: nothing wrong beside another that does, in one archive."""


#: Class of failure (``syncstate.FAILURES``) → what happened, what to do; the others say nothing of a file
_WORDS = {
    "dns": (
        N_("Pas d’Internet, ou le nom de ce serveur est introuvable depuis cette machine."),
        N_("Vérifiez le câble ou le Wi-Fi, puis le DNS."),
    ),
    "connect": (
        N_("Ce serveur n’est pas joignable depuis ce réseau, ou la connexion est coupée."),
        N_("Ouvrez la sortie vers son adresse et son port, ou donnez le serveur mandataire (centre.proxy)."),
    ),
    "proxy_auth": (
        N_("Le serveur mandataire de l’établissement demande un mot de passe."),
        N_("Donnez un compte dans centre.proxy (http://compte:motdepasse@mandataire:port)."),
    ),
    "proxy": (
        N_("Le serveur mandataire de l’établissement ne répond pas."),
        N_(
            "Le serveur mandataire %(detail)s est éteint ou injoignable : vérifiez son adresse "
            "(centre.proxy) et son port."
        ),
    ),
    "tls_name": (
        N_("Ce qui répond n’a pas le nom de ce serveur : la connexion sécurisée est refusée."),
        N_("Le certificat n’est pas pour %(detail)s : corrigez l’adresse."),
    ),
    "tls_plain": (
        N_("L’adresse est en https, mais ce qui répond ne parle pas en sécurité."),
        N_("%(detail)s répond en clair : vérifiez le port et « https:// » dans l’adresse."),
    ),
    "tls_intercept": (
        N_("La connexion sécurisée est ouverte par un filtre que le kiosque ne connaît pas."),
        N_("Certificat signé par « %(detail)s » : donnez ce certificat racine dans centre.ca_bundle."),
    ),
    "tls_clock": (
        N_("La date de cette machine ne correspond pas à celle du serveur : la connexion sécurisée est refusée."),
        N_("Mettez la machine à l’heure (NTP)."),
    ),
    "timeout": (
        N_("Ce serveur n’a pas répondu à temps : la connexion est très lente ou coupée."),
        N_("Réessayez hors des heures chargées."),
    ),
    "redirect": (
        N_("Le serveur, ou le réseau, renvoie vers une autre page."),
        N_("Redirection vers %(detail)s : connectez la machine au portail, ou corrigez l’adresse."),
    ),
    "portal": (
        N_("Autre chose que le fichier attendu répond : portail de connexion, filtre, ou adresse qui n’existe plus."),
        N_("Connectez la machine au portail depuis son navigateur ; vérifiez jobs.sheets_url et jobs.list_url."),
    ),
    "blocked": (
        N_("Le filtre de l’établissement, ou le serveur, interdit cette adresse."),
        N_("Ajoutez-la à la liste blanche du filtre."),
    ),
    "server": (N_("Ce serveur est en panne ou très occupé."), N_("Réessayez plus tard.")),
}


def words(failure: str, detail: str) -> tuple[str, str]:
    """(what happened, what to do) for a class of failure of a download."""
    FAILURES.get(failure)  # one that does not exist is a mistake of ours
    why, fix = _WORDS.get(failure, _WORDS["server"])
    return _(why), _(fix, detail=detail or _("inconnu"))
