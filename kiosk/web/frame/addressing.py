"""The addresses of pages, as Werkzeug holds them, made for a quick start."""

from __future__ import annotations

from typing import Any

from werkzeug.routing import Rule


class LateRule(Rule):
    """A rule whose address is put together by functions that are compiled when a page first writes that address.

    Werkzeug compiles two for each rule as it is added: for 160 of them a third of the time it takes to make the
    application (0.3 s of a small machine's start), and most are never called.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Any:
        def build(_rule: Rule, **values: Any) -> Any:
            made = super(LateRule, self)._compile_builder(append_unknown).__get__(self, None)
            setattr(self, "_build_unknown" if append_unknown else "_build", made)
            return made(**values)

        return build
