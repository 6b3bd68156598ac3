"""The centre's tables. Instants are UTC milliseconds; JSON is text, in the contract's own form."""

from __future__ import annotations

from typing import Any

from peewee import (
    AutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    CharField,
    CompositeKey,
    DatabaseProxy,
    IntegerField,
    Model,
    TextField,
)

database = DatabaseProxy()


class Row(Model):
    """What every table shares."""

    class Meta:
        database = database
        legacy_table_names = False


class Stored(Row):
    """One value by key: the revision counter, the database's own mark, how long things are kept."""

    key = CharField(primary_key=True)
    value = TextField()


class Feed(Row):
    """What kiosks see: the present state of each thing, at the revision of its last change.

    `uai` is empty for everyone; else only that school sees the row.
    """

    type = CharField()
    id = CharField()
    uai = CharField(default="")
    rev = BigIntegerField(unique=True)
    deleted = BooleanField(default=False)
    body = TextField(default="")

    class Meta:
        primary_key = CompositeKey("type", "id", "uai")
        indexes = ((("uai", "rev"), False),)


class Session(Row):
    """A session; `body` is the contract's."""

    id = CharField(primary_key=True)
    title = TextField()
    starts_at = BigIntegerField(index=True)
    duration_min = IntegerField()
    status = CharField()
    #: How many classes or pupils take part; None = no limit.
    places = IntegerField(null=True)
    #: Whether a person decides each enrolment.
    manual = BooleanField(default=False)
    body = TextField()
    #: What it is searched by (:mod:`kiosk.centre.search`).
    words = TextField(default="")
    #: The académie that made it; empty = the centre.
    territory = CharField(default="")


class Speaker(Row):
    """A speaker; `body` is the contract's."""

    id = CharField(primary_key=True)
    name = TextField()
    body = TextField()
    words = TextField(default="")
    #: The académie that made it; empty = the centre.
    territory = CharField(default="")


class Portrait(Row):
    """A portrait under its digest; it never changes."""

    sha256 = CharField(primary_key=True)
    type = CharField()
    data = BlobField()


#: States of an enrolment that holds or waits for a place.
LIVING = ("requested", "confirmed", "waitlisted")


class Enrolment(Row):
    """A class, or one pupil, in a session. `queue` orders who waits; `session_id` is empty when a
    cancellation came before its request.
    """

    id = CharField(primary_key=True)
    uai = CharField(index=True)
    kiosk = CharField()
    seq = BigIntegerField()
    session_id = CharField(index=True, default="")
    kind = CharField(default="class")
    label = TextField(default="")
    level = CharField(default="")
    headcount = IntegerField(default=0)
    contact = TextField(default="")
    state = CharField(index=True)
    reason = TextField(default="")
    queue = BigIntegerField(default=0)
    #: The office put it in the waiting list: no place that becomes free is given to it by itself.
    held = BooleanField(default=False)
    created_at = BigIntegerField()


class Question(Row):
    """A question for a session: `prepared` in a class, or received by the centre (`email`, `web`,
    `class`). `withdrawn` ones keep no text.
    """

    id = CharField(primary_key=True)
    uai = CharField(default="", index=True)
    kiosk = CharField(default="")
    seq = BigIntegerField(default=0)
    session_id = CharField(index=True, default="")
    text = TextField(default="")
    theme = CharField(default="autre")
    level = CharField(default="")
    support = IntegerField(default=0)
    origin = CharField(default="prepared")
    state = CharField(default="new")
    #: Place in the speaker's list; None = after the others, by support.
    position = IntegerField(null=True)
    created_at = BigIntegerField()
    #: Whether the office took it out of its group of near questions.
    apart = BooleanField(default=False)


class Asked(Row):
    """A question that was asked during the session (the school opted in). One of the centre's own may be asked
    by several schools.
    """

    id = CharField()
    uai = CharField()
    kiosk = CharField()
    seq = BigIntegerField()
    session_id = CharField(index=True)
    text = TextField()
    theme = CharField()
    origin = CharField()
    status = CharField()

    class Meta:
        primary_key = CompositeKey("uai", "id")


class Attendance(Row):
    """What a class reports after the session."""

    uai = CharField()
    enrolment_id = CharField()
    session_id = CharField(index=True)
    kiosk = CharField()
    seq = BigIntegerField()
    headcount = IntegerField()
    started_at = BigIntegerField()
    ended_at = BigIntegerField()
    received = IntegerField()
    asked = IntegerField()

    class Meta:
        primary_key = CompositeKey("uai", "enrolment_id", "session_id")


class Reflection(Row):
    """Counts of one class's reflection (never under 5). `kiosk` is the identity at the session; `enrolment_id` is empty
    when no class was named; `useful` is JSON {step: count}; `more` is None when it is not told.
    """

    uai = CharField()
    kiosk = CharField()
    session_id = CharField(index=True)
    enrolment_id = CharField(default="")
    seq = BigIntegerField()
    answers = IntegerField()
    themes = TextField()
    useful = TextField(default="{}")
    more = IntegerField(null=True)

    class Meta:
        primary_key = CompositeKey("uai", "kiosk", "session_id", "enrolment_id")


class OpenQuestion(Row):
    """A question that a class had no time to ask and sent to the speaker. Its text is kept until it is answered (the
    answer then holds it) or nobody did in time (:mod:`kiosk.centre.retention`): it is then empty.
    """

    uai = CharField()
    id = CharField()
    kiosk = CharField()
    seq = BigIntegerField()
    session_id = CharField(index=True)
    speaker_id = CharField(default="")
    text = TextField()
    theme = CharField()
    created_at = BigIntegerField()
    answered_at = BigIntegerField(null=True)

    class Meta:
        primary_key = CompositeKey("uai", "id")


class Notice(Row):
    """A word from the centre to the schools, or to one."""

    id = CharField(primary_key=True)
    uai = CharField(default="")
    level = CharField()
    text = TextField()
    expires_at = BigIntegerField()
    withdrawn = BooleanField(default=False)
    created_at = BigIntegerField()


class Code(Row):
    """A pairing code, by its digest; `hint` is its last characters, for the list, `kiosk` who used it. `sealed` holds a
    long code, which only a stick's file uses, until it has served or is over.
    """

    digest = CharField(primary_key=True)
    hint = CharField()
    uai = CharField(index=True)
    created_at = BigIntegerField(index=True)
    expires_at = BigIntegerField()
    used_at = BigIntegerField(null=True)
    kiosk = CharField(default="")
    sealed = CharField(default="")


class School(Row):
    """A school of the directory, or typed here (`typed`: the directory does not write over it). `rural` is None when
    nobody said.
    """

    uai = CharField(primary_key=True)
    name = TextField()
    kind = CharField(default="")
    town = TextField()
    postcode = CharField(default="")
    academie = CharField(default="", index=True)
    rural = BooleanField(null=True)
    email = TextField(default="")
    typed = BooleanField(default=False)
    words = TextField(default="")


class Brought(Row):
    """A file that the office looks at before it is written, and what was there before, to undo it. ``data``: what was
    read in it, as JSON. ``territory``: of who brought it.
    """

    id = CharField(primary_key=True)
    at = BigIntegerField(index=True)
    name = TextField()
    data = BlobField()
    written_at = BigIntegerField(null=True)
    undone_at = BigIntegerField(null=True)
    before = TextField(default="")
    territory = CharField(default="")


class SpeakerLink(Row):
    """A page where a speaker answers the open questions of a session, by the digest of its address: those of a
    territory's schools, or all.
    """

    digest = CharField(primary_key=True)
    session_id = CharField(index=True)
    speaker_id = CharField()
    created_at = BigIntegerField()
    expires_at = BigIntegerField()
    seen_at = BigIntegerField(null=True)
    territory = CharField(default="")


class Proposed(Row):
    """What a speaker wrote for an open question, until the office sends it or drops it."""

    uai = CharField()
    id = CharField()
    speaker_id = CharField()
    text = TextField()
    at = BigIntegerField()

    class Meta:
        primary_key = CompositeKey("uai", "id")


class WrongTry(Row):
    """A wrong pairing code or password: who for, and when."""

    subject = CharField(index=True)
    at = BigIntegerField()


class Kiosk(Row):
    """A paired kiosk. Its token is made from `nonce`, and only the digest is kept; one paired by stick has its own,
    `sealed`, and the key it came from until it is heard with it (`pairing_key`, for a file of the same `salt`).

    `epoch` is the history that began for it alone when it held more than this database (else empty), `seq` the highest
    number it was answered for good since, `lost_seq` what it had been answered before.
    """

    id = CharField(primary_key=True)
    uai = CharField(index=True)
    label = TextField(default="")
    nonce = CharField()
    token = CharField(unique=True)
    paired_at = BigIntegerField()
    seen_at = BigIntegerField(default=0)
    epoch = CharField(default="")
    seq = BigIntegerField(default=0)
    lost_seq = BigIntegerField(default=0)
    revoked_at = BigIntegerField(null=True)
    sealed = CharField(default="")
    salt = CharField(default="")
    pairing_key = CharField(default="")


class Operation(Row):
    """An operation that counted, with its verdict: kept for ever (contract, section 3, rule 2)."""

    uai = CharField()
    id = CharField()
    kiosk = CharField()
    seq = BigIntegerField()
    verdict = TextField()

    class Meta:
        primary_key = CompositeKey("uai", "id")
        indexes = ((("kiosk", "seq"), True),)


class OldToken(Row):
    """A token that was revoked: it is told so, rather than called unknown."""

    token = CharField(primary_key=True)


class Account(Row):
    """A person of the office. ``email`` is empty for the first account until it is given one. What opens the account is
    not here: the password's salted digest, and the number that the second factor's secret is made from.
    """

    id = CharField(primary_key=True)
    email = CharField(unique=True)
    name = TextField()
    #: A code of :data:`kiosk.centre.rights.ROLES`.
    role = CharField()
    #: A code of :data:`kiosk.centre.territories.ACADEMIES`; empty = national.
    territory = CharField(default="")
    #: Empty until the person chose one.
    password = TextField(default="")
    #: Empty until the person has a second factor.
    factor = CharField(default="")
    #: The last half-minute whose code was used: none serves twice.
    step = BigIntegerField(default=0)
    #: Digests of the recovery codes that are left, as JSON.
    recovery = TextField(default="[]")
    suspended = BooleanField(default=False)
    created_at = BigIntegerField()
    seen_at = BigIntegerField(default=0)


class AccountLink(Row):
    """A link that lets a person choose a password, once; by its digest. ``factor``: the second factor goes too."""

    token = CharField(primary_key=True)
    account_id = CharField(index=True)
    factor = BooleanField(default=False)
    expires_at = BigIntegerField()


class Visit(Row):
    """Somebody logged in to the back office. ``proven``: the second factor was shown, or there is none."""

    token = CharField(primary_key=True)
    csrf = CharField()
    seen_at = BigIntegerField()
    account_id = CharField()
    proven = BooleanField()


class Audit(Row):
    """What was done in the back office and by the machine: never a text of a pupil. ``account_id`` is empty for what
    the centre did alone; ``changes``: JSON [[field, before, after], …].
    """

    id = AutoField()
    at = BigIntegerField(index=True)
    what = CharField()
    #: The identifier of what it is about.
    detail = TextField(default="", index=True)
    account_id = CharField(default="")
    name = TextField(default="")
    #: What it is about, for a reader.
    subject = TextField(default="")
    changes = TextField(default="[]")
    #: Of who acted, then.
    territory = CharField(default="")


class ApiToken(Row):
    """A machine of the institution's, let in by the digest of its token: to read, or to write too (``writes``), for a
    territory or for all.
    """

    id = CharField(primary_key=True)
    name = TextField()
    digest = CharField(unique=True)
    writes = BooleanField()
    territory = CharField(default="")
    #: Who gave it.
    account_id = CharField()
    created_at = BigIntegerField()
    expires_at = BigIntegerField()
    seen_at = BigIntegerField(null=True)
    revoked_at = BigIntegerField(null=True)


TABLES: tuple[Any, ...] = (
    Stored,
    Feed,
    Session,
    Speaker,
    Portrait,
    Enrolment,
    Question,
    Asked,
    Attendance,
    Reflection,
    OpenQuestion,
    Notice,
    Code,
    School,
    Brought,
    SpeakerLink,
    Proposed,
    WrongTry,
    Kiosk,
    Operation,
    OldToken,
    Account,
    AccountLink,
    Visit,
    Audit,
    ApiToken,
)
