"""How a template is written, one element a line, and what of it travels: its line breaks stay here.

A run of spaces that holds a line break is for the reader. When a template is compiled it becomes

- in a text: nothing beside a tag or a ``{% … %}``, one space otherwise (two sentences, ``{{ … }}`` under ``{{ … }}``);
- inside a tag, between two attributes: one space, and none before ``{% … %}`` or ``>``: what a branch adds brings its
  own (``{% if … %} hidden{% endif %}``), or it is an error;
- in ``textarea``, ``pre``, ``script`` and ``style``: itself.

A space that means something beside a tag is written on the line: ``<b>…</b> <span>…</span>``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from jinja2 import Environment, TemplateSyntaxError
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

#: Elements whose every space is shown or read.
VERBATIM = frozenset({"textarea", "pre", "script", "style"})
_PIECES = re.compile(r"\s+|</?[a-zA-Z][\w-]*|[\"'>]|[^\s<>\"']+|<")


def prepare(env: Environment) -> None:
    """Have the templates of ``env`` compiled without their line breaks."""
    env.add_extension(LineBreaks)


class LineBreaks(Extension):
    """Leaves out of a template's text the spaces of its layout; line numbers stay those of the file."""

    def filter_stream(self, stream: TokenStream) -> Iterable[Token]:
        """The same tokens, their texts without line breaks."""
        return _texts_joined(stream)


def _texts_joined(stream: TokenStream) -> Iterator[Token]:
    place = _Place()
    before = "block_end"
    for token in stream:
        if token.type == "data":
            whole = token.value
            while stream.current.type == "data":  # a comment stood between: it is nothing to stand beside
                whole += next(stream).value
            if before == "block_end" and place.between_attributes and whole[0] not in " \n>/":
                message = "an attribute has its space before it"
                raise TemplateSyntaxError(message, token.lineno, stream.name, stream.filename)
            text = place.without_breaks(whole, before == "variable_end", stream.current.type == "variable_begin")
            if text:
                yield Token(token.lineno, "data", text)
        else:
            yield token
        before = token.type


class _Place:
    """Where in the page the text stands, from one piece of the template to the next."""

    def __init__(self) -> None:
        self._tag = ""  # the name of the tag it is inside of
        self._quote = ""
        self._verbatim = ""

    @property
    def between_attributes(self) -> bool:
        """Whether it stands inside a tag, and outside what an attribute says."""
        return bool(self._tag) and not self._quote

    def without_breaks(self, text: str, after_value: bool, before_value: bool) -> str:
        """``text``, which stands after a ``{{ … }}`` or before one, or else beside a statement."""
        kept: list[str] = []
        beside = "" if after_value else ">"
        pieces = _PIECES.findall(text)
        for index, piece in enumerate(pieces):
            if "\n" in piece and not self._verbatim:
                following = pieces[index + 1] if index + 1 < len(pieces) else "value" if before_value else "<"
                kept.append(self._space(beside, following))
            else:
                self._move(piece)
                kept.append(piece)
            beside = piece
        return "".join(kept)

    def _space(self, before: str, after: str) -> str:
        if self._tag:
            return "" if after in "<>" else " "
        return "" if before == ">" or after.startswith("<") else " "

    def _move(self, piece: str) -> None:
        if self._quote:
            self._quote = "" if piece == self._quote else self._quote
        elif self._tag:
            if piece in "\"'":
                self._quote = piece
            elif piece == ">":
                self._verbatim = self._tag if self._tag in VERBATIM else ""
                self._tag = ""
        elif piece.startswith("<") and len(piece) > 1:
            name = piece.strip("</").lower()
            if not self._verbatim or piece.lower() == "</" + self._verbatim:
                self._tag = "/" if piece.startswith("</") else name
                self._verbatim = ""
