"""What a bundle is made of, for machines: CycloneDX 1.5 in JSON (ECMA-424), the same for the same content."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from kiosk import __version__
from kiosk.ops.bundle.licences import Package


def document(packages: Iterable[Package], hashes: Mapping[str, list[str]]) -> str:
    """The inventory. ``hashes``: package URL → SHA-256 of the files that hold it. No date, or no two would be equal."""
    components = [_component(package, hashes.get(package.url, [])) for package in packages]
    root = f"pkg:generic/kiosque-metiers@{__version__}"
    body: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": root,
                "name": "kiosque-metiers",
                "version": __version__,
                "licenses": [{"license": {"id": "MIT"}}],
            },
        },
        "components": components,
        "dependencies": [{"ref": root, "dependsOn": [component["bom-ref"] for component in components]}],
    }
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    body["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, digest)}"
    return json.dumps(body, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _component(package: Package, hashes: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": "library",
        "bom-ref": package.url,
        "name": package.name,
        "version": package.version,
        "purl": package.url,
    }
    if package.licence:
        single = re.fullmatch(r"[\w.+-]+", package.licence)
        found["licenses"] = [{"license": {"id": package.licence}} if single else {"expression": package.licence}]
    if len(hashes) == 1:
        found["hashes"] = [{"alg": "SHA-256", "content": hashes[0]}]
    elif hashes:  # a wheel by Python version: each is listed, none is « the » hash
        found["properties"] = [{"name": "kiosque:wheel:sha256", "value": value} for value in sorted(hashes)]
    return found
