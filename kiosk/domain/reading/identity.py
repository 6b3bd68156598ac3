"""What tells who a pupil is without a name of the lists: birth date, home, school, signature, pseudonym.

Only what is said of the writer: « Votre cabinet est 12 rue des Lilas ? », « L'entreprise est née en 2011 » or
« Vous êtes allée au lycée Colbert ? » raise nothing, nor does « J'ai 14 ans » alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kiosk.contract.reading.wording import sentences
from kiosk.ground.i18n import N_

BIRTH = N_("Une date de naissance : retirez-la avant d’afficher la question.")
ADDRESS = N_("Une adresse, un lieu où habite un élève : retirez-le avant d’afficher la question.")
SCHOOL = N_(
    "L’âge ou la classe, et l’établissement : ensemble, ils disent de quel élève il s’agit. Retirez l’un des deux."
)
SIGNED = N_("Un nom au bas de la question : retirez-le avant d’afficher la question.")
SECRET = N_("Un code ou un numéro personnel : retirez-le avant d’afficher la question.")
PSEUDONYM = N_("Un pseudonyme : retirez-le avant d’afficher la question.")

Hit = tuple[str, int, int, str]

_MONTH = (
    r"(?:janv(?:ier)?|fev(?:rier)?|mars|avril|mai|juin|juil(?:let)?|aout|sept(?:embre)?|oct(?:obre)?|nov(?:embre)?"
    r"|dec(?:embre)?)"
)
_COUNT = (
    r"(?:premier|un|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingt|trente"
    r"|dix[ -](?:sept|huit|neuf)|vingt[ -](?:et[ -])?(?:un|deux|trois|quatre|cinq|six|sept|huit|neuf)"
    r"|trente[ -]et[ -]un)"
)
_DAY = (
    rf"(?:{_COUNT} {_MONTH}(?: deux mille {_COUNT})?|deux mille {_COUNT}"
    rf"|\d{{1,2}}(?:er)?[ ./-]?(?:{_MONTH}|[ ./-]?\d{{1,2}}[ ./-]\d{{2,4}})|{_MONTH}|20[01]\d)"
)
_ME = re.compile(
    r"(?<![\w'])(?:je|j|moi|mon|ma|mes|chez moi|jsuis|jsui|chui|chuis|jai|jhabite|jhab|jabite|jvis)(?![a-z])"
    r"|(?<![\w'])j'"
)
_YOU = re.compile(r"\b(?:vous|votre|vos|tu|ton|ta|tes)\b")
_AM = r"(?:suis|jsuis|jsui|chui|chuis|sui)"
_BIRTH = re.compile(
    rf"\b(?:{_AM}|est|moi)[ ,]*(?:ne|nee) (?:le |l'|en |au |a [\w-]{{2,20}} (?:le |en ))?(?P<date>{_DAY})"
    r"|\b(?:date de naissance|ddn|naissance)\b[ :=-]*(?:c'?est |est |c )?(?:le )?(?P<date2>\d[\d/. -]{5,11})"
    r"|\b(?:mon|son) (?:anniv(?:ersaire)?|annif)\b[ :]*(?:c'?est |est |c |tombe |sera )?(?:le |en |au )?"
    rf"(?P<date3>{_DAY})"
    rf"|\b{_AM} de (?P<date5>20[01]\d)\b"
    rf"|\b{_AM} du (?P<date6>(?:\d{{1,2}}(?:er)?|{_COUNT}) {_MONTH})"
    rf"|\b1\d ans (?:depuis|le|en|au) (?:le )?(?P<date4>(?:\d{{1,2}}(?:er)?|{_COUNT}) {_MONTH}|{_MONTH})"
)
_BORN_FIRST = re.compile(rf"^\W*(?:ne|nee) (?:le |en )(?P<date>{_DAY})")
_BIRTH_YEAR = re.compile(r"^\W*(?P<date>\d{1,2}[/.-]\d{1,2}[/.-]20(?:0[4-9]|1[0-9]))\W*$")
_STREET = (
    r"(?:rue|avenue|av|bd|bld|boulevard|allees?|impasse|chemin|route|place|square|quai|ruelle|passage|sentier|cours"
    r"|lotissement|residence|cite|hameau|lieu[ -]dit|villa|venelle|esplanade|faubourg)"
)
_NUMBERED = re.compile(
    rf"\b\d{{1,4}}(?: ?(?:bis|ter|[a-d]))?,? (?:de la |de l'|du |la |l')?{_STREET}\b[^.?!,;\n]{{0,40}}"
)
_HOME_WORD = re.compile(
    r"\b(?:j'?h?abite|on habite|nous habitons"
    r"|jhab|j'hab|je vis|jvis|je reste|je loge|jloge|mon adresse|ma maison|chez moi c'?est|mon domicile"
    r"|ma rue|mon quartier|mon immeuble|mon batiment|ma residence|mon lotissement|adresse ?:|domicile ?:)"
)
_HOME_PLACE = re.compile(
    rf"\b(?:{_STREET}|batiment|bat|tour|appartement|appart|appt|immeuble|hlm|etage|quartier|numero|foyer|\d{{5}})"
    r" (?!et\b|ou\b|a\b|tres\b|calme\b|pour\b|bien\b|populaire\b|difficile\b|sensible\b|familial)"
    r"[a-z0-9'][\w' -]{0,30}"
)
_AGE = re.compile(r"\b(?:1[0-9]|onze|douze|treize|quatorze|quinze|seize|dix[ -]sept|dix[ -]huit) ?ans?\b")
_CLASS = re.compile(
    r"\b(?:[3-6] ?(?:e|eme)|2nde|2de|1ere|1re|tle|term) ?(?:[a-h]|\d)\b|\b[3-6](?:e|eme)[a-h\d]\b|\b[3-6][a-h]\b"
    r"|\b(?:cm[12]|sixieme|cinquieme|quatrieme|troisieme|seconde|premiere|terminale)\b"
)
_SCHOOL = re.compile(
    r"\b(?:college|clg|lycee|lyce|lp|lpo|ecole|cfa|institut|mfr)"
    r"(?: (?:prive|public|pro|professionnel|general|agricole|technique|catholique|hotelier))?"
    r"(?: (?:de la|de l'|des|du|de|la|le|les))? ?(?P<name>[a-z][a-z'-]+(?: [a-z][a-z'-]+)?)"
)
_NO_SCHOOL = frozenset(
    """et est je j ou mais a au en pour depuis avec dans agricole general pro professionnel technique prive public
    militaire c ca qui que quand si il elle on nous vous tu donc car mon ma mes ton votre le la les un une plus pas puis
    apres avant ensuite sur de du des d l par comme sans bientot cette ce cet normalement actuellement maintenant aussi
    rural francais technologique secteur ville quartier village metiers commerce cuisine coiffure d'ingenieur superieure
    primaire maternelle""".split()
)
_SIGNED = re.compile(
    r"(?:\bsign(?:e|ee|ature)\b ?:? ?|\bcordialement,? |\bbisous? (?:de )?|\bbiz |\bde la part d[e'] ?"
    r"|\bpose[er]? par |\bquestion d[e'] ?|\bprenom ?: ?|\bnom ?: ?|\beleve ?: ?|\bmerci d'avance[.,!]* )"
    r"(?P<name>[^\W\d_][\w'-]{1,20})",
    re.IGNORECASE,
)
_CAPITALS = r"[A-ZÀ-Ý][\w'-]{1,20}(?: [A-ZÀ-Ý][\w'.-]{0,20})?"
_DASHED = re.compile(rf"(?:[—–]|--|\W-) ?(?P<name>{_CAPITALS})\W*$|^[—–-] ?(?P<name2>[A-ZÀ-Ý][\w'-]{{1,20}})\W*$")
_ASKED_BY = re.compile(rf"(?P<name>{_CAPITALS}) (?:qui )?(?:demande|veut savoir|voudrait|aimerait)\b")
_CALLED = re.compile(
    r"\b(?:pere|mere|papa|maman|frere|soeur|s.ur|oncle|tante|cousine?|copain|copine|amie?|pote|voisine?|prof|parrain"
    r"|marraine)\b[^.?!\n]{0,40}?\bs'? ?ap{1,2}el{1,2}e? (?P<name>[^\W\d_][\w'-]{1,20})",
    re.IGNORECASE,
)
_ALONE = re.compile(
    r"[.?!] ?(?P<name>[A-ZÀ-Ý][a-zà-ÿ]{2,15} [A-ZÀ-Ý]\.)\W*$|^\W*(?P<name2>[A-ZÀ-Ý]\. ?[A-ZÀ-Ý][a-zà-ÿ]{2,15})\W*$"
)
#: « signé jordan », « c louna qui demande »: a name even without a capital.
_TYPED_NAME = re.compile(
    r"\bsigne(?:e)? (?P<name>[^\W\d_]{3,15})\W*$|\bc(?:'?est)? (?P<name2>[^\W\d_]{3,15}) qui (?:pose|demande|ecrit)\b"
)
#: « mon grand-père Roger Blin »: with a capital, whatever the name.
_KIN = re.compile(
    r"\b[Mm](?:on|a) (?:[Gg]rande?s?[ -]|[Bb]eau[ -]|[Bb]elle[ -])?"
    r"(?:père|mère|papa|maman|frère|s(?:œ|oe)ur|oncle|tante|cousine?|voisine?|amie?|copain|copine|pote|prof) "
    r"(?P<name>[A-ZÀ-Ý][\w'-]+(?: [A-ZÀ-Ý][\w'-]+)?)"
)
#: What opens a pupil's account, or is a number of the pupil's alone.
_SECRET = re.compile(
    r"\bm(?:on|a) (?:code|mot de passe|mdp|ine|numero|num|matricule|plaque|carte|iban|id|tag)"
    r"(?: [a-z]{2,12}){0,3} ?(?:c'?est|est|:|=)? ?(?P<code>#?(?=[a-z0-9-]{4})[a-z0-9-]{0,20}\d[a-z0-9 -]{0,25})"
    r"|(?<!\d)(?P<code2>[12] ?\d{2} ?(?:0[1-9]|1[0-2]) ?\d[\dab] ?\d{3} ?\d{3}(?: ?\d{2})?)(?!\d)"
)
#: What stands where a name might, with a capital.
_NO_NAME = frozenset(
    """il elle on qui maman papa monsieur madame mr mme tout tous personne quelqu'un la le les un une mon ma mes ton
    votre pourquoi comment combien quand quel quelle est-ce vous tu je merci non oui ps bonjour svp pas plus et
    ou mais c ca cette ce classe bac cap bts france paris lycee college chacun certains nous ils elles prof
    maitresse astro astrologique zodiaque""".split()
)
_NETWORKS = (
    r"(?:insta|instagram|ig|snap|snapchat|tiktok|tik tok|discord|twitch|whatsapp|facebook|fb|twitter|telegram|bereal"
    r"|roblox|fortnite|steam|psn|youtube|threads|skype|messenger|yubo|xbox|epic|brawl stars|valorant)"
)
_PSEUDO = re.compile(
    r"\b(?:pseudo|gamertag|identifiant|nom de compte)(?: (?:sur )?[a-z]{2,12})?(?: ?[:=] ?| c'?est | est | )"
    r"(?P<account>[a-z0-9_.-]{3,30})"
    rf"|\b(?:ajoute[rz]?|add|follow|suivez|suis)[ -](?:moi|me)(?: sur)? {_NETWORKS} (?P<account6>[a-z0-9_.]{{3,30}})"
    rf"|\bmon {_NETWORKS} (?:c'?est|c|est|:) ?(?P<account7>[a-z0-9_.]{{3,30}})"
    rf"|\b{_NETWORKS} (?P<account2>[a-z]{{1,20}}[._\d-][a-z0-9._-]{{0,30}})"
    rf"|(?<![\w.@])(?P<account3>[a-z]{{1,20}}[._\d][a-z0-9._]{{0,30}}) sur {_NETWORKS}\b"
    r"|\bma chaine (?P<account8>[a-z]{2,20}[\d_][a-z0-9_]{0,20})"
    r"|\bma (?:chaine|page)(?: (?:youtube|twitch|tiktok))?(?: c'?est|:| s'appelle| c| est) "
    r"(?P<account5>[a-z0-9_.]{3,30})"
    r"|(?<!\w)(?P<account4>[a-z0-9_.]{2,32}#\d{4})\b"
)


def find(text: str, small: str) -> Iterator[Hit]:
    """Yield a hit for each part that tells who the writer is. `small` is `text` made flat (same length)."""
    yield from _accounts(small)
    for secret in _SECRET.finditer(small):
        group = "code" if secret.group("code") else "code2"
        yield "handle", secret.start(group), secret.end(group), SECRET
    yield from _signatures(text, small)
    for pattern, kind, advice in ((_BORN_FIRST, "birth", BIRTH), (_BIRTH_YEAR, "birth", BIRTH)):
        if match := pattern.search(small):
            yield kind, match.start("date"), match.end("date"), advice
    mine = _ME.search(small) is not None
    for match in _BIRTH.finditer(small):
        group = next(name for name, found in match.groupdict().items() if found)
        if mine or group != "date":
            yield "birth", match.start(group), match.end(group), BIRTH
    for start, end in sentences(small):
        sentence = small[start:end]
        for kind, at, until, advice in _of_a_sentence(sentence):
            yield kind, start + at, start + until, advice


def _of_a_sentence(sentence: str) -> Iterator[Hit]:
    mine = _ME.search(sentence) is not None
    other = _YOU.search(sentence) is not None
    home = _HOME_WORD.search(sentence)
    for match in _NUMBERED.finditer(sentence):
        if mine or home or not other and not sentence[: match.start()].strip(" ,:au"):
            yield "address", match.start(), match.end(), ADDRESS
    if home:
        place = _HOME_PLACE.search(sentence, home.end())
        if place:
            yield "address", place.start(), place.end(), ADDRESS
    aged, classed = _AGE.search(sentence), _CLASS.search(sentence)
    if (aged or classed) and (mine or not other):
        for match in _SCHOOL.finditer(sentence):
            if match.group("name").split()[0].split("'")[0] not in _NO_SCHOOL:
                yield "school", match.start(), match.end("name"), SCHOOL


def _accounts(small: str) -> Iterator[Hit]:
    for match in _PSEUDO.finditer(small):
        group = next(name for name, found in match.groupdict().items() if found)
        if match.group(group) not in _NO_SCHOOL:
            yield "handle", match.start(group), match.end(group), PSEUDONYM


def _signatures(text: str, small: str) -> Iterator[Hit]:
    """Names where one signs or is named, whatever the name; the kin of the writer even without a capital."""
    for pattern, read in (
        (_CALLED, small),
        (_SIGNED, small),
        (_ASKED_BY, text),
        (_DASHED, text),
        (_ALONE, text),
        (_TYPED_NAME, small),
        (_KIN, text),
    ):
        for match in pattern.finditer(read):
            group = next(name for name, found in match.groupdict().items() if found)
            at, end = match.span(group)
            capital = text[at].isupper() or pattern in (_CALLED, _TYPED_NAME)
            if capital and small[at:end].split()[0] not in _NO_NAME:
                yield "name", at, end, SIGNED
