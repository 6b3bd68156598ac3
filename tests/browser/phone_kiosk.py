"""Starts and drives the kiosk of ``phone_server.py``: what the phone tests hold in their hand."""

from __future__ import annotations

from pathlib import Path

from browser.driven import ROOT, Driven

__all__ = ["ROOT", "PhoneKiosk"]


class PhoneKiosk(Driven):
    """A kiosk with one room and two sessions."""

    def __init__(self, data_dir: Path, engine: str = "eventlet") -> None:
        super().__init__("phone_server.py", data_dir, engine)
        self.url = self.address

    def texts(self) -> list[str]:
        """The texts of every question held."""
        return [question["text"] for question in self.do("list")]
