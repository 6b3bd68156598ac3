"""The back office: pages for the people of the centre, which do everything without a script."""

from __future__ import annotations

from flask import Flask, redirect, url_for

from kiosk.centre.office import (
    answers,
    door,
    enrolments,
    files,
    kiosks,
    machines,
    me,
    notices,
    pages,
    plan,
    privacy,
    questions,
    replying,
    schools,
    sessions,
    speakers,
    statistics,
    summaries,
    team,
)


def register(app: Flask) -> None:
    """Add the pages, their guard and what templates use."""
    door.register(app)
    for module in (
        sessions,
        speakers,
        enrolments,
        questions,
        answers,
        summaries,
        kiosks,
        schools,
        notices,
        files,
        replying,
        statistics,
        team,
        machines,
        me,
        plan,
        privacy,
    ):
        app.register_blueprint(module.pages)
    pages.furnish(app)
    app.add_url_rule("/", "root", lambda: redirect(url_for("office"), 302))
    app.add_url_rule("/bureau", "office", lambda: redirect(pages.home(), 302))
