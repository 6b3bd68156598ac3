"""Words that may hurt, however they are disguised: « c0nnard », « p*te », « conaaaard », « m e r d e ».

Whole words only, so that « concours », « dispute » and « il habite » raise nothing; some words count
only when said of somebody; a sexist remark has no rude word, so sentences are looked at too (and by ``hinting``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from kiosk.contract.reading import spelling
from kiosk.contract.reading.wording import Words, sentences
from kiosk.ground.i18n import N_

RUDE = N_("Des mots qui peuvent blesser : reformulez, ou mettez la question de côté.")
SEXIST = N_("Une remarque qui rabaisse les femmes ou les hommes : à reformuler en vraie question, ou à mettre de côté.")

Hit = tuple[str, int, int, str]


class Rude(NamedTuple):
    """Words that may hurt: by themselves, by what is heard of them, as they may be spelt behind stars, only when said
    of somebody; and the words among which they are harmless.
    """

    words: Words
    heard: Words
    spelt: Words
    of_somebody: Words
    harmless: tuple[str, ...]

    @classmethod
    def of(cls, words: Words, as_heard: Words, of_somebody: Words, harmless: tuple[str, ...]) -> Rude:
        """From the lists of `config/words-fr.toml`."""
        spelt = {_K.sub("k", _REPEAT.sub(r"\1", word)) for word in words}
        return cls(words, frozenset(map(spelling.sound, as_heard)), words | spelt, of_somebody, harmless)


_LEET = str.maketrans(
    {
        "0": "o",
        "1": "i",
        "3": "e",
        "4": "a",
        "5": "s",
        "7": "t",
        "@": "a",
        "$": "s",
        "€": "e",
        "!": "i",
    }
)
_TOKEN = re.compile(r"(?:[a-zœ]|[0-9@$€!*](?=[a-zœ0-9@$€*]))+[a-zœ0-9$*€@]*")
_SPACED = re.compile(r"\b[a-z]([ ._-])[a-z](?:\1[a-z])+\b|\b[a-z]\.[a-z]\b")
_REPEAT = re.compile(r"(.)\1+")
_DRAGGED = re.compile(r"(.)\1{2}")
#: « enk*lé », « kouille »: a k for what sounds like one.
_K = re.compile(r"qu|c(?![eiyh])")
#: « On vous a déjà traitée de … ? » asks about an insult.
_REPORTED = re.compile(
    r"\b(?:vous (?:a|ont)|avez ete|etes)(?: \w{1,9}){0,2} traitee?s? (?:de |d')(?:sale |grosse? )?\w+"
)
#: Said of somebody when one takes the trouble to space it out.
_SPACED_OUT = frozenset(("bonne", "bone", "nebo", "sexy", "moche", "grosse", "nulle", "bitch"))
_SEPARATOR = re.compile(r"[ ._-]")

_WHO = r"(?:%s)" % "|".join(
    (
        r"t'?es|t|tu es|tes|vous etes|v(?:s|ou) etes|es[ -]tu|etes[ -]vous",
        r"(?:il|elle) est|(?:ils|elles) sont",
        r"(?:c'?est|c|ce) (?:un|une|des|tous des|toutes des)",
        r"bande d[e']|espece d[e']|sale?|gros|grosse|quel|quelle|pauvre|pov|povre",
    )
)
_VERY = r"(?: (?:trop|tres|grave|tellement|vraiment|tous|toutes|un|une|gros|grosse|vrai|vraie|juste))*"
_OF_SOMEBODY = re.compile(rf"\b{_WHO}{_VERY} (?P<word>[a-z]+)\b(?! en\b)")
_THIRD = re.compile(r"ils?|elles?")

_BAD = r"(?:nul|naze|pourri|claque|eclate)"
_ORIGINS = r"(?:noir|arabe|juif|blanc|gitan|chinois|gay|rebeu|renoi|feuj)"
_YOUR_JOB = r"(?:votre|ton|ce|vos|le|cette) ?(?:metier|travail|taf|boulot|job|vie|entreprise|ecole)?"
_PHRASES = re.compile(
    r"\b(?:%s)"
    % "|".join(
        (
            r"(?:ta|vos|ta grosse) gueules?\b",
            r"(?:on|tu|vous|je|j|ils?|elles?|se|te|me|bien|t) baise[sz]?\b"
            r"(?! (?:les? |la |sa |ses )?(?:main|joue|front|bague))"
            r"|baisent\b|envie de (?:te |la |vous )?baiser\b|a baiser\b",
            r"fermez?[ -](?:la|ta) ?(?:gueule|bouche|un peu|$|[.!?])|kiss my ass\b|shut (?:the \w{1,9} )?up\b",
            r"va[ -]te (?:faire|pendre|crever)\b|allez[ -]vous (?:pendre|faire (?:foutre|voir))\b|va crever\b",
            r"(?:nique|la|ta) (?:putain de )?(?:ta |sa )?(?:mere|race|daronne) (?:la|en)\b",
            r"(?:tu|vous) (?:pue[sz]?|schlingue[sz]?)\b",
            r"je vais (?:te|le|la|les|vous) (?:tuer|buter|frapper|demonter|defoncer|niquer|taper)\b",
            r"casse[ -]toi\b|on s'?en (?:fou|fous|fout|bat)\b|rien a (?:foutre|cirer)\b|osef\b|balek\b",
            rf"(?:c|c'est|cest|est|trop) (?:trop |grave |vraiment |super )?{_BAD} {_YOUR_JOB}",
            r"(?:votre|ton|ce) (?:metier|travail|taf|boulot|job) (?:c'?est|c|est|il est|de)"
            rf" (?:trop |grave |vraiment )?(?:{_BAD}|merde|honte|clochard)\b",
            rf"sales? {_ORIGINS}(?:e|s|es|he|hes)?\b",
            r"(?:bonda|lang(?:e|ai)t|kok[ea]) ?manman\b|manman[' ]?w\b|kaka chien\b|gros? kons?\b",
            r"nardine? ?(?:oum|om|am)ou?k\b",
            r"grosse vache\b|gros porc\b|gros tas\b|grosse truie\b|fil(?:s|le) de (?:pute|chien|chienne)\b",
        )
    )
)
#: Signs that stand for a body or an insult, unless the text speaks of fields, kitchens, animals or heat.
_SIGNS = re.compile("[\U0001f351\U0001f346\U0001f352\U0001f4a6\U0001f445\U0001f975\U0001f4a9]+")
_FINGER = "\U0001f595"
_SAID_OF = re.compile(
    "\\b(?:elle est|il est|vous etes|v?s? ?etes|t'?es|tu es|la prof|la dame|la meuf|madame)"
    "\\W{0,3}[\U0001f525\U0001f60d\U0001f60f\U0001f924]"
)
_OF_WORK = re.compile(
    r"\b(?:cultiv|recolt|cueill|peche|aubergine|cerise|legume|fruit|verger|jardin|marche|cuisin|recette|tarte|plante"
    r"|serre|chaud|chaleur|soleil|desert|climat|pluie|eau|arros|fumier|vache|chien|animau|animal|egout|toilette|couche"
    r"|dechet)"
)
_SEXIST = re.compile(
    r"\b(?:%s)"
    % "|".join(
        (
            r"(?:retourne[rz]?|reste[rz]?|va|allez|place|faites? pour|bonnes? (?:qu'|que )?)"
            r"[^.?!]{0,15}\b(?:cuisine|menage|vaisselle)\b",
            r"femmes? au volant\b",
            r"(?:boulot|metier|travail|truc) de (?:bonnes? femmes?|gonzesses?|fillette|tapette)\b",
            r"(?:les|ces) (?:meufs|bonnes femmes|gonzesses)\b",
        )
    )
)
# A doubt put as a question (« les femmes peuvent pas faire ce métier ? ») is worth an answer; said
# flatly, it is not one.
_SEXIST_SAID = re.compile(
    r"\b(?:%s)"
    % "|".join(
        (
            r"(?:les|des|une) (?:femmes?|filles?|nanas?)\b[^.?!]{0,25}"
            r"\b(?:savent?|peu(?:t|vent)|sont|est|ont|devraient?|servent?|doivent|merite\w*|comprennent)\b"
            r"[^.?!]{0,12}\b(?:pas|rien|trop|moins|plus faibles?|nulles?|faibles?|inferieures?|rester)\b",
            r"pas (?:fait|faite|faits|un metier|un travail|un boulot|la place) (?:pour|de|d'|des) ?"
            r"(?:les |une )?(?:femmes?|filles?|meufs?)\b",
            r"les (?:hommes|garcons|mecs) (?:sont|c'est) (?:mieux|meilleurs|plus forts|superieurs)\b",
            r"(?:metier|travail|boulot|truc) (?:de|pour les) (?:mecs|garcons|filles|pd|pedes)\b",
        )
    )
)
_QUESTION = re.compile(
    r"\?|^\W*(?:est[- ]ce|pourquoi|comment|quel|que |qu'|qui |avez|pensez|trouvez|croyez|selon|c'?est vrai|c vrai)"
)


def find(small: str, rude: Rude) -> Iterator[Hit]:
    """Yield a hit for each part that may hurt. `small` is a text made flat (same length)."""
    small = _REPORTED.sub(lambda found: "." * len(found.group()), _without(small, rude.harmless))
    for match in _PHRASES.finditer(small):
        yield "rude", match.start(), match.end(), RUDE
    for match in _TOKEN.finditer(small):
        if _is_rude(match.group(), rude):
            yield "rude", match.start(), match.end(), RUDE
    for match in _SPACED.finditer(small):
        if (word := _SEPARATOR.sub("", match.group())) in rude.words or word in _SPACED_OUT:
            yield "rude", match.start(), match.end(), RUDE
    yield from _signs(small)
    asked = small.rfind("?")
    for match in _OF_SOMEBODY.finditer(small):
        if match.group("word") not in rude.of_somebody:
            continue
        # « Vos collègues, ils sont pourris ? » asks; « ils sont pourris » says.
        if not _THIRD.match(match.group()) or asked < match.end():
            yield "rude", match.start(), match.end(), RUDE
    yield from _sexist(small)


def _signs(small: str) -> Iterator[Hit]:
    at = small.find(_FINGER)
    if at >= 0:
        yield "rude", at, at + 1, RUDE
    for match in () if _OF_WORK.search(small) else _SIGNS.finditer(small):
        yield "rude", match.start(), match.end(), RUDE
    for match in _SAID_OF.finditer(small):
        yield "rude", match.start(), match.end(), RUDE


def _sexist(small: str) -> Iterator[Hit]:
    for match in _SEXIST.finditer(small):
        yield "rude", match.start(), match.end(), SEXIST
    for start, end in sentences(small):
        sentence = small[start:end]
        if _QUESTION.search(sentence):
            continue
        if found := _SEXIST_SAID.search(sentence):
            yield "rude", start + found.start(), start + found.end(), SEXIST


def _without(small: str, harmless: Iterable[str]) -> str:
    """The text with dots in place of the words that are harmless where they stand."""
    for words in harmless:
        at = small.find(words)
        while at >= 0:
            end = at + len(words)
            if not (small[at - 1 : at].isalpha() or small[end : end + 1].isalpha()):
                small = small[:at] + "." * len(words) + small[end:]
            at = small.find(words, end)
    return small


def _is_rude(token: str, rude: Rude) -> bool:
    if token in rude.words:
        return True
    if any(character in "0134579@$€!*" for character in token):
        if not any(character.isalpha() for character in token):
            return False
        token = token.translate(_LEET)
        if "*" in token:
            return _matches_stars(token, rude)
        if token in rude.words and len(token) > 2:
            return True
    if len(token) > 4 and spelling.sound(token) in rude.heard:
        return True
    dragged = _DRAGGED.search(token)
    if not dragged and "k" not in token:
        return False
    # « connaaard » is « connard »: each run of letters may stand for one letter or two.
    once = _REPEAT.sub(r"\1", token)
    return len(once) > 2 and (_K.sub("k", once) in rude.spelt or bool(dragged) and once in rude.spelt)


def _matches_stars(token: str, rude: Rude) -> bool:
    letters = token.replace("*", "")
    if len(token) < 3 or len(letters) < 2 and len(token) < 4:
        return False
    shape = re.compile("".join("[a-z]" if character == "*" else re.escape(character) for character in token))
    return any(shape.fullmatch(word) for word in rude.spelt)
