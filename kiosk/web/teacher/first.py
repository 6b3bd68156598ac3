"""« Mise en route »: the first start in the browser, step by step, with forms alone; visited again from « Salle »."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from flask import g, render_template, request
from werkzeug.wrappers import Response

from kiosk.domain import choices, demonstration, firststart
from kiosk.exchange import syncstate
from kiosk.ground.errors import KioskError
from kiosk.web.frame import context, pages, qr
from kiosk.web.teacher.blueprint import answer, bp, do, page_of_refusal, typed

#: Seconds after which the remedies open by themselves while no phone has come.
PATIENCE = 60
#: Settings each step shows, to tell those that a file or the environment imposes.
KEYS = {
    "ecole": ("school.uai", "school.name"),
    "wifi": ("wifi.ssid", "wifi.password", "wifi.security", "wifi.hidden"),
    "proxy": ("centre.proxy",),
    "centre": ("centre.url",),
}


@bp.get("/prof/mise-en-route", endpoint="first")
def first_page() -> str:
    """The step asked for (``etape``), the next one to see to, or the summary (``etape=bilan``)."""
    return page()


def page() -> str:
    """The whole page."""
    return _render("control/first.html")


def inside() -> str:
    """Its inside alone: only the phone's step is looked at again by itself."""
    return _render("control/first_inside.html")


def _render(template: str) -> str:
    kiosk = context.kiosk_of()
    step = g.get("first_step") or request.args.get("etape", "") or firststart.current()
    step = step if step in firststart.STEPS else "bilan"
    settings = kiosk.settings
    address = kiosk.addresses.current()
    came = kiosk.trial.came
    proxy = urlsplit(settings.centre_proxy)
    return render_template(
        template,
        room=context.room(),
        step=step,
        steps=list(firststart.STEPS),
        seen=firststart.progress(),
        expected=firststart.expected(),
        settings=settings,
        typed=typed,
        pin=kiosk.secrets.pin,
        address=address,
        fixed={key: choices.imposed(settings, key) for key in KEYS.get(step, ())},
        proxy={
            "place": f"{proxy.scheme}://{proxy.netloc.rpartition('@')[2]}" if proxy.netloc else "",
            "account": unquote(proxy.username or ""),
            "password": bool(proxy.password),
        },
        sync=syncstate.status(kiosk.clock.now(), configured=bool(settings.centre_url)),
        came=came,
        proven=came is not None or kiosk.addresses.proven,
        waited=_waited(step),
        patience=PATIENCE,
        qr=qr.address_qr(address.at("/essai")) if address and step == "telephone" else None,
        wifi=qr.class_wifi(kiosk.settings) if step == "telephone" else None,
        other=_other(address.url if address else ""),
        demo=demonstration.present(),
    )


def _waited(step: str) -> float:
    """Seconds since the trial was first shown; its own clock runs while the server does."""
    kiosk = context.kiosk_of()
    if step != "telephone":
        return 0.0
    now = kiosk.clock.now()
    if kiosk.trial.begun is None:
        kiosk.trial.begun = now
    return max(0.0, (now - kiosk.trial.begun) / 1000)


def _other(shown: str) -> str:
    """Another address of this machine that a phone might reach; empty when there is none."""
    addresses = context.kiosk_of().addresses
    others = [offer.address.text for offer in addresses.all() if offer.address.url != shown]
    return "" if addresses.fixed or not others else str(others[0])


def begin(step: str) -> None:
    """A form of a step: its refusals come back on its page."""
    g.first_step = step
    page_of_refusal(page)


def onward(step: str, how: str = firststart.DONE) -> Response:
    """The step is seen to: the next one, or the summary."""
    do("setup", lambda tx: firststart.mark(tx, step, how), f"{step} {how}")
    return answer(pages.url("control.first", etape=firststart.after(step) or "bilan"))


@bp.post("/prof/mise-en-route/passer")
def first_skip() -> Response:
    """Leave a step (``etape``) for later. :raises KioskError: ``unknown_step``."""
    step = firststart.STEPS.get(request.form.get("etape", "")).code
    return onward(step, firststart.SKIPPED)


@bp.post("/prof/mise-en-route/plus-tard")
def first_later() -> Response:
    """« Plus tard »: to the live page, and no page leads here by itself any more."""
    do("setup_later", lambda tx: firststart.put_off(tx))
    return answer(pages.url("control.live"))


@bp.post("/prof/mise-en-route/telephone")
def first_phone() -> Response:
    """The trial is over. :raises KioskError: ``no_phone_yet``."""
    begin("telephone")
    kiosk = context.kiosk_of()
    if kiosk.trial.came is None and not kiosk.addresses.proven:
        raise KioskError("no_phone_yet")
    return onward("telephone")
