"""The teacher's blueprint, its guard, and the one way an action answers.

A plain form gets a redirect (303) to the page it came from; a script (``X-Fragment: 1``) gets 204 with
the page's next look in ``X-Then``, or the JSON refusal. A refused plain form comes back with its page,
the sentence, and what was typed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, Response, g, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from kiosk.domain import acts, audit, rooms, roomset
from kiosk.ground.errors import KioskError
from kiosk.storage.writer import Transaction
from kiosk.web.frame import context, failures, guards, pages

T = TypeVar("T")
Page = Callable[[], str]

bp = Blueprint("control", __name__)

#: Reached without a session: the code, asking to be let in, a link of invitation; and, from the machine, letting in and
#: who is there.
OPEN = ("login", "enter", "first_open", "join_page", "join", "knock", "knocking", "open_door", "rooms_there")
#: What an invited moderator may do: read over, nothing else.
MODERATORS = (
    "live",
    "fragment",
    *acts.REVIEW_ROUTES,
    "undo",
    "review_reflection",
    "logout",
    "language",
)
#: What pupils who were given the task may do: write lines of answer, nothing else.
SECRETARIES = ("answers", "answer_propose", "fragment", "logout", "language")
#: What a room's own code opens, in that room: its lesson, its questions, its settings. All the rest acts on the whole
#: kiosk (its settings, rooms, clock and address, copies, the exchange with the centre) and needs the school's code.
ROOM_TEACHERS = (
    *MODERATORS, *SECRETARIES, *acts.ROUTES, "answer_note",
    "phase", "timer", "intake", "speak", "hide_screen",
    "type_one", "type_many", "list_page", "type_reflection", "approve_reflections",
    "show_of_hands", "regroup_reflections", "copying",
    "relaying", "relay_questions", "kept_erase", "reply_act", "running_order", "place_in_order", "release_place",
    "propose_starter",
    "lesson", "conduct", "lesson_slip", "lesson_reword", "lesson_place",
    "site_plan", "prepare", "prepare_add", "prepare_edit", "prepare_delete", "prepare_place",
    "session_new", "session_create", "session_edit", "session_correct", "session_delete",
    "bring", "bring_file", "bring_in", "rehearse", "ready", "ready_tick",
    "print_left", "print_poster", "print_questions", "print_slips",
    "print_reflections", "sessions_page", "choose_session", "calendar_one",
    "calendar_all", "room", "room_class", "room_preferences", "invite", "revoke_invitation", "revoke_device",
    "revoke_others", "wipe", "receipt",
    "souvenir", "souvenir_keep", "souvenir_kept", "souvenir_file", "souvenir_drop", "newcomers_act", "open_worry",
)  # fmt: skip
#: Refusals that a page of the panel cannot show: another page answers.
_ELSEWHERE = ("csrf", "origin", "login_required", "teacher_only", "school_code", "forbidden", "unknown_room")

guards.protect(
    bp, open_to_all=OPEN, of_room={"teacher": ROOM_TEACHERS, "moderator": MODERATORS, "secretary": SECRETARIES}
)


@bp.before_request
def _bind() -> Response | None:
    """A page of the panel carries its room in its address: it stays there when the kiosk is given another. Nearly all
    read texts.
    """
    name = (request.endpoint or "").rpartition(".")[2]
    if name in OPEN:
        return None
    context.kiosk_of().boards.learn()
    return pages.bound()


def scripted() -> bool:
    """Whether the caller is our script, which wants a short answer."""
    return bool(request.headers.get("X-Fragment"))


def is_teacher() -> bool:
    """Whether this browser holds the teacher's role, be it for one room."""
    return guards.may("teacher")


def actor() -> str:
    """Who acts, for the audit log: a role."""
    grant = context.grant()
    return grant.role if grant else "machine"


def do(action: str, unit: Callable[[Transaction], T], detail: str = "") -> T:
    """Run a unit of work and its audit line as one; the room is read again afterwards.

    ``unit`` runs in the writer's thread, without a request. ``detail`` holds codes, numbers and ids, never a
    pupil's words.
    """
    who, room_id = actor(), context.room_id()

    def whole(tx: Transaction) -> T:
        value = unit(tx)
        audit.note(tx, who, action, room_id, detail)
        return value

    value = context.kiosk_of().write(whole)
    context.forget_room()
    return value


def answer(then: str) -> AnyResponse:
    """The end of an action: go to ``then``, an address of the panel."""
    if scripted():
        response = Response(status=204)
        response.headers["X-Then"] = then
        return response
    return redirect(then, 303)


#: Pages that hold a form of another one's, by the name they give of themselves (field ``page``).
BACK = {"prepare": "control.prepare", "lesson": "control.lesson"}


def answer_back(otherwise: str) -> AnyResponse:
    """The end of an action that several pages hold: the one it came from (:data:`BACK`), else the address given."""
    here = BACK.get(request.form.get("page", ""))
    return answer(pages.url(here) if here else otherwise)


def page_of_refusal(page: Page) -> None:
    """Name the page that shows this request's refusal, should there be one."""
    g.refusal_page = page


@bp.errorhandler(KioskError)
def refused(error: KioskError) -> Any:
    """Show the refusal on the page the form came from, with what was typed."""
    error.reader = "teacher"
    if error.code == "unknown_room" and request.method == "GET" and not scripted() and is_teacher():
        return _which_room(error)
    page: Page | None = g.get("refusal_page")
    if scripted() or page is None or error.code in _ELSEWHERE or request.method != "POST":
        return failures.answer(error)
    g.refusal = error
    context.forget_room()
    try:
        return page(), error.status
    except KioskError as other:  # the page has no room to show either
        return failures.answer(other)


def _which_room(error: KioskError) -> tuple[str, int]:
    """The rooms to choose from, when the kiosk has several and the address names none, or one that is not there."""
    asked = request.args.get("salle", "")
    return render_template(
        "control/rooms.html",
        error=error,
        rooms=rooms.all_rooms(),
        wrong=bool(asked),
        removed=roomset.name_of_removed(asked),
    ), error.status


def typed(name: str, default: str = "") -> str:
    """What a refused form held in a field, to fill it again."""
    if g.get("refusal") is None:
        return default
    return str(request.form.get(name, default))
