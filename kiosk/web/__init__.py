"""HTTP: pages for pupils, display and teacher, and their safety. ``register`` puts them on an application."""

from __future__ import annotations

from flask import Flask

from kiosk.domain.kiosk import Kiosk


def register(app: Flask, kiosk: Kiosk) -> None:
    """Add every page, filter, header and error answer to ``app``."""
    from kiosk.web import sockets
    from kiosk.web import teacher as control
    from kiosk.web.display import display
    from kiosk.web.frame import assets, bodies, failures, identified, pages, portraits, security, trial
    from kiosk.web.machines import health, metrics
    from kiosk.web.phone import pupils

    app.url_rule_class = identified.LateRule
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
