"""How the value of a setting is read from text and checked, in sentences for who wrote it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import Field
from pathlib import Path
from typing import Any, Union
from zoneinfo import ZoneInfo

from kiosk.ground.i18n import N_, _

Value = Union[str, int, float, bool, list[str]]
#: The type of a setting that holds several texts, as its field spells it.
LIST = "tuple[str, ...]"
#: Lines of a setting that people read, and characters of each.
LINES, LINE = 6, 120

#: First parts of the kiosk's own paths: no sub-path of a relay may begin like one.
OWN_PATHS = frozenset(
    """accessibilite amorces bilan donnees ecran essai healthz mes-questions metrics oublier portraits prof questions
    recue relecture s socket.io soutenir tablette""".split()
)
#: What an address takes for a room's code: 4 to 6 letters and digits, at least one digit (no page has such a name).
ROOM_CODE = r"(?=.*\d)[A-Za-z0-9]{4,6}"
YES = ("1", "true", "yes", "on", "oui", "vrai")
NO = ("0", "false", "no", "off", "non", "faux")
EXPECTED = {
    "str": N_("un texte entre guillemets est attendu"),
    "Path": N_("un dossier entre guillemets est attendu"),
    "int": N_("un nombre entier est attendu"),
    "float": N_("un nombre est attendu"),
    "bool": N_("true ou false est attendu"),
    LIST: N_('une liste de textes est attendue, par exemple ["127.0.0.1"]'),
}
#: Characters of an address: a QR code holds it.
URL = 400
#: A public key as ``ssh-keygen`` writes it: its kind, its bytes, perhaps a comment.
PUBLIC_KEY = r"(?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]+ [A-Za-z0-9+/=]{40,4000}(?: [^\r\n]{0,200})?"
# No blank is matched in two ways: what is around a name is stripped by who reads it.
_TABLE = re.compile(r"\s*\[([^\[\]]+)\]")
_KEY = re.compile(r"""([A-Za-z0-9_."'\s-]+)=""")


def parse(text: str, item: Field[Any]) -> Value:
    """The text of an environment variable, typed as the setting wants when it can be."""
    try:
        if item.type == "int":
            return int(text)
        if item.type == "float":
            return float(text.replace(",", "."))
    except ValueError:
        return text
    if item.type == LIST and item.metadata.get("form") == "lines":
        return [line.strip() for line in re.split(r"[;\n]", text) if line.strip()]
    if item.type == LIST:
        return [word for word in re.split(r"[\s,]+", text) if word]
    if item.type == "bool" and text.strip().lower() in YES + NO:
        return text.strip().lower() in YES
    return text


def typed(value: Any, item: Field[Any], base: Path) -> Any:
    """A checked value as the settings hold it; a relative folder starts from ``base``."""
    if item.type == "Path":
        return base / value
    return tuple(value) if item.type == LIST else value


def check(value: Any, item: Field[Any]) -> str | None:
    """What is wrong with a value for this setting, as a sentence, or nothing.

    Rules come from the field's metadata: ``choices``, ``low`` and ``high``, ``form`` (url, public, zone, networks,
    lines).
    """
    if not _right_type(value, str(item.type)):
        return _(EXPECTED[str(item.type)])
    rules: Mapping[str, Any] = item.metadata
    if "choices" in rules and value not in rules["choices"]:
        return _("l’une de ces valeurs est attendue : %(list)s", list=", ".join(rules["choices"]))
    if "low" in rules and not rules["low"] <= value <= rules["high"]:
        low, high = rules["low"], rules["high"]
        return _("une valeur entre %(low)s et %(high)s est attendue", low=low, high=high)
    if value and rules.get("form") == "public":
        return _public_fault(value)
    if value and rules.get("form") == "url" and (len(value) > URL or not re.match(r"https?://[^\s/]+", value)):
        return _("une adresse commençant par http:// ou https:// est attendue")
    if value and rules.get("form") == "key" and not re.fullmatch(PUBLIC_KEY, value.strip()):
        return _("une clé publique comme ssh-ed25519 AAAA… est attendue")
    if value and rules.get("form") == "zone" and not _zone_exists(value):
        return _("un fuseau horaire comme Europe/Paris ou Indian/Reunion est attendu")
    if rules.get("form") == "lines" and not (len(value) <= LINES and all(1 <= len(one) <= LINE for one in value)):
        return _("%(most)s lignes au plus, de %(length)s caractères au plus, sont attendues", most=LINES, length=LINE)
    if rules.get("form") == "networks":
        wrong = next((text for text in value if not _is_network(text)), None)
        if wrong is not None:
            return _("« %(text)s » n’est ni une adresse ni une plage comme 10.0.0.0/8", text=wrong)
    return None


def lines_of(text: str) -> dict[str, int]:
    """Dotted name → line of its first mention (a table's own line under its name), from 1."""
    lines: dict[str, int] = {}
    prefix = ""
    for number, line in enumerate(text.splitlines(), start=1):
        table = _TABLE.match(line)
        if table:
            prefix = _plain(table[1]) + "."
            lines.setdefault(prefix[:-1], number)
            continue
        key = _KEY.match(line)
        if key:
            lines.setdefault(prefix + _plain(key[1]), number)
    return lines


def _right_type(value: Any, wanted: str) -> bool:
    if wanted == "bool":
        return isinstance(value, bool)
    if wanted == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    if wanted == "float":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if wanted == LIST:
        return isinstance(value, (list, tuple)) and all(isinstance(text, str) for text in value)
    if wanted == "Path":
        return hasattr(value, "__fspath__") or (isinstance(value, str) and value != "")
    return isinstance(value, str)


def _plain(name: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in name.split("."))


def _public_fault(value: str) -> str | None:
    """What is wrong with the address of the kiosk itself: it goes into QR codes, policies and every page's links."""
    if len(value) > URL or not re.match(r"https?://[^\s/]+", value, re.IGNORECASE):
        return _("une adresse commençant par http:// ou https:// est attendue")
    found = re.fullmatch(
        r"https?://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?((?:/[a-z0-9._~-]+)*)/?", value.strip(), re.IGNORECASE
    )
    if found is None or {".", ".."} & set(found[1].split("/")):
        return _("une adresse comme https://kiosque.mon-lycee.fr ou https://www.mon-lycee.fr/kiosque est attendue")
    first = found[1].partition("/")[2].partition("/")[0]
    if first in OWN_PATHS or re.fullmatch(ROOM_CODE, first):
        return _(
            "le chemin /%(first)s est déjà celui d’une page ou d’une salle du kiosque : donnez-en un autre", first=first
        )
    return None


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return False
    return True


def _zone_exists(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (LookupError, OSError, ValueError, RecursionError):
        return False
    return True
