"""Every page that a test fetches is looked at: no id stands twice in it (a script or a label would find the wrong
one).
"""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient


class Ids(HTMLParser):
    """The ids of a page, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name == "id"]


#: What may be an id, wherever it stands: every id that a page holds, and some words of its text.
PERHAPS = re.compile(r"""(?<=[\s"'/])id\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]*))""", re.IGNORECASE)


def twice(page: str) -> list[str]:
    """The ids that a page holds more than once. A page is read as HTML when its text leaves a doubt: reading costs more
    than making it."""
    perhaps = ["".join(found) for found in PERHAPS.findall(page)]
    if len(perhaps) == len(set(perhaps)) and not any("&" in one for one in perhaps):
        return []
    parser = Ids()
    parser.feed(page)
    return sorted(id for id, n in Counter(parser.found).items() if n > 1)


class LookingClient(FlaskClient):
    """A browser of the tests that refuses a page with an id used twice."""

    def open(self, *args: Any, **values: Any) -> Any:
        answer = super().open(*args, **values)
        if (answer.content_type or "").startswith("text/html") and "Content-Encoding" not in answer.headers:
            assert twice(answer.get_data(as_text=True)) == [], answer.request.path
        return answer
