"""Writes an installation and takes it away: nothing of a person's is overwritten, exactly what was written goes.

The manifest (``install.json``) keeps the fingerprint of each piece. A piece that stands there with another content
than the one recorded belongs to a person: installing refuses, or with ``force`` keeps it aside as ``.orig``;
uninstalling leaves it, and puts back what stood there before the first installation.
"""

from __future__ import annotations

import json
from dataclasses import field
from pathlib import Path
from typing import Any

from kiosk.ground import wholefile
from kiosk.ground.errors import KioskError
from kiosk.ground.values import dataclass
from kiosk.ops.install.items import Item, fingerprint, recorded

#: How a piece stands before it is written.
NEW, SAME, OLDER, CHANGED = "new", "same", "older", "changed"


@dataclass
class Done:
    """What happened, for the report."""

    written: list[Path] = field(default_factory=list)
    kept: list[Path] = field(default_factory=list)
    removed: list[Path] = field(default_factory=list)
    restored: list[Path] = field(default_factory=list)
    aside: list[Path] = field(default_factory=list)


def read(manifest: Path) -> list[dict[str, Any]]:
    """The pieces recorded by the last installation; none when there was no installation."""
    return [entry for entry in _held(manifest).get("pieces", []) if isinstance(entry, dict)]


def state(item: Item, entries: list[dict[str, Any]]) -> str:
    """``new``, ``same`` (nothing to do), ``older`` (ours, to be replaced) or ``changed`` (a person's)."""
    there = item.present()
    if there is None:
        return NEW
    if there == item.text or item.kind == "seed":
        return SAME
    entry = _entry(item.path, entries)
    return OLDER if entry and entry["sha256"] == fingerprint(there) else CHANGED


def install(items: list[Item], manifest: Path, force: bool = False) -> Done:
    """Write every piece, or nothing. What an older installation wrote and this one does not want goes.

    :raises KioskError: ``install_changed``: a person's file stands there, and not ``force``.
    :raises OSError: a folder cannot be written; what was already written is in the manifest.
    """
    entries = read(manifest)
    states = {item.path: state(item, entries) for item in items}
    theirs = [item.path for item in items if states[item.path] == CHANGED and item.kind != "block"]
    if theirs and not force:
        raise KioskError("install_changed", paths=", ".join(map(str, theirs)))
    wanted = {str(item.path) for item in items}
    folders = _held(manifest).get("folders", _missing_folders(manifest))
    _save(manifest, entries, folders)
    done = _remove([entry for entry in entries if entry["path"] not in wanted], Done())
    entries = [entry for entry in entries if entry["path"] in wanted]
    for item in items:
        entry = _entry(item.path, entries) or {}
        more: dict[str, Any] = {key: entry[key] for key in ("created", "folders", "orig") if key in entry}
        if states[item.path] == NEW:
            more.update(created=not item.path.exists(), folders=_missing_folders(item.path))
        elif item.path in theirs:
            aside = str(_set_aside(item.path, done))
            more.update({} if entry else {"orig": aside})  # only what was there before us comes back
        elif item.kind == "seed" and not entry:
            continue  # a person's from before: not ours to take away
        if states[item.path] != SAME:
            item.write()
            done.written.append(item.path)
        if not (item.kind == "seed" and entry):  # a seed keeps the fingerprint of what was sown
            entries = [*(e for e in entries if e["path"] != str(item.path)), recorded(item, **more)]
        _save(manifest, entries, folders)
    return done


def uninstall(manifest: Path) -> Done:
    """Take away exactly what was written. Nothing installed: nothing to do."""
    folders = _held(manifest).get("folders", [])
    done = _remove(read(manifest), Done())
    manifest.unlink(missing_ok=True)
    _remove_empty(folders)
    return done


def _remove(entries: list[dict[str, Any]], done: Done) -> Done:
    for entry in reversed(entries):
        item = Item(Path(entry["path"]), "", kind=entry["kind"], section=entry.get("section", ""))
        there = item.present()
        if there is None:
            pass
        elif entry["kind"] != "block" and fingerprint(there) != entry["sha256"]:
            done.kept.append(item.path)
            continue
        else:
            item.remove(created=bool(entry.get("created")))
            done.removed.append(item.path)
        orig = Path(entry["orig"]) if entry.get("orig") else None
        if orig is not None and (orig.exists() or orig.is_symlink()) and not item.path.exists():
            orig.replace(item.path)
            done.restored.append(item.path)
        _remove_empty(entry.get("folders", []))
    return done


def _set_aside(path: Path, done: Done) -> Path:
    """Rename a person's file: nothing of theirs is lost."""
    aside = path.with_name(path.name + ".orig")
    number = 1
    while aside.exists() or aside.is_symlink():
        number += 1
        aside = path.with_name(f"{path.name}.orig{number}")
    path.rename(aside)
    done.aside.append(aside)
    return aside


def _entry(path: Path, entries: list[dict[str, Any]]) -> dict[str, Any] | None:
    return next((entry for entry in entries if entry["path"] == str(path)), None)


def _missing_folders(path: Path) -> list[str]:
    """The folders that writing ``path`` will make, the deepest first."""
    return [str(folder) for folder in path.parents if not folder.exists()]


def _remove_empty(folders: list[str]) -> None:
    for folder in folders:
        try:
            Path(folder).rmdir()
        except OSError:
            return  # not empty, or gone: the ones above are in use too


def _held(manifest: Path) -> dict[str, Any]:
    try:
        held = json.loads(manifest.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return held if isinstance(held, dict) else {}


def _save(manifest: Path, entries: list[dict[str, Any]], folders: list[str]) -> None:
    manifest.parent.mkdir(parents=True, exist_ok=True)
    held = {"version": 1, "folders": folders, "pieces": entries}
    wholefile.write(manifest, json.dumps(held, indent=1) + "\n", 0o644)
