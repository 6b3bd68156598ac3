"""``/portraits/<sha256>``: a speaker's portrait, once and for all in the browser's cache."""

from __future__ import annotations

from flask import Blueprint, Response

from kiosk.domain import portraits
from kiosk.ground.errors import KioskError
from kiosk.web.frame.context import kiosk_of

blueprint = Blueprint("portraits", __name__)


@blueprint.get("/portraits/<digest>")
def portrait(digest: str) -> Response:
    """The portrait of that digest. :raises KioskError: ``not_found``."""
    found = portraits.read(kiosk_of().settings.data_dir, digest)
    if found is None:
        raise KioskError("not_found")
    data, kind = found
    answer = Response(data, mimetype=kind)
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
