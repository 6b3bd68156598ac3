"""« Prêt pour la salle »: one page before the talk, from what the kiosk knows and a few boxes to tick."""

from __future__ import annotations

from collections.abc import Iterator

from flask import render_template, request
from werkzeug.wrappers import Response

from kiosk.domain import ready
from kiosk.domain.questions import questions
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _, _n
from kiosk.ground.values import dataclass
from kiosk.web.frame import context, pages
from kiosk.web.teacher.blueprint import answer, bp, do, page_of_refusal


@dataclass(frozen=True)
class Fact:
    """Something that the kiosk sees. ``good``: nothing to do; ``act``: (words, address, another tab) of what to do."""

    title: str
    said: str
    good: bool
    act: tuple[str, str, bool] | None = None


@bp.get("/prof/pret", endpoint="ready")
def ready_page() -> str:
    """The page. :raises KioskError: ``no_session``."""
    return _page()


@bp.post("/prof/pret")
def ready_tick() -> Response:
    """Keep the ticked boxes (``case``, several). :raises KioskError: ``no_session``."""
    page_of_refusal(_page)
    room_id, boxes = context.room_id(), set(request.form.getlist("case"))
    do("ready", lambda tx: ready.tick(tx, room_id, boxes))
    return answer(pages.url("control.ready"))


def _page() -> str:
    room = context.room()
    if room.session is None:
        raise KioskError("no_session")
    ticked = ready.ticked(room.id, room.session.id)
    other = "link_at_hand" if room.session.meeting_url else "link"
    boxes = {code: words for code, words in ready.BOXES.items() if code != other}
    facts = list(_facts())
    left = sum(1 for fact in facts if not fact.good) + len(boxes.keys() - ticked)
    return render_template("control/ready.html", room=room, facts=facts, boxes=boxes, ticked=ticked, left=left)


def _facts() -> Iterator[Fact]:
    kiosk, room = context.kiosk_of(), context.room()
    session = room.session
    assert session is not None
    yield Fact(
        _("La séance et la classe"),
        room.class_label or _("La classe n’a pas de nom : il sera sur l’écran et dans les messages."),
        bool(room.class_label),
        None if room.class_label else (_("Donner le nom de la classe"), pages.url("control.room"), False),
    )
    yield _display()
    yield _address()
    if room.phones:
        yield _phone()
    yield Fact(
        _("L’heure"),
        _("Le kiosque est à l’heure.") if kiosk.clock.trusted else _("Rien ne garantit l’heure du kiosque."),
        kiosk.clock.trusted,
        None if kiosk.clock.trusted else (_("Vérifier l’heure"), pages.url("control.room"), False),
    )
    prepared = questions.counts(room.id, session.id).prepared
    yield Fact(
        _("Les questions préparées"),
        _n("%(n)s question préparée.", "%(n)s questions préparées.", prepared)
        if prepared
        else _("Aucune : la séance commencera par celles de la classe."),
        prepared > 0,
        None if prepared else (_("Préparer"), pages.url("control.prepare"), False),
    )


def _display() -> Fact:
    open_now = context.kiosk_of().sockets.number("/display", context.room_id())
    return Fact(
        _("Le grand écran"),
        _n("%(n)s écran ouvert.", "%(n)s écrans ouverts.", open_now) if open_now else _("Aucun écran n’est ouvert."),
        open_now > 0,
        None if open_now else (_("Ouvrir l’écran sur ce poste"), pages.url("display.shell"), True),
    )


def _address() -> Fact:
    addresses = context.kiosk_of().addresses
    address = addresses.current()
    shown = context.way_in(address) if address else None
    if not context.room().phones:
        said, good = _("Sans téléphone : elle ne sert qu’à une tablette partagée."), True
    elif shown is None:
        said, good = _("Cette machine n’a pas d’adresse : elle n’est sur aucun réseau."), False
    elif addresses.proven:
        said, good = _("%(url)s : un appareil de la salle y est arrivé.", url=shown.text), True
    else:
        said, good = _("%(url)s : aucun appareil n’y est encore arrivé.", url=shown.text), False
    return Fact(_("L’adresse"), said, good, None if good else (_("Voir l’adresse"), pages.url("control.room"), False))


def _phone() -> Fact:
    kiosk, room = context.kiosk_of(), context.room()
    phones = kiosk.presence.phones(room.id)
    good = phones > 0 or kiosk.trial.came is not None
    if phones:
        said = _n("%(n)s téléphone connecté.", "%(n)s téléphones connectés.", phones)
    else:
        said = _("Un téléphone est déjà venu.") if good else _("Visez le code de l’écran avec un téléphone.")
    return Fact(_("Un téléphone"), said, good)
