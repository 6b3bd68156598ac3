"""The rooms of the display tests: every screen, empty, usual and extreme. All names are made up."""

from __future__ import annotations

from typing import Any

from kiosk.domain import rooms
from kiosk.domain.lesson import lessons
from kiosk.domain.questions import moderation, questions, reflections, replies
from kiosk.storage.models import Answer, Question, Reflection, Room, Session, Speaker

MINUTE = 60_000

SPEAKERS: list[dict[str, Any]] = [
    {
        "id": "sophie",
        "name": "Sophie Le Goff",
        "job": "Technicienne de maintenance éolienne",
        "employer": "Vents d’Iroise",
        "place": "Brest",
        "path": [
            ("2012", "Bac pro maintenance des équipements industriels"),
            ("2013", "Une année de pause : saison à la criée"),
            ("2016", "BTS maintenance, option éolien, en apprentissage"),
            ("2017", "Technicienne itinérante, 40 parcs en France"),
            ("2022", "Technicienne référente à Brest"),
        ],
    },
    {
        "id": "malik",
        "name": "Malik Benali",
        "job": "Soigneur animalier",
        "employer": "Parc animalier de Lorval",
        "path": [
            ("2011", "Bac pro élevage"),
            ("2014", "Brevet de soigneur animalier, en apprentissage"),
            ("2020", "Responsable du secteur des primates"),
        ],
    },
    {
        "id": "ines",
        "name": "Inès Moreau",
        "job": "Ingénieure en cybersécurité",
        "employer": "Centre hospitalier de Valmer",
        "path": [
            ("2013", "Bac technologique STI2D"),
            ("2016", "BTS, puis école d’ingénieurs en alternance"),
            ("2021", "Protège les données de 4 hôpitaux"),
        ],
    },
    {
        "id": "aissata",
        "name": "Aïssata Diallo",
        "job": "Conductrice de travaux en rénovation énergétique des bâtiments anciens",
        "employer": "Atelier Pierre et Chaux",
        "path": [
            ("2008", "CAP maçon, après une seconde générale"),
            ("2012", "BTS bâtiment, en alternance"),
            ("2019", "Dirige 3 chantiers et 14 personnes"),
        ],
    },
    {
        "id": "long",
        "name": "Marie-Emmanuelle de la Rochefoucauld-Vandenbroucke",
        "job": "Électroencéphalographiste et responsable scientifique des explorations "
        "neurophysiologiques pédiatriques interrégionales",
        "employer": "Centre hospitalier universitaire et Institut interrégional des neurosciences",
        "place": "Saint-Germain-en-Laye",
        "path": [
            (
                f"{1990 + 4 * i}–{1993 + 4 * i}",
                "Diplôme interuniversitaire de spécialisation en électrophysiologie clinique, puis remplacement",
            )
            for i in range(9)
        ],
        "bio": "Elle enregistre l’activité du cerveau des enfants pendant leur sommeil. " * 6,
    },
    {
        "id": "winding",
        "name": "Maëlle Kerbrat",
        "job": "Technicienne de maintenance éolienne",
        "employer": "Vents d’Iroise",
        "place": "Brest",
        "path": [
            ("2003", "BEP carrières sanitaires"),
            ("2005", "Aide-soignante de nuit, à Morlaix"),
            ("2009", "Pause : un an, pour son père malade"),
            ("2010", "Bac pro maintenance, en un an"),
            ("2011", "Électricienne sur les chantiers navals"),
            ("2014", "Bifurcation : BTS éolien, en apprentissage"),
            ("2016", "Technicienne itinérante, 40 parcs"),
            ("2022", "Technicienne référente à Brest"),
        ],
    },
    {
        "id": "bare",
        "name": "Ana Li",
        "job": "Luthière",
        "path": [],
        "bio": "Elle répare des violons et des violoncelles dans un atelier de trois personnes, à Mirecourt.",
    },
]
SPEAKERS.append({**next(one for one in SPEAKERS if one["id"] == "long"), "id": "longer"})
SPEAKERS += [{**next(one for one in SPEAKERS if one["id"] == "winding"), "id": f"winding-{n}"} for n in (2, 3)]
#: Five turns, two of them one after the other: as long and as winding as a path that a screen holds.
TURNS = [(str(1996 + 2 * n), what) for n, what in enumerate([
    "BEP carrières sanitaires", "Aide à domicile, à Morlaix", "Bifurcation : bac pro maintenance",
    "Pause : un an, pour son père malade", "Bifurcation : BTS éolien, en apprentissage", "Technicienne à Lorient",
    "Bifurcation : licence de géographie", "Bifurcation : pilote de drone", "Vingt parcs inspectés",
    "Tutrice de quatre apprenties", "Un an au Danemark", "Bifurcation : école d’ingénieurs, à 38 ans",
    "Ingénieure des parcs en mer", "Cheffe de projet à Brest",
])]  # fmt: skip
SPEAKERS += [
    {"id": f"turns-{n}", "name": "Maëlle Kerbrat", "job": "Technicienne de maintenance éolienne", "path": path}
    for n, path in enumerate((TURNS, TURNS[2:12], TURNS[:7]))
]
SPEAKERS += [
    {"id": "plain", "name": "Nadia Roussel", "job": "Ingénieure en radioprotection", "path": []},
    {"id": "plain-2", "name": "Malik Benali", "job": "Soigneur animalier", "path": TURNS[:1]},
]
#: A title of 140 signs, as a trade is named in a programme; a path that is as long as a life.
TITLED = (
    "Ingénieure en radioprotection et démantèlement d’installations nucléaires de base, responsable qualité, hygiène, "
    "sécurité et environnement"
)
SPEAKERS.append(
    {
        "id": "titled",
        "name": "Marie-Antoinette de la Rochefoucauld-Montbazon-Tournemire",
        "job": TITLED,
        "path": [(str(1995 + 2 * n), f"Poste {n}, chez un exploitant") for n in range(15)],
    }
)
#: id → (title, speakers, minutes from now, dossier)
SESSIONS: dict[str, tuple[str, list[str], int, list[dict[str, str]]]] = {
    "solo": (
        "Technicienne de maintenance éolienne",
        ["sophie"],
        5,
        [
            {"title": "Pour y accéder", "moment": "before", "text": "Bac + 2"},
            {"title": "Salaire en début de carrière", "moment": "before", "text": "1 950 € brut par mois"},
            {"title": "On travaille", "moment": "before", "text": "à deux, dehors, à 90 m de haut"},
            {"title": "Ce qui compte", "moment": "before", "text": "calme, précision, équipe"},
        ],
    ),
    "duo": ("Deux métiers qui protègent", ["ines", "aissata"], 5, []),
    "trio": ("Prendre soin des animaux, des données, des murs", ["malik", "ines", "aissata"], 5, []),
    "extreme": (
        "Comprendre, réparer et accompagner : trois métiers d’électroencéphalographie interrégionale",
        ["long", "aissata", "longer"],
        5,
        [],
    ),
    "lone": ("Explorer le cerveau", ["long"], 5, []),
    "bare": ("Luthière", ["bare"], 5, []),
    "titled": (TITLED, ["titled"], 5, []),
    "winding": ("Technicienne de maintenance éolienne", ["winding"], 5, []),
    "winding-trio": ("Trois parcours", ["winding", "winding-2", "winding-3"], 5, []),
    "turns": ("Technicienne de maintenance éolienne", ["turns-0"], 5, []),
    "turns-trio": ("Trois parcours", ["turns-0", "turns-1", "turns-2"], 5, []),
    "plain": ("Ingénieure en radioprotection", ["plain"], 5, []),
    "plain-trio": ("Trois métiers", ["plain", "plain-2", "plain-2"], 5, []),
    "nobody": ("Les métiers de la radioprotection", [], 5, []),
    "late": ("Technicienne de maintenance éolienne", ["sophie"], 26 * 60, []),
}
NEXT = [
    ("Est-ce qu’il y a beaucoup de femmes dans votre métier ?", "vie", 14),
    ("Est-ce qu’on peut y arriver avec un bac pro ?", "parcours", 11),
    ("Quelle est la rémunération d’un débutant dans votre métier ?", "salaire", 9),
    ("Est-ce que vous travaillez seule ou en équipe ?", "metier", 7),
    ("Avez-vous redoublé ou changé d’orientation ?", "parcours", 5),
]
LONG = (
    "Comment protégez-vous les dossiers des patients quand un service entier de l’hôpital "
    "est bloqué par une attaque, et est-ce que vous devez "
    "choisir entre la sécurité des données et la rapidité des soins, par exemple la nuit ou le week-end ?"
)
#: 500 characters, what a teacher may make of several questions.
LONGEST = (LONG + " " + LONG.replace("Comment", "Et puis comment"))[:498] + " ?"
#: 240 characters and a very long word, then one without any space.
WORDY = "Que pensez-vous de l’électroencéphalographiste interdisciplinairement anticonstitutionnellement formée ?"
UNBROKEN = "W" * 240


def fill(tx: Any) -> None:
    """Make every speaker, session and room."""
    for one in SPEAKERS:
        path = [{"when": when, "what": what} for when, what in one["path"]]
        Speaker.insert(
            id=one["id"],
            name=one["name"],
            job_feminine=one["job"],
            job_masculine=one["job"],
            job_shown="feminine",
            employer=one.get("employer", ""),
            place=one.get("place", ""),
            bio=one.get("bio", ""),
            path=path,
        ).execute()
    for key, (title, speakers, minutes, dossier) in SESSIONS.items():
        Session.insert(
            id=key,
            title=title,
            starts_at=tx.now + minutes * MINUTE,
            duration_min=45,
            format="college-45",
            speakers=speakers,
            dossier=dossier,
        ).execute()
    for name, make in ROOMS.items():
        code = f"K{Room.select().count():03d}"  # as long as a real one: it is part of the address shown
        Room.insert(id=name, name=name, code=code, phase_started_at=tx.now, headcount=0).execute()
        make(tx, name)


def _live(session: str, phase: str, label: str = "4e B", headcount: int = 26) -> Any:
    def make(tx: Any, name: str) -> None:
        rooms.choose_session(tx, name, session, class_label=label, headcount=headcount)
        if phase != "lobby":
            rooms.set_phase(tx, name, phase)

    return make


def _wall(session: str, current: str, following: list[tuple[str, str, int]], support: int = 18) -> Any:
    def make(tx: Any, name: str) -> None:
        _live(session, "questions")(tx, name)
        for i, (text, theme, votes) in enumerate([(current, "vie", support)] + following if current else following):
            questions.submit(
                tx, name, id=f"{name}-{i}", text=text, author=None, theme=theme, origin="spoken", max_length=500
            )
            Question.update(support=votes, base_support=votes).where(Question.id == f"{name}-{i}").execute()
        if current:
            moderation.put_on_screen(tx, name, f"{name}-0")

    return make


def _with(begun: Any, **fields: Any) -> Any:
    """A room as another one, and some of its columns otherwise."""

    def make(tx: Any, name: str) -> None:
        begun(tx, name)
        rooms.set_fields(tx, name, "room", **fields)

    return make


def _phase(phase: str, begun: Any) -> Any:
    """A room as another one, at another phase."""

    def make(tx: Any, name: str) -> None:
        begun(tx, name)
        rooms.set_phase(tx, name, phase)

    return make


def _reflect(session: str, answers: list[tuple[str, str, str]]) -> Any:
    def make(tx: Any, name: str) -> None:
        _live(session, "reflection")(tx, name)
        for i, (job, studies, surprise) in enumerate(answers):
            reflections.submit(tx, name, f"author-{i}", job=job, studies=studies, surprise=surprise, approved=True)

    return make


def _lesson(session: str, step: str, texts: list[tuple[str, str, int]] = NEXT) -> Any:
    def make(tx: Any, name: str) -> None:
        _live(session, "lobby")(tx, name)
        lessons.begin(tx, name)
        lessons.go(tx, name, step)
        for i, (text, theme, _votes) in enumerate(texts):
            one = f"{name}-{i}"
            # chosen as a plain question, and only then as long as can be: what looks like nothing is not prepared
            plain = f"Que faites-vous le matin, {i} ?"
            questions.submit(tx, name, id=one, text=plain, author=None, theme=theme, origin="paper", max_length=500)
            lessons.choose(tx, name, one, True)
            Question.update(text=text).where(Question.id == one).execute()

    return make


def _reply(session: str, speaker: str, question: str, text: str) -> Any:
    def make(tx: Any, name: str) -> None:
        _live(session, "closed")(tx, name)
        Answer.insert(
            id=name,
            question_id=name,
            session_id=session,
            speaker_id=speaker,
            question=question,
            text=text,
            came_at=tx.now,
        ).execute()
        replies.show(tx, name, name)

    return make


def _end(session: str, answers: int) -> Any:
    def make(tx: Any, name: str) -> None:
        _wall(session, NEXT[0][0], NEXT[1:])(tx, name)
        moderation.mark_answered(tx, name, f"{name}-0")
        for i in range(answers):
            Reflection.insert(
                room_id=name, session_id=session, author=f"a{i}", status="approved", created_at=tx.now
            ).execute()
        rooms.set_phase(tx, name, "closed")

    return make


_USUAL = (
    [
        (
            "Technicienne de maintenance éolienne",
            "BTS maintenance, option éolien",
            "Elle a changé d’avis après le bac et c’était normal",
        )
    ]
    * 11
    + [("Technicienne éolienne", "Bac pro maintenance", "On peut commencer avec un bac pro")] * 5
    + [("Maintenance d’éoliennes", "Apprentissage", "90 m de haut, mais toujours à deux")] * 3
    + [
        ("Électricienne", "École d’ingénieurs", "Le mal de mer compte plus que le vertige"),
        ("Mécanicienne", "", "Elle voyage dans toute la France"),
    ]
)
_JOB = "Électroencéphalographiste et responsable des explorations neurophysiologiques pédiatriques interr"
_STUDIES = "Diplôme interuniversitaire de spécialisation en électrophysiologie clinique et pédiatrique"
_EXTREME = [(f"{i} {_JOB}", f"{i} {_STUDIES}", f"{i} " + "W" * 110) for i in range(30)]
ROOMS: dict[str, Any] = {
    "nothing": lambda tx, name: None,
    "join": _live("solo", "lobby"),
    "join-trio": _live("trio", "lobby", "1re 3"),
    "join-extreme": _live("extreme", "lobby", "Tle STI2D, groupe 2 et option robotique"),
    "join-lone": _live("lone", "lobby"),
    "join-titled": _live("titled", "lobby"),
    "count": _live("solo", "countdown"),
    "count-extreme": _live("lone", "countdown"),
    "count-late": _live("late", "countdown"),
    "talk": _live("solo", "talk"),
    "talk-bare": _live("bare", "talk"),
    "talk-lone": _live("lone", "talk"),
    "talk-titled": _live("titled", "talk"),
    "talk-winding": _live("winding", "talk"),
    "talk-winding-trio": _live("winding-trio", "talk"),
    "talk-turns": _live("turns", "talk"),
    "talk-turns-trio": _live("turns-trio", "talk"),
    "talk-plain": _phase("talk", _wall("plain", "", NEXT)),
    "talk-plain-trio": _live("plain-trio", "talk"),
    "talk-nobody": _live("nobody", "talk"),
    "talk-duo": _live("duo", "talk"),
    "talk-trio": _live("trio", "talk"),
    "talk-extreme": _live("extreme", "talk"),
    "wall-empty": _live("solo", "questions"),
    "wall": _wall("solo", "Avez-vous eu peur la première fois que vous êtes montée en haut d’une éolienne ?", NEXT),
    "wall-paused": _with(_wall("solo", NEXT[0][0], NEXT[1:]), intake="paused"),
    "wall-closed": _with(_wall("trio", LONG, NEXT, 27), intake="frozen"),
    "idle-paused": _with(_wall("trio", "", NEXT), intake="paused"),
    "talk-trio-closed": _with(_live("trio", "talk"), intake="frozen"),
    "join-paused": _with(_live("extreme", "lobby"), intake="paused"),
    "masked": _with(_wall("solo", NEXT[0][0], NEXT[1:]), hidden=True),
    "wall-short": _wall("solo", "Vous gagnez combien ?", NEXT, 21),
    "wall-choose": _wall("trio", "", NEXT),
    "wall-long": _wall("trio", LONG, [(LONG[:150] + " ?", "parcours", 22)] + NEXT, 27),
    "wall-longest": _wall(
        "extreme",
        LONGEST,
        [(LONGEST, "metier", 120)] * 6 + [(f"{t} {i}", th, v) for i in range(6) for t, th, v in NEXT],
        100,
    ),
    "wall-wordy": _wall("solo", WORDY, []),
    "wall-unbroken": _wall("solo", UNBROKEN, [(UNBROKEN, "vie", 3)]),
    "lesson-look": _lesson("winding", "look"),
    "lesson-look-bare": _lesson("bare", "look", []),
    "lesson-look-trio": _lesson("winding-trio", "look"),
    "lesson-look-turns": _lesson("turns", "look"),
    "lesson-look-extreme": _lesson("extreme", "look"),
    "lesson-write": _lesson("solo", "write"),
    "lesson-open": _lesson("extreme", "open"),
    "lesson-sort": _lesson("solo", "sort", []),
    "lesson-choose": _lesson("solo", "choose", NEXT[:5]),
    "lesson-choose-long": _lesson("trio", "choose", [(LONG[:200] + f" {i} ?", "vie", 0) for i in range(8)]),
    "lesson-choose-unbroken": _lesson("extreme", "choose", [(f"{i}{UNBROKEN[1:]}", "vie", 0) for i in range(8)]),
    "reflect-empty": _live("solo", "reflection"),
    "reflect": _reflect("solo", _USUAL),
    "reflect-extreme": _reflect("extreme", _EXTREME),
    "reflect-surprise": _reflect("solo", [("", "", surprise) for _job, _studies, surprise in _USUAL]),
    "reflect-studies": _reflect("solo", [("", studies, "") for _job, studies, _surprise in _USUAL]),
    "reflect-jobs": _reflect("solo", [(job, "", "") for job, _studies, _surprise in _USUAL]),
    "reply": _reply("solo", "sophie", NEXT[3][0], "À deux, toujours : l’une monte, l’autre veille au pied."),
    "reply-long": _reply("trio", "aissata", LONG[:240], (LONG + " ") * 2),
    "reply-longest": _reply("lone", "long", LONGEST, ("Nous travaillons en équipe. " * 72)[:2000]),
    "end": _end("solo", 21),
    "end-trio": _end("trio", 28),
    "end-extreme": _end("extreme", 30),
    "end-empty": _live("solo", "closed", "", 0),
}
