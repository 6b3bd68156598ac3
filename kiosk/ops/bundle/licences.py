"""Under which licence each library is: what its own metadata say, in SPDX words, and which of them are accepted.

``config/licences.toml`` holds the accepted licences and, for the few packages that do not say theirs in a
form machines read, what a person read in them.
"""

from __future__ import annotations

import importlib.metadata
import json
import re
import sys
import zipfile
from collections.abc import Iterable, Mapping
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

from kiosk.ground.config import ROOT
from kiosk.ground.values import dataclass
from kiosk.ops.bundle.wheels import read_lock

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

POLICY = ROOT / "config" / "licences.toml"
#: What packages write in the free field « License », and the classifiers, in SPDX words.
_WORDS = {
    "mit": "MIT",
    "mit license": "MIT",
    "the mit license": "MIT",
    "expat license": "MIT",
    "expat": "MIT",
    "bsd": "BSD-3-Clause",
    "bsd license": "BSD-3-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "3-clause bsd": "BSD-3-Clause",
    "new bsd": "BSD-3-Clause",
    "bsd-2-clause": "BSD-2-Clause",
    "apache-2.0": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license 2.0": "Apache-2.0",
    "isc": "ISC",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mpl-2.0": "MPL-2.0",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "psf-2.0": "PSF-2.0",
    "python software foundation license": "PSF-2.0",
    "zpl-2.1": "ZPL-2.1",
    "zope public license": "ZPL-2.1",
    "lgpl with exceptions": "LGPL-3.0-or-later",
}
_JOIN = re.compile(r"\s(?:AND|OR|WITH)\s|[()]")


@dataclass(frozen=True)
class Package:
    """One library: ``kind`` is its registry's name in package URLs (pypi, npm); ``licence`` in SPDX, or empty."""

    kind: str
    name: str
    version: str
    licence: str

    @property
    def url(self) -> str:
        """Its package URL."""
        name = self.name.replace("@", "%40") if self.kind == "npm" else self.name.lower().replace("_", "-")
        return f"pkg:{self.kind}/{name}@{self.version}"


def policy() -> tuple[set[str], dict[str, str]]:
    """Accepted licences, and the licences that a person read: ``pypi:name`` → SPDX."""
    held = tomllib.loads(POLICY.read_text(encoding="utf-8"))
    return set(held["accepted"]), dict(held["read"])


def said(metadata: Message | Mapping[str, str]) -> str:
    """The licence that a package's metadata name, in SPDX words; empty when they do not say it plainly."""
    expression = metadata.get("License-Expression")
    if expression:
        return str(expression).strip()
    word = _WORDS.get(str(metadata.get("License") or "").strip().lower(), "")
    if word:
        return word
    classifiers = metadata.get_all("Classifier") if isinstance(metadata, Message) else []
    names = [text.rpartition(" :: ")[2].lower() for text in classifiers or [] if text.startswith("License ::")]
    known = sorted({_WORDS[name] for name in names if name in _WORDS})
    return " OR ".join(known) if len(known) == len(names) else ""


def of_wheels(folder: Path) -> list[Package]:
    """The libraries of a folder of wheels, once each, by name."""
    _, read = policy()
    found = {}
    for wheel in sorted(folder.glob("*.whl")):
        with zipfile.ZipFile(wheel) as packed:
            name = next(n for n in packed.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", n))
            metadata = HeaderParser().parsestr(packed.read(name).decode("utf-8"))
        key = str(metadata["Name"]).lower().replace("_", "-").replace(".", "-")
        licence = read.get(f"pypi:{key}") or said(metadata)
        found[(key, str(metadata["Version"]))] = Package("pypi", key, str(metadata["Version"]), licence)
    return [found[key] for key in sorted(found)]


def of_lock(lock: Path) -> list[Package]:
    """The libraries of a lock file; the licence comes from what is installed here, else from what a person read."""
    _, read = policy()
    found = []
    for entry in read_lock(lock):
        licence = read.get(f"pypi:{entry.name}", "")
        if not licence:
            try:
                licence = said(importlib.metadata.metadata(entry.name))  # type: ignore[arg-type]
            except importlib.metadata.PackageNotFoundError:
                pass
        found.append(Package("pypi", entry.name, entry.version, licence))
    return found


def of_client(lock: Path = ROOT / "config" / "client" / "package-lock.json", *, tools: bool = True) -> list[Package]:
    """The browser's packages; with ``tools``, also what builds and tests them."""
    _, read = policy()
    held = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    found = []
    for path, entry in sorted(held.items()):
        name = path.rpartition("node_modules/")[2]
        if name and (tools or not (entry.get("dev") or entry.get("optional"))):
            licence = read.get(f"npm:{name}") or entry.get("license") or ""
            found.append(Package("npm", name, entry["version"], licence))
    return found


def refused(packages: Iterable[Package]) -> list[Package]:
    """Those whose licence is unknown or not accepted.

    Of « A OR B » one is enough, of « A AND B » both are needed; of an expression with parentheses, every word.
    """
    accepted, _ = policy()

    def fits(expression: str) -> bool:
        for choice in [expression] if "(" in expression else re.split(r"\sOR\s", expression):
            words = [word for part in _JOIN.split(choice) if (word := part.strip())]
            if words and all(word in accepted for word in words):
                return True
        return False

    return [package for package in packages if not fits(package.licence)]


def table(packages: Iterable[Package]) -> str:
    """The list, as a page for people."""
    rows = sorted({(p.kind, p.name, p.version, p.licence or "?") for p in packages})
    lines = ["| | Bibliothèque | Version | Licence |", "|---|---|---|---|"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])
