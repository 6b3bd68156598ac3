"""Hints for the teacher on a question: something personal, or words that may hurt. A hint never blocks
or hides a question.

Twelve kinds: phone, email, handle, link, name, birth, address, school, health (also a family's situation), rude,
off_topic, nonsense. The words are data (`config/words-fr.toml`, `config/hints-fr.toml`), how often they are right is in
`docs/tri.md`. The rules look at who a sentence speaks of, so that « Vous avez déjà été
agressé ? », « Est-ce que ça pue ? » or « passer des concours » raise nothing.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk.contract.reading.wording import Words, flat, sentences
from kiosk.domain.reading import distress, hinting, purpose
from kiosk.engine import native_lock
from kiosk.ground import remembered
from kiosk.ground.i18n import N_, _
from kiosk.ground.values import dataclass

if TYPE_CHECKING:
    from kiosk.domain.reading import rudeness

# (kind, start, end, advice msgid)
Hit = tuple[str, int, int, str]

#: Characters looked at before a word, to tell of whom it is said.
NEAR = 200

PHONE = N_("Un numéro de téléphone : retirez-le avant d’afficher la question.")
EMAIL = N_("Une adresse électronique : retirez-la avant d’afficher la question.")
HANDLE = N_("Un compte de réseau social : retirez-le avant d’afficher la question.")
LINK = N_("Un lien : vérifiez-le, ou retirez-le.")
NAME = N_("Un nom de personne : remplacez-le par « un élève », « une amie »…")
OWN_NAME = N_("L’élève donne son nom : gardez seulement la question.")
DISTRESS = N_("Un élève va peut-être mal : parlez-en sans attendre à l’infirmerie ou à la direction.")

#: Kind of hint → its question, in bold above the advice.
TITLES = {
    "phone": N_("Donnée personnelle ?"),
    "email": N_("Donnée personnelle ?"),
    "handle": N_("Donnée personnelle ?"),
    "link": N_("Un lien ?"),
    "name": N_("Un nom ?"),
    "health": N_("Santé ou famille ?"),
    "rude": N_("Mots qui blessent ?"),
    "birth": N_("Donnée personnelle ?"),
    "address": N_("Donnée personnelle ?"),
    "school": N_("Donnée personnelle ?"),
    "off_topic": N_("Hors du sujet ?"),
    "nonsense": N_("Pas de question ?"),
    "distress": N_("Un message qui inquiète"),
}
#: Those that say something of who writes, or of somebody else.
OF_THE_WRITER = ("name", "phone", "email", "handle", "birth", "address", "school", "health")
#: Kind that :func:`codes` gives to what is said to the panel as « health » (``DISTRESS``).
IN_DANGER = "distress"

# It starts only where its word does, so that one endless word is not read again from each of its letters.
_EMAIL = re.compile(
    r"(?<![\w.+-])[\w.+-]+ ?(?:@|\(at\)|\[at\]| arobas[ez]? | at ) ?[\w-]+(?: ?\. ?| point )[a-z]{2,}\b"
)
_HANDLE = re.compile(r"(?<![\w.])@[a-z0-9_][a-z0-9_.]{1,29}")
_NETWORK = re.compile(
    r"\b(?:insta|instagram|snap|snapchat|tiktok|tik tok|discord|twitch|whatsapp|facebook|fb)"
    r"(?: ?(?::|=|->|c'?est|cest|cé) ?)(?P<account>[a-z0-9_.]{3,30})"
)
_LINK = re.compile(
    r"https?://\S+|\bwww\.\S+"
    r"|\b[a-z0-9][a-z0-9-]{1,62}\.(?:fr|com|org|net|io|gg|be|re|nc|pf|eu|info|tv|ly|me|app|ch"
    r"|ee|xyz|site|link|bio|dev)\b(?:/\S*)?"
)
_PHONE_WORD = re.compile(r"\b(?:tel|telephone|portable|num|numero|appel\w*|joindre|sms|texto|whatsapp)\b")
_NUMBER_WORD = (
    r"(?:zero|un|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingt|trente"
    r"|quarante|cinquante|soixante|cent)"
)
#: Six figures that only signs separate (« x » is one for the library): no number has fewer, a year and a rank do not
#: make one, and the library takes longer than all the rest.
_SIX_FIGURES = re.compile(r"\d(?:[^a-wyz\d]{0,8}\d){5}")
_SPELLED = re.compile(
    rf"\bzero[ -](?:six|sept|un|deux|trois|quatre|cinq|neuf)(?:[ ,-]+(?:et[ -])?{_NUMBER_WORD}){{3,}}"
)
#: A number told in words, or in words and figures, after what announces one: « mon num c 06 douze trente ».
_ANNOUNCED = re.compile(
    r"\b(?:tel|num|numero|portable|appel\w{0,4}|joindre|sms|mon 0[67])\b[^.?!\n]{0,20}?"
    rf"(?P<number>\b(?:(?:{_NUMBER_WORD}|\d{{1,2}})(?:[ ,-]{{1,2}}(?:et[ -])?)){{2,12}}(?:{_NUMBER_WORD}|\d{{1,2}})\b)"
)
#: Nine figures after what announces a number.
_TOLD = re.compile(
    r"\b(?:tel|telephone|num|numero|portable|appel\w{0,4}|joindre|sms|texto|whatsapp)\b[^.?!\n]{0,20}?"
    r"(?<!\d)(?P<number>[1-9](?:[ ._/-]?\d){8})(?!\d)"
)
#: Words and figures, signs between them: « 06 douze 45 soixante dix-huit », « z6r0 six 12 45 ».
_MIXED = re.compile(
    rf"(?<!\w)(?:[o0]|[o0][1-9]|z\wr[o0])(?:[ ,._/-]{{1,3}}(?:{_NUMBER_WORD}|[o0-9]{{1,4}}))"
    rf"(?:[ ,._/-]{{1,3}}(?:et[ -])?(?:{_NUMBER_WORD}|[o0-9]{{1,4}})){{2,12}}(?!\w)"
)
_OVERSEAS = ("PF", "NC", "WF", "PM")

_INTRODUCTION = re.compile(
    r"\b(?:(?:je m'|je m|je m |jm'?|m')ap{1,2}el{1,2}e?s?|mon (?:pre)?nom(?: de famille)?"
    r"(?: c'?est| est)|on m'appelle|moi c(?:'?est)?|ici c'?est|bonjour c'?est|c'?est moi)"
    r" (?P<name>[^\W\d_][\w'-]*(?: [^\W\d_][\w'-]*)?)"
)
_I_AM = re.compile(r"\b(?:je suis|j'?suis|chui|chuis) (?P<name>[^\W\d_][\w-]+)")
_CIVIL = re.compile(
    r"\b(?:M\.|Mr|Mme|Mlle|Monsieur|Madame|monsieur|madame)"
    r" (?P<name>[A-ZÀ-Ý][^\W\d_]+(?:-[A-ZÀ-Ý][^\W\d_]+)*)"
)
_OF_A_PLACE = re.compile(
    r"(?<![a-z])(?:college|lycee|ecole|rue|avenue|boulevard|place|hopital|universite|saint|sainte|st|stade|campus"
    r"|gymnase|theatre|musee|mediatheque|bibliotheque|caserne|aeroport|clinique|pont|prix|tour|salle|parc|square|gare"
    r"|chateau|fondation|institut|port|allee|quai)"
    r"(?:[ -](?:de|du|la|le))*[ -]$"
)
_BESIDE_CLASS = re.compile(
    r" (?:(?:de|en|est en|qui est en) (?:la |ma |notre )?)(?:[3-6] ?e|[3-6] ?eme|2de|1re|tle|classe)"
)
#: « Louis XIV »; « un Oscar », « la marguerite ».
_KING = re.compile(r" (?:[IVX]{1,5}|1er|Ier)\b")
_ARTICLE = re.compile(r"\b(?:un|une|des|les?|la|du|au|aux|cette|ce) $|\bl'$")
#: What follows « je m'appelle » and is no name.
_NO_NAME = frozenset("pas comme comment plus et ou mais bien donc juste aussi moi toi".split())
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
#: A line of one name, as one signs.
_ONE_NAME = re.compile(r"[\s(«—–.-]*(?P<name>[A-ZÀ-Ý][\w-]{1,20})[\s)».!-]*")

_I = r"(?:je|j'|j|moi|m'|me|mon|ma|mes|chui|chuis|jsuis|jai)"
_MINE = (
    r"(?:mon|ma|mes|notre|nos|chez)"
    r" (?:pere|mere|papa|maman|parents|freres?|s.?urs?|soeurs?|oncle|tante|cousine?s?|grand-pere|grand-mere"
    r"|grands-parents|beau-pere|belle-mere|famille|amie?|copain|copine|pote|voisine?|moi|nous)"
)
_FIRST_PERSON = re.compile(rf"\b{_I}(?=\W)|\b{_I}$")
_FAMILY = re.compile(rf"\b{_MINE}\b")


@dataclass(frozen=True)
class Flag:
    """A hint for the teacher on a text: what was found and what to do. It never blocks."""

    kind: str
    found: str
    advice: str


@dataclass(frozen=True)
class Lexicon:
    """The words of `config/words-fr.toml`."""

    names: Words  # first_names and word_names together
    first_names: Words
    word_names: Words
    public_names: tuple[str, ...]
    public_sites: Words
    health: Words
    situations: Words
    rude: rudeness.Rude


@lru_cache(maxsize=1)
def lexicon(path: Path | None = None) -> Lexicon:
    """Return the words, read once."""
    from kiosk.domain.reading import rudeness

    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    file = path or Path(__file__).resolve().parents[3] / "config" / "words-fr.toml"
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    lines = {key: tuple(filter(None, flat(data.pop(key)).splitlines())) for key in ("public_names", "rude_harmless")}
    sets = {key: frozenset(flat(words).split()) for key, words in data.items()}
    rude, heard, of_somebody = (sets.pop(key) for key in ("rude", "rude_as_heard", "rude_of_somebody"))
    return Lexicon(
        public_names=lines["public_names"],
        names=sets["first_names"] | sets["word_names"],
        rude=rudeness.Rude.of(rude, heard, of_somebody, lines["rude_harmless"]),
        **sets,
    )


def find(text: str, own_names: Iterable[str] = ()) -> list[Flag]:
    """Return the hints on a text, in its order; `found` is the part of the text to underline.

    `own_names` are the speakers' names: a question may name the person it is for.
    """
    own = frozenset(word for name in own_names for word in _WORD.findall(flat(name)))
    return [Flag(kind, text[start:end], _(advice)) for kind, start, end, advice in _hits(text, own)]


def codes(text: str, own_names: Iterable[str] = ()) -> tuple[str, ...]:
    """The kinds of the hints on a text, in its order, each once; :data:`IN_DANGER` for a pupil who may be in danger."""
    own = frozenset(word for name in own_names for word in _WORD.findall(flat(name)))
    found = _hits(text, own)
    return tuple(dict.fromkeys(IN_DANGER if advice == DISTRESS else kind for kind, _start, _end, advice in found))


def hits(text: str) -> tuple[Hit, ...]:
    """What was found, untranslated: (kind, start, end, advice msgid)."""
    return _hits(text, frozenset())


@remembered.texts(kilobytes=4096)
def _hits(text: str, own: frozenset[str]) -> tuple[Hit, ...]:
    from kiosk.domain.reading import identity, rudeness  # their expressions are long: made with the words, not at start

    text = text[: remembered.LONGEST]
    small = flat(text)
    words = lexicon()
    finders: tuple[Callable[[], Iterator[Hit]], ...] = (
        lambda: _contacts(small, words.public_sites),
        lambda: _phones(small),
        lambda: _names(text, small, own, words),
        lambda: identity.find(text, small),
        lambda: _health(text, small, words),
        lambda: rudeness.find(small, words.rude),
    )
    kept: list[Hit] = []
    taken = bytearray(len(text) + 1)
    for finder in finders:
        for hit in finder():
            if not any(taken[hit[1] : hit[2]]):  # the first finder that sees a part keeps it
                taken[hit[1] : hit[2]] = b"\1" * (hit[2] - hit[1])
                kept.append(hit)
    kinds = {hit[0] for hit in kept}
    kept += [hit for hit in hinting.find(text) if hit[0] not in kinds]
    whole = list(purpose.find(text))
    if not any(hit[0] == "nonsense" for hit in whole):
        kinds = {hit[0] for hit in kept}
        kept += [hit for hit in hinting.alike(text) if hit[0] not in kinds]
    if not kept:
        kept += whole
    return tuple(sorted(kept, key=lambda hit: hit[1]))


def _contacts(small: str, public: Words) -> Iterator[Hit]:
    for kind, pattern, advice, signs in (
        ("email", _EMAIL, EMAIL, ("@", "(at)", "[at]", " arobas", " at ")),
        ("link", _LINK, LINK, (".", "http")),
        ("handle", _HANDLE, HANDLE, ("@",)),
    ):
        if not any(sign in small for sign in signs):  # what each cannot do without: nearly every text stops here
            continue
        for match in pattern.finditer(small):
            if match.group().removeprefix("www.").rstrip("/.,;") not in public:
                yield kind, match.start(), match.end(), advice
    for match in _NETWORK.finditer(small):
        yield "handle", match.start("account"), match.end("account"), HANDLE


@lru_cache(maxsize=None)
def _library() -> Any:
    """The library of telephone numbers: 3 MB, only once somebody reads questions over.

    It reads its tables under a lock of its own, which the engine made green when it patched ``threading``. It is first
    used in a native thread (``board.py``), where a green lock that is waited for is never given: ours is native.
    """
    import phonenumbers
    from phonenumbers.phonemetadata import PhoneMetadata

    PhoneMetadata._metadata_lock = native_lock()
    return phonenumbers


def _phones(small: str) -> Iterator[Hit]:
    if _SIX_FIGURES.search(small):
        phonenumbers = _library()
        possible = phonenumbers.Leniency.POSSIBLE  # also numbers kept for fiction, such as 06 39 98 …
        for match in phonenumbers.PhoneNumberMatcher(small, "FR", leniency=possible):
            if match.raw_string[0] in "0+" or small[max(0, match.start - 1)] == "o":
                yield "phone", match.start, match.end, PHONE
        for region in _OVERSEAS:
            for match in phonenumbers.PhoneNumberMatcher(small, region):
                if match.raw_string[0] == "+" or _PHONE_WORD.search(small):
                    yield "phone", match.start, match.end, PHONE
    for spelled in _SPELLED.finditer(small):
        yield "phone", spelled.start(), spelled.end(), PHONE
    for pattern in (_TOLD, _MIXED):
        for match in pattern.finditer(small):
            at, end = match.span("number" if pattern is _TOLD else 0)
            if pattern is _TOLD or any(character.isalpha() for character in match.group()):
                yield "phone", at, end, PHONE
    for told in _ANNOUNCED.finditer(small):
        if any(character.isalpha() for character in told.group("number")):
            yield "phone", *told.span("number"), PHONE


def _names(text: str, small: str, own: frozenset[str], words: Lexicon) -> Iterator[Hit]:
    for match in _INTRODUCTION.finditer(small):
        start, end = match.span("name")
        first, _space, second = small[start:end].partition(" ")
        if first in own and (not second or second in own):
            continue
        called = "ap" in match.group()[: start - match.start()] and first not in _NO_NAME
        if called or text[start].isupper() or first in words.first_names:
            family = second and (text[start + len(first) + 1].isupper())
            yield "name", start, end if family else start + len(first), OWN_NAME
    for match in _I_AM.finditer(small):
        if match.group("name") in words.first_names and match.group("name") not in own:
            yield "name", match.start("name"), match.end("name"), OWN_NAME
    for match in _CIVIL.finditer(text):
        name = flat(match.group("name"))
        if name not in own and name not in _OPENERS:
            yield "name", match.start("name"), match.end("name"), NAME
    if alone := _ONE_NAME.fullmatch(text):
        if flat(alone.group("name")) in words.names and flat(alone.group("name")) not in own:
            yield "name", *alone.span("name"), NAME
    public = _spans(small, words.public_names)
    for match in _WORD.finditer(small):
        if _is_name(text, small, match, own, words) and not any(a <= match.start() < b for a, b in public):
            yield "name", match.start(), match.end(), NAME


def _is_name(text: str, small: str, match: re.Match[str], own: frozenset[str], words: Lexicon) -> bool:
    word, start, end = match.group(), match.start(), match.end()
    first = word.split("-")[0]
    if word in own or first in own:
        return False
    capital = text[start].isupper()
    if word not in words.names and not (capital and "-" in word and first in words.names):
        return False
    if _OF_A_PLACE.search(_before(small, start)):
        return False
    beside_class = _BESIDE_CLASS.match(small, end) is not None
    if _KING.match(text, end) or word in words.word_names and _ARTICLE.search(_before(small, start)):
        return False
    if word in words.word_names:
        return beside_class or (capital and _inside_sentence(small, start))
    return capital or beside_class or len(word) > 3


def _spans(small: str, public: Iterable[str]) -> list[tuple[int, int]]:
    """Where people that everybody knows are named, the first time each."""
    return [(at, at + len(name)) for name in public if (at := small.find(name)) >= 0]


def _inside_sentence(small: str, start: int) -> bool:
    before = _before(small, start).rstrip()
    return bool(before) and before[-1] not in '.!?:«"('


def _before(text: str, at: int) -> str:
    """What stands just before a place: some words, however long the text."""
    return text[max(0, at - NEAR) : at]


def _health(text: str, small: str, words: Lexicon) -> Iterator[Hit]:
    if distress.seen(text, len(text)):
        yield "health", 0, 0, DISTRESS  # it is said by the whole
    for start, end in sentences(small):
        sentence = small[start:end]
        family = _FAMILY.search(sentence)
        if not family and not _FIRST_PERSON.search(sentence):
            continue
        for word in _WORD.finditer(sentence):
            if word.group() in words.health and (family or _close(sentence, word.start())):
                yield "health", start + word.start(), start + word.end(), hinting.HEALTH
            elif family and word.group() in words.situations and word.start() > family.end():
                yield "health", start + word.start(), start + word.end(), hinting.SITUATION


_NEAR_ME = re.compile(rf"\b{_I}(?:\W+\w+){{0,5}}\W*$")
#: « chez vous, j'ai… »: who comes after a comma speaks of somebody else.
_OF_YOU = re.compile(r"\b(?:vous|votre|vos)(?:[^\w,;:]+\w+){0,3}[^\w,;:]*$")


def _close(sentence: str, at: int) -> bool:
    """Tell whether the writer is named just before that place: « j'ai un peu d'asthme », not « Vous
    avez un handicap ».
    """
    before = _before(sentence, at)
    return bool(_NEAR_ME.search(before)) and not _OF_YOU.search(before)


_OPENERS = frozenset(
    "avez avons comment est etes pourquoi quand que quel quelle quels quelles qui quoi vous on je la le les"
    " il elle ce c un une merci bonjour combien faut peut pouvez aimez ou si et mais svp".split()
)
