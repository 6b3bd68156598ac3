"""What an address is made of: rules, and identifiers. The centre's identifiers are any 1 to 200 characters (contract,
section 3): « a/b », « .. » or « 50 % » would be another address, or none.
"""

from __future__ import annotations

import base64
import re
from typing import Any

from werkzeug.routing import BaseConverter, Rule, ValidationError

#: As ours and phones' are: they stay as they are in an address.
_PLAIN = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*")


class Identifier(BaseConverter):
    """``<id:…>`` in a rule: a plain identifier as itself, any other behind « ~ », in base64url (RFC 4648, section
    5).
    """

    regex = "[^/]+"

    def to_url(self, value: str) -> str:
        """The identifier as it stands in an address."""
        text = str(value)
        if _PLAIN.fullmatch(text):
            return text
        return "~" + base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).decode().rstrip("=")

    def to_python(self, value: str) -> str:
        """The identifier an address names. :raises ValidationError: no identifier is written so (404)."""
        if not value.startswith("~"):
            return value
        try:
            return base64.b64decode(value[1:] + "=" * (-len(value[1:]) % 4), b"-_", validate=True).decode()
        except ValueError:
            raise ValidationError from None


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
