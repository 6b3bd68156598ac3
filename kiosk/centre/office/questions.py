"""Questions of a session: by theme, near ones folded; keep or set aside, order, add one, hand the list over."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request, url_for

from kiosk.centre import audit, catalogue, lists, questions, territories, versions
from kiosk.centre.models import Session
from kiosk.centre.office import pages as office
from kiosk.centre.office import sessions, tables
from kiosk.centre.office.pages import act, read
from kiosk.centre.refusals import OfficeError
from kiosk.centre.store import Tx
from kiosk.centre.words import LEVELS, ORIGINS, THEMES
from kiosk.contract.tables import cell
from kiosk.engine import current
from kiosk.ground.i18n import _

pages = Blueprint("questions", __name__, url_prefix="/bureau/questions")
#: Groups on one page, near questions shown under one, and questions of the printed list.
PAGE, NEAR, PRINTED = 50, 10, 300
#: More than the questions of one group.
NEAREST = 5000


@pages.get("/<path:id>")
def speaker_list(id: str) -> Any:
    """One theme of the list: `?theme=`; `?voir=ecartees` those set aside."""
    session, people = read(lambda: _session(id))
    counts, aside = read(lambda: lists.counts(id))
    seeing = request.args.get("voir") == "ecartees"
    theme = request.args.get("theme", "")
    theme = theme if theme in counts else next(iter(counts), "")
    rows, made_from = read(lambda: _shown(id, "" if seeing else theme, aside=seeing))
    groups = _grouped(rows)
    page, last = office.page_number(), max(1, -(-len(groups) // PAGE))
    page = min(page, last)
    return render_template(
        "questions.html", session=session, speakers=people, counts=counts, aside=aside, seeing=seeing, theme=theme,
        groups=groups[(page - 1) * PAGE : page * PAGE], first=(page - 1) * PAGE, total=len(rows), all=len(groups),
        after=groups[page * PAGE].head.id if page < last else "",
        page=page, pages=last, near=NEAR, made_from=made_from, movable=territories.made_here(str(session.territory)),
        chosen={"theme": theme, "voir": "ecartees" if seeing else ""},
    )  # fmt: skip


@pages.get("/liste/<path:id>")
def paper(id: str) -> str:
    """The list for the speaker, by theme, ready to print: those kept, or all when none is."""
    session, people = read(lambda: _session(id))
    groups = _for_speaker(id)
    shown = groups[:PRINTED]
    themes = [(code, [one for one in shown if one.head.theme == code]) for code in THEMES]
    return render_template(
        "speaker_list.html",
        session=session,
        speakers=people,
        themes=[(code, of) for code, of in themes if of],
        more=len(groups) - len(shown),
    )


@pages.get("/<any(csv, ods):kind>/<path:id>")
def download(kind: str, id: str) -> Response:
    """The same list for a spreadsheet; no cell is a formula."""
    read(lambda: _session(id))
    head = [_("N°"), _("Question"), _("Thème"), _("Voix"), _("Établissements"), _("Niveaux"), _("Origine"),
            _("Questions proches")]  # fmt: skip
    rows: list[list[Any]] = [head]
    for number, one in enumerate(_for_speaker(id)[: tables.MOST[kind]], 1):
        levels = ", ".join(_(LEVELS[code]) for code in one.levels if code in LEVELS)
        rows.append([number, cell(one.head.text), _(THEMES[one.head.theme]), one.votes, one.schools, levels,
                     _(ORIGINS[one.head.origin]), cell(" | ".join(near.text for near in one.near))])  # fmt: skip
    return tables.answer(f"questions-{id}", rows, kind)


@pages.post("/marquer")
def mark() -> Any:
    """Keep, set aside or put back those that are ticked."""
    form = request.form
    ids, state, session_id = form.getlist("id"), form.get("state", ""), form.get("session_id", "")
    ids = [id for joined in ids[: PAGE * 2] for id in joined.split(" ")]

    def unit(tx: Tx) -> None:
        before = lists.mark(tx, ids, state)
        said = ", ".join(f"{_(lists.STATES[one])} ({n})" for one, n in sorted(before.items()))
        told = {_("Questions"): said}, {_("Questions"): f"{_(lists.STATES[state])} ({before.total()})"}
        audit.note(tx, "question_sorted", lists.named(session_id), _title(session_id), *told)

    return act(unit, _back())


@pages.post("/deplacer")
def move() -> Any:
    """Give a group a rank in its theme; or, dragged, put questions before another (`avant`; empty: last)."""
    form = request.form
    id, session_id, theme = (form.get(name, "") for name in ("id", "session_id", "theme"))
    page = None
    if "avant" in form:  # who drags sees the group: nothing is worked out again
        ids, before = form.get("ids", "").split(" ")[:NEAREST], form["avant"] or None
    else:
        text = form.get("rank", "").strip()
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 1_000_000):
            return _refused(_("Un rang est un nombre, à partir de 1."))
        groups = _grouped(read(lambda: lists.of_theme(session_id, theme)))
        moving = next((one for one in groups if id in one.ids), None)
        others = [one for one in groups if one is not moving]
        at = min(int(text[:9]) - 1, len(others))
        ids, before = moving.ids if moving else [], others[at].head.id if at < len(others) else None
        page = str(at // PAGE + 1)

    def unit(tx: Tx) -> None:
        was, now = lists.place(tx, session_id, theme, ids, before)
        if not now:
            raise OfficeError(_("Cette question a été retirée par l’établissement."))
        if was != now:
            ranks = {_("Rang"): was}, {_("Rang"): now}
            audit.note(tx, "question_moved", lists.named(session_id), _title(session_id), *ranks)

    return act(unit, _back(page) + f"#q-{id}")


@pages.post("/detacher")
def detach() -> Any:
    """Take a question out of its group, or let it be grouped again."""
    id, session_id = request.form.get("id", ""), request.form.get("session_id", "")
    apart = request.form.get("apart") == "1"

    def unit(tx: Tx) -> None:
        lists.detach(tx, id, apart=apart)
        told = ({_("Question"): _("Détachée") if one else _("Groupée")} for one in (not apart, apart))
        audit.note(tx, "question_apart", lists.named(session_id), _title(session_id), *told)

    return act(unit, _back())


@pages.post("/ajouter")
def add() -> Any:
    """Write down a question the centre received."""
    session_id = request.form.get("session_id", "")
    theme, origin = request.form.get("theme", ""), request.form.get("origin", "")

    def unit(tx: Tx) -> None:
        if theme not in THEMES or origin not in questions.RECEIVED:
            raise OfficeError(_("Cette valeur n’est pas possible ici."))
        questions.receive(tx, session_id, request.form.get("text", "").replace("\0", ""), theme, origin)
        audit.note(tx, "question", session_id, _title(session_id))

    again = url_for("sessions.show", id=session_id) + "#questions"
    return act(unit, again, lambda error: sessions.page_of(session_id, error, request.form))


def _refused(message: str) -> Any:
    return render_template("refused.html", error=OfficeError(message), back=_back()), 422


def _grouped(rows: list[lists.Asked]) -> list[lists.Group]:
    """Beside the loop: thousands of questions take longer than anybody else should wait."""
    return current().apart(lambda: lists.grouped(rows), "groups")


def _shown(id: str, theme: str, *, aside: bool) -> tuple[list[lists.Asked], str]:
    """The questions of a page, and the version of what was decided of them."""
    return lists.of_theme(id, theme, aside=aside), versions.of("list", lists.decided(id, theme, aside=aside))


def _for_speaker(id: str) -> list[lists.Group]:
    rows = read(lambda: lists.of_theme(id))
    kept = [row for row in rows if row.state == "kept"]
    return _grouped(kept or rows)


def _session(id: str) -> tuple[Session, list[str]]:
    session = Session.get_or_none(Session.id == id)
    if session is None:
        raise office.not_found()
    names = sessions.names_of([session])
    return session, [names.get(one, one) for one in catalogue.session_body(session).speakers]


def _title(session_id: str) -> str:
    session = Session.get_or_none(Session.id == session_id)
    return session.title if session is not None else ""


def _back(page: str | None = None) -> str:
    form = request.form
    aside = "ecartees" if form.get("voir") == "ecartees" else None
    page = page or (form.get("page") if form.get("page", "").isdigit() else None)
    kept: dict[str, Any] = {"theme": form.get("theme") or None, "voir": aside, "page": page}
    return url_for("questions.speaker_list", id=form.get("session_id", ""), **kept)
