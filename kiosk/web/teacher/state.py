"""« État du poste »: what ``kiosk doctor`` says of this machine, on one page; its archive for support."""

from __future__ import annotations

import tempfile
from pathlib import Path

from flask import Response, render_template

from kiosk.ground.errors import KioskError
from kiosk.web.frame import context
from kiosk.web.teacher.blueprint import bp, do, page_of_refusal

#: Worst first.
ORDER = ("ERREUR", "ATTENTION", "OK")


@bp.get("/prof/etat")
def state() -> str:
    """The page."""
    return page()


def page() -> str:
    """The whole page, examined anew."""
    kiosk = context.kiosk_of()
    said = context.examined()
    checks = sorted(said["checks"], key=lambda one: ORDER.index(one["level"])) if said else []
    return render_template(
        "control/state.html",
        room=context.room(),
        said=said,
        now=kiosk.clock.now(),
        groups=[(level, [one for one in checks if one["level"] == level]) for level in ORDER],
    )


@bp.post("/prof/etat/archive")
def state_archive() -> Response:
    """The archive of ``kiosk doctor --bundle``. :raises KioskError: ``report_failed``."""
    page_of_refusal(page)
    with tempfile.TemporaryDirectory(prefix=".kiosk-") as folder:
        target = Path(folder) / "diagnostic.zip"
        context.examined(str(target))
        if not target.exists():
            raise KioskError("report_failed", path="diagnostic.zip", detail="doctor")
        made = target.read_bytes()
    do("diagnosis", lambda tx: None, f"{len(made)} bytes")
    return Response(
        made,
        content_type="application/zip",
        headers={"Content-Disposition": 'attachment; filename="diagnostic-kiosque.zip"'},
    )
