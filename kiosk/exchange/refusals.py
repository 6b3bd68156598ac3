"""What msgspec says of a wrong value, in the words of the person who must mend the file."""

import re
import typing
from typing import Any

from kiosk.ground.i18n import N_, _

_KINDS: dict[str, str] = {
    "int": N_("un nombre entier"),
    "float": N_("un nombre"),
    "str": N_("un texte"),
    "bool": N_("vrai ou faux"),
    "array": N_("une liste"),
    "object": N_("un objet"),
    "null": N_("rien (null)"),
    "datetime": N_("une date"),
}
# How a regular expression of the contract is said.
_SHAPES: dict[str, str] = {
    r"^(https://\S+)?$": N_("une adresse https:// est attendue, ou un texte vide"),
    r"^https?://\S+$": N_("une adresse http:// ou https:// est attendue"),
    r"^[0-9a-f]{64}$": N_("64 chiffres hexadécimaux sont attendus"),
}
_EXPECTED = re.compile(r"Expected `([^`]+)`, got `([^`]+)`")
_LENGTH = re.compile(r"Expected `(str|array)` of length (>=|<=) (\d+)")
_BOUND = re.compile(r"Expected `(?:int|float)` (>=|<=) (-?\d+)")
_PATTERN = re.compile(r"Expected `str` matching regex (.+)")


def said(problem: str, kind: Any = None) -> str:
    """Return msgspec's sentence in the current language; `kind` (the type wanted) lets a wrong code
    list the right ones.

    A sentence this module does not know is returned as it is: technical, but true.
    """
    if match := _EXPECTED.match(problem):
        wanted = match.group(1).removesuffix(" | null")
        return _("il faut %(wanted)s, pas %(got)s", wanted=_kind(wanted), got=_kind(match.group(2)))
    if match := _LENGTH.match(problem):
        return _length(match.group(1), match.group(2), int(match.group(3)))
    if match := _BOUND.match(problem):
        if match.group(1) == ">=":
            return _("ce nombre doit être au moins %(n)s", n=match.group(2))
        return _("ce nombre doit être au plus %(n)s", n=match.group(2))
    if match := _PATTERN.match(problem):
        shape = _SHAPES.get(match.group(1).partition(" - at `")[0].strip("'\"").replace("\\\\", "\\"))
        return _(shape) if shape else _("ce texte n’a pas la forme attendue")
    if problem.startswith("Invalid enum value"):
        codes = _codes(kind)
        if not codes:
            return _("ce code n’est pas connu")
        return _("ce code n’est pas connu ; codes possibles : %(codes)s", codes=", ".join(codes))
    if "RFC3339" in problem or "datetime" in problem:
        return _("une date est attendue, en temps universel, comme 2026-11-24T09:00:00Z")
    return problem


def _length(kind: str, sign: str, n: int) -> str:
    if kind == "array":
        return _("cette liste compte au plus %(n)s éléments", n=n) if sign == "<=" else _("cette liste est trop courte")
    if sign == "<=":
        return _("ce texte compte au plus %(n)s caractères", n=n)
    return _("ce texte est vide") if n == 1 else _("ce texte compte au moins %(n)s caractères", n=n)


def _kind(name: str) -> str:
    return _(_KINDS[name]) if name in _KINDS else name


def _codes(kind: Any) -> list[str]:
    """The codes of a Literal, through Annotated and "or None"."""
    if typing.get_origin(kind) is typing.Literal:
        return [str(code) for code in typing.get_args(kind)]
    return [code for arg in typing.get_args(kind) for code in _codes(arg)]
