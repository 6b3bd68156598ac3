"""« Télécharger une sauvegarde »: the database and the portraits in one checked file, without codes or passwords."""

from __future__ import annotations

import tempfile
from pathlib import Path

from flask import Response

from kiosk import __version__
from kiosk.ground.errors import KioskError
from kiosk.storage import archive
from kiosk.web.frame import context
from kiosk.web.teacher import room
from kiosk.web.teacher.blueprint import bp, do, page_of_refusal


@bp.post("/prof/salle/sauvegarde")
def backup() -> Response:
    """The file. Made in a native thread: a slow card does not hold the class up.

    :raises KioskError: ``archive_external``, ``archive_failed``.
    """
    page_of_refusal(room.page)
    kiosk = context.kiosk_of()
    if not kiosk.database.is_sqlite:
        raise KioskError("archive_external")
    waiter = kiosk.engine.waiter()
    now = kiosk.clock.now()

    def work() -> None:
        outcome: object
        try:
            with tempfile.TemporaryDirectory(dir=kiosk.settings.data_dir, prefix=".kiosk-") as folder:
                target = Path(folder) / "kiosk.zip"
                archive.make(kiosk.settings.data_dir, target, now, __version__, private=False)
                outcome = target.read_bytes()
        except (OSError, KioskError) as error:
            outcome = error
        kiosk.engine.post(lambda: waiter.send(outcome))

    kiosk.engine.start_native(work, "kiosk-save")
    made = waiter.wait()
    if not isinstance(made, bytes):
        raise KioskError("archive_failed", path=str(kiosk.settings.data_dir), detail=type(made).__name__)
    do("backup", lambda tx: None, f"{len(made)} bytes")
    name = f"sauvegarde-kiosque-{archive.stamp(now)}.zip"
    return Response(
        made, content_type="application/zip", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
