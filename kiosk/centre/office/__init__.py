"""The back office: pages for the people of the centre, without a line of script."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Add the pages, their guard and what templates use."""
    from kiosk.centre.office import door, pages

    door.register(app)
    pages.register(app)
