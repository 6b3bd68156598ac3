"""Who may act: grants, links, their end; only hashes are kept."""

from __future__ import annotations

import pytest
from factories import make_room, settle

from kiosk.domain import access
from kiosk.domain.events import AccessRevoked
from kiosk.errors import KioskError
from kiosk.storage.models import Access, Invitation


def invalid(write, token):
    with pytest.raises(KioskError) as caught:
        write(access.accept, token)
    return caught.value.code


def now_of(kiosk):
    return kiosk.write(lambda tx: tx.now)


@pytest.fixture
def revoked(kiosk):
    heard = []
    kiosk.bus.subscribe(lambda events: heard.extend(e.token_hashes for e in events if isinstance(e, AccessRevoked)))
    return lambda: (settle(kiosk), heard)[1]


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
    grant = access.check(token, now_of(kiosk))
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
    assert access.check(token, at + 36 * 3_600_000).role == "teacher"
    assert access.check(token, at + 36 * 3_600_000 + 1) is None


def test_invited_moderator_is_limited_to_its_room_and_lesson(write, room):
    invitation_id, link = write(access.invite, room)
    token, where = write(access.accept, link)
    row = Access.get()
    grant = access.check(token, row.created_at)
    assert (where, grant.role, grant.room_id, row.invitation_id) == (room, "moderator", room, invitation_id)
    assert access.check(token, row.created_at + 2 * 3_600_000).role == "moderator"
    assert access.check(token, row.created_at + 2 * 3_600_000 + 1) is None


def test_a_link_works_for_several_devices_until_its_end(kiosk, write, room):
    _id, link = write(access.invite, room)
    assert write(access.accept, link)[0] != write(access.accept, link)[0]
    row = Invitation.get()
    assert (row.expires_at - row.created_at, row.token_hash) == (2 * 3_600_000, access.digest(link))
    kiosk.write(lambda tx: Invitation.update(expires_at=tx.now).execute())
    assert invalid(write, link) == "invitation_invalid"


def test_an_unknown_link_is_invalid(write):
    assert invalid(write, "rien") == "invitation_invalid"


def test_revoking_a_link_ends_its_devices_at_once(kiosk, write, room, revoked):
    first, link = write(access.invite, room)
    _other, link2 = write(access.invite, room)
    token, kept = write(access.accept, link)[0], write(access.accept, link2)[0]
    write(access.revoke_invitation, first)
    now = now_of(kiosk)
    assert (access.check(token, now), access.check(kept, now).role) == (None, "moderator")
    assert (invalid(write, link), revoked()) == ("invitation_invalid", [(access.digest(token),)])
    assert write(access.accept, link2)[1] == room
    assert Invitation.get_by_id(first).revoked_at <= now


def test_revoking_an_unused_link_tells_nobody(write, room, revoked):
    first, _link = write(access.invite, room)
    write(access.revoke_invitation, first)
    assert revoked() == []


def test_revoking_a_device_ends_it_alone(kiosk, write, revoked):
    token, kept = write(access.grant_teacher), write(access.grant_teacher)
    id = access.check(token, now_of(kiosk)).id
    write(access.revoke_device, id)
    write(access.revoke_device, id)
    assert (access.check(token, now_of(kiosk)), access.check(kept, now_of(kiosk)).role) == (None, "teacher")
    assert revoked() == [(access.digest(token),)]


def test_logging_out_ends_this_token(kiosk, write, revoked):
    token, kept = write(access.grant_teacher), write(access.grant_teacher)
    write(access.revoke_token, token)
    write(access.revoke_token, token)
    write(access.revoke_token, "inconnu")
    assert (access.check(token, now_of(kiosk)), access.check(kept, now_of(kiosk)).role) == (None, "teacher")
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
    assert [access.check(t, now_of(kiosk)).language for t in (token, other)] == ["en", ""]
