"""A pile of slips typed at once: looked at line by line, corrected there, and nothing typed is lost on the way."""

from __future__ import annotations

import html
import re
from typing import Any

from factories import Teacher, make_question, settle
from kiosk.domain import retention
from kiosk.domain.care import worries
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.questions import preparation, questions
from web.test_control_live import text

LONG = "Est-ce que " + "vraiment " * 30 + "vous aimez ce métier ?"
SLIPS = [
    "Combien de marches ?",
    "Appelez-moi au 06 12 34 56 78",
    "C’est un métier de merde, non ?",
    "J’ai envie de mourir",
    LONG,
    "Vous travaillez la nuit ?",
]


def written(kiosk: Kiosk, room: str, *statuses: str) -> list[str]:
    kiosk.database.connect_reader()
    return [q.text for q in questions.listed(room, "S1", *statuses)]


def fields(page: Any) -> tuple[list[str], list[str]]:
    """The texts of a preview's lines, and the places of those ticked."""
    texts = [html.unescape(found) for found in re.findall(r'name="texte"[^>]*>([^<]*)</textarea>', page.text)]
    return texts, re.findall(r'name="ligne" value="(\d+)" id="[^"]*" checked', page.text)


def look_at(teacher: Teacher, typed: str, origin: str = "paper") -> Any:
    """Type a list and go where the page sends: each of its lines."""
    answer = teacher.post("/prof/liste", origine=origin, liste=typed, faire="voir")
    assert answer.status_code == 303 and "etape=voir" in answer.headers["Location"]
    return teacher.client.get(answer.headers["Location"])


def test_what_asks_for_a_look_comes_unticked(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    make_question(kiosk, room, "q1", "Vous travaillez la nuit ?")
    page = look_at(teacher, "\n".join(SLIPS))
    assert fields(page) == (SLIPS, ["0"])
    said = text(page)
    assert "6 lignes, dont 5 décochées, à lire d’abord" in said and "Proche de « Vous travaillez la nuit ? »" in said
    assert f"{len(LONG)} caractères, 240 au plus : raccourcissez-la ici." in said
    assert "elle attend à part, sur votre page seulement" in said
    assert written(kiosk, room, "approved") == []


def test_only_ticked_lines_are_added_as_they_were_corrected(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    page = look_at(teacher, "\n".join(SLIPS))
    texts, ticked = fields(page)
    assert ticked == ["0", "5"]
    texts[4] = "Vous aimez ce métier ?"
    texts[1] = "Prenez-vous des stagiaires ?"
    texts[5] = ""  # emptied: nothing to add
    added = teacher.post("/prof/liste", origine="paper", texte=texts, ligne=[*ticked, "4", "1"], faire="ajouter")
    assert added.headers["Location"] == "/prof?liste=validees"
    assert written(kiosk, room, "approved") == [
        "Combien de marches ?",
        "Prenez-vous des stagiaires ?",
        "Vous aimez ce métier ?",
    ]


def test_a_worrying_slip_that_is_ticked_waits_apart(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    teacher.post("/prof/liste", origine="paper", texte=SLIPS[3:4], ligne=["0"], faire="ajouter")
    assert written(kiosk, room, "approved", "pending") == []
    assert [q.text for q in worries.listed(room)] == [SLIPS[3]]


def test_going_back_keeps_what_was_typed_and_corrected(room: str, teacher: Teacher) -> None:
    page = look_at(teacher, "1. Un ?\n- Deux ?\n\nTrois ?")
    texts, ticked = fields(page)
    assert texts == ["Un ?", "Deux ?", "Trois ?"]
    texts[1] = "Deux, vraiment ?"
    answer = teacher.post("/prof/liste", origine="paper", texte=texts, ligne=ticked, faire="revenir")
    assert answer.headers["Location"] == "/prof/liste?origine=paper"
    assert ">Un ?\nDeux, vraiment ?\nTrois ?</textarea>" in teacher.client.get("/prof/liste?origine=paper").text


def test_a_reload_or_the_browsers_way_back_loses_nothing(room: str, teacher: Teacher) -> None:
    page = look_at(teacher, "Un ?\nDeux ?")
    again = teacher.client.get("/prof/liste?origine=paper&etape=voir")
    assert fields(again) == fields(page) == (["Un ?", "Deux ?"], ["0", "1"])
    assert ">Un ?\nDeux ?</textarea>" in teacher.client.get("/prof/liste").text
    assert "Un ?" not in teacher.client.get("/prof/liste?origine=prepared").text  # another list


def test_a_refusal_keeps_every_line_and_every_tick(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    sent = {"origine": "paper", "texte": ["Un ?", LONG, "Deux ?"], "faire": "ajouter", "theme": "metier"}
    refused = teacher.post("/prof/liste", **sent, ligne=["1", "2"])
    assert refused.status_code == 422 and "corrigez les lignes cochées qui ont un défaut (1)" in text(refused)
    assert fields(refused) == (["Un ?", LONG, "Deux ?"], ["1", "2"])
    assert 'value="metier" selected' in refused.text
    assert written(kiosk, room, "approved") == []
    none = teacher.post("/prof/liste", **sent)
    assert none.status_code == 422 and "Aucune question cochée" in text(none)
    assert fields(none)[0] == ["Un ?", LONG, "Deux ?"]
    assert fields(teacher.client.get("/prof/liste?origine=paper&etape=voir"))[0] == ["Un ?", LONG, "Deux ?"]


def test_each_line_has_a_theme_that_is_proposed_and_the_teachers_stands(
    kiosk: Kiosk, room: str, teacher: Teacher
) -> None:
    page = look_at(teacher, "Vous gagnez combien ?\nQuelles études avez-vous faites ?\nVous recyclez ?", "prepared")
    chosen = re.findall(r'<option value="(\w*)" selected', page.text)
    assert chosen == ["salaire", "parcours", "environnement"]
    sent = {"origine": "prepared", "texte": fields(page)[0], "theme": ["", "vie", "environnement"]}
    back = teacher.post("/prof/liste", **sent, ligne=["0", "1"], faire="ajouter")
    assert back.status_code == 303
    kiosk.database.connect_reader()
    assert [(q.text, q.theme) for q in preparation.listed(room, "S1")] == [
        ("Vous gagnez combien ?", ""),
        ("Quelles études avez-vous faites ?", "vie"),
    ]
    odd = teacher.post("/prof/liste", **{**sent, "theme": ["inconnu"]}, ligne=["0"], faire="ajouter")
    assert odd.status_code == 422 and fields(odd)[0] == sent["texte"]


def test_a_list_refused_at_once_is_still_there(room: str, teacher: Teacher) -> None:
    many = "\n".join(f"Question {n} ?" for n in range(preparation.MAX_LINES + 1))
    refused = teacher.post("/prof/liste", origine="paper", liste=many, faire="voir")
    assert refused.status_code == 422 and "Cette liste dépasse 200 lignes" in text(refused)
    assert "Question 200 ?" in refused.text and "Question 200 ?" in teacher.client.get("/prof/liste").text
    empty = teacher.post("/prof/liste", origine="paper", liste="  \n ", faire="voir")
    assert empty.status_code == 422 and "Aucune question dans cette liste" in text(empty)


def test_once_added_it_is_not_there_to_add_again(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    look_at(teacher, "Un ?", "prepared")
    answer = teacher.post("/prof/liste", origine="prepared", texte=["Un ?"], ligne=["0"], faire="ajouter")
    assert answer.headers["Location"] == "/prof/preparer"
    kiosk.database.connect_reader()
    assert [q.text for q in preparation.listed(room, "S1")] == ["Un ?"]
    for address in ("/prof/liste?origine=prepared&etape=voir", "/prof/liste?origine=prepared"):
        assert "Un ?" not in teacher.client.get(address).text


def test_the_list_is_its_devices_and_goes_with_the_room(
    kiosk: Kiosk, app: Any, room: str, teacher: Teacher, write: Any
) -> None:
    look_at(teacher, "Un ?")
    other = Teacher(app).enter()
    assert "Un ?" not in other.client.get("/prof/liste").text
    write(retention.wipe, room)
    settle(kiosk)
    assert "Un ?" not in teacher.client.get("/prof/liste").text


def test_few_lists_are_held(room: str, teacher: Teacher) -> None:
    from kiosk.domain.questions.drafts import MOST, Draft, Drafts

    drafts = Drafts()
    for number in range(MOST + 1):
        drafts.keep((str(number), room, "paper"), Draft(f"Un {number} ?"))
    held = [drafts.get((str(number), room, "paper")).text for number in range(MOST + 1)]
    assert held == ["", *(f"Un {number} ?" for number in range(1, MOST + 1))]
