"""Where a path turns: its pauses and its bifurcations, from a teacher's word, else from its own."""

from __future__ import annotations

import pytest

from kiosk.domain.reading import paths


def kinds(*steps: str) -> list[str]:
    return [one.kind for one in paths.steps({"when": "2010", "what": what} for what in steps)]


@pytest.mark.parametrize(
    "words",
    [
        "Une année de pause : saison à la criée",
        "Pause : un an, pour son père malade",
        "pause: rien de prévu",
        "Année de césure en Australie",
        "Six mois sans emploi, bénévole dans un refuge",
        "Chômage",
        "Congé parental, deux ans",
        "Recherche d’emploi pendant huit mois",
        "Arrêt de six mois",
        "Un an au foyer",
        "Tour du monde à vélo",
        "Longue maladie, puis convalescence",
    ],
)
def test_a_pause_is_what_the_step_says_first(words: str) -> None:
    assert kinds("Bac pro", words) == ["step", "pause"]


@pytest.mark.parametrize(
    "words",
    [
        "Analyste de nuit, six mois sans emploi ensuite",
        "Cheffe d’équipe, puis arrêt d’un an",
        "Prévention des accidents du travail",
        "Infirmière aux urgences",
        "Gestion des congés payés",
        "Bac pro, arrêt en terminale",
    ],
)
def test_work_is_no_pause(words: str) -> None:
    assert kinds(words) == ["step"]


@pytest.mark.parametrize(
    "before, after",
    [
        ("Licence de droit", "Réorientation : DUT informatique"),
        ("Vendeuse", "Reconversion en boulangerie"),
        ("Comptable", "Reprise d’études à 35 ans"),
        ("Bac", "Bifurcation : école de cirque"),
        ("Première année de médecine, abandonnée", "Licence de géographie"),
        ("Prépa littéraire, interrompue", "École de journalisme en alternance"),
        ("Bac général, un an de licence d’histoire", "BTS maintenance éolienne, en apprentissage"),
        ("Aide-soignante de nuit", "Bac pro maintenance, en un an"),
        ("Seconde générale", "CAP de maçonnerie"),
        ("Licence d’anglais", "Pâtissier"),
    ],
)
def test_a_bifurcation_goes_elsewhere_a_pause_between_or_not(before: str, after: str) -> None:
    assert kinds(before, after) == ["step", "fork"]
    assert kinds(before, "Pause : un an", after) == ["step", "pause", "fork"]


@pytest.mark.parametrize(
    "path",
    [
        ["Bac pro maintenance", "BTS maintenance, option éolien", "Technicienne itinérante, 40 parcs", "Référente"],
        ["CAP agricole palefrenier", "Formation de soigneur animalier", "Soigneur au parc"],
        ["Bac STI2D, après une seconde redoublée", "BTS informatique", "École d’ingénieurs", "Analyste"],
        ["CAP maçonnerie", "Bac pro technicien du bâtiment", "Conductrice de travaux"],
        ["Licence d’anglais", "Professeure d’anglais"],
        ["Bac général, option arts plastiques", "Première année de médecine"],
        ["École de commerce", "Directrice d’un magasin"],
        [],
        ["Reconversion"],
        ["", ""],
    ],
)
def test_a_straight_path_is_straight(path: list[str]) -> None:
    assert set(kinds(*path)) <= {"step"}


def test_what_a_teacher_chose_stands() -> None:
    chosen = [{"when": "1", "what": "Bac"}, {"when": "2", "what": "Année de césure", "kind": "step"}]
    chosen += [{"when": "3", "what": "BTS", "kind": "fork"}, {"when": "4", "what": "Chef", "kind": "pause"}]
    assert [one.kind for one in paths.steps(chosen)] == ["step", "step", "fork", "pause"]
    assert paths.steps([{"when": "1", "what": "Césure", "kind": "odd"}])[0].kind == "pause"


def test_the_kind_is_said_once() -> None:
    bare, own, said, straight = paths.steps(
        {"when": "", "what": what} for what in ("Césure", "Pause : un an", "Une année de Pause : la criée", "BTS")
    )
    assert (bare.label, bare.word) == ("Pause :", "")
    assert (own.label, own.what) == ("Pause :", "un an")
    assert (said.label, said.word, said.what) == ("", "Pause", "Une année de Pause : la criée")
    assert (straight.label, straight.word) == ("", "")


def test_hostile_words_cost_little_and_are_kept_as_they_are() -> None:
    odd = "arret de " * 20_000 + "pause"
    (found,) = paths.steps([{"when": "x", "what": odd}])
    assert found.what == odd and found.kind == "step"
    assert paths.steps([{}])[0].what == ""
