"""What the rest of the house sees of the domain: plain frozen values, never rows.

Instants are integers, UTC milliseconds. Templates and JSON read these and nothing else.
"""

from __future__ import annotations

from dataclasses import field
from typing import Any

from kiosk.domain.people import identifiers
from kiosk.domain.phases import PHASES, Phase
from kiosk.domain.reading.distress import GUARDED
from kiosk.domain.reading.flags import Flag
from kiosk.domain.statuses import STATUSES, Status
from kiosk.ground.values import dataclass


@dataclass(frozen=True)
class SpeakerView:
    """Who speaks. ``job`` is in the form they chose; ``path`` is [{"when", "what"}], one written on the kiosk may say a
    step's ``kind`` too (``reading.paths``);
    ``portrait`` an address or None; ``job_sheet`` Onisep's code ("MET.31") or empty.
    """

    id: str
    name: str
    first_name: str
    job: str
    employer: str
    place: str
    bio: str
    path: list[dict[str, str]]
    job_sheet: str
    portrait: str | None
    portrait_alt: str
    #: Whether the job is shown in its feminine form.
    feminine: bool = True

    @property
    def headed(self) -> str:
        """The job as a title begins: with a capital, however it was typed."""
        return self.job[:1].upper() + self.job[1:]


@dataclass(frozen=True)
class SessionView:
    """A talk as the centre gave it. ``starts_at`` is UTC milliseconds; ``levels`` and ``format`` are codes of their
    registries; ``phases`` is (name, minutes) in order; ``meeting_url`` and ``theme_week`` may be empty.
    """

    id: str
    title: str
    starts_at: int
    duration_min: int
    format: str
    levels: list[str]
    status: str
    theme_week: str
    meeting_url: str
    speakers: list[SpeakerView]
    dossier: list[dict[str, Any]]
    phases: list[tuple[str, int]]

    @property
    def presented(self) -> list[SpeakerView]:
        """The speakers whom a screen has room for, and whom a class answers about: the first three."""
        return self.speakers[:3]


@dataclass(frozen=True)
class RoomView:
    """A classroom now. Instants are UTC milliseconds; ``ends_at`` is None without a running timer, ``paused_ms`` what
    is left on a paused one; ``intake`` is open, paused or frozen; ``theme`` is the display's; ``phones`` False: none in
    this class; ``review_off_until``: nothing is read over until then, None as a rule; ``shut_at``: since when
    newcomers wait, None as a rule; ``hidden``: the display says « Un instant » and nothing else; ``speaking_id``,
    ``turn_left``, ``spoken``: who speaks, since when (``speaking``); ``starter``: the beginning
    proposed to the phones (``questions.suggested``); ``zone`` is the class's own (IANA); ``rev`` rises
    with every announced change.
    """

    id: str
    name: str
    code: str
    rev: int
    session: SessionView | None
    enrolment_id: str | None
    class_label: str
    headcount: int
    phase: str
    phase_started_at: int
    ends_at: int | None
    paused_ms: int | None
    intake: str
    review_off_until: int | None
    shut_at: int | None
    current_id: str | None
    answer_id: str | None
    hidden: bool
    speaking_id: str | None
    turn_left: int | None
    spoken: dict[str, int]
    starter: str
    theme: str
    phones: bool
    shortcuts: bool
    purge_at: int | None
    zone: str

    @property
    def stage(self) -> Phase:
        """Its phase, with all that is true of it."""
        return PHASES.get(self.phase)

    def time_left(self, now: int) -> int | None:
        """Milliseconds left on the running or paused timer, under zero once over; None without one."""
        if self.paused_ms is not None or self.ends_at is None:
            return self.paused_ms
        return self.ends_at - now

    @property
    def reviewed(self) -> bool:
        """Whether somebody reads over what the class writes, before the class sees it."""
        return self.review_off_until is None

    @property
    def feigned(self) -> str:
        """``demonstration`` or ``rehearsal`` when its session is no real one: every page says so. Empty as a rule."""
        id = self.session.id if self.session else ""
        return "demonstration" if identifiers.invented(id) else "rehearsal" if identifiers.rehearsed(id) else ""

    @property
    def open(self) -> bool:
        """True while a session is chosen and not closed."""
        return self.session is not None and not self.stage.over


@dataclass(frozen=True)
class QuestionView:
    """A question. ``number`` is short and counts per room; ``support`` counts devices, those of merged ones included;
    ``origin`` is live, spoken, paper, prepared or centre; ``reason`` is a code of ``reasons`` once set aside;
    ``merged`` holds the first of the ``joined`` questions that joined this one; ``worry``: what an adult still has
    to do (``distress``); no
    author, ever.
    """

    id: str
    number: int
    text: str
    original_text: str
    theme: str
    speaker_id: str | None
    level: str
    origin: str
    status: str
    reason: str | None
    support: int
    created_at: int
    approved_at: int | None
    on_screen_at: int | None
    asked_at: int | None
    answered_at: int | None
    position: int
    merged_into: str | None
    worry: str = ""
    #: The teacher put it where it is in the list.
    placed: bool = False
    #: The class sees it, and nobody has read it: review was off.
    unread: bool = False
    merged: list[QuestionView] = field(default_factory=list)
    joined: int = 0
    flags: list[Flag] = field(default_factory=list)

    @property
    def state(self) -> Status:
        """Its status, with all that is true of it."""
        return STATUSES.get(self.status)

    @property
    def reworded(self) -> bool:
        """True when the teacher changed the pupil's words."""
        return self.text != self.original_text

    @property
    def guarded(self) -> bool:
        """True while its words are an adult's and its author's alone."""
        return self.worry in GUARDED


@dataclass(frozen=True)
class AnswerLine:
    """What a speaker answered, in a line. ``text`` is what the class may read, ``proposed`` what pupils wrote and an
    adult has not read over yet; either may be empty.
    """

    text: str = ""
    proposed: str = ""


@dataclass(frozen=True)
class Counts:
    """Totals of a room's current session. ``asked`` includes answered; ``received`` is all but what was withdrawn;
    ``ready`` is approved without the one on screen.
    """

    received: int = 0
    prepared: int = 0
    pending: int = 0
    approved: int = 0
    ready: int = 0
    asked: int = 0
    answered: int = 0
    set_aside: int = 0


@dataclass(frozen=True)
class SpeakerAnswer:
    """What a pupil says of one of several speakers: the name of the job, and whether to know more (``scales.MORE``)."""

    speaker_id: str
    job: str
    more: str


@dataclass(frozen=True)
class ReflectionView:
    """One pupil's answers at the end, without who; ``status`` is pending, approved or hidden. ``useful``, ``more`` and
    ``tracks`` are codes of ``scales``; with several speakers, ``people`` takes the place of ``job`` and ``more``.
    """

    id: int
    job: str
    studies: str
    surprise: str
    status: str
    career: str = ""
    useful: str = ""
    more: str = ""
    tracks: list[str] = field(default_factory=list)
    people: list[SpeakerAnswer] = field(default_factory=list)
    #: Why it is to be read by itself: ``flag``, ``nothing``, or empty (``reflections.to_look_at``).
    look: str = ""

    @property
    def words(self) -> list[str]:
        """All that was written in it."""
        written = (self.job, *(one.job for one in self.people), self.studies, self.surprise, self.career)
        return [text for text in written if text]


@dataclass(frozen=True)
class SpeakerReflection:
    """What a class says of one of several speakers: wordings of the job with their counts, and who would like to know
    more ({code of ``scales.MORE``: pupils}, in order).
    """

    speaker_id: str
    first_name: str
    jobs: list[tuple[str, int]]
    more: dict[str, int]


@dataclass(frozen=True)
class ClassReflection:
    """The class's answers together: words from reviewed answers only, counted by wording, those the teacher made one
    together; ticks and hands from all. ``answers`` counts pupils, hands included; ``useful`` and ``more`` are
    {code: pupils} in the order of ``scales``, empty when nobody said; ``hands`` holds what was counted by hands, as
    (``useful`` or ``more``, speaker's id or empty). With several speakers, ``people`` is in their order and ``jobs``
    and ``more`` are empty.
    """

    answers: int
    headcount: int
    pending: int
    jobs: list[tuple[str, int]]
    studies: list[tuple[str, int]]
    surprises: list[tuple[str, int]]
    careers: list[tuple[str, int]] = field(default_factory=list)
    useful: dict[str, int] = field(default_factory=dict)
    more: dict[str, int] = field(default_factory=dict)
    people: list[SpeakerReflection] = field(default_factory=list)
    hands: frozenset[tuple[str, str]] = frozenset()
    #: Wordings that the teacher made one, as they are shown: (field, speaker's id or empty, words).
    regrouped: frozenset[tuple[str, str, str]] = frozenset()

    @property
    def some(self) -> bool:
        """Whether there are words to show."""
        return bool(self.jobs or self.studies or self.surprises or any(one.jobs for one in self.people))
