"""Words that may hurt, however they are disguised: « c0nnard », « p*te », « conaaaard », « m e r d e ».

Whole words only, so that « concours », « dispute » and « il habite » raise nothing; some words count
only when said of somebody; a sexist remark has no rude word, so sentences are looked at too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kiosk.domain.reading.wording import Words, sentences
from kiosk.ground.i18n import N_

RUDE = N_("Des mots qui peuvent blesser : reformulez, ou mettez la question de côté.")
SEXIST = N_("Une remarque qui rabaisse les femmes ou les hommes : à reformuler en vraie question, ou à mettre de côté.")

Hit = tuple[str, int, int, str]

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
_TOKEN = re.compile(r"(?:[a-zœ]|[0-9@$€!*](?=[a-zœ0-9@$€*]))+[a-zœ0-9$*]*")
_SPACED = re.compile(r"\b[a-z]([ ._-])[a-z](?:\1[a-z]){2,}\b")
_REPEAT = re.compile(r"(.)\1+")

_WHO = r"(?:%s)" % "|".join(
    (
        r"t'?es|t|tu es|tes|vous etes|v(?:s|ou) etes",
        r"(?:il|elle) est|(?:ils|elles) sont",
        r"(?:c'?est|c|ce) (?:un|une|des|tous des|toutes des)",
        r"bande de|espece de|sale|gros|grosse|quel|quelle",
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
            r"fermez?[ -](?:la|ta)\b(?! porte| fenetre)",
            r"(?:va|allez)[ -](?:te|vous) (?:faire|pendre|crever)\b|va crever\b",
            r"(?:nique|la|ta) (?:putain de )?(?:ta |sa )?(?:mere|race|daronne) (?:la|en)\b",
            r"(?:tu|vous) (?:pue[sz]?|schlingue[sz]?)\b",
            r"je vais (?:te|le|la|les|vous) (?:tuer|buter|frapper|demonter|defoncer|niquer|taper)\b",
            r"casse[ -]toi\b|on s'?en (?:fou|fous|fout|bat)\b|rien a (?:foutre|cirer)\b|osef\b|balek\b",
            rf"(?:c|c'est|cest|est|trop) (?:trop |grave |vraiment |super )?{_BAD} {_YOUR_JOB}",
            r"(?:votre|ton|ce) (?:metier|travail|taf|boulot|job) (?:c'?est|c|est|il est|de)"
            rf" (?:trop |grave |vraiment )?(?:{_BAD}|merde|honte|clochard)\b",
            rf"sales? {_ORIGINS}(?:e|s|es|he|hes)?\b",
            r"grosse vache\b|gros porc\b|gros tas\b|grosse truie\b|fil(?:s|le) de (?:pute|chien|chienne)\b",
        )
    )
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


def find(text: str, small: str, rude: Words, of_somebody: Words) -> Iterator[Hit]:
    """Yield a hit for each part that may hurt. `small` is `text` made flat (same length)."""
    for match in _PHRASES.finditer(small):
        yield "rude", match.start(), match.end(), RUDE
    for match in _TOKEN.finditer(small):
        if _is_rude(match.group(), rude):
            yield "rude", match.start(), match.end(), RUDE
    for match in _SPACED.finditer(small):
        if re.sub(r"[ ._-]", "", match.group()) in rude:
            yield "rude", match.start(), match.end(), RUDE
    asked = small.rfind("?")
    for match in _OF_SOMEBODY.finditer(small):
        if match.group("word") not in of_somebody:
            continue
        # « Vos collègues, ils sont pourris ? » asks; « ils sont pourris » says.
        if not _THIRD.match(match.group()) or asked < match.end():
            yield "rude", match.start(), match.end(), RUDE
    yield from _sexist(small)


def _sexist(small: str) -> Iterator[Hit]:
    for match in _SEXIST.finditer(small):
        yield "rude", match.start(), match.end(), SEXIST
    for start, end in sentences(small):
        sentence = small[start:end]
        if _QUESTION.search(sentence):
            continue
        if found := _SEXIST_SAID.search(sentence):
            yield "rude", start + found.start(), start + found.end(), SEXIST


def _is_rude(token: str, rude: Words) -> bool:
    if token in rude:
        return True
    if any(character in "0134579@$€!*" for character in token):
        if not any(character.isalpha() for character in token):
            return False
        token = token.translate(_LEET)
        if "*" in token:
            return _matches_stars(token, rude)
        if token in rude and len(token) > 2:
            return True
    if not _REPEAT.search(token):
        return False
    once, twice = _REPEAT.sub(r"\1", token), _REPEAT.sub(r"\1\1", token)
    if len(once) <= 2 or token == once:
        return False
    # « connaaard » is « connard »: each run of letters may stand for one letter or two.
    return any(_REPEAT.sub(r"\1", word) == once for word in _by_first(rude, once[0])) and (
        twice != token or token in rude
    )


def _by_first(rude: Words, first: str) -> list[str]:
    return [word for word in rude if word[0] == first]


def _matches_stars(token: str, rude: Words) -> bool:
    letters = token.replace("*", "")
    if len(token) < 4 or len(letters) < 2:
        return False
    shape = re.compile("".join("[a-z]" if character == "*" else re.escape(character) for character in token))
    return any(shape.fullmatch(word) for word in rude)
