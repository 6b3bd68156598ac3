"""What the TOML reader says of a file that it cannot read, in words for who wrote the file.

Its sentences are those of ``tomllib`` (and of ``tomli``, where it comes from); one that is not known stays as it is.
"""

from __future__ import annotations

import re

from kiosk.ground.i18n import N_, _

#: How the reader's sentence begins → what to look for in the line; ``{}`` is the name or the sign that it quotes.
_WORDS = (
    (r"Invalid value", N_("cette valeur ne se lit pas : un texte se met entre guillemets, un nombre sans unité")),
    (r"Invalid date or datetime", N_("cette date ne se lit pas : entre guillemets, elle est un texte")),
    (r"Expected '=' after a key", N_("il manque le signe = après le nom du réglage")),
    (r"Expected '\]\]?' at the end", N_("il manque le crochet fermant ] après le nom de la partie")),
    (r"Unterminated string|Illegal character '\\n'|Expected '\"", N_("il manque le guillemet à la fin du texte")),
    (r"Unclosed array", N_("il manque le crochet fermant ] à la fin de la liste")),
    (r"Unclosed inline table", N_("il manque l’accolade fermante }")),
    (r"Expected newline or end of document", N_("il y a quelque chose en trop après la valeur : un réglage par ligne")),
    (r"Invalid statement|Invalid initial character", N_("cette ligne n’est ni un réglage (nom = valeur) ni un titre")),
    (r"Cannot overwrite a value|Duplicate inline table key", N_("ce réglage est écrit deux fois")),
    (r"Cannot declare .*twice|Cannot (?:mutate|redefine)", N_("cette partie est écrite deux fois : réunissez-les")),
    (
        r"Unescaped '\\|Invalid hex value|Escaped character",
        N_("une barre oblique inverse \\ se double, ou mettez le texte entre apostrophes"),
    ),
    (r"Illegal character|Found invalid character", N_("un signe invisible ou interdit est dans cette ligne")),
)


def in_words(message: str) -> str:
    """The reader's sentence, without its place, as a person can use it."""
    for pattern, words in _WORDS:
        if re.match(pattern, message):
            return _(words)
    return message
