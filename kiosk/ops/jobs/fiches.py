"""Idéo-Fiches métiers: an XML of ``<metier>``, whatever its namespace and what it is wrapped in → sheets."""

from __future__ import annotations

import html as escapes
from collections.abc import Iterator
from typing import Any, BinaryIO
from xml.etree import ElementTree

from kiosk.ground.i18n import _
from kiosk.ops.jobs import cleaning, days
from kiosk.ops.jobs.tables import https, plain
from kiosk.storage.jobsheets import Sheet, identifier

STEP, DEEPEST = 1 << 16, 64
#: Bytes of one tag or one comment. Expat before 2.6 reads one that is not whole again, from its start, at each step.
LONGEST = 1 << 18
#: Elements and characters of the largest job; Onisep's have some 30,000.
HEAVIEST = 2_000_000


def of_xml(source: BinaryIO) -> Iterator[Sheet]:
    """:raises ElementTree.ParseError: it is no XML; ValueError: a DOCTYPE, a job too large, nested too deep."""
    jobs = _Jobs()
    parser = ElementTree.XMLParser(target=jobs)
    unread = 0
    while chunk := source.read(STEP):
        before = jobs.heard
        parser.feed(chunk)
        unread = unread + len(chunk) if jobs.heard == before else 0
        if unread > LONGEST:
            raise ValueError(_("il est trop grand"))
        yield from jobs.taken()
    parser.close()
    yield from jobs.taken()


class _Jobs:
    """The target of a parser: keeps one job at a time, and nothing of what is around them."""

    def __init__(self) -> None:
        #: How many times the parser had something to say: while it has not, what it reads is one piece.
        self.heard = 0
        self._depth = self._opened = self._weight = 0
        self._builder: ElementTree.TreeBuilder | None = None
        self._found: list[Sheet] = []

    def taken(self) -> list[Sheet]:
        """The sheets since the last call."""
        found, self._found = self._found, []
        return found

    def doctype(self, *_what: Any) -> None:
        """:raises ValueError: always. Entities live there, and these files have none."""
        raise ValueError(_("un fichier XML à DOCTYPE est refusé"))

    def comment(self, _text: str) -> None:
        """:meta private:"""
        self.heard += 1

    def pi(self, _target: str, _text: str | None = None) -> None:
        """:meta private:"""
        self.heard += 1

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """:meta private:"""
        self.heard += 1
        self._depth += 1
        if self._depth > DEEPEST:
            raise ValueError(_("il est trop profondément imbriqué"))
        if self._builder is None and _name(tag) == "metier":
            self._builder, self._opened, self._weight = ElementTree.TreeBuilder(), self._depth, 0
        if self._builder is not None:
            self._weigh(1 + sum(len(value) for value in attributes.values()))
            self._builder.start(tag, attributes)

    def data(self, text: str) -> None:
        """:meta private:"""
        self.heard += 1
        if self._builder is not None:
            self._weigh(len(text))
            self._builder.data(text)

    def end(self, tag: str) -> None:
        """:meta private:"""
        self.heard += 1
        if self._builder is not None:
            element = self._builder.end(tag)
            if self._depth == self._opened:
                self._builder = None
                sheet = _Job(element).sheet()
                self._found += [sheet] if sheet else []
        self._depth -= 1

    def close(self) -> None:
        """:meta private:"""

    def _weigh(self, more: int) -> None:
        self._weight += more
        if self._weight > HEAVIEST:
            raise ValueError(_("il est trop grand"))


def _name(tag: object) -> str:
    return plain(str(tag).rpartition("}")[2])


class _Job:
    """One ``<metier>``."""

    def __init__(self, element: Any) -> None:
        self._element = element
        self._parts = {_name(child.tag): child for child in element}

    def sheet(self) -> Sheet | None:
        """None without a name or an identifier."""
        name, life = self.words("nommetier", "libelle", "libellemetier"), self.markup("vieprofessionnelle")
        job = identifier(self.words("identifiant")) or self._elsewhere()
        if not job or not name:
            return None
        return Sheet(
            id=job, name=name, feminine=self.words("libellefeminin"), masculine=self.words("libellemasculin"),
            synonyms=self.several("synonymes", "synonyme"), hook=cleaning.words(self.markup("accrochemetier")),
            work=cleaning.html(self.markup("naturetravail")),
            conditions=cleaning.html(self.markup("conditiontravail")), life=cleaning.html(life),
            access=cleaning.html(self.markup("accesmetier")), level=self.several("niveauaccesmin", "libelle"),
            statuses=self.several("statuts", "libelle"), salary=cleaning.after_heading(life, "salaire du débutant"),
            rome=self.several("romesv3", "romev3"), url=https(self.words("liensiteonisepfr", "lienonisep", "url")),
            updated=days.iso(self.words("modificationdate", "datedemodification", "datemodification")),
        )  # fmt: skip

    def words(self, *names: str) -> str:
        """The text of the first of these children that says something, on one line."""
        for name in names:
            child = self._parts.get(name)
            text = "" if child is None else " ".join("".join(child.itertext()).split())
            if text:
                return escapes.unescape(escapes.unescape(text))
        return ""

    def several(self, name: str, under: str) -> str:
        """What the elements called ``under``, within a child, say: each once."""
        child = self._parts.get(name)
        named = [] if child is None else [one for one in child.iter() if _name(one.tag) == under]
        held = [" ".join((one.text or "").split()) for one in named]
        return ", ".join(dict.fromkeys(escapes.unescape(one) for one in held if one))

    def markup(self, name: str) -> str:
        """HTML of a child: CDATA, escaped once, or elements of its own."""
        child = self._parts.get(name)
        return "" if child is None else _inside(child).strip()

    def _elsewhere(self) -> str:
        """The identifier, where ``<identifiant>`` is empty: an attribute, or Onisep's page."""
        held = [self._element.get(key, "") for key in ("id", "identifiant")]
        held += [self.words(key) for key in ("id", "liensiteonisepfr", "lienonisep", "url")]
        return next((found for found in map(identifier, held) if found), "")


def _inside(element: Any) -> str:
    if not len(element):
        return element.text or ""  # HTML already
    text = escapes.escape(element.text or "", quote=False)
    for child in element:
        tag = str(child.tag).rpartition("}")[2].lower()
        inner = _inside(child) if len(child) else escapes.escape(child.text or "", quote=False)
        text += f"<{tag}>{inner}</{tag}>{escapes.escape(child.tail or '', quote=False)}"
    return text
