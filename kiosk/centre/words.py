"""The words of the contract's codes, for people. Adding a code touches this table and the catalogue."""

from __future__ import annotations

from kiosk.contract import levels, themes
from kiosk.ground.i18n import N_

THEMES = {theme.code: theme.label for theme in themes.THEMES}
LEVELS = {level.code: level.short for level in levels.LEVELS}
FORMATS = {
    "college-45": N_("Collège, 45 min"),
    "lycee-55": N_("Lycée, 55 min"),
    "custom": N_("Autre durée"),
}
#: Format → its minutes, when the format says so.
MINUTES = {"college-45": 45, "lycee-55": 55}
STATUSES = {
    "planned": N_("Prévue"),
    "moved": N_("Déplacée"),
    "cancelled": N_("Annulée"),
    "done": N_("Passée"),
}
#: Enrolment states → (words, icon).
STATES = {
    "requested": (N_("À décider"), "wait"),
    "confirmed": (N_("Inscrite"), "ok"),
    "waitlisted": (N_("En attente"), "wait"),
    "refused": (N_("Refusée"), "no"),
    "cancelled": (N_("Annulée"), "no"),
}
ORIGINS = {
    "prepared": N_("Préparée en classe"),
    "email": N_("Reçue par courriel"),
    "web": N_("Reçue par le site"),
    "class": N_("Reçue d’une classe"),
}
NOTICE_LEVELS = {"info": N_("Information"), "warning": N_("Alerte")}
ACTIONS = {
    "start": N_("Démarrage"),
    "password": N_("Nouveau mot de passe"),
    "login": N_("Connexion au bureau"),
    "login_refused": N_("Mot de passe refusé"),
    "import": N_("Import"),
    "session": N_("Séance enregistrée"),
    "session_removed": N_("Séance retirée"),
    "speaker": N_("Fiche enregistrée"),
    "speaker_removed": N_("Fiche retirée"),
    "portrait": N_("Portrait changé"),
    "enrolment": N_("Décision sur une inscription"),
    "question": N_("Question reçue, ajoutée"),
    "code": N_("Code donné"),
    "code_expired": N_("Code annulé"),
    "paired": N_("Kiosque associé"),
    "revoked": N_("Kiosque révoqué"),
    "notice": N_("Annonce publiée"),
    "notice_withdrawn": N_("Annonce retirée"),
    "stick": N_("Échange par clé USB"),
    "demo": N_("Données inventées ajoutées"),
}
