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
#: Groups of the journal's filter.
GROUPS = {
    "sessions": N_("Séances et personnes"),
    "enrolments": N_("Inscriptions"),
    "questions": N_("Questions et réponses"),
    "kiosks": N_("Codes et kiosques"),
    "accounts": N_("Comptes et connexions"),
    "centre": N_("Le centre"),
}
#: Codes of the journal → (words, group). A code that is added has its line here; never a pupil's text with it.
ACTIONS = {
    "start": (N_("Démarrage"), "centre"),
    "brought_back": (N_("Base reprise d’une copie plus ancienne"), "centre"),
    "demo": (N_("Données inventées ajoutées"), "centre"),
    "retention": (N_("Textes et lignes effacés à leur terme"), "centre"),
    "retention_set": (N_("Durées de conservation"), "centre"),
    "password": (N_("Nouveau mot de passe"), "accounts"),  # noted before accounts
    "login": (N_("Connexion au bureau"), "accounts"),
    "login_refused": (N_("Mot de passe refusé"), "accounts"),
    "account": (N_("Compte modifié"), "accounts"),
    "account_made": (N_("Compte créé"), "accounts"),
    "account_link": (N_("Lien donné pour choisir un mot de passe"), "accounts"),
    "account_password": (N_("Mot de passe choisi"), "accounts"),
    "account_factor": (N_("Second facteur mis en place"), "accounts"),
    "account_codes": (N_("Nouveaux codes de secours"), "accounts"),
    "account_suspended": (N_("Compte suspendu"), "accounts"),
    "account_reopened": (N_("Compte rouvert"), "accounts"),
    "account_removed": (N_("Compte retiré"), "accounts"),
    "token_made": (N_("Jeton donné à une machine"), "accounts"),
    "token_revoked": (N_("Jeton retiré"), "accounts"),
    "recovery": (N_("Code de secours utilisé"), "accounts"),
    "import": (N_("Import"), "sessions"),
    "import_undone": (N_("Import défait"), "sessions"),
    "session": (N_("Séance enregistrée"), "sessions"),
    "session_removed": (N_("Séance retirée"), "sessions"),
    "speaker": (N_("Fiche enregistrée"), "sessions"),
    "speaker_removed": (N_("Fiche retirée"), "sessions"),
    "portrait": (N_("Portrait changé"), "sessions"),
    "notice": (N_("Annonce publiée"), "sessions"),
    "notice_withdrawn": (N_("Annonce retirée"), "sessions"),
    "enrolment": (N_("Décision sur une inscription"), "enrolments"),
    "question": (N_("Question reçue, ajoutée"), "questions"),
    "question_sorted": (N_("Question triée"), "questions"),
    "question_moved": (N_("Question déplacée"), "questions"),
    "question_apart": (N_("Question détachée, ou groupée de nouveau"), "questions"),
    "speaker_link": (N_("Lien donné pour répondre"), "questions"),
    "speaker_link_closed": (N_("Lien pour répondre fermé"), "questions"),
    "answer": (N_("Réponse envoyée à une classe"), "questions"),
    "directory": (N_("Annuaire importé"), "kiosks"),
    "school": (N_("Établissement écrit à la main"), "kiosks"),
    "code": (N_("Code donné"), "kiosks"),
    "code_expired": (N_("Code annulé"), "kiosks"),
    "paired": (N_("Kiosque associé"), "kiosks"),
    "revoked": (N_("Kiosque révoqué"), "kiosks"),
    "stick": (N_("Échange par clé USB"), "kiosks"),
}
