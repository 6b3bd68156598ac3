"""What a class's reflection says together: ticks, near wordings made one by hand, hands counted."""

from __future__ import annotations

import pytest

from factories import make_room, make_session, refused
from kiosk.domain import reflected, retention, rooms
from kiosk.domain.questions import reflection_acts, reflections
from kiosk.storage.models import Reflection, ShowOfHands, Wording


@pytest.fixture
def answer(write, room):
    write(rooms.set_phase, room, "reflection")
    return lambda author, **values: write(reflections.submit, room, author, **{"approved": True, **values})


@pytest.fixture
def trio(kiosk, write):
    """A room whose session has three speakers, in its reflection."""
    made = make_room(kiosk, "Trio", session_id=make_session(kiosk, "S3", speakers=3))
    write(rooms.set_phase, made, "reflection")
    return made


def together(room, session_id="S1"):
    return reflected.of_class(room, session_id, 26)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("BTS maintenance, bac pro", ["BTS maintenance", "bac pro"]),
        ("bac pro puis BTS et un apprentissage", ["bac pro", "BTS", "un apprentissage"]),
        ("BTS études et développement", ["BTS études et développement"]),
        ("BTS maintenance, option éolien, bac pro", ["BTS maintenance, option éolien", "bac pro"]),
        ("bac; licence /master", ["bac", "licence", "master"]),
        ("école d’ingénieurs ou l’université", ["école d’ingénieurs", "l’université"]),
        (", ;", []),
    ],
)
def test_several_studies_in_one_answer_are_counted_apart(typed, found):
    assert reflected.pieces(typed) == found


def test_ticks_count_with_what_is_typed_and_a_pupil_counts_once(room, answer):
    answer("e1", tracks=["cap", "bac_pro"], studies="Bac pro, BTS")
    answer("e2", tracks=["bac_pro"])
    answer("e3", studies="bts")
    assert dict(together(room).studies) == {"Bac pro": 2, "CAP": 1, "BTS": 2}


def test_ticks_need_no_reading_and_words_do(room, answer, write):
    answer("e1", tracks=["cap"], useful="very", more="yes", approved=False)
    shy = answer("e2", studies="BTS", surprise="la hauteur", useful="little", approved=False)
    found = together(room)
    assert (found.studies, found.surprises, found.pending) == ([("CAP", 1)], [], 1)
    assert (found.useful, found.more) == ({"very": 1, "rather": 0, "little": 1}, {"yes": 1, "maybe": 0, "no": 0})
    write(reflections.review, room, shy, "hidden")
    assert together(room).useful["little"] == 1


def test_what_was_ticked_beside_words_that_were_hidden_is_not_said(room, answer, write):
    write(reflections.review, room, answer("e1", tracks=["cap"], surprise="du bruit"), "hidden")
    assert (together(room).studies, together(room).answers) == ([], 1)


def test_codes_that_no_page_offers_are_refused(room, answer):
    for wrong in ({"useful": "great"}, {"more": "very"}, {"tracks": ["phd"]}):
        assert refused("invalid", answer, "e1", **wrong).field == next(iter(wrong))
    assert together(room).answers == 0


@pytest.mark.parametrize("text", ["rien", "Rien.", "RIEN !!", "je sais pas", "jsp", "…", "???", "Rien de spécial", "-"])
def test_an_answer_that_says_nothing_is_never_shown_with_the_others(room, answer, write, text):
    ids = [answer("e1", job="Soudeuse", approved=False), answer("e2", job="Cheffe", surprise=text, approved=False)]
    write(reflections.approve_seen, room, ids)
    assert [one.status for one in reflections.listed(room, "S1")] == ["approved", "pending"]
    write(reflections.review, room, ids[1], "approved")
    assert (text, 1) in together(room).surprises


def test_what_raises_a_hint_or_came_after_the_page_waits_for_its_own_reading(room, answer, write):
    ids = [
        answer("e1", surprise="appelez le 06 12 34 56 78", approved=False),
        answer("e2", surprise="la vue", approved=False),
    ]
    late = answer("e3", surprise="le bruit", approved=False)
    write(reflections.approve_seen, room, ids)
    assert [(one.id, one.status) for one in reflections.listed(room, "S1")] == [
        (ids[0], "pending"),
        (ids[1], "approved"),
        (late, "pending"),
    ]


def test_case_accents_and_end_marks_are_one_wording(room, answer):
    for author, text in (("e1", "Le métier évolue !"), ("e2", "le metier  evolue"), ("e3", "autre")):
        answer(author, surprise=text, career=text)
    found = together(room)
    assert found.surprises == found.careers == [("Le métier évolue !", 2), ("autre", 1)]


def test_near_wordings_are_made_one_by_hand_and_apart_again(room, answer, write):
    for author, text in (("e1", "Technicienne éolienne"), ("e2", "maintenance d’éoliennes"), ("e3", "Électricienne")):
        answer(author, job=text)
    write(reflection_acts.regroup, room, "job", ["Technicienne éolienne", "maintenance d’éoliennes"])
    answer("e4", job="Maintenance d'éoliennes.")
    assert together(room).jobs == [("Technicienne éolienne", 3), ("Électricienne", 1)]
    assert together(room).regrouped == {("job", "", "Technicienne éolienne")}
    # a group joins another one whole
    write(reflection_acts.regroup, room, "job", ["Électricienne", "Technicienne éolienne"])
    assert together(room).jobs == [("Électricienne", 4)]
    write(reflection_acts.separate, room, "job", "Électricienne")
    assert together(room).jobs == [
        ("maintenance d’éoliennes", 2),
        ("Technicienne éolienne", 1),
        ("Électricienne", 1),
    ]


def test_words_that_were_hidden_or_replaced_since_name_no_group(room, answer, write):
    """What the teacher kept as a group's name was a pupil's: it goes as its answer does."""
    rude = answer("e1", job="Grosse nulle")
    for author in ("e2", "e3"):
        answer(author, job="Soudeuse")
    write(reflection_acts.regroup, room, "job", ["Grosse nulle", "Soudeuse"])
    assert together(room).jobs == [("Grosse nulle", 3)]
    write(reflections.review, room, rude, "hidden")
    found = together(room)
    assert (found.jobs, found.regrouped) == ([("Soudeuse", 2)], {("job", "", "Soudeuse")})
    write(reflections.review, room, rude, "approved")
    answer("e1", job="Chaudronnière", approved=False)  # the same phone thinks again: nobody has read it
    assert together(room).jobs == [("Soudeuse", 2)]
    # whatever it is told by, a group is joined and undone whole
    answer("e4", job="Patronne")
    write(reflection_acts.regroup, room, "job", ["Patronne", "Soudeuse"])
    answer("e5", job="Grosse nulle")
    assert together(room).jobs == [("Patronne", 4)]
    write(reflection_acts.separate, room, "job", "Soudeuse")
    assert Wording.select().count() == 0


def test_regrouping_asks_for_two_and_a_field(room, answer, write):
    refused("merge_needs_two", write, reflection_acts.regroup, room, "job", ["Soudeuse", "soudeuse !"])
    refused("invalid", write, reflection_acts.regroup, room, "name", ["a", "b"])


def test_hands_take_the_place_of_phones_for_their_question_and_nobody_counts_twice(room, answer, write):
    for number in range(3):
        answer(f"e{number}", useful="very", more="no")
    write(reflection_acts.count_hands, room, "useful", {"very": 12, "rather": 7, "little": None})
    found = together(room)
    assert (found.useful, found.more, found.answers) == (
        {"very": 12, "rather": 7, "little": 0},
        {"yes": 0, "maybe": 0, "no": 3},
        19,
    )
    assert found.hands == {("useful", "")}
    write(reflection_acts.count_hands, room, "useful", {"very": None, "rather": None, "little": None})
    assert (together(room).useful["very"], together(room).answers) == (3, 3)


def test_hands_alone_make_a_reflection(room, write):
    write(rooms.set_phase, room, "reflection")
    write(reflection_acts.count_hands, room, "more", {"yes": 9, "maybe": 8, "no": 4})
    assert (together(room).answers, together(room).more["maybe"], reflected.wishing(room, "S1")) == (21, 8, 9)


def test_hands_that_cannot_be_are_refused(room, trio, write):
    write(rooms.set_phase, room, "reflection")
    for about, counts, of in [
        ("useful", {"great": 1}, ""),
        ("name", {"very": 1}, ""),
        ("useful", {"very": -1}, ""),
        ("useful", {"very": 1}, "S1-P1"),
        ("more", {"yes": 1}, "S3-P1"),
    ]:
        refused("invalid", write, reflection_acts.count_hands, room, about, counts, of)
    refused("invalid", write, reflection_acts.count_hands, trio, "more", {"yes": 1}, "")
    write(rooms.set_phase, room, "questions")
    refused("wrong_phase", write, reflection_acts.count_hands, room, "useful", {"very": 1})


def test_more_hands_than_the_class_counts_are_confirmed_and_absurd_ones_refused(room, write):
    """A class may have guests; a pupil raises one hand for a question, whatever the answer."""
    write(rooms.set_phase, room, "reflection")
    write(reflection_acts.count_hands, room, "useful", {"very": 20, "rather": 6})
    error = refused("hands_many", write, reflection_acts.count_hands, room, "useful", {"very": 20, "rather": 7})
    assert (error.values["hands"], error.values["headcount"]) == (27, 26)
    assert together(room).useful["rather"] == 6, "what was counted before stays"
    write(lambda tx: reflection_acts.count_hands(tx, room, "useful", {"very": 20, "rather": 7}, sure=True))
    assert together(room).useful["rather"] == 7
    write(rooms.set_class, room, "4e B", 0)  # nobody said how many they are
    write(reflection_acts.count_hands, room, "useful", {"very": 300, "rather": 200})
    absurd = {"very": 300, "rather": 201}
    refused("hands_beyond", write, reflection_acts.count_hands, room, "useful", absurd)
    refused("hands_beyond", write, lambda tx: reflection_acts.count_hands(tx, room, "useful", absurd, sure=True))


def test_each_of_several_speakers_has_a_job_and_a_wish(trio, write):
    for author, of in (("e1", "S3-P1"), ("e2", "S3-P1"), ("e3", "S3-P3"), ("e4", "somebody else")):
        people = [{"id": of, "job": "Cheffe", "more": "yes"}]
        write(reflections.submit, trio, author, people=people, approved=True)
    found = together(trio, "S3")
    assert [(one.speaker_id, one.jobs, one.more.get("yes")) for one in found.people] == [
        ("S3-P1", [("Cheffe", 2)], 2),
        ("S3-P2", [], None),
        ("S3-P3", [("Cheffe", 1)], 1),
    ]
    assert (found.jobs, found.more, found.answers, reflected.wishing(trio, "S3")) == ([], {}, 4, 3)
    write(reflection_acts.count_hands, trio, "more", {"yes": 11}, "S3-P2")
    assert together(trio, "S3").people[1].more == {"yes": 11, "maybe": 0, "no": 0}
    people = [{"id": "S3-P1", "job": "Patronne"}]
    write(reflections.submit, trio, "e5", people=people, approved=True)
    write(reflection_acts.regroup, trio, "job", ["Patronne", "Cheffe"], "S3-P1")
    assert [one.jobs for one in together(trio, "S3").people] == [[("Patronne", 3)], [], [("Cheffe", 1)]]


def test_a_worrying_job_of_one_speaker_is_set_apart(trio, write):
    people = [{"id": "S3-P2", "job": "j’ai envie de mourir", "more": "no"}]
    write(reflections.submit, trio, "e1", people=people)
    (held,) = reflections.listed(trio, "S3")
    assert (held.words, held.status, held.people[1].more) == ([], "approved", "no")


def test_an_answer_whose_only_words_went_to_an_adult_is_not_counted(trio, write):
    worrying = "j’ai envie de mourir"
    for values in ({"surprise": worrying}, {"people": [{"id": "S3-P2", "job": worrying, "more": ""}]}):
        write(reflections.submit, trio, "e1", **values)
        assert together(trio, "S3").answers == 0 and len(reflections.listed(trio, "S3")) == 1  # the phone has its own
    for author, values in (("e1", {"surprise": worrying, "useful": "very"}), ("e2", {"job": "Cheffe"})):
        write(reflections.submit, trio, author, **values)
    assert together(trio, "S3").answers == 2


def test_an_erasure_takes_hands_and_wordings_too(kiosk, room, answer, write):
    answer("e1", job="Soudeuse")
    write(reflection_acts.regroup, room, "job", ["Soudeuse", "Soudure"])
    write(reflection_acts.count_hands, room, "useful", {"very": 5})
    write(retention.wipe, room)
    kiosk.database.connect_reader()
    assert [table.select().count() for table in (Reflection, Wording, ShowOfHands)] == [0, 0, 0]
