"""Who may act: grants, links, their end; only hashes are kept."""

from __future__ import annotations

import pytest

from factories import make_room, make_session, settle
from kiosk.domain import rehearsal, retention, rooms, timers
from kiosk.domain.people import access
from kiosk.ground.errors import KioskError
from kiosk.ground.events import AccessRevoked
from kiosk.storage import secretfile
from kiosk.storage.models import Access, Invitation


def invalid(write, token):
    with pytest.raises(KioskError) as caught:
        write(access.accept, token)
    return caught.value.code


def granted(token: str, at: int) -> access.Grant:
    """What a token opens at a moment (ms): it must open something."""
    grant = access.check(token, at)
    assert grant is not None
    return grant


def now_of(kiosk):
    return kiosk.write(lambda tx: tx.now)


@pytest.fixture
def revoked(kiosk):
    heard: list[tuple[str, ...]] = []
    kiosk.bus.subscribe(lambda events: heard.extend(e.token_hashes for e in events if isinstance(e, AccessRevoked)))

    def told() -> list[tuple[str, ...]]:
        settle(kiosk)
        return heard

    return told


@pytest.mark.parametrize(
    "given, right",
    [
        ("012345", True),
        (" 012 345 ", True),
        ("012346", False),
        ("", False),
        ("0123456", False),
        ("０１２３４５", False),
    ],
)
def test_pin_is_compared(given, right):
    assert access.same_pin(given, "012345") is right


def test_teacher_is_granted_by_a_token_only_its_hash_is_kept(kiosk, write):
    token = write(access.grant_teacher)
    grant = granted(token, now_of(kiosk))
    assert (grant.role, grant.room_id, grant.key, grant.language) == ("teacher", None, access.digest(token), "")
    assert [row.token_hash for row in Access.select()] == [grant.key]
    assert (len(token) >= 22, grant.key != token, token != write(access.grant_teacher)) == (True, True, True)
    assert access.check_key(grant.key, now_of(kiosk)) == grant


@pytest.mark.parametrize("token", [None, "", "inconnu"])
def test_nobody_else_is(write, token):
    write(access.grant_teacher)
    assert access.check(token, 0) is None
    assert access.check_key("inconnu", 0) is None


def test_teacher_is_remembered_a_day_and_a_half(write):
    token = write(access.grant_teacher)
    at = Access.get().created_at
    assert granted(token, at + 36 * 3_600_000).role == "teacher"
    assert access.check(token, at + 36 * 3_600_000 + 1) is None


def test_invited_moderator_is_limited_to_its_room_and_lesson(write, room):
    invitation_id, link = write(access.invite, room)
    token, where = write(access.accept, link)
    row = Access.get()
    grant = granted(token, row.created_at)
    assert (where, grant.role, grant.room_id, row.invitation_id) == (room, "moderator", room, invitation_id)
    assert granted(token, row.created_at + 2 * 3_600_000).role == "moderator"
    assert access.check(token, row.created_at + 2 * 3_600_000 + 1) is None


def test_a_link_works_for_several_devices_until_its_end(kiosk, write, room):
    _id, link = write(access.invite, room, access.ANY)
    assert write(access.accept, link)[0] != write(access.accept, link)[0]
    row = Invitation.get()
    assert (row.expires_at - row.created_at, row.token_hash) == (2 * 3_600_000, access.digest(link))
    kiosk.write(lambda tx: Invitation.update(expires_at=tx.now).execute())
    assert invalid(write, link) == "invitation_invalid"


def test_a_link_for_one_device_opens_once(kiosk, write, room):
    """It is photographed by a pupil: who it was for is in, and comes in again by the same link."""
    _id, link = write(access.invite, room)
    device = write(access.accept, link)[0]
    assert invalid(write, link) == "invitation_used"
    assert write(access.accept, link, device) == (device, room)
    (seen,) = access.invitations(room, now_of(kiosk))
    assert (seen.seats, seen.used, seen.full, seen.ended) == (1, 1, True, False)
    write(access.revoke_device, granted(device, now_of(kiosk)).id)
    assert invalid(write, link) == "invitation_used"  # taken back is not unused
    with pytest.raises(KioskError):
        write(access.accept, link, device)


# -- dates


@pytest.mark.parametrize("days", [1, 400, 4000])
def test_a_right_dated_ahead_opens_nothing_is_listed_and_can_be_removed(kiosk, write, room, days):
    teacher = write(access.grant_teacher)
    guest = write(access.accept, write(access.invite, room)[1])[0]
    _id, link = write(access.invite, room)
    ahead = days * 86_400_000
    kiosk.write(lambda tx: Access.update(created_at=Access.created_at + ahead).execute())
    kiosk.write(
        lambda tx: Invitation.update(
            created_at=Invitation.created_at + ahead, expires_at=Invitation.expires_at + ahead
        ).execute()
    )
    for at in (now_of(kiosk), now_of(kiosk) + 37 * 3_600_000 if days > 2 else now_of(kiosk)):
        assert [access.check(token, at) for token in (teacher, guest)] == [None, None]
        assert access.check_key(access.digest(teacher), at) is None
    assert invalid(write, link) == "invitation_invalid"
    now = now_of(kiosk)
    assert [one.ended for one in access.devices(now, room)] == [True, True]
    assert [one.ended for one in access.invitations(room, now)] == [True, True]
    for device in access.devices(now, room):
        write(access.revoke_device, device.id)
    for invitation in access.invitations(room, now):
        write(access.revoke_invitation, invitation.id)
    assert (access.devices(now, room), access.invitations(room, now)) == ([], [])


def test_a_small_step_back_of_the_clock_ends_nothing(kiosk, write):
    token = write(access.grant_teacher)
    assert access.check(token, Access.get().created_at - 4 * 60_000) is not None
    assert access.check(token, Access.get().created_at - 6 * 60_000) is None


@pytest.mark.parametrize("step", [-400 * 86_400_000, 400 * 86_400_000])
def test_a_correction_of_the_clock_moves_rights_along(kiosk, write, room, step):
    """Who puts the time right is not thrown out by it, and no right lasts longer for it."""
    token = write(access.grant_teacher)
    _id, link = write(access.invite, room)
    kiosk.clock.correct(kiosk.clock.now() + step, "teacher")
    assert access.check(token, now_of(kiosk)) is None
    write(timers.shift_timers, step)
    assert access.check(token, now_of(kiosk)) is not None
    assert access.check(token, now_of(kiosk) + 37 * 3_600_000) is None
    assert write(access.accept, link)[1] == room


# -- a room's own code


def test_a_room_s_code_opens_that_room_alone(kiosk, write, room):
    secrets = secretfile.with_room_pin(kiosk.secrets, room, "48219035")
    assert access.opened_by("4821 9035", secrets) == (True, room)
    assert access.opened_by(secrets.pin, secrets) == (True, None)
    for wrong in ("", "48219036", "4821903", secrets.pin + "0"):
        assert access.opened_by(wrong, secrets) == (False, None)
    grant = granted(write(access.grant_teacher, room), now_of(kiosk))
    assert (grant.role, grant.room_id, grant.school) == ("teacher", room, False)
    assert granted(write(access.grant_teacher), now_of(kiosk)).school


def test_a_changed_code_signs_out_those_who_came_by_it(kiosk, write, room):
    mine, school = write(access.grant_teacher, room), write(access.grant_teacher)
    guest = write(access.accept, write(access.invite, room)[1])[0]
    write(access.revoke_room_code, room)
    now = now_of(kiosk)
    assert [access.check(token, now) is not None for token in (mine, school, guest)] == [False, True, True]


def test_a_room_ends_its_own_rights_only(kiosk, write, room):
    other = make_room(kiosk, "CDI")
    mine, school, theirs = (write(access.grant_teacher, one) for one in (room, None, other))
    guest, stranger = (write(access.accept, write(access.invite, one)[1])[0] for one in (room, other))
    write(access.revoke_others, mine, room)
    now = now_of(kiosk)
    tokens = (mine, school, theirs, guest, stranger)
    assert [access.check(token, now) is not None for token in tokens] == [True, True, True, False, True]
    assert [len(access.invitations(one, now)) for one in (room, other)] == [0, 1]


def test_a_display_s_link_opens_its_room(kiosk, room):
    other = make_room(kiosk, "CDI")
    mine = access.display_token(kiosk.secrets, room)
    assert access.opens_display(mine, kiosk.secrets, room)
    assert not access.opens_display(mine, kiosk.secrets, other)
    assert access.opens_display(kiosk.secrets.display_token, kiosk.secrets, other)  # links given before
    for wrong in ("", "é", mine[:-1]):
        assert not access.opens_display(wrong, kiosk.secrets, room)


def test_an_unknown_link_is_invalid(write):
    assert invalid(write, "rien") == "invitation_invalid"


def test_revoking_a_link_ends_its_devices_at_once(kiosk, write, room, revoked):
    first, link = write(access.invite, room)
    _other, link2 = write(access.invite, room, access.ANY)
    token, kept = write(access.accept, link)[0], write(access.accept, link2)[0]
    write(access.revoke_invitation, first)
    now = now_of(kiosk)
    assert (access.check(token, now), granted(kept, now).role) == (None, "moderator")
    assert (invalid(write, link), revoked()) == ("invitation_invalid", [(access.digest(token),)])
    assert write(access.accept, link2)[1] == room
    assert Invitation.get_by_id(first).revoked_at <= now


def test_revoking_an_unused_link_tells_nobody(write, room, revoked):
    first, _link = write(access.invite, room)
    write(access.revoke_invitation, first)
    assert revoked() == []


def test_revoking_a_device_ends_it_alone(kiosk, write, revoked):
    token, kept = write(access.grant_teacher), write(access.grant_teacher)
    id = granted(token, now_of(kiosk)).id
    write(access.revoke_device, id)
    write(access.revoke_device, id)
    assert (access.check(token, now_of(kiosk)), granted(kept, now_of(kiosk)).role) == (None, "teacher")
    assert revoked() == [(access.digest(token),)]


def test_logging_out_ends_this_token(kiosk, write, revoked):
    token, kept = write(access.grant_teacher), write(access.grant_teacher)
    write(access.revoke_token, token)
    write(access.revoke_token, token)
    write(access.revoke_token, "inconnu")
    assert (access.check(token, now_of(kiosk)), granted(kept, now_of(kiosk)).role) == (None, "teacher")
    assert revoked() == [(access.digest(token),)]


def test_ending_the_others_keeps_this_one(kiosk, write, room, revoked):
    mine, other = write(access.grant_teacher), write(access.grant_teacher)
    _id, link = write(access.invite, room)
    moderator = write(access.accept, link)[0]
    write(access.revoke_others, mine)
    now = now_of(kiosk)
    assert [access.check(t, now) is not None for t in (mine, other, moderator)] == [True, False, False]
    assert (invalid(write, link), access.invitations(room, now)) == ("invitation_invalid", [])
    assert [sorted(hashes) for hashes in revoked()] == [sorted(map(access.digest, (other, moderator)))]
    write(access.revoke_others, mine)
    assert len(revoked()) == 1


def test_devices_are_those_that_may_act_newest_first(kiosk, write, room):
    elsewhere = make_room(kiosk, "B")
    tokens = [write(access.grant_teacher)]
    for where in (room, elsewhere):
        tokens.append(write(access.accept, write(access.invite, where)[1])[0])
    gone = write(access.grant_teacher)
    write(access.revoke_token, gone)
    old = write(access.grant_teacher)
    kiosk.write(lambda tx: Access.update(created_at=1).where(Access.token_hash == access.digest(old)).execute())
    keys = list(map(access.digest, tokens))
    now = now_of(kiosk)
    assert [g.key for g in access.devices(now)] == keys[::-1]
    assert [g.key for g in access.devices(now, room)] == [keys[1], keys[0]]


def test_invitations_are_the_links_that_still_work(kiosk, write, room):
    first, second = write(access.invite, room)[0], write(access.invite, room)[0]
    write(access.invite, make_room(kiosk, "B"))
    now = now_of(kiosk)
    assert [row.id for row in access.invitations(room, now)] == [second, first]
    end = Invitation.get_by_id(second).expires_at
    assert access.invitations(room, end) == []
    write(access.revoke_invitation, first)
    assert [row.id for row in access.invitations(room, now)] == [second]


def test_language_is_the_device_s(kiosk, write):
    token, other = write(access.grant_teacher), write(access.grant_teacher)
    write(access.set_language, access.digest(token), "en")
    assert [granted(t, now_of(kiosk)).language for t in (token, other)] == ["en", ""]


@pytest.mark.parametrize("end", ["another", "again", "wiped", "kept", "rehearsed"])
def test_pupils_who_note_read_the_questions_of_their_own_class_alone(kiosk, write, revoked, end):
    """Their link lasts two hours: the next class's questions are not theirs. Adults who read over stay."""
    room = make_room(kiosk, "Trio", session_id=make_session(kiosk, "S1"))
    make_session(kiosk, "S2")
    adult = write(access.accept, write(access.invite, room)[1])[0]
    link = write(access.invite, room, access.PAIR, "secretary")[1]
    pupil, _room = write(access.accept, link)
    if end == "again":
        write(rooms.set_phase, room, "closed")
    kept = end in ("kept", "rehearsed")
    if end == "wiped":
        write(retention.wipe, room)
    elif end == "rehearsed":
        write(rehearsal.begin, room, "calme")
        write(rehearsal.end, room)
    else:
        write(rooms.choose_session, room, "S2" if end == "another" else "S1")
    now = now_of(kiosk)
    assert (access.check(pupil, now) is not None, access.check(adult, now) is not None) == (kept, True)
    assert any(access.digest(pupil) in heard for heard in revoked()) is not kept
    if not kept:
        assert invalid(write, link) == "invitation_invalid"
