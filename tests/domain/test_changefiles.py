"""A file of changes: every mistake is named with its line and field."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.changefactory import gone, read, session, speaker
from kiosk.exchange.changes import InvalidChanges, parse
from kiosk.ground import i18n
from kiosk.ground.typography import french, plain


def said(data: bytes) -> list[str]:
    with pytest.raises(InvalidChanges) as caught:
        parse(data)
    assert caught.value.code == "import_invalid"
    return [plain(str(mistake)) for mistake in caught.value.mistakes]


def test_parse_takes_the_object_and_the_bare_list() -> None:
    bare = read(session(), speaker())
    wrapped = parse(json.dumps({"changes": [session(), speaker()], "more": 1}).encode())
    assert bare == wrapped
    assert [(c.type, c.id, c.rev) for c in bare] == [("session", "S-1", 1), ("speaker", "P-1", 1)]


def test_parse_ignores_unknown_fields_and_types_and_a_byte_order_mark() -> None:
    data = json.dumps([session(later="x") | {"sig": 1}, {"type": "poll", "id": "x", "rev": 1, "body": {"a": 1}}])
    assert [c.type for c in parse(b"\xef\xbb\xbf" + data.encode())] == ["session", "poll"]


def test_every_mistake_with_its_line_and_field() -> None:
    data = """{"changes": [
 {"type": "session", "id": "", "rev": -1, "body": {
   "title": 5,
   "starts_at": "hier",
   "duration_min": "45",
   "format": "zzz",
   "meeting_url": "http://a",
   "levels": ["4E", "9E"],
   "status": "planned",
   "speakers": "P",
   "dossier": [{"title": "",
      "moment": "before", "url": "javascript:alert(1)"}],
   "phases": [{"name": "talk"}]}},
 {"type": "notice", "id": "n", "rev": 1},
 3,
 {"type": "question", "id": "q", "rev": 1, "body": {"session_id": "s", "theme": "metier", "origin": "web",
   "state": "new", "text": "%s"}}
]}""" % ("x" * 501)
    assert said(data.encode()) == [
        "ligne 2, champ changes[0].id : ce texte est vide",
        "ligne 2, champ changes[0].rev : ce nombre doit être au moins 0",
        "ligne 3, champ changes[0].body.title : il faut un texte, pas un nombre entier",
        "ligne 4, champ changes[0].body.starts_at : une date est attendue, en temps universel, "
        "comme 2026-11-24T09:00:00Z",
        "ligne 5, champ changes[0].body.duration_min : il faut un nombre entier, pas un texte",
        "ligne 6, champ changes[0].body.format : ce code n’est pas connu ; codes possibles : "
        "college-45, lycee-55, custom",
        "ligne 7, champ changes[0].body.meeting_url : une adresse https:// est attendue, ou un texte vide",
        "ligne 8, champ changes[0].body.levels[1] : ce code n’est pas connu ; codes possibles : "
        "6E, 5E, 4E, 3E, 3SEGPA, 3PM, 2GT, 1GT, TGT, 2PRO, 1PRO, TPRO, CAP1, CAP2",
        "ligne 10, champ changes[0].body.speakers : il faut une liste, pas un texte",
        "ligne 11, champ changes[0].body.dossier[0].title : ce texte est vide",
        "ligne 12, champ changes[0].body.dossier[0].url : une adresse http:// ou https:// est attendue",
        "ligne 13, champ changes[0].body.phases[0].minutes : ce champ manque",
        "ligne 14, champ changes[1].body : ce champ manque",
        "ligne 15, champ changes[2] : il faut un objet, pas un nombre entier",
        "ligne 17, champ changes[3].body.text : ce texte compte au plus 500 caractères",
    ]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "ligne 1 : colonne 1 : une valeur est attendue ici"),
        (b"[\n{},\n]", "ligne 3 : colonne 1 : une valeur est attendue ici"),
        (
            b'{"a":\n 1 "b": 2}',
            "ligne 2 : colonne 4 : il manque une virgule ou une fermeture (crochet, accolade)",
        ),
        (b'["a', "ligne 1 : colonne 2 : un guillemet n’est pas refermé"),
        (
            b'["\n"]',
            "ligne 1 : colonne 3 : un retour à la ligne ou un caractère invisible est dans un texte",
        ),
        (b"[\n\xff]", "ligne 2 : le fichier n’est pas en UTF-8"),
        (b"[\nNaN]", "ligne 2 : « NaN » n’est pas un nombre de JSON"),
        (b"{}", "ligne 1 : une liste de changements est attendue, ou un objet avec « changes »"),
        (
            b'{"changes": 3}',
            "ligne 1, champ changes : une liste de changements est attendue, ou un objet avec « changes »",
        ),
        (b"[" * 100_000, "ligne 1 : le fichier est trop profondément imbriqué"),
    ],
)
def test_one_mistake_of_json(data: bytes, sentence: str) -> None:
    found = said(data)
    if data.startswith(b"[\n{}"):  # Python 3.13 says it better, and one line before
        assert found[0] in (sentence, "ligne 2 : colonne 3 : il y a une virgule de trop")
    else:
        assert found == [sentence]


def test_a_tombstone_needs_no_body() -> None:
    assert [c.deleted for c in read(gone("session", "S-1", 2))] == [True]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_parse_never_raises_anything_else(data: bytes) -> None:
    try:
        parse(data)
    except InvalidChanges as error:
        assert error.mistakes


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "id", "rev", "body", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {"type": st.sampled_from(["session", "speaker", "notice", "x"])},
            optional={
                "body": json_values,
                "id": json_values,
                "rev": json_values,
                "deleted": json_values,
            },
        ),
        max_size=3,
    )
)
def test_parse_of_any_json_is_a_list_or_mistakes(value: Any) -> None:
    try:
        assert len(parse(json.dumps(value).encode())) == len(value)
    except InvalidChanges as error:
        assert all(mistake.line == 1 and mistake.message for mistake in error.mistakes)


def test_mistakes_follow_the_language() -> None:
    with i18n.language("en"):
        with pytest.raises(InvalidChanges) as caught:
            parse(b'[{"type": "notice", "id": "n", "rev": 1}]')
        assert [str(m) for m in caught.value.mistakes] == ["line 1, field [0].body: this field is missing"]


def test_french_sentences_have_french_spaces() -> None:
    i18n.install(french)
    with pytest.raises(InvalidChanges) as caught:
        parse(b"{}")
    assert "«\u00a0changes\u00a0»" in str(caught.value.mistakes[0])
