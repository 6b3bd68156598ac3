"""The registry of the acts that can be undone: what each needs, touches, says, and who may do it.

The units of work check ``of`` and keep ``touched`` (``decisions``), the undo line says ``done``, the teacher's
blueprint opens ``route``, to moderators too when the act reads over. Adding one is an entry here, a route (a function
of that name on the teacher's blueprint), a template and a test.
"""

from __future__ import annotations

from collections.abc import Callable

from kiosk.domain import statuses
from kiosk.ground.i18n import N_, _, _n
from kiosk.ground.registry import Registry
from kiosk.ground.values import dataclass


@dataclass(frozen=True)
class Act:
    """One act. ``touched``: the columns of a question that it changes and its undo puts back, nothing else, because
    authors, supports and the preparation go on changing the rest meanwhile. ``done``: what the undo line says after
    the question's text (a msgid), or of so many questions at once. ``of``: the statuses it may be done from (none: not
    on a question that the teacher names).
    """

    code: str
    touched: tuple[str, ...]
    done: str | Callable[[int], str]
    of: tuple[str, ...] = ()
    #: It reads over: an invited moderator may do it, and undo it unless the display would change.
    review: bool = False
    #: It chooses what is on screen.
    screen: bool = False
    #: It is on the whole room: no question's text says it.
    whole: bool = False
    #: The questions it is on were all alike: their ids are enough to undo it.
    alike: bool = False
    #: It is on a worrying message: no key undoes it.
    worry: bool = False
    #: It suspends the reading over: to undo it is to read over again.
    suspends: bool = False
    #: It makes the prepared list longer, or another one.
    lists: bool = False
    #: The function of the teacher's blueprint that does it, when it has another name.
    by: str = ""

    @property
    def route(self) -> str:
        """The function of the teacher's blueprint that does it."""
        return self.by or self.code

    def said(self, n: int) -> str:
        """What the undo line says of it, done to ``n`` questions, in the current language."""
        return self.done(n) if callable(self.done) else _(self.done)


def _all_aside(n: int) -> str:
    return _n("%(n)s question mise de côté d’un coup.", "%(n)s questions mises de côté d’un coup.", n)


def _made_prepared(n: int) -> str:
    return _n("%(n)s question ajoutée aux préparées.", "%(n)s questions ajoutées aux préparées.", n)


_UNSEEN = (*statuses.TO_REVIEW, *statuses.ASIDE)
_UNANSWERED = statuses.codes(lambda status: status.in_play and not status.answered)

ACTS: Registry[Act] = Registry(
    "act",
    [
        Act("approve", ("status", "reason", "approved_at"), N_("validée"), _UNSEEN, review=True),
        Act(
            "send_back", ("status", "approved_at", "unread"), N_("retirée de la liste, à relire"), statuses.READY,
            review=True,
        ),
        Act("reword", ("text", "theme", "worry", "unread"), N_("reformulée"), statuses.ALIVE, review=True),
        Act(
            "put_on_screen", ("status", "reason", "approved_at", "on_screen_at", "unread"), N_("mise à l’écran"),
            (*_UNANSWERED, *statuses.ASIDE), screen=True,
        ),
        Act("take_off_screen", ("status",), N_("retirée de l’écran"), screen=True),
        Act("mark_asked", ("status", "approved_at", "asked_at", "unread"), N_("marquée posée"), _UNANSWERED),
        Act(
            "mark_answered", ("status", "approved_at", "on_screen_at", "asked_at", "answered_at", "unread"),
            N_("marquée répondue"), _UNANSWERED, screen=True,
        ),
        Act(
            "set_aside", ("status", "reason", "unread"), N_("mise de côté"), statuses.TO_COME,
            review=True, screen=True,
        ),
        Act(
            "merge", ("status", "reason", "merged_into", "approved_at", "unread"),
            N_("regroupée avec les questions proches"), (*statuses.TO_COME, *statuses.ASIDE), review=True,
        ),
        Act("keep_apart", ("kept_apart", "unread"), N_("gardée séparée"), statuses.ALIVE, review=True),
        Act("reorder", ("position", "placed", "unread"), N_("changée de place"), statuses.READY),
        Act("follow_order", ("position",), N_("Les questions suivent l’ordre proposé."), statuses.READY, whole=True),
        Act(
            "end_lesson", ("origin", "position"), N_("Les questions choisies sont en tête des préparées."),
            statuses.READY, whole=True, lists=True,
        ),
        Act("make_prepared", ("origin", "position"), _made_prepared, statuses.READY, whole=True, lists=True),
        Act(
            "set_apart", ("text", "theme", "worry", "status", "reason", "merged_into", "approved_at", "unread"),
            N_("mis à part"), statuses.ALIVE, screen=True, worry=True, by="reword",
        ),
        Act("told", ("worry",), N_("signalé à un adulte"), worry=True, by="worry_told"),
        Act("not_a_worry", ("worry",), N_("remise avec les autres"), worry=True),
        Act("review_off", (), N_("Affichage sans relecture"), whole=True, suspends=True, by="moderation"),
        Act("set_all_aside", ("status", "reason"), _all_aside, statuses.TO_REVIEW, whole=True, alike=True),
    ],
)  # fmt: skip
SUSPENDING = tuple(act.code for act in ACTS if act.suspends)
#: The functions of the teacher's blueprint that do them; and those that an invited moderator may call.
ROUTES = tuple(dict.fromkeys(act.route for act in ACTS))
REVIEW_ROUTES = tuple(act.route for act in ACTS if act.review)
