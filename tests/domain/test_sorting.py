"""How often the sorting help is right, on sentences kept apart: what is promised in docs/tri.md."""

from __future__ import annotations

import base64
import json

import pytest

import tri
import tri_likeness
from cost import growth, shapes
from kiosk.contract.reading import spelling
from kiosk.contract.themes import THEMES
from kiosk.domain.reading import distress, flags, hinting, identity, likeness, themeguess

#: Percent of the sentences kept apart whose theme is found.
LEAST_THEMES = 85.0
#: Percent of what hurts, and of personal data, that is seen; of everything else that is taken for it.
LEAST_SEEN, MOST_FALSE = 95.0, 3.0


def test_enough_was_written_and_nothing_kept_apart_was_worked_with() -> None:
    work, apart = tri.load(tri.WORK, tri.MORE, tri.WIDE), tri.load(tri.APART)
    assert len(work) + len(apart) >= 800
    kinds = {kind for kind, _text in apart}
    assert kinds == {*THEMES.codes(), "rude", "personal", "health", "nonsense", "legit"}
    assert min(sum(kind == one for kind, _text in apart) for one in kinds) >= 40
    assert {text.lower() for _kind, text in work}.isdisjoint(text.lower() for _kind, text in apart)


def test_the_theme_of_questions_never_seen() -> None:
    apart = tri.of_a_theme(tri.load(tri.APART))
    right = sum(themeguess.theme(text) == theme for theme, text in apart)
    assert 100 * right / len(apart) >= LEAST_THEMES


@pytest.mark.parametrize("kind", ["rude", "personal"])
def test_what_hurts_and_what_tells_of_somebody_is_seen_and_little_else(kind: str) -> None:
    missed, false, mine, others = tri.hinted(kind, tri.load(tri.APART))
    assert 100 * len(missed) / mine <= 100 - LEAST_SEEN
    assert 100 * len(false) / others <= MOST_FALSE


@pytest.mark.parametrize("kind", ["rude", "personal"])
def test_remarks_on_the_speaker_other_tongues_signs_and_numbers_in_words_are_seen(kind: str) -> None:
    """« la dame elle est fraîche », « makoumè », « mon num c zéro six… »; not « une bonne paie », nor a harvest."""
    missed, false, mine, others = tri.hinted(kind, tri.load(tri.LATE))
    assert mine >= 40 and 100 * len(missed) / mine <= 100 - LEAST_SEEN, missed
    assert 100 * len(false) / others <= MOST_FALSE, false


@pytest.mark.parametrize(("kind", "least"), [("rude", 95), ("personal", 95), ("health", 95), ("nonsense", 80)])
def test_what_was_written_to_widen_it_is_seen(kind: str, least: float) -> None:
    """« tu ressembles à un rat », « mon code c’est… », « j’ai été amputé »: families of words, what is like them."""
    missed, false, mine, others = tri.hinted(kind, tri.load(tri.WIDE))
    assert mine >= 50 and 100 - 100 * len(missed) / mine >= least, missed
    assert 100 * len(false) / others <= MOST_FALSE, false


def test_what_was_written_before_the_rules_were_read() -> None:
    """The half that nobody worked with, at what it was first counted: docs/tri.md."""
    apart = tri.load(tri.DECEMBER)
    worked = {text.lower() for _kind, text in tri.load(tri.WORK, tri.MORE, tri.LATE, tri.WIDE, tri.STATEMENTS)}
    assert len(apart) > 200 and worked.isdisjoint(text.lower() for _kind, text in apart)
    themes = [(kind.split("|"), text) for kind, text in apart if kind.split("|")[0] in THEMES.codes()]
    assert sum(themeguess.theme(text) in said for said, text in themes) >= 0.88 * len(themes)
    danger = [text for kind, text in apart if kind == "distress"]
    assert sum(distress.seen(text) for text in danger) >= 0.8 * len(danger)
    for kind, least in (("rude", 0.84), ("personal", 0.9), ("health", 1)):
        missed, false, mine, others = tri.hinted(kind, apart)
        assert len(missed) <= (1 - least) * mine and len(false) <= 0.03 * others


@pytest.mark.parametrize(
    "text", ["T'as un chien de garde ?", "Es ke vou portez un uniforme", "Si c t à refaire tu ferais pareil ?"]
)
def test_what_is_cut_where_a_pupil_cuts_it_is_no_insult(text: str) -> None:
    """« t'as » is not « t'es », « es ke » is « est-ce que », « c t » is « c'était »."""
    assert flags.codes(text) == ()


@pytest.mark.parametrize("text", ["C'est fini pour moi", "c fini pour moi", "Vous avez déjà voulu mourir ? Moi oui."])
def test_danger_is_read_across_a_mark_and_an_apostrophe(text: str) -> None:
    assert distress.seen(text)
    assert not distress.seen("Vous avez déjà pensé à arrêter ? Moi oui, le judo.")


@pytest.mark.parametrize(
    "text",
    [
        "On dirait ma grand-mère qui cuisine, vous faites la même recette !",
        "À quel âge un vieux cheval arrête de travailler ?",
        "Vous apprenez à parler français aux étrangers ?",
        "Vous avez pitié de vos clients parfois ?",
        "Vous faites 2 tonnes de pain par jour ?",
        "Regardez-vous la tête des clients ?",
        "J'espère que le train s'arrête pas pour vous la nuit",
        "Je vois pas d'issue au problème de maths, c'est utile ?",
        "Vous portez des manches longues pour cacher vos tatouages ?",
        "Mon père met des coups de marteau toute la journée, il est forgeron",
        "Le coach nous demande de rester dans les vestiaires après le match",
        "Je vais plus au collège car je suis en CFA",
    ],
)
def test_what_looks_like_mockery_or_danger_by_its_words_alone_is_neither(text: str) -> None:
    assert {"rude", "health", flags.IN_DANGER}.isdisjoint(flags.codes(text))


def test_a_text_like_those_of_a_kind_is_known_without_its_words() -> None:
    """No list has these wordings: they are told by what they resemble, and ordinary questions are not."""
    for kind, text in (("rude", "ton patron il est trop moche wesh"), ("health", "j'ai une maladie des os")):
        assert kind in likeness.kinds(text), likeness.scores(text)
    for text in ("Vous travaillez le dimanche ?", "c koi le + dur", "", "🌍", "?" * 5000):
        assert likeness.kinds(text) == frozenset()


def test_likeness_is_learnt_from_the_sentences_to_work_with() -> None:
    """A byte's rounding aside."""
    for kind, one in tri_likeness.kinds(least=False).items():
        held = likeness.table()[kind]
        learnt = memoryview(base64.b64decode(str(one["weights"]))).cast("b")
        assert abs(held.always - int(str(one["always"]))) <= 10
        assert sum(abs(a - b) > 1 for a, b in zip(held.weights, learnt, strict=True)) <= likeness.PLACES // 1000


@pytest.mark.parametrize(
    "text",
    [
        "jsuis une grosse merde jveux mourir",
        "on me traite de sale pute tous les jours au collège j'en peux plus",
        "mon beau père me touche la nuit",
        "🖕 la vie je veux en finir",
        "un prof m'a dit t'es bonne et il m'a coincée dans la salle",
        "ils me traitent de pd et me frappent",
    ],
)
def test_a_pupil_in_danger_is_never_only_rude(text: str) -> None:
    assert flags.IN_DANGER in flags.codes(text)


@pytest.mark.parametrize(("kind", "least"), [("health", 90.0), ("nonsense", 85.0), ("autre", 60.0)])
def test_what_else_is_hinted_at(kind: str, least: float) -> None:
    missed, false, mine, others = tri.hinted(kind, tri.load(tri.APART))
    assert 100 - 100 * len(missed) / mine >= least
    assert 100 * len(false) / others <= MOST_FALSE


def test_ordinary_questions_of_another_set_raise_little() -> None:
    lines = (tri.DATA / "ordinary-fr.tsv").read_text(encoding="utf-8").splitlines()
    texts = [line.partition("\t")[2] for line in lines if line.startswith("ordinary\t")]
    hurt = {"rude", *tri.HINTS["personal"]}
    assert len(texts) > 200 and [text for text in texts if not hurt.isdisjoint(flags.codes(text))] == []


def test_the_time_follows_the_length() -> None:
    reader = hinting.reader()
    words = sorted({atom.rstrip("*") for atoms in reader.named() for atom in atoms})
    made = [
        *shapes.GENERAL,
        *((f"words from {start}", growth.repeated(" ".join(words[start::97]) + " ")) for start in range(3)),
    ]
    read = {
        "hints": lambda text: list(reader.fitting(text)),
        "identity": lambda text: list(identity.find(text, text)),
        "likeness": likeness.places,
    }
    wrong = {(how, name): found for how, act in read.items() for name, by in made if (found := growth.broken(act, by))}
    assert wrong == {}


def test_the_weights_are_learnt_from_the_sentences_to_work_with() -> None:
    """Rounding aside: a library of mathematics may differ in a last digit."""
    held, learnt = themeguess.weights(), tri.learn(tri.of_a_theme(tri.load(tri.WORK, tri.MORE, tri.WIDE)))
    assert json.loads(themeguess.WEIGHTS.read_text(encoding="utf-8"))["always"] == list(held.always)
    common = held.features.keys() & learnt.features.keys()
    assert len(common) >= 0.99 * max(len(held.features), len(learnt.features))
    assert all(abs(a - b) <= 2 for f in common for a, b in zip(held.features[f], learnt.features[f], strict=True))


def test_what_is_kept_is_small() -> None:
    assert (
        sum(one.stat().st_size for one in (themeguess.WEIGHTS, themeguess.GROUPS, spelling.FILE, likeness.FILE))
        < 700_000
    )


@pytest.mark.parametrize("text", ["", "🌍", "aaaaaaaa", "\ud800", "?" * 5000, "é" * 1001])
def test_any_text_has_one_of_the_nine_themes(text: str) -> None:
    assert themeguess.theme(text) in THEMES


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("jveux savoir kel taf", "je veux savoir quel travail"),
        ("c koi", "c est quoi"),
        ("tropppp bieeeen", "trop bien"),
        ("L’ÉTÉ cœur", "l ete coeur"),
    ],
)
def test_sms_spelling_is_undone(typed: str, meant: str) -> None:
    assert " ".join(spelling.words(typed)) == meant


@pytest.mark.parametrize(
    "words", ["métié métier métiers", "journée journer journées", "fatigué fatiguer fatiguée", "quoi quoi"]
)
def test_what_sounds_the_same_is_the_same(words: str) -> None:
    assert len({spelling.sound(word) for one in words.split() for word in spelling.words(one)}) == 1
