"""The display over HTTP: which screen each moment shows, and what each screen says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from factories import configure
from kiosk.domain import rooms, speaking, timers
from kiosk.domain.questions import moderation, reflections
from kiosk.ground import instants
from kiosk.storage.models import Reflection, Speaker
from web.display_hall import MINUTE, Hall, name, said_by


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    found = Hall(tmp_path)
    yield found
    found.close()


@pytest.mark.parametrize(
    "phase, screen",
    [
        ("lobby", "join"),
        ("countdown", "countdown"),
        ("talk", "speaker"),
        ("questions", "wall"),
        ("reflection", "reflection"),
        ("closed", "end"),
    ],
)
def test_each_phase_has_its_screen(hall: Hall, phase: str, screen: str) -> None:
    hall.phase(phase)
    html = hall.screen()
    assert name(html) == screen
    assert f'data-live="{screen}" data-phase="{phase}"' in html


def test_a_local_look_shows_another_screen_and_says_which_is_live(hall: Hall) -> None:
    hall.phase("questions")
    for look in ("join", "countdown", "speaker"):
        html = hall.screen(f"?regard={look}")
        assert name(html) == look and 'data-live="wall"' in html
    for wrong in ("end", "reflection", "<b>", ""):
        assert name(hall.screen(f"?regard={wrong}")) == "wall"


def test_without_a_session_the_class_is_welcomed_whatever_it_looks_at(hall: Hall) -> None:
    hall.fields(session_id=None)
    for query in ("", "?regard=wall", "?regard=speaker"):
        html = hall.screen(query)
        assert name(html) == "join" and "Bienvenue" in said_by(html)


def test_without_a_session_phones_can_already_join_the_wifi(tmp_path: Path) -> None:
    held = Hall(tmp_path, wifi_ssid="Classe n°12", wifi_password="metiers2026")
    try:
        held.fields(session_id=None)
        said = held.screen()
        for told in ("<strong>Classe n°12</strong>", "<strong>metiers2026</strong>", "192.168.1.20"):
            assert told in said
    finally:
        held.close()


def test_the_countdown_says_the_hour_then_digits_then_gives_way(hall: Hall) -> None:
    hall.phase("countdown")
    now = hall.kiosk.clock.now()
    hall.fields(ends_at=now + 61 * MINUTE)
    html = hall.screen()
    assert "La séance commence" in said_by(html) and 'data-tick="digits"' not in html
    assert f'data-refresh-at="{now + MINUTE}"' in html
    hall.fields(ends_at=now + 59 * MINUTE)
    html = hall.screen()
    assert 'data-tick="digits"' in html and re.search("59:00|58:5", said_by(html))
    hall.fields(ends_at=None, paused_ms=95_000)
    html = hall.screen()
    assert "en pause" in said_by(html) and "01:35" in said_by(html) and "data-tick" not in html
    hall.fields(ends_at=now - 1, paused_ms=None)
    assert name(hall.screen()) == "speaker"


def test_the_day_is_said_when_it_is_not_today(hall: Hall) -> None:
    hall.phase("countdown")
    hall.fields(ends_at=hall.kiosk.clock.now() + 50 * 60 * MINUTE)
    assert re.search(r"La séance commence \w+ \d+\w* \w+ à", said_by(hall.screen()))


def test_time_left_in_a_phase(hall: Hall) -> None:
    hall.phase("talk")
    now = hall.kiosk.clock.now()
    for left, said in ((160_000, "encore 3 min"), (59_000, "encore 1 min"), (-1, "temps écoulé")):
        hall.fields(ends_at=now + left)
        assert said in said_by(hall.screen())
    hall.fields(ends_at=None, paused_ms=350_000)
    html = hall.screen()
    assert "en pause, 6 min" in said_by(html) and "data-ends-at" not in html


def test_an_overseas_class_reads_its_own_time_and_that_of_paris(hall: Hall) -> None:
    configure(hall.kiosk, school_zone="Indian/Reunion")
    for query in ("", "?regard=countdown"):
        assert "heure de Paris" in said_by(hall.screen(query))
    configure(hall.kiosk, school_zone="")
    assert "heure de Paris" not in said_by(hall.screen())


def test_a_clock_nobody_vouches_for_is_said_before_the_session_only(hall: Hall) -> None:
    hall.kiosk.clock.correct(1_704_078_720_000, "system")
    hall.phase("countdown")
    said = said_by(hall.screen())
    assert (
        "L’heure de ce poste est fausse : lundi 1er janvier 2024" in said and "Le compte à rebours est arrêté" in said
    )
    assert 'data-tick="digits"' not in hall.screen()
    hall.phase("talk")
    assert 'class="alarm"' not in hall.screen() and "encore 15 min" in said_by(hall.screen())


def test_the_way_in_is_on_every_screen_but_the_last(hall: Hall) -> None:
    for phase in ("lobby", "countdown", "talk", "questions", "reflection"):
        hall.phase(phase)
        html = hall.screen()
        assert html.count('<svg class="qr"') == 1 and "192.168.1.20" in said_by(html), phase
        assert 'aria-label="QR code : ouvrir 192.168.1.20"'.replace(" :", "\u00a0:") in html


def test_without_phones_three_ways_replace_the_code(hall: Hall) -> None:
    hall.do(lambda tx: rooms.set_preference(tx, hall.room, "phones", False))
    for phase in ("lobby", "countdown", "talk", "questions", "reflection"):
        hall.phase(phase)
        html = hall.screen()
        assert '<svg class="qr"' not in html and "192.168" not in html and html.count("Sur un papier") == 1, phase


def test_without_a_network_the_class_is_told(tmp_path: Path) -> None:
    hall = Hall(tmp_path, public_url="")
    hall.kiosk.addresses._read = list  # this machine has no card
    hall.kiosk.addresses.refresh()
    said = said_by(hall.screen())
    assert "Réseau en attente" in said and "Sur un papier" in said
    hall.close()


def test_remedies_wait_for_the_first_phone_only(hall: Hall) -> None:
    assert 'class="nothing"' in hall.screen() and 'class="nothing"' in hall.screen("?regard=countdown")
    assert 'class="nothing"' not in hall.screen("?regard=wall")
    hall.kiosk.presence.visited(hall.room, "phone")
    html = hall.screen()
    assert 'class="nothing"' not in html and "1 téléphone connecté" in said_by(html).replace(
        "téléphone connecté 1", "1 téléphone connecté"
    )


def test_the_wall_shows_the_question_its_votes_the_next_ones_and_totals(hall: Hall) -> None:
    hall.phase("questions")
    assert "Que voulez-vous savoir ?" in said_by(hall.screen())
    for number in range(20):
        hall.ask(f"q{number}", f"Question numéro {number} ?")
    assert "Quelle question ensuite ?" in said_by(hall.screen())
    hall.ask("now", "Avez-vous peur ?", show=True, theme="metier")
    html = hall.screen()
    said = said_by(html)
    assert "Avez-vous peur ?" in said and "Le travail au quotidien" in said and "Ensuite, 20 questions" in said
    assert re.findall(r'<dt>([^<]+)</dt><dd class="num">(\d+)', html) == [
        ("reçues", "21"),
        ("en attente", "20"),
        ("posée", "0"),
    ]
    hall.do(lambda tx: moderation.mark_asked(tx, hall.room, "now"))
    assert ("posée", "1") in re.findall(r'<dt>([^<]+)</dt><dd class="num">(\d+)', hall.screen())


def test_a_pupils_text_is_escaped_and_spaced(hall: Hall) -> None:
    hall.phase("questions")
    hall.ask("q", "<script>alert(1)</script> Est-ce dur ?", show=True)
    html = hall.screen()
    assert "<script" not in html and "&lt;script&gt;" in html
    assert "Est\u2060-\u2060ce dur\u202f?" in html


def test_only_reviewed_words_reach_the_screen(hall: Hall) -> None:
    hall.phase("reflection")
    assert "Le nom du métier" in said_by(hall.screen())
    hall.do(lambda tx: reflections.submit(tx, hall.room, "x", job="Jobbingue", studies="BTS", surprise="La hauteur"))
    assert "Jobbingue" not in hall.screen() and "1 réponse" in said_by(hall.screen()).replace("réponse 1", "1 réponse")
    hall.do(lambda tx: reflections.approve_seen(tx, hall.room, [Reflection.get().id]))
    assert "Jobbingue" in hall.screen() and "1 réponse sur 26" in said_by(hall.screen())


def test_the_speaker_screen(hall: Hall) -> None:
    hall.phase("talk")
    html = hall.screen()
    assert "Pour y accéder" in html and "xxxx" not in html and html.index("Bac pro") < html.index("Référente")


def _columns(html: str) -> list[str]:
    return re.findall(r'<li class="(now|todo|done|)"', html.partition('<ol class="phases"')[0])


def test_two_speakers_have_their_turns_and_the_display_follows_the_panel(hall: Hall) -> None:
    hall.do(lambda tx: rooms.choose_session(tx, hall.room, "two"))
    hall.phase("talk")
    html = hall.screen()
    assert _columns(html) == ["now", "todo"] and "Sophie parle, encore 8 min Sophie" in said_by(html)
    assert "Malik dans 8 min" in said_by(html) and html.count("data-until=") == 2
    hall.do(lambda tx: speaking.give(tx, hall.room, "b"))
    assert _columns(hall.screen()) == ["todo", "now"]  # a press that lasted no time is no turn
    assert "Vos questions : 192.168.1.20" in said_by(hall.screen())
    assert _columns(hall.screen("?orateur=1")) == ["now", ""] and "data-until" not in hall.screen("?orateur=1")
    hall.do(lambda tx: timers.pause(tx, hall.room))
    assert "data-until" not in hall.screen()


def test_a_path_is_whole_and_says_where_it_turns(hall: Hall) -> None:
    steps = ["Licence de droit, abandonnée", "Pause : un an", "BTS", *(f"Poste {n}" for n in range(5))]
    path = [{"when": str(2000 + n), "what": what} for n, what in enumerate(steps)]
    hall.do(lambda tx: Speaker.update(path=path).execute())
    hall.phase("talk")
    html = hall.screen()
    said = said_by(html)
    assert all(one["what"].partition(" : ")[2] or one["what"] in said for one in path)
    assert "2001 Pause : un an 2002 Bifurcation : BTS" in said and 'class="way dense"' in html
    assert 'class="step lane-0 to-pause"' in html and 'class="pause lane-0 to-fork"' in html
    hall.do(lambda tx: Speaker.update(path=[{"when": str(n), "what": f"Poste {n}"} for n in range(30)]).execute())
    html = hall.screen()
    assert "16 autres étapes" in said_by(html) and "Poste 0 " in said_by(html) and "Poste 29" in said_by(html)


def test_a_poor_file_gives_its_room_to_the_persons_own_words(hall: Hall) -> None:
    hall.do(lambda tx: Speaker.update(bio="Je répare des machines.").execute())
    hall.phase("talk")
    assert "Je répare" not in hall.screen()
    hall.do(lambda tx: Speaker.update(path=[]).execute())
    html = hall.screen()
    assert "Je répare des machines." in said_by(html) and 'class="screen bio compact poor"' in html


def test_a_masked_screen_says_one_moment_whatever_it_looks_at(hall: Hall) -> None:
    hall.phase("questions")
    hall.ask("q", "Avez-vous le vertige ?", show=True)
    hall.do(lambda tx: rooms.set_hidden(tx, hall.room, True))
    for query in ("", "?regard=wall", "?vue=bandeau"):
        html = hall.screen(query)
        assert name(html) == "hidden" and "Un instant" in said_by(html) and "vertige" not in html
        assert "192.168.1.20" in html and "encore 25 min" in said_by(html)
    hall.do(lambda tx: rooms.set_hidden(tx, hall.room, False))
    assert "vertige" in hall.screen()


@pytest.mark.parametrize("phase", ["lobby", "countdown", "talk", "questions"])
def test_the_way_in_says_that_questions_wait_or_are_closed(hall: Hall, phase: str) -> None:
    hall.phase(phase)
    assert 'class="gate"' not in hall.screen()
    for intake, sign in (("paused", "Questions en pause"), ("frozen", "Liste close")):
        hall.do(lambda tx: rooms.set_intake(tx, hall.room, intake))
        html = hall.screen()
        assert sign in said_by(html) and 'class="qr"' in html and "192.168.1.20" in html, "the way in stays"
    hall.phase("reflection")
    assert 'class="gate"' not in hall.screen()


def test_a_pause_says_what_one_can_still_do(hall: Hall) -> None:
    hall.phase("questions")
    hall.do(lambda tx: rooms.set_intake(tx, hall.room, "paused"))
    assert "Gardez la vôtre pour tout à l’heure." in said_by(hall.screen())
    hall.ask("q", "Et le vertige ?")
    assert "Vous pouvez soutenir celles de la liste." in said_by(hall.screen())


def test_back_to_the_talk_the_person_is_shown_and_the_question_kept(hall: Hall) -> None:
    hall.phase("questions")
    hall.ask("q", "Et le vertige ?", show=True)
    hall.phase("talk")
    assert name(hall.screen()) == "speaker"
    hall.phase("questions")
    assert "Quelle question ensuite" in said_by(hall.screen()) and "Et le vertige" in said_by(hall.screen())


def _hour(ms: int, zone: str) -> str:
    return instants.time(ms, zone).replace("\u00a0", " ")


def test_more_time_before_the_start_moves_the_hour_that_is_said(hall: Hall) -> None:
    hall.phase("countdown")
    zone = rooms.view(hall.room).zone
    starts = rooms.view(hall.room).session.starts_at  # type: ignore[union-attr]
    assert _hour(starts, zone) in said_by(hall.screen())
    hall.do(lambda tx: timers.extend(tx, hall.room))
    assert _hour(starts + 5 * MINUTE, zone) in said_by(hall.screen())


def test_a_job_typed_without_a_capital_is_a_title_with_one(hall: Hall) -> None:
    hall.do(lambda tx: Speaker.update(job_feminine="soigneuse de grands félins").execute())
    for phase in ("lobby", "countdown", "talk"):
        hall.phase(phase)
        assert "Soigneuse de grands félins" in said_by(hall.screen()), phase


def test_thanks_and_when_the_questions_go(hall: Hall) -> None:
    hall.ask("q", "Encore une ?")
    hall.phase("closed")
    said = said_by(hall.screen())
    assert "à Sophie Le Goff , technicienne de maintenance éolienne" in said
    assert "Prochaine séance : deux métiers" in said
    assert "tout s’efface d’ici" in said


def test_no_browser_offers_to_translate_the_class_s_screen(hall: Hall) -> None:
    """Its offer covers the screen, in a browser of another language; phones keep theirs."""
    page = hall.app.test_client().get("/ecran").get_data(as_text=True)
    assert 'translate="no"' in page.partition("<head>")[0] and '<meta name="google" content="notranslate">' in page
