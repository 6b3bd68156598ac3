"""HTTP: pages for pupils, display and teacher, and their safety. ``register`` puts them on an application."""

from __future__ import annotations

from flask import Flask

from kiosk.domain.house import Kiosk


def register(app: Flask, kiosk: Kiosk) -> None:
    """Add every page, filter, header and error answer to ``app``."""
    from kiosk.web import (
        assets,
        bodies,
        control,
        display,
        failures,
        health,
        identified,
        metrics,
        pages,
        portraits,
        pupils,
        security,
        sockets,
        trial,
    )

    app.url_map.converters["id"] = identified.Identifier
    app.config["MAX_CONTENT_LENGTH"] = 0  # each request has its own bound
    bodies.register(app, kiosk)
    pages.register(app, kiosk)
    failures.register(app)
    security.register(app)
    assets.register(app)
    health.register(app)
    metrics.register(app)
    for blueprint in (portraits.blueprint, trial.blueprint, pupils.bp, display.bp, control.bp):
        app.register_blueprint(blueprint)
    sockets.register(app, kiosk)
