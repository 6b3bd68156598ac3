"""The undo line: what was done last, in words, with the question's own text."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.domain import decisions, questions
from kiosk.domain.views import RoomView
from kiosk.errors import KioskError
from kiosk.i18n import N_, _, _n

#: Act → what the line says after the question's text. A group's line counts the questions.
DONE = {
    "approve": N_("validée"),
    "send_back": N_("retirée de la liste, à relire"),
    "reword": N_("reformulée"),
    "put_on_screen": N_("mise à l’écran"),
    "take_off_screen": N_("retirée de l’écran"),
    "mark_asked": N_("marquée posée"),
    "mark_answered": N_("marquée répondue"),
    "set_aside": N_("mise de côté"),
    "merge": N_("regroupée avec les questions proches"),
    "keep_apart": N_("gardée séparée"),
    "reorder": N_("changée de place"),
    "set_apart": N_("mis à part"),
    "told": N_("signalé à un adulte"),
    "not_a_worry": N_("remise avec les autres"),
    "review_off": N_("Affichage sans relecture"),
}
#: Those on the whole room: no question's text says them.
WHOLE = ("review_off", "set_all_aside")
#: Those on a worrying message.
WORRIES = ("set_apart", "told", "not_a_worry")
#: What an invited moderator may undo: their own kind of act, and only if the screen does not change.
REVIEW = ("approve", "send_back", "reword", "set_aside", "merge", "keep_apart")


@dataclass(frozen=True)
class Undo:
    """The last act: the text it touched (none: the whole room), what was done, whether a moderator may undo it."""

    id: int
    text: str
    done: str
    review: bool
    #: Whether a key may undo it: none acts on a worrying message.
    keyed: bool = True


def last(room: RoomView) -> Undo | None:
    """What « Annuler » would undo in this room; None when there is nothing."""
    if room.session is None:
        return None
    decision = decisions.last(room.id, room.session.id)
    if decision is None:
        return None
    review = decision.verb in REVIEW and decision.current_id == room.current_id
    done = _(DONE.get(decision.verb, DONE["reorder"]))
    if decision.verb == "set_all_aside":
        n = len(decision.before)
        done = _n("%(n)s question mise de côté d’un coup.", "%(n)s questions mises de côté d’un coup.", n)
    if decision.verb in WHOLE or not decision.before:
        return Undo(decision.id, "", done, review)
    try:
        question = questions.one(room.id, decision.before[0]["id"])
    except KioskError:
        return None
    text = question.text
    if question.guarded:
        text = _("Message inquiétant")  # the panel may be mirrored, and a moderator reads this line
    return Undo(decision.id, text, done, review, decision.verb not in WORRIES)
