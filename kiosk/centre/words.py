"""The words of the contract's codes, for people. Adding a code touches this table and the catalogue."""

from __future__ import annotations

from kiosk.contract import themes
from kiosk.contract.programme.words import FORMATS, LEVELS, STATUSES  # noqa: F401  (pages read them here)
from kiosk.ground.i18n import N_

THEMES = {theme.code: theme.label for theme in themes.THEMES}
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
TERRITORIES = {"rural": N_("Rural"), "outre-mer": N_("Outre-mer")}
USEFUL = {"very": N_("très utile"), "rather": N_("utile"), "little": N_("peu utile")}
NOTICE_LEVELS = {"info": N_("Information"), "warning": N_("Alerte")}
ACTIONS = {
    "start": N_("Démarrage"),
    "password": N_("Nouveau mot de passe"),
    "login": N_("Connexion au bureau"),
    "login_refused": N_("Mot de passe refusé"),
    "import": N_("Import"),
    "import_undone": N_("Import défait"),
    "session": N_("Séance enregistrée"),
    "session_removed": N_("Séance retirée"),
    "speaker": N_("Fiche enregistrée"),
    "speaker_removed": N_("Fiche retirée"),
    "portrait": N_("Portrait changé"),
    "enrolment": N_("Décision sur une inscription"),
    "question": N_("Question reçue, ajoutée"),
    "directory": N_("Annuaire importé"),
    "school": N_("Établissement écrit à la main"),
    "code": N_("Code donné"),
    "code_expired": N_("Code annulé"),
    "paired": N_("Kiosque associé"),
    "revoked": N_("Kiosque révoqué"),
    "speaker_link": N_("Lien donné pour répondre"),
    "answer": N_("Réponse envoyée à une classe"),
    "notice": N_("Annonce publiée"),
    "notice_withdrawn": N_("Annonce retirée"),
    "stick": N_("Échange par clé USB"),
    "demo": N_("Données inventées ajoutées"),
}
