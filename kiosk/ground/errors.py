"""Every refusal of the kiosk: one exception, one registry of stable codes, one body.

HTTP, Socket.IO and the command line all answer with :func:`body`. A code never changes
its meaning; its sentence may. Sentences are for the person in front of the screen.
"""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

from kiosk.ground.i18n import N_, _
from kiosk.ground.values import dataclass


@dataclass(frozen=True)
class ErrorKind:
    """What a code means: the HTTP status it travels with and its French sentence, a pupil's unless nobody else meets
    it. ``teacher``: the sentence on the panel; ``keeper``: at the command line; empty: the same.
    """

    status: int
    message: str
    teacher: str = ""
    keeper: str = ""


#: code → kind. Adding a code touches this table, the catalogue and a test.
ERRORS: dict[str, ErrorKind] = {
    # what the sender wrote
    "invalid": ErrorKind(422, N_("Ce message n’a pas la forme attendue.")),
    "question_empty": ErrorKind(422, N_("Écrivez votre question avant de l’envoyer.")),
    "question_too_long": ErrorKind(
        422, N_("Votre question dépasse %(max)s caractères : raccourcissez-la, votre texte est toujours là.")
    ),
    "answer_too_long": ErrorKind(
        422,
        N_("Une ligne de réponse compte %(max)s caractères au plus : raccourcissez-la, votre texte est toujours là."),
    ),
    "unknown_theme": ErrorKind(422, N_("Ce thème n’existe pas.")),
    "unknown_speaker": ErrorKind(422, N_("Cette personne ne participe pas à la séance.")),
    "unknown_reason": ErrorKind(422, N_("Cette raison n’existe pas.")),
    "unknown_level": ErrorKind(422, N_("Ce niveau n’existe pas.")),
    "level_missing": ErrorKind(422, N_("Choisissez le niveau : le nom de la classe ne le dit pas.")),
    "unknown_format": ErrorKind(422, N_("Ce format de séance n’existe pas.")),
    "unknown_zone": ErrorKind(422, N_("Ce fuseau horaire n’existe pas.")),
    "instant_invalid": ErrorKind(
        422, N_("« %(value)s » n’est pas une date du contrat (exemple : 2026-11-24T09:00:00Z).")
    ),
    "setting_invalid": ErrorKind(422, N_("Ce réglage ne convient pas : %(detail)s.")),
    "unknown_step": ErrorKind(422, N_("Cette étape n’existe pas.")),
    "unknown_phase": ErrorKind(422, N_("Cette étape n’existe pas.")),
    "list_empty": ErrorKind(422, N_("Aucune question dans cette liste : écrivez une question par ligne.")),
    "list_unticked": ErrorKind(422, N_("Aucune question cochée : cochez celles à ajouter.")),
    "list_faulty": ErrorKind(
        422, N_("Rien n’est ajouté encore : corrigez les lignes cochées qui ont un défaut (%(n)s), ou décochez-les.")
    ),
    "list_too_long": ErrorKind(422, N_("Cette liste dépasse %(max)s lignes : ajoutez-la en plusieurs fois.")),
    "headcount_invalid": ErrorKind(422, N_("L’effectif est un nombre entre 0 et 500.")),
    "hands_beyond": ErrorKind(
        422, N_("%(hands)s mains levées : %(max)s au plus pour une question. Corrigez ces nombres.")
    ),
    "hands_many": ErrorKind(
        422,
        N_(
            "%(hands)s mains levées pour un effectif de %(headcount)s ? "
            "Corrigez, ou confirmez si la classe avait des invités."
        ),
    ),
    "until_invalid": ErrorKind(422, N_("Choisissez une date, d’ici treize mois au plus.")),
    "name_invalid": ErrorKind(422, N_("Ce nom est vide ou trop long.")),
    "uai_length": ErrorKind(422, N_("Un code UAI compte 7 chiffres et une lettre.")),
    "uai_letter": ErrorKind(422, N_("La dernière lettre de ce code UAI n’est pas possible.")),
    "uai_checksum": ErrorKind(422, N_("La lettre de ce code UAI ne correspond pas à ses chiffres.")),
    "form_faulty": ErrorKind(422, N_("Rien n’est encore enregistré : corrigez les cases signalées.")),
    "file_unread": ErrorKind(422, N_("Rien n’est enregistré : ce fichier n’a pas pu être lu. %(detail)s")),
    "file_slow": ErrorKind(
        422, N_("Rien n’est enregistré : ce fichier est trop lourd à lire. Enregistrez la seule feuille utile en CSV.")
    ),
    "file_missing_here": ErrorKind(422, N_("Choisissez d’abord un fichier.")),
    "import_gone": ErrorKind(409, N_("Ce fichier n’est plus en mémoire : choisissez-le de nouveau.")),
    "nothing_ticked": ErrorKind(422, N_("Aucune ligne cochée : cochez celles à enregistrer.")),
    "confirm_missing": ErrorKind(422, N_("Cochez la case qui confirme avant d’effacer.")),
    "confirm_first": ErrorKind(422, N_("Confirmez d’abord : la page dit ce que cela change.")),
    "merge_needs_two": ErrorKind(422, N_("Choisissez au moins deux textes à regrouper.")),
    "nothing_to_send": ErrorKind(422, N_("Cochez au moins une question qui peut être transmise.")),
    "personal_data": ErrorKind(422, N_("Ce texte contient une donnée personnelle : il ne peut pas partir au centre.")),
    "worry_words": ErrorKind(
        422, N_("Ces mots sont peut-être ceux d’un élève en danger : ils ne peuvent pas partir au centre.")
    ),
    "class_expected": ErrorKind(
        422, N_("Donnez le nom de la classe (4e B, Terminale STMG), jamais celui de l’élève, qui ne part pas d’ici.")
    ),
    # what the moment does not allow
    "already_enrolled": ErrorKind(409, N_("Cette classe est déjà inscrite à cette séance.")),
    "session_invented": ErrorKind(
        409, N_("Cette séance est celle de la démonstration : personne n’y inscrit de classe, et rien n’en part.")
    ),
    "session_made_here": ErrorKind(
        409, N_("Cette séance a été créée sur ce poste : elle y reste, et aucune inscription n’en part.")
    ),
    "session_from_centre": ErrorKind(
        409, N_("Cette séance vient du centre : elle se corrige là-bas, et le kiosque la reçoit.")
    ),
    "no_rehearsal": ErrorKind(409, N_("Il n’y a pas de séance d’essai dans cette salle.")),
    "rehearsal_kept": ErrorKind(409, N_("Une séance d’essai ne se garde pas : tout disparaît avec elle.")),
    "session_begun": ErrorKind(
        409, N_("Cette séance a commencé, ou des élèves y ont écrit : elle ne se corrige plus et ne se supprime plus.")
    ),
    "session_not_open": ErrorKind(409, N_("La séance n’est pas encore ouverte.")),
    "session_over": ErrorKind(409, N_("La séance est terminée : les questions ne sont plus prises.")),
    "intake_paused": ErrorKind(
        409, N_("Les questions sont en pause pour le moment. Gardez la vôtre, elle est toujours là.")
    ),
    "newcomers_paused": ErrorKind(
        409,
        N_(
            "Les nouveaux appareils attendent pour l’instant. Gardez votre question : elle est toujours là. "
            "La personne qui mène la séance peut vous faire entrer, ou l’écrire pour vous."
        ),
    ),
    "intake_frozen": ErrorKind(409, N_("La liste des questions est close.")),
    "no_session": ErrorKind(409, N_("Aucune séance n’est choisie pour cette salle.")),
    "wrong_status": ErrorKind(409, N_("Cette question a changé entre-temps : la liste est à jour.")),
    "moved_on": ErrorKind(409, N_("La séance a avancé entre-temps : la page est à jour, rien n’a changé.")),
    "lesson_not_begun": ErrorKind(409, N_("La leçon n’est pas commencée dans cette salle.")),
    "nothing_chosen": ErrorKind(409, N_("Choisissez d’abord au moins une question : elle fera la liste.")),
    "places_full": ErrorKind(409, N_("Les %(max)s places sont prises : rendez-en une d’abord.")),
    "flagged_first": ErrorKind(
        409, N_("Une question signalée ne rejoint pas les préparées : reformulez-la d’abord, ou écrivez-la vous-même.")
    ),
    "wrong_phase": ErrorKind(409, N_("Ce n’est pas possible à cette étape de la séance.")),
    "worry_waits": ErrorKind(
        409, N_("Ce message vient peut-être d’un élève en danger : il se lit à part, et ne s’affiche pas.")
    ),
    "worry_unopened": ErrorKind(
        409,
        N_("Un message inquiétant n’a pas encore été ouvert. Lisez-le, ou confirmez que vous l’effacez sans le lire."),
    ),
    "nothing_to_undo": ErrorKind(409, N_("Rien à annuler.")),
    "id_taken": ErrorKind(409, N_("Cet identifiant sert déjà à une autre question.")),
    "no_phone_yet": ErrorKind(409, N_("Aucun téléphone n’est encore arrivé.")),
    "room_busy": ErrorKind(409, N_("Une séance est déjà en cours dans cette salle.")),
    "room_running": ErrorKind(409, N_("Une séance est en cours dans cette salle : terminez-la d’abord.")),
    "room_not_empty": ErrorKind(
        409, N_("Il reste %(n)s textes d’élèves dans cette salle : effacez-les d’abord, puis retirez la salle.")
    ),
    "room_last": ErrorKind(409, N_("C’est la seule salle du kiosque : elle se renomme, elle ne se retire pas.")),
    # who asks
    "forbidden": ErrorKind(403, N_("Cette page est réservée à l’enseignant ou à l’enseignante.")),
    "teacher_only": ErrorKind(403, N_("Une personne invitée ne peut pas faire cela.")),
    "login_required": ErrorKind(401, N_("Saisissez le code de l’enseignant ou de l’enseignante.")),
    "school_code": ErrorKind(
        403, N_("Le code de cette salle n’ouvre que cette salle : ici, il faut le code de l’établissement.")
    ),
    "pin_wrong": ErrorKind(403, N_("Ce code n’est pas le bon.")),
    "pin_invalid": ErrorKind(422, N_("Un code compte six chiffres, ni tous pareils, ni à la suite.")),
    "pin_locked": ErrorKind(429, N_("Trop d’essais. Nouvel essai possible dans %(seconds)s secondes.")),
    "pin_closed": ErrorKind(
        429,
        N_("L’entrée par code est fermée pour le moment. Demandez à entrer : le poste du kiosque peut vous ouvrir."),
    ),
    "too_many_knocks": ErrorKind(
        429, N_("Trop d’appareils demandent à entrer. Réessayez dans une minute, ou venez au poste du kiosque.")
    ),
    "knock_gone": ErrorKind(404, N_("Cette demande n’est plus là : qu’on la fasse de nouveau, sur l’autre appareil.")),
    "not_running": ErrorKind(
        503, N_("Aucun kiosque ne répond sur le port %(port)s de cette machine : donnez le sien avec --port.")
    ),
    "csrf": ErrorKind(403, N_("Cette page a expiré. Rechargez-la, puis recommencez.")),
    "origin": ErrorKind(403, N_("Cette demande vient d’une autre adresse.")),
    "invitation_invalid": ErrorKind(403, N_("Cette invitation n’est plus valable. Demandez-en une nouvelle.")),
    "invitation_used": ErrorKind(
        403, N_("Cette invitation était pour un seul appareil, et elle a déjà servi. Demandez-en une autre.")
    ),
    "display_token": ErrorKind(
        403, N_("Ouvrez cet écran depuis le poste du kiosque ou avec le lien donné par l’enseignant ou l’enseignante.")
    ),
    "own_host": ErrorKind(
        421, N_("Sur le poste du kiosque, ouvrez cette page à l’adresse %(address)s : un nom ne suffit pas.")
    ),
    # how often
    "too_fast": ErrorKind(429, N_("Vous allez très vite. Attendez %(seconds)s secondes, votre texte est toujours là.")),
    "too_many": ErrorKind(429, N_("Vous avez déjà envoyé %(max)s questions pour cette séance.")),
    "room_too_fast": ErrorKind(
        429, N_("Beaucoup de questions arrivent en même temps. Réessayez dans un instant, votre texte est toujours là.")
    ),
    "list_full": ErrorKind(
        429,
        N_(
            "La liste est pleine pour l’instant : beaucoup de questions attendent. "
            "Gardez la vôtre, elle est toujours là."
        ),
    ),
    "support_full": ErrorKind(429, N_("Cette question a déjà toutes les voix de la classe.")),
    "reflections_full": ErrorKind(
        429, N_("Toutes les réponses de la classe sont arrivées. Il manque la vôtre ? Dites-le dans la salle.")
    ),
    "newcomer": ErrorKind(429, N_("Cet appareil vient d’arriver : réessayez dans %(seconds)s secondes.")),
    "too_many_sockets": ErrorKind(
        429,
        N_("Trop de fenêtres du kiosque sont ouvertes sur cet appareil. Fermez-en, puis rechargez cette page."),
    ),
    # what is missing
    "not_found": ErrorKind(404, N_("Cette page n’existe pas.")),
    "unknown_question": ErrorKind(404, N_("Cette question n’existe plus.")),
    "unknown_session": ErrorKind(404, N_("Cette séance n’existe pas.")),
    "unknown_souvenir": ErrorKind(404, N_("Ce souvenir n’est pas, ou plus, gardé dans cette salle.")),
    "unknown_room": ErrorKind(404, N_("Aucune salle ne porte ce code.")),
    "unknown_device": ErrorKind(404, N_("Cet appareil n’a plus d’accès à retirer.")),
    "unknown_enrolment": ErrorKind(404, N_("Cette inscription n’existe pas ou n’est plus en cours.")),
    "unknown_reply": ErrorKind(404, N_("Cette réponse n’est plus là.")),
    "unknown_operation": ErrorKind(404, N_("Cet envoi n’existe plus, ou n’est pas à corriger.")),
    "unknown_event": ErrorKind(404, N_("Ce message n’est pas connu du kiosque.")),
    "method_not_allowed": ErrorKind(405, N_("Cette action n’est pas possible à cette adresse.")),
    "too_large": ErrorKind(413, N_("C’est trop long : revenez en arrière, votre texte y est ; raccourcissez-le.")),
    # the machine
    "internal": ErrorKind(500, N_("Le kiosque a rencontré une erreur. Elle est notée dans son journal.")),
    "storage_full": ErrorKind(
        507,
        N_(
            "Le disque du kiosque est plein : votre question n’est pas enregistrée. "
            "Elle reste sur votre écran, prévenez l’enseignant ou l’enseignante."
        ),
        N_(
            "Le disque du kiosque est plein : rien n’a été enregistré, ce qui était là reste. Faites de la place sur "
            "ce poste, ou effacez une séance finie (Salle, « Tout effacer »)."
        ),
        N_(
            "Le disque du dossier de données est plein : rien n’a été écrit, ce qui était là reste. Faites de la "
            "place, puis recommencez."
        ),
    ),
    "storage_readonly": ErrorKind(
        503,
        N_(
            "Le kiosque ne peut plus enregistrer : votre question reste sur votre écran, prévenez l’enseignant ou "
            "l’enseignante."
        ),
        N_(
            "Le disque du kiosque ne se laisse plus écrire (une carte usée le devient) : rien n’a été enregistré, ce "
            "qui était là reste lisible. Prévenez la personne qui s’occupe des postes."
        ),
        N_(
            "Le dossier de données ne se laisse plus écrire : rien n’a changé. Remontez le disque en écriture, changez "
            "la carte, ou donnez un autre dossier (--data-dir) ; « kiosk doctor » dit lequel."
        ),
    ),
    "storage_failed": ErrorKind(
        503,
        N_("Le kiosque n’arrive pas à enregistrer. Votre texte est toujours là, réessayez dans un instant."),
        N_(
            "Le kiosque n’arrive pas à enregistrer. Réessayez ; si cela dure, « État du poste » (page Salle) dit "
            "pourquoi."
        ),
        N_("L’écriture dans le dossier de données a échoué : rien n’a changé. « kiosk doctor » dit pourquoi."),
    ),
    "storage_away": ErrorKind(
        503,
        N_("La base de données ne répond pas. Votre texte est toujours là, réessayez dans un instant."),
        N_("La base de données ne répond pas. Tout reprend dès qu’elle revient ; rien n’est à relancer ici."),
        N_("PostgreSQL ne répond pas : rien n’a changé. « kiosk doctor » dit pourquoi."),
    ),
    "starting": ErrorKind(503, N_("Le kiosque démarre. Réessayez dans un instant.")),
    # the centre
    "centre_unset": ErrorKind(
        409, N_("Aucun centre n’est réglé : donnez son adresse (centre.url, ou KIOSK_CENTRE_URL).")
    ),
    "not_paired": ErrorKind(
        409, N_("Ce kiosque n’est pas encore jumelé : tapez le code donné par le centre (kiosk pair CODE --uai UAI).")
    ),
    "pairing_code": ErrorKind(
        403, N_("Ce code de jumelage est faux, déjà utilisé ou trop ancien. Demandez-en un autre au centre.")
    ),
    "pairing_rate": ErrorKind(
        429, N_("Trop de codes faux pour cet établissement. Nouvel essai possible dans %(seconds)s secondes.")
    ),
    "centre_failed": ErrorKind(502, N_("%(sentence)s")),
    "sync_busy": ErrorKind(409, N_("Une synchronisation est déjà en cours.")),
    "centre_refused": ErrorKind(422, N_("%(detail)s")),
    "pairing_long": ErrorKind(
        422, N_("Ce code n’est pas un code long : seize signes, que le centre donne pour un jumelage par clé USB.")
    ),
    "pairing_by_stick": ErrorKind(
        422, N_("Ce code est un code long : il sert par clé USB. Ajoutez --stick et le dossier de la clé.")
    ),
    "stick_large": ErrorKind(422, N_("Ce fichier est trop gros pour un échange avec le centre (16 Mo au plus).")),
    "stick_invalid": ErrorKind(422, N_("Ce fichier n’est pas un échange avec le centre, ou il est abîmé.")),
    "stick_missing": ErrorKind(422, N_("Choisissez d’abord le fichier de réponse du centre.")),
    "stick_foreign": ErrorKind(403, N_("Ce fichier n’est pas pour ce kiosque, ou il a été modifié.")),
    "stick_unwritten": ErrorKind(
        507, N_("%(path)s n’a pas pu être écrit (%(detail)s) : clé pleine, protégée, ou dossier absent.")
    ),
    "jobs_file": ErrorKind(
        422,
        N_("%(name)s n’est pas un fichier des métiers de l’Onisep : %(why)s. Les fiches en place n’ont pas changé."),
    ),
    "jobs_unset": ErrorKind(
        409, N_("Aucune adresse n’est réglée (jobs.sheets_url, jobs.list_url) : donnez un fichier à cette commande.")
    ),
    "jobs_fetch": ErrorKind(502, N_("%(url)s n’a pas pu être téléchargé. %(why)s %(fix)s")),
    "nothing_prepared": ErrorKind(409, N_("Aucune question préparée pour cette séance.")),
    # files and configuration
    "file_missing": ErrorKind(404, N_("Fichier introuvable : %(path)s")),
    "file_is_folder": ErrorKind(422, N_("%(path)s est un dossier : donnez le fichier qui est dedans.")),
    "file_denied": ErrorKind(
        403, N_("Ce compte n’a pas le droit de lire %(path)s : faites-le copier par le compte à qui est ce fichier.")
    ),
    "file_broken": ErrorKind(
        500, N_("%(path)s ne se lit pas : %(detail)s. Copiez-le de nouveau, d’un autre disque ou d’une autre clé.")
    ),
    "system_refused": ErrorKind(
        500, N_("Le système refuse %(path)s : %(detail)s. Le diagnostic en dit plus : kiosk doctor")
    ),
    "file_too_large": ErrorKind(413, N_("Fichier trop gros, plus de %(most)s Mo : %(path)s")),
    "sort_no_text": ErrorKind(
        422, N_("Aucune colonne « text » ou « question » dans les premières lignes de %(path)s.")
    ),
    "sort_unreadable": ErrorKind(422, N_("%(path)s n’est pas une liste de questions. %(detail)s")),
    "office_refused": ErrorKind(422, N_("Le centre refuse : %(detail)s")),
    "import_invalid": ErrorKind(422, N_("Rien n’a été importé : %(count)s erreur(s) dans le fichier.")),
    "config_syntax": ErrorKind(422, N_("%(file)s, ligne %(line)s : %(detail)s")),
    "config_unknown_key": ErrorKind(422, N_("%(file)s, ligne %(line)s : réglage inconnu « %(key)s ».%(hint)s")),
    "config_wrong_type": ErrorKind(422, N_("%(file)s, ligne %(line)s : « %(key)s » : %(detail)s")),
    "config_wrong_value": ErrorKind(422, N_("%(source)s : %(detail)s")),
    "client_tools_missing": ErrorKind(
        500, N_("Les outils qui fabriquent les pages manquent. Lancez ./run.sh, qui les installe.")
    ),
    "client_build_failed": ErrorKind(500, N_("Les pages n’ont pas pu être fabriquées : %(detail)s")),
    "already_running": ErrorKind(409, N_("Un kiosque utilise déjà ce dossier de données (processus %(pid)s).")),
    "scale_missing": ErrorKind(
        500,
        N_(
            "« database » et « message_queue » demandent le paquet %(name)s : installez config/requirements-scale.lock."
        ),
    ),
    "scale_no_database": ErrorKind(
        400,
        N_("« message_queue » va avec « database = postgresql://… » : plusieurs processus partagent une base."),
    ),
    "scale_pooled": ErrorKind(
        409,
        N_(
            "Un relais (pgbouncer) donne à chaque requête une connexion quelconque de PostgreSQL : les verrous et les "
            "requêtes prêtes s’y perdent. Dans « database », écrivez l’adresse de PostgreSQL lui-même."
        ),
    ),
    "scale_taken": ErrorKind(
        409,
        N_(
            "Un autre processus utilise cette base. Pour qu’elle en serve plusieurs, donnez à tous la même "
            "« message_queue » ; pour la transporter, arrêtez-les tous."
        ),
    ),
    "move_target": ErrorKind(
        409,
        N_(
            "La base d’arrivée doit être neuve : « sqlite » (sans fichier kiosk.sqlite3 dans le dossier) ou "
            "postgresql://… (sans kiosque dedans). Rien n’a changé."
        ),
    ),
    "move_source": ErrorKind(
        409, N_("Aucune base de cette version n’est là : démarrez le kiosque une fois, arrêtez-le, puis recommencez.")
    ),
    "move_counts": ErrorKind(
        500, N_("Le compte de la table %(table)s n’est pas le même des deux côtés. Rien n’a été gardé.")
    ),
    "data_disk_missing": ErrorKind(
        503, N_("Le disque du dossier de données n’est pas là : %(path)s. Branchez-le, ou donnez un autre dossier.")
    ),
    "data_folder": ErrorKind(500, N_("Le dossier de données %(path)s ne peut pas être créé : %(detail)s.")),
    "data_foreign": ErrorKind(
        403,
        N_(
            "Le dossier de données %(path)s est fermé à ce compte : il appartient à « %(owner)s ». Lancez la commande "
            "avec ce compte (sudo -u %(owner)s …), ou donnez un autre dossier (--data-dir)."
        ),
    ),
    "data_damaged": ErrorKind(
        409,
        N_(
            "La base %(path)s est abîmée, et un kiosque est en marche dessus : rien n’a changé. Arrêtez-le, puis "
            "relancez-le : il reprendra sa dernière copie entière."
        ),
    ),
    "data_readonly": ErrorKind(
        503,
        N_(
            "Le kiosque ne peut pas écrire dans %(path)s : disque en lecture seule (une carte usée le devient), ou "
            "dossier d’un autre compte. Remontez le disque en écriture, changez la carte, ou donnez un autre dossier "
            "(--data-dir) ; « kiosk doctor » dit lequel."
        ),
    ),
    "data_newer": ErrorKind(
        409,
        N_("Ces données viennent d’une version plus récente du kiosque (%(names)s) : installez-la, rien n’a changé."),
    ),
    "upgrade_uncopied": ErrorKind(
        507,
        N_("La copie d’avant mise à niveau n’a pas pu être faite (%(detail)s) : rien n’a changé. Libérez de la place."),
    ),
    "provision_invalid": ErrorKind(422, N_("Rien n’a été réglé : %(count)s erreur(s) dans %(file)s.")),
    "provision_choice": ErrorKind(
        422,
        N_("%(file)s : %(count)s lignes, aucune pour cette machine (%(host)s). Choisissez : --line, --label ou --all."),
    ),
    "provision_line": ErrorKind(422, N_("Aucune ligne de %(file)s ne répond à « %(wanted)s ».")),
    "provision_unpaired": ErrorKind(
        502, N_("Tout est réglé sauf le jumelage ; la même commande le refera. %(sentence)s")
    ),
    "archive_invalid": ErrorKind(
        422, N_("%(path)s n’est pas une sauvegarde du kiosque, ou elle est abîmée : rien n’a changé.")
    ),
    "archive_target": ErrorKind(409, N_("%(path)s existe et n’est pas une sauvegarde : donnez un autre nom.")),
    "archive_nothing": ErrorKind(
        404,
        N_(
            "Rien à sauvegarder : aucun kiosque n’a encore servi dans %(path)s. S’il est ailleurs, donnez son dossier "
            "(--data-dir)."
        ),
    ),
    "report_target": ErrorKind(
        409, N_("%(path)s existe et n’est pas une archive de diagnostic : donnez un autre nom.")
    ),
    "report_failed": ErrorKind(
        507, N_("L’archive de diagnostic n’a pas pu être écrite dans %(path)s : %(detail)s. Donnez un autre endroit.")
    ),
    "restore_failed": ErrorKind(507, N_("La sauvegarde n’a pas pu être remise en place dans %(path)s : %(detail)s.")),
    "archive_failed": ErrorKind(507, N_("La sauvegarde n’a pas pu être écrite dans %(path)s : %(detail)s.")),
    "archive_external": ErrorKind(
        409, N_("La base est sur un serveur PostgreSQL : sauvegardez-la avec ses outils (pg_dump).")
    ),
    "centre_account": ErrorKind(404, N_("Aucun compte du bureau n’a l’adresse « %(email)s ».")),
    "centre_database": ErrorKind(500, N_("La base de données du centre ne s’ouvre pas : %(detail)s")),
    "centre_newer": ErrorKind(
        409,
        N_(
            "Cette base vient d’une version plus récente du centre (elle est en version %(found)s, ce programme connaît"
            " la %(known)s) : mettez le centre à jour. Rien n’a changé."
        ),
    ),
    # the machine's own files
    "install_changed": ErrorKind(
        409, N_("Quelqu’un a changé ces fichiers : %(paths)s. Avec --force, ils sont gardés en .orig et remplacés.")
    ),
    "install_root": ErrorKind(
        403, N_("Pas le droit d’écrire %(path)s : relancez avec sudo, ou sans --system pour votre seul compte.")
    ),
    "root_needed": ErrorKind(403, N_("Pas le droit d’écrire %(path)s : relancez avec sudo.")),
    "install_not_started": ErrorKind(
        503, N_("Installé, mais le service n’a pas démarré : %(detail)s. La cause levée : %(command)s")
    ),
    "install_user": ErrorKind(
        422, N_("« %(user)s » ne peut pas faire tourner le kiosque : donnez un compte ordinaire (--as NOM).")
    ),
    "install_unreachable": ErrorKind(
        422,
        N_("Le compte « %(user)s » ne peut pas lire ou écrire ce qu’il faut : %(detail)s. Déplacez le dossier (/opt)."),
    ),
    "install_unsupported": ErrorKind(
        422,
        N_("Cette commande est pour Linux. Sous Windows, run.ps1 sait démarrer le kiosque à l’ouverture de session."),
    ),
    # bundles and upgrades
    "upgrade_packaged": ErrorKind(
        409,
        N_("Ce kiosque vient d’un paquet Debian : mettez-le à jour par « sudo apt install ./LE_PAQUET.deb »."),
    ),
    "upgrade_checkout": ErrorKind(409, N_("Ce dossier est un dépôt git : mettez-le à jour avec git pull.")),
    "upgrade_live": ErrorKind(409, N_("Une séance est en cours : attendez sa fin, ou ajoutez --force.")),
    "upgrade_busy": ErrorKind(409, N_("Une autre mise à jour est en cours dans ce dossier.")),
    "upgrade_invalid": ErrorKind(
        422, N_("Ce fichier n’est pas une archive entière de « kiosk bundle » (%(detail)s). Copiez-la de nouveau.")
    ),
    "upgrade_unsigned": ErrorKind(
        422, N_("Cette archive n’est pas signée, et le réglage upgrade.key demande qu’elle le soit : rien n’a changé.")
    ),
    "upgrade_forged": ErrorKind(
        422,
        N_("La signature de cette archive n’est pas de la clé du réglage upgrade.key : rien n’a changé. %(detail)s"),
    ),
    "signature_tool": ErrorKind(
        409, N_("Le programme ssh-keygen manque : sudo apt install openssh-client, puis relancez.")
    ),
    "signature_failed": ErrorKind(409, N_("L’archive n’a pas pu être signée avec %(key)s. %(detail)s")),
    "upgrade_older": ErrorKind(
        409, N_("Retour en arrière refusé : l’archive est en version %(new)s, ce kiosque en version %(old)s.")
    ),
    "upgrade_prepare": ErrorKind(409, N_("La nouvelle version ne s’installe pas ici : rien n’a changé. %(detail)s")),
    "upgrade_trial": ErrorKind(
        409, N_("La nouvelle version ne démarre pas sur une copie des données : rien n’a changé. Journal : %(log)s")
    ),
    "upgrade_undone": ErrorKind(
        409,
        N_("La nouvelle version n’a pas répondu : la version d’avant est revenue, avec ses données. Journal : %(log)s"),
    ),
    "bundle_not_built": ErrorKind(
        409, N_("Les pages construites ne sont pas celles du code : ./run.sh setup d’abord.")
    ),
    "bundle_platform": ErrorKind(422, N_("Machine inconnue « %(name)s ». Machines : %(known)s.")),
    "bundle_download": ErrorKind(
        502,
        N_("Les bibliothèques pour Python %(python)s (%(platform)s) n’ont pas pu être réunies : %(detail)s"),
    ),
    # a memory card
    "image_linux": ErrorKind(422, N_("Une carte se fait sous Linux : Debian ou Ubuntu, ou un Raspberry Pi.")),
    "image_tools": ErrorKind(
        409, N_("Pour faire une carte il manque %(missing)s : sudo apt install %(packages)s, puis relancez.")
    ),
    "image_emulator": ErrorKind(
        409,
        N_(
            "Cette machine ne sait pas lancer les programmes d’un Raspberry Pi : sudo apt install qemu-user-static"
            " binfmt-support, puis relancez (dans un conteneur : installez-les sur la machine elle-même)."
        ),
    ),
    "image_root": ErrorKind(403, N_("Faire un système entier demande d’être root : relancez avec sudo.")),
    "image_space": ErrorKind(
        507,
        N_("Il faut %(need)s Go libres dans %(path)s, il y en a %(free)s : choisissez un autre dossier (--output)."),
    ),
    "image_package": ErrorKind(
        422, N_("%(path)s n’est pas le paquet du kiosque pour Raspberry Pi (kiosk bundle --deb --platform raspberry).")
    ),
    "image_key": ErrorKind(
        422, N_("%(path)s n’est pas une clé publique OpenSSH : donnez le fichier .pub, jamais la clé privée.")
    ),
    "image_country": ErrorKind(422, N_("« %(given)s » n’est pas un pays en deux lettres (FR, BE, CH…).")),
    "image_failed": ErrorKind(
        502, N_("La carte n’a pas pu être faite (%(step)s) : %(detail)s. Internet répond-il ? Rien n’a été gardé.")
    ),
    "folder_missing": ErrorKind(404, N_("Le dossier %(path)s n’est pas là : la clé ou le disque est-il branché ?")),
    "port_forbidden": ErrorKind(
        403,
        N_(
            "Ce compte n’a pas le droit d’ouvrir le port %(port)s. Prenez un port au-dessus de 1024 (port = 8080), "
            "ou installez le service : kiosk install --system"
        ),
    ),
    "address_foreign": ErrorKind(
        422, N_('Cette machine n’a pas l’adresse %(host)s : host = "0.0.0.0" pour toutes les siennes.')
    ),
    "port_taken": ErrorKind(
        409,
        N_(
            "Le port %(port)s est déjà pris sur cette machine : arrêtez ce qui le tient, ou donnez-en un autre "
            "(--port)."
        ),
    ),
}


class KioskError(Exception):
    """A refusal with a stable ``code``; ``values`` fill its sentence, ``field`` names the input at fault.

    ``reader`` is who reads it (``pupil``, ``teacher``, ``keeper``): whoever shows it to somebody else than a pupil says
    so.
    """

    def __init__(self, code: str, *, field: str | None = None, **values: Any) -> None:
        if code not in ERRORS:  # here, where the mistake is, not where somebody at last reads the sentence
            raise LookupError(f"no refusal has the code {code!r}")
        super().__init__(code)
        self.code = code
        self.field = field
        self.values = values
        self.reader = "pupil"
        #: Words for a pupil whose refused text may say that somebody is in danger (``kiosk.domain.care.care``).
        self.care: dict[str, Any] | None = None
        #: Sentences that the command line writes under it: the other mistakes of a file of settings.
        self.more: list[str] = []

    @property
    def status(self) -> int:
        """HTTP status of this refusal."""
        return ERRORS[self.code].status

    @property
    def message(self) -> str:
        """The sentence in the current language; technical ``detail`` values are shown as they are."""
        kind = ERRORS[self.code]
        said = {"teacher": kind.teacher, "keeper": kind.keeper}.get(self.reader) or kind.message
        return _(said, **self.values)

    def __str__(self) -> str:
        return self.message


def body(error: KioskError) -> dict[str, Any]:
    """The one error shape of HTTP and Socket.IO."""
    out: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.field:
        out["field"] = error.field
    if "seconds" in error.values:
        out["retry_after"] = error.values["seconds"]
    said: dict[str, Any] = {"ok": False, "error": out}
    return said if error.care is None else {**said, "care": error.care}


def where(error: BaseException) -> str:
    """A bug for the journal: ``KeyError < hub._answer:140 < …``, kinds and places, innermost first. Its message and
    the values it passed through may quote a pupil: they are left out.
    """
    said: list[str] = []
    after: BaseException | None = error
    while after is not None and len(said) < 4:
        frames = reversed(traceback.extract_tb(after.__traceback__, limit=40))
        places = [f"{Path(frame.filename).stem}.{frame.name}:{frame.lineno}" for frame in frames]
        said.append(" < ".join([type(after).__name__, *places[:8]]))
        after = after.__cause__ or (None if after.__suppress_context__ else after.__context__)
    return " / after ".join(said)
