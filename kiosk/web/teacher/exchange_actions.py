"""What the teacher does on « Synchronisation »: exchange now, pair, carry a stick, see to a rejected item."""

from __future__ import annotations

from typing import Any

from flask import Response as FileResponse
from flask import request
from werkzeug.wrappers import Response

from kiosk.contract import schools, sticks
from kiosk.contract.values import MAX_CLASS, MAX_PUPILS
from kiosk.domain import enrolments, outbox, retelling
from kiosk.domain.reading import textrules
from kiosk.exchange import resending, stick
from kiosk.exchange.worker import Worker
from kiosk.ground.errors import KioskError
from kiosk.storage.writer import Transaction
from kiosk.web.frame import bodies, context, pages
from kiosk.web.teacher import exchange
from kiosk.web.teacher.blueprint import answer, bp, do, page_of_refusal
from kiosk.web.teacher.sessions import headcount_field


def _worker(*, network: bool = False) -> Worker:
    """The exchange of this server. :raises KioskError: ``centre_unset``, when it takes a ``network``."""
    page_of_refusal(exchange.page)
    if network and not context.kiosk_of().settings.centre_url:
        raise KioskError("centre_unset")
    return context.exchange_of()


def _here(**values: Any) -> Response:
    return answer(pages.url("control.exchange", **values))


@bp.post("/prof/synchro/maintenant")
def exchange_now() -> Response:
    """Exchange at once; the page shows how it goes."""
    worker = _worker(network=True)
    do("exchange_now", lambda tx: None)
    worker.nudge()
    return _here()


@bp.post("/prof/synchro/jumeler")
def pair() -> Response:
    """Pair with the centre (``uai``, ``code``, ``poste``): the UAI's letter is checked before anything leaves. A long
    code asks by stick.
    """
    code = request.form.get("code", "").strip()
    worker = _worker(network=sticks.long_code(code) is None)
    uai = schools.normalise_uai(request.form.get("uai", ""))
    if not 1 <= len(code) <= 40:
        raise KioskError("pairing_code", field="code")
    worker.pair(code, uai, request.form.get("poste", "").strip()[:60])
    do("pair", lambda tx: None, uai)
    return _here()


@bp.post("/prof/synchro/jumeler/renoncer")
def pair_give_up() -> Response:
    """Do not wait for the answer to a pairing by stick."""
    page_of_refusal(exchange.page)
    stick.give_up(context.kiosk_of())
    do("pair_give_up", lambda tx: None)
    return _here()


@bp.post("/prof/synchro/demande")
def stick_out() -> FileResponse:
    """The file to carry to the centre."""
    name, data = _worker().stick_file()
    do("stick_out", lambda tx: None)
    return FileResponse(
        data, content_type="application/octet-stream", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@bp.post("/prof/synchro/reponse")
@bodies.holds(bodies.FILE)
def stick_in() -> Response:
    """Read the centre's answers (``fichier``, one or several: a wrong one leaves those before it read)."""
    worker = _worker()
    given = [data for file in request.files.getlist("fichier") if (data := file.read())]
    if not given:
        raise KioskError("stick_missing", field="fichier")
    changes = accepted = rejected = 0
    said: dict[str, int] = {}
    for data in given:
        outcome = worker.take_stick(data)
        changes, accepted = changes + outcome.changes, accepted + outcome.accepted
        rejected += outcome.rejected
        said |= {"jumele": 1} if outcome.paired else {}
        said |= {"encore": 1} if outcome.more else {}
        do("stick_in", lambda tx: None, f"{outcome.accepted} accepted, {outcome.rejected} rejected")
    return _here(recu=changes, acceptes=accepted, refuses=rejected, **said)


@bp.post("/prof/synchro/ailleurs")
def tell_here() -> Response:
    """Send to this centre too what another one took, before it was changed."""
    worker = _worker()
    number = do("tell_here", retelling.tell_here)
    if number and context.kiosk_of().settings.centre_url:
        worker.nudge()
    return _here()


@bp.post("/prof/synchro/envois/<int:seq_id>/corriger")
def item_correct(seq_id: int) -> Response:
    """Correct a rejected item and send it again: a question (``texte``, ``theme``) or an enrolment
    (``classe``, ``niveau``, ``effectif``); another kind goes again as it was.
    """
    page_of_refusal(exchange.page)
    form, count = request.form, headcount_field()

    def correct_or_repeat(tx: Transaction) -> None:
        if "texte" in form:
            resending.question(tx, seq_id, form["texte"], form.get("theme", ""))
        elif "classe" in form:
            label = textrules.visible(form["classe"])
            if not 1 <= len(label) <= MAX_CLASS:
                raise KioskError("name_invalid", field="label")
            if not count or count > MAX_PUPILS:
                raise KioskError("headcount_invalid", field="headcount")
            enrolments.correct(tx, seq_id, label=label, level=form.get("niveau", ""), headcount=count)
        else:
            outbox.resend(tx, seq_id)

    do("item_correct", correct_or_repeat, str(seq_id))
    return _here()


@bp.post("/prof/synchro/envois/<int:seq_id>/abandonner")
def item_give_up(seq_id: int) -> Response:
    """Do not tell the centre this any more."""
    page_of_refusal(exchange.page)
    do("item_give_up", lambda tx: resending.give_up(tx, seq_id), str(seq_id))
    return _here()
