"""Constructions of a language, as `config/distress-fr.toml` writes them, and how a text is looked at for them.

A text becomes sentences of plain words: no accent, no doubled letter, SMS spelling undone. A construction becomes one
regular expression over such words, in which every gap is bounded, and the words without which it cannot fit: one whose
words are not all there is not tried. Time is linear in the length of the text, whatever it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from kiosk.contract.reading.wording import flat
from kiosk.ground.values import dataclass

_SENTENCE = re.compile(r"[.!?;…\n]+")
#: « Vous y avez déjà pensé ? Moi oui. » is one sentence: what is asked of somebody is said of oneself.
_ME_TOO = re.compile(r"[?!.…]{1,9}\s{0,9}(?=moi (?:oui|si|aussi|tout|souvent|parfois)\b)")
_WORD = re.compile(r"[^\W_]+")
#: Marks upon one letter: putting them in order costs the square of their number.
_TOWER = re.compile("[\u0300-\u036f]{3,}")
#: Half of a French negation, which pupils leave out (« né » is another word).
_NOT = re.compile(r"\b(?:ne|n)\b", re.IGNORECASE)
_DOUBLED = re.compile(r"([a-z])\1+")
_MIXED = re.compile(r"(?=\w*[a-z])(?=\w*[0-9])\w{3,}")
_DIGITS = str.maketrans("013457", "oieast")
#: « jveux » is « je veux », « mharcele » is « m harcele »: what pupils write in one word.
_J = re.compile(r"j([bcdfglmnpqrstvxz]\w*)")
_M = re.compile(
    r"m((?:end|ins|atend|emp|harc|ecout|apel|oblig|ign|enferm|humil|etrang|embet|agres|evit|exclu|adres"
    r"|fr|tap|tou|bat|viol|gif|forc|detest|racket|cogn|insult|sui[ct])\w+)"
)
#: A word that no construction names, where something harmless was.
_NOTHING = "_ "
#: Any word of a sentence.
_ANY = "[a-z0-9_]+ "
_START = "(?<![a-z0-9_])"
_PART = re.compile(r"\.\.\d+|\^|\$|[!~]?[\w'*]+\??|\(|\)\??|\|")


class Construction:
    """One construction: its expression, made when a text first needs it (hundreds at once are a third of a second), and
    per part that must be there, the words of which one must be.
    """

    __slots__ = ("_written", "_made", "needs")

    def __init__(self, written: str, needs: tuple[frozenset[str], ...]) -> None:
        self._written, self.needs = written, needs
        self._made: re.Pattern[str] | None = None

    @property
    def fits(self) -> re.Pattern[str]:
        """Its expression."""
        if self._made is None:
            self._made = re.compile(self._written)
        return self._made


class Constructions:
    """Some of them, each found by a word that it must have: a text is not compared with those it has no word of."""

    def __init__(self, these: Iterable[Construction]) -> None:
        self._all, self._always = tuple(these), set[int]()
        self._by_word: dict[str, list[int]] = {}
        for place, one in enumerate(self._all):
            for word in min(one.needs, key=len, default=()):
                self._by_word.setdefault(word, []).append(place)
            if not one.needs:
                self._always.add(place)
        self._words = frozenset(self._by_word)

    def __iter__(self) -> Iterator[Construction]:
        return iter(self._all)

    def within(self, there: frozenset[str]) -> list[Construction]:
        """Those that a text with these words could fit, in their order."""
        if not self._always and self._words.isdisjoint(there):
            return []
        places = self._always.union(*(self._by_word[word] for word in there if word in self._by_word))
        return [one for one in map(self._all.__getitem__, sorted(places)) if _all_there(one.needs, there)]


@dataclass(frozen=True)
class Group:
    """What says one kind of danger, in a sentence that has no word of ``unless``: constructions, or words together."""

    name: str
    unless: frozenset[str]
    constructions: Constructions
    together: tuple[tuple[frozenset[str], ...], ...]

    def fits(self, sentence: str, present: frozenset[str]) -> bool:
        """Whether a sentence with these words says it."""
        return self.unless.isdisjoint(present) and (
            any(_all_there(names, present) for names in self.together)
            or any(one.fits.search(sentence) for one in self.constructions.within(present))
        )


class Reader:
    """The words and the constructions of one file."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._spelling = {flat(word): _single(meant).split() for word, meant in data["spelling"].items()}
        self._words = {name: tuple(map(_plain, words.split())) for name, words in data["words"].items()}
        self._phrases: dict[str, list[str]] = data["phrases"]
        self._harmless = Constructions(self._made(one) for one in data["harmless"]["phrases"])
        self._danger = [
            Group(
                name,
                self._atoms(group.get("unless", "")),
                Constructions(self._made(one) for one in group.get("constructions", ())),
                tuple(tuple(map(self._atoms, names.split())) for names in group.get("together", ())),
            )
            for name, group in data["danger"].items()
        ]
        atoms = set().union(*self.named())
        self._exact = frozenset(atom for atom in atoms if not atom.endswith("*"))
        self._openings = frozenset(atom[:-1] for atom in atoms if atom.endswith("*"))
        #: What an opening begins with: a word is read no further than one of them goes.
        self._toward = frozenset(one[:end] for one in self._openings for end in range(1, len(one) + 1))

    def found(self, text: str) -> bool:
        """Whether a sentence of a text fits one of the constructions of danger."""
        return any(self.fitting(text))

    def fitting(self, text: str) -> Iterator[str]:
        """The names of the groups that a sentence of a text fits, one by one: the rest is looked for as it is asked."""
        for sentence in self.sentences(text):
            yield from self._fits(sentence)

    def sentences(self, text: str) -> Iterator[str]:
        """Each sentence in plain words, a space after each."""
        plain = flat(_NOT.sub(" ", unicodedata.normalize("NFKC", _TOWER.sub("", text)))).replace("œ", "oe")
        for part in _SENTENCE.split(_ME_TOO.sub(" ", plain)):
            words = [meant for word in _WORD.findall(part) for meant in self._spelt(word)]
            if words:
                # « c'est » is « c » and « est », and « c » alone already « c est »
                yield (" ".join(words) + " ").replace("c est est ", "c est ")

    def _spelt(self, word: str) -> list[str]:
        """A word as the constructions write it: one word, or what it stands for."""
        if not word.isalpha() and _MIXED.fullmatch(word) and word not in self._spelling:
            word = word.translate(_DIGITS)
        single = _single(word)
        meant = self._spelling.get(word) or self._spelling.get(single)
        if meant is not None:
            return meant
        first = single[:1]
        if first == "j" and (glued := _J.fullmatch(single)):
            rest = glued.group(1)
            return ["je", *self._spelling.get(rest, (rest,))]
        if first == "m" and (glued := _M.fullmatch(single)):
            return ["m", glued.group(1)]
        return [single]

    def _fits(self, sentence: str) -> Iterator[str]:
        for one in self._harmless.within(self._present(sentence.split())):
            sentence = one.fits.sub(_NOTHING, sentence)
        present = self._present(sentence.split())
        for group in self._danger:
            if group.fits(sentence, present):
                yield group.name

    def _present(self, words: Sequence[str]) -> frozenset[str]:
        """The words and openings of words, of those that the constructions name, that a sentence has."""
        found = {word for word in words if word in self._exact}
        for word in words:
            for end in range(1, len(word) + 1):
                opening = word[:end]
                if opening not in self._toward:
                    break
                if opening in self._openings:
                    found.add(opening + "*")
        return frozenset(found)

    # -- reading the file ------------------------------------------------------------------------------

    def named(self) -> Iterator[frozenset[str]]:
        """Every word that something below is looked for by."""
        for one in self._harmless:
            yield from one.needs
        for group in self._danger:
            yield group.unless
            for one in group.constructions:
                yield from one.needs
            for names in group.together:
                yield from names

    def _atoms(self, names: str) -> frozenset[str]:
        return frozenset(atom for name in names.split() for atom in self._words[name])

    def _made(self, written: str) -> Construction:
        parts = _PART.findall(written)
        if "".join(parts) != written.replace(" ", ""):
            raise ValueError(f"not a construction: {written}")
        expression, needs, rest = self._sequence(parts)
        if rest:
            raise ValueError(f"not a construction: {written}")
        return Construction(_START + expression, tuple(needs))

    def _sequence(self, parts: list[str]) -> tuple[str, list[frozenset[str]], list[str]]:
        """The parts up to the end of a choice: their expression, what must be there, and the parts after."""
        out, needs = [], []
        while parts and parts[0] not in ("|", ")", ")?"):
            part, parts = parts[0], parts[1:]
            if part == "(":
                expression, need, parts = self._choice(parts)
                if need:
                    needs.append(need)
                out.append(expression)
            elif part.startswith(".."):
                out.append(f"(?:{_ANY}){{0,{part[2:]}}}")
            elif part in ("^", "$"):
                out.append(part)
            elif part.startswith("!"):
                out.append(f"(?!{self._named(part[1:])[0]})")
            elif part.startswith("~"):
                out.append(f"(?<!{_plain(part[1:])} )")
            else:
                expression, need = self._named(part.rstrip("?"))
                out.append(f"(?:{expression})?" if part.endswith("?") else expression)
                if need and not part.endswith("?"):
                    needs.append(need)
        return "".join(out), needs, parts

    def _choice(self, parts: list[str]) -> tuple[str, frozenset[str], list[str]]:
        """A choice after its bracket: its expression, the words of which one must be there (none: no matter)."""
        expressions, needed = [], []
        while True:
            expression, needs, parts = self._sequence(parts)
            expressions.append(expression)
            needed.append(min(needs, key=len) if needs else frozenset())
            if not parts:
                raise ValueError("a bracket is not closed")
            mark, parts = parts[0], parts[1:]
            if mark != "|":
                break
        must = mark == ")" and all(needed)
        return (
            f"(?:{'|'.join(expressions)})" + ("" if mark == ")" else "?"),
            frozenset().union(*needed) if must else frozenset(),
            parts,
        )

    def _named(self, name: str) -> tuple[str, frozenset[str]]:
        """A word, an opening of words, or what a name in capitals stands for."""
        if name in self._phrases:
            expression, need, _rest = self._choice(_PART.findall("|".join(self._phrases[name]) + ")"))
            return expression, need
        if name.isupper():
            atoms = self._words[name]
        else:
            atoms = (_plain(name),)
        found = "|".join(atom[:-1] + "[a-z0-9]*" if atom.endswith("*") else atom for atom in sorted(set(atoms)))
        return f"(?:{found}) ", frozenset(atoms)


def _all_there(needs: Sequence[frozenset[str]], present: frozenset[str]) -> bool:
    for need in needs:  # half the time of « any », for each construction and each text
        if present.isdisjoint(need):
            return False
    return True


def _single(word: str) -> str:
    return _DOUBLED.sub(r"\1", word) if _DOUBLED.search(word) else word


def _plain(atom: str) -> str:
    return _single(flat(atom))
