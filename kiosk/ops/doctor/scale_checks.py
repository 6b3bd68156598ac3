"""What several workers stand on: PostgreSQL and Redis (``docs/grande-echelle.md``)."""

from __future__ import annotations

from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import N_, _
from kiosk.ops.doctor.report import Case, Verdict, beware, broken, check, well
from kiosk.storage import serverstate


def server(database: str) -> Verdict:
    """PostgreSQL, as the account of this installation finds it."""
    try:
        found = serverstate.of_server(database)
    except KioskError as error:
        if error.code == "scale_pooled":
            return broken(error.message, _("Un processus garde une douzaine de connexions : aucun relais n’est utile."))
        return broken(error.message, _("Démarrez PostgreSQL ; vérifiez l’adresse et le mot de passe de « database »."))
    if found.version < serverstate.OLDEST:
        return broken(_("PostgreSQL %(n)s est trop ancien.", n=found.version), _("Il en faut un de 14 ou plus récent."))
    if not found.durable:
        return broken(
            _("PostgreSQL n’attend pas le disque : une coupure perdrait des questions reçues."),
            _("Remettez fsync et full_page_writes à on dans postgresql.conf."),
        )
    if found.mighty or found.shared:
        return beware(
            _("La base n’est pas à un compte pour elle seule."),
            _("Un compte sans droit d’administration, et REVOKE ALL ON DATABASE … FROM PUBLIC (grande-echelle)."),
        )
    if found.talks:
        return beware(
            _("Le journal de PostgreSQL peut écrire des requêtes, donc des mots d’élèves."),
            _("ALTER ROLE … SET %(names)s, comme le dit la page grande-echelle.", names=", ".join(found.talks)),
        )
    if found.lingers:
        return beware(
            _("Le journal d’écriture de PostgreSQL garde un temps les mots effacés."),
            _("ALTER SYSTEM SET wal_recycle = off, et les deux GRANT de la page grande-echelle."),
        )
    if found.archived:
        return beware(
            _("PostgreSQL archive son journal d’écriture : les mots effacés y restent."),
            _("Effacez ces archives au rythme de retention.days, ou mettez archive_mode à off."),
        )
    return well(_("PostgreSQL %(version)s répond ; %(n)s processus.", version=found.version, n=found.workers))


@check("announcements", N_("Annonces entre processus"))
def announcements(case: Case) -> Verdict:
    """Redis, when several workers share the rooms."""
    if not case.settings.message_queue:
        return well(_("Un seul processus : rien à annoncer."))
    try:
        keeps = serverstate.redis_keeps(case.settings.message_queue)
    except KioskError as error:
        missing = error.code == "scale_missing"
        return broken(
            error.message if missing else _("Redis ne répond pas : les nouvelles viennent de la base, plus tard."),
            _("Démarrez Redis ; vérifiez l’adresse et le mot de passe de « message_queue »."),
        )
    if keeps:
        return beware(
            _("Redis écrit sur le disque ce qui passe : des identifiants et des nombres."),
            _('Dans redis.conf : save "" et appendonly no.'),
        )
    return well(_("Redis répond."))
