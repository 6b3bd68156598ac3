"""What each step of the first start keeps: the school, the code, the Wi-Fi, the proxy, the centre."""

from __future__ import annotations

from dataclasses import replace

from flask import request
from werkzeug.wrappers import Response

from kiosk.contract import schools, sticks
from kiosk.domain import choices
from kiosk.domain.people import access, known
from kiosk.ground.errors import KioskError
from kiosk.storage import secretfile
from kiosk.storage.writer import Transaction
from kiosk.web.frame import context, pages
from kiosk.web.teacher import demonstration
from kiosk.web.teacher.blueprint import answer, bp, do
from kiosk.web.teacher.first import begin, onward


def _field(name: str, most: int = 300) -> str:
    return request.form.get(name, "")[:most]


@bp.post("/prof/mise-en-route/ecole")
def first_school() -> Response:
    """The school (``uai``, ``nom``): the letter of the UAI is checked. :raises KioskError: ``uai_*``…"""
    begin("ecole")
    values = choices.school(_field("uai"), _field("nom"))
    if not any(values.values()):
        raise KioskError("uai_length", field="school.uai")
    choices.keep(context.kiosk_of(), values)
    return onward("ecole")


@bp.post("/prof/mise-en-route/code")
def first_code() -> Response:
    """The teacher's code: kept (``choix`` = garder), chosen (``pin``) or drawn (nouveau); other devices go out.

    :raises KioskError: ``pin_invalid``.
    """
    begin("code")
    kiosk, how = context.kiosk_of(), _field("choix")
    if how == "garder":
        return onward("code")
    pin = secretfile.new_pin() if how == "nouveau" else secretfile.chosen_pin(_field("pin"))
    secrets = replace(secretfile.reread(kiosk.settings.data_dir, kiosk.secrets, kiosk.settings.database), pin=pin)
    try:
        secretfile.write(kiosk.settings.data_dir, secrets, kiosk.settings.database)
    except OSError as error:
        raise KioskError("storage_failed") from error
    kiosk.secrets = secrets
    token = context.teacher_token()

    def close_others(tx: Transaction) -> None:
        access.revoke_others(tx, token)
        known.forget(tx)  # who came in by the old code is nobody's rightful device any more

    do("pin_chosen", close_others)
    return onward("code")


@bp.post("/prof/mise-en-route/wifi")
def first_wifi() -> Response:
    """The network of the class (``ssid``, ``motdepasse``, ``securite``, ``cache``). :raises: ``setting_invalid``."""
    begin("wifi")
    values = choices.wifi(_field("ssid"), _field("motdepasse"), _field("securite") or "WPA", _field("cache") == "1")
    choices.keep(context.kiosk_of(), values)
    return onward("wifi")


@bp.post("/prof/mise-en-route/proxy")
def first_proxy() -> Response:
    """The proxy (``adresse``, ``compte``, ``motdepasse``; an empty password keeps the one held)."""
    begin("proxy")
    kiosk = context.kiosk_of()
    password = _field("motdepasse") or None
    choices.keep(kiosk, choices.proxy(_field("adresse"), _field("compte"), password, kiosk.settings.centre_proxy))
    return onward("proxy")


@bp.post("/prof/mise-en-route/demonstration")
def first_undemo() -> Response:
    """Take the invented sessions away, with all that was written on them. :raises KioskError: ``room_running``."""
    begin("bilan")
    demonstration.take_away()
    return answer(pages.url("control.first", etape="bilan"))


@bp.post("/prof/mise-en-route/centre")
def first_centre() -> Response:
    """The centre (``adresse``) and, with a ``code``, pairing as ``poste``. The address stays when pairing fails.

    :raises KioskError: ``setting_invalid``, ``uai_*``, ``centre_unset``, those of pairing.
    """
    begin("centre")
    kiosk, code = context.kiosk_of(), _field("code", 40).strip()
    choices.keep(kiosk, {"centre.url": _field("adresse").strip()})
    if code:
        if not kiosk.settings.centre_url and not sticks.long_code(code):
            raise KioskError("centre_unset", field="centre.url")
        uai = schools.normalise_uai(kiosk.settings.school_uai)
        context.exchange_of().pair(code, uai, _field("poste", 60).strip())
        do("pair", lambda tx: None, uai)
    return onward("centre")
