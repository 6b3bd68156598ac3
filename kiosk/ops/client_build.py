"""The set-up step that makes what browsers download: ``python -m kiosk.ops.client_build``.

Bundles ``static/js/{phone,display,control,office}.js`` and ``static/css/*.css`` with the esbuild that
``config/client/package-lock.json`` names, copies the two fonts, compresses everything and
writes ``static/build/manifest.json`` (file name → content hash). The English catalogue is
compiled here too. The folder is swapped in whole, so a page never sees half a build and an
interrupted build leaves the former one. Needs no Node: esbuild is a native program.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from kiosk.ground.errors import KioskError
from kiosk.ops import older_css

ROOT = Path(__file__).resolve().parents[2]
ENTRIES = ("phone", "display", "control", "office")
#: The floor of ``docs/informatique.md``, « Navigateurs ». The CSS list makes esbuild lower nesting, ``inset``…;
#: sizes that
#: it cannot lower are ``older_css``'s.
JS_TARGET = "es2017"
CSS_TARGET = "chrome70,firefox70,safari12"
#: What ``import "socket.io-client"`` needs.
CLIENT_PACKAGES = (
    "socket.io-client",
    "engine.io-client",
    "engine.io-parser",
    "socket.io-parser",
    "@socket.io",
    "debug",
    "ms",
)
#: Names that the client keeps to itself, shortened where each byte counts: those it marks (``_callbacks``…), and long
#: ones that are neither a browser's, nor a word of the protocol or of its addresses.
KEPT_TO_ITSELF = (
    "addEventListeners", "backoff", "cleanup", "clearTimeoutFn", "createSocket", "createTransport", "createUri",
    "decoder", "doClose", "doOpen", "doPoll", "doWrite", "emitBuffered", "emitEvent", "emitReserved", "emitWithAck",
    "encoder", "engine", "jitter", "maybeReconnectOnOpen", "notifyOutgoingListeners", "onack", "onconnect",
    "ondata", "ondecoded", "ondisconnect", "onevent", "onHandshake", "onpacket", "onPacket", "onping",
    "onreconnect", "priorWebsocketSuccess", "randomizationFactor", "readyState", "receiveBuffer", "reconnect",
    "reconnection", "reconnectionAttempts", "reconnectionDelay", "reconnectionDelayMax", "rememberUpgrade",
    "removeAllListeners", "removeListener", "sendBuffer", "setTimeoutFn", "setTransport", "skipReconnect",
    "subEvents", "supportsBinary", "timestampParam", "timestampRequests", "transportImplementations",
    "transportOptions", "tryAllTransports", "upgrading", "withCredentials", "withError", "writeBuffer",
)  # fmt: skip
#: A short name that ``tests/test_client_build.py`` would read as a method that older browsers have not.
TAKEN = {"at": False}
MANGLED = f"--mangle-props=^(_[a-zA-Z].*|{'|'.join(KEPT_TO_ITSELF)})$"
FONTS = {
    "fonts/atkinson-400.woff2": "atkinson-hyperlegible-latin-400-normal.woff2",
    "fonts/atkinson-700.woff2": "atkinson-hyperlegible-latin-700-normal.woff2",
}
#: Spaces that esbuild leaves because a script could read them; none of ours does.
SPARE_SPACES = (
    (re.compile(r"([{;]--[\w-]+): "), r"\1:"), (re.compile(r"(var\(--[\w-]+), "), r"\1,"),
    (re.compile(r"\) \* (?=-?[\d.])"), ")*"),
)  # fmt: skip
#: Already compressed: a ``.gz`` beside them would only be bigger.
INCOMPRESSIBLE = {".woff2"}


def build(root: Path = ROOT) -> dict[str, str]:
    """Make ``static/build/`` anew and return its manifest.

    Raises ``KioskError``: ``client_tools_missing`` when ``npm ci`` has not been run in
    ``config/client``, ``client_build_failed`` with esbuild's own words.
    """
    modules = root / "config" / "client" / "node_modules"
    esbuild = _esbuild(modules)
    static = root / "static"
    with _staging(static) as folder:
        _bundle_scripts(esbuild, modules, static / "js", folder)
        _copy_fonts(modules, folder)
        _bundle_styles(esbuild, static / "css", folder)
        _point_to_fonts(folder)
        _size_for_older(folder)
        manifest = _manifest(folder)
        for name in manifest:
            if Path(name).suffix not in INCOMPRESSIBLE:
                _write_gzip(folder / name)
        _name_by_hash(folder, manifest, static / "build")
        text = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
        (folder / "manifest.json").write_text(text, encoding="utf-8")
        _swap(folder, static / "build")
    return manifest


def compile_catalogues(locale_dir: Path = ROOT / "kiosk" / "locale") -> list[Path]:
    """Merge each language's ``*.po`` files into ``LC_MESSAGES/kiosk.mo``; return what was written.

    A message found in two files keeps its first translation, in the order of file names.
    """
    import polib

    written = []
    for language in sorted(path for path in locale_dir.glob("*") if path.is_dir()):
        sources = sorted(language.glob("*.po"))
        if not sources:
            continue
        merged = polib.POFile()
        merged.metadata = {
            "Language": language.name,
            "Content-Type": "text/plain; charset=UTF-8",
            "Content-Transfer-Encoding": "8bit",
            "Plural-Forms": "nplurals=2; plural=(n != 1);",
        }
        seen: set[tuple[str | None, str]] = set()
        for source in sources:
            for entry in polib.pofile(str(source)).translated_entries():
                if (entry.msgctxt, entry.msgid) not in seen:
                    seen.add((entry.msgctxt, entry.msgid))
                    merged.append(entry)
        target = language / "LC_MESSAGES" / "kiosk.mo"
        target.parent.mkdir(exist_ok=True)
        _replace_bytes(target, merged.to_binary())
        written.append(target)
    return written


def _esbuild(modules: Path) -> Path:
    found = sorted(modules.glob("@esbuild/*/bin/esbuild"))
    if not found:
        raise KioskError("client_tools_missing")
    return found[0]


def _run_esbuild(esbuild: Path, arguments: list[str], modules: Path | None = None) -> None:
    environment = dict(os.environ)
    if modules:
        environment["NODE_PATH"] = str(modules)
    done = subprocess.run(
        [str(esbuild), "--bundle", "--minify", "--log-level=warning", *arguments],
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise KioskError("client_build_failed", detail=done.stderr.strip())
    if done.stderr.strip():
        print(done.stderr.strip(), file=sys.stderr)


def _bundle_scripts(esbuild: Path, modules: Path, sources: Path, folder: Path) -> None:
    options = ["--format=iife", f"--target={JS_TARGET}", "--legal-comments=external", f"--outdir={folder}"]
    for name in ENTRIES:
        if (sources / f"{name}.js").exists():
            slim = sources / name / "slim"
            with _slimmed(modules, slim) as found:
                shorter = [MANGLED, f"--mangle-cache={found.parent / 'names.json'}"] if slim.exists() else []
                _run_esbuild(esbuild, [str(sources / f"{name}.js"), *options, *shorter], found)


@contextlib.contextmanager
def _slimmed(modules: Path, slim: Path) -> Iterator[Path]:
    """The modules, with each ``slim/<package>/<path>`` in place of the file of that name, and without the methods of
    ``slim/unused.json`` (file → names). What is replaced or left out must exist.
    """
    replaced = sorted(slim.rglob("*.js"))
    if not replaced:
        yield modules
        return
    with tempfile.TemporaryDirectory() as temporary:
        target = Path(temporary) / "node_modules"
        (target.parent / "names.json").write_text(json.dumps(TAKEN), encoding="utf-8")
        for name in CLIENT_PACKAGES:
            shutil.copytree(modules / name, target / name)
        for file in replaced:
            place = target / file.relative_to(slim)
            if not place.exists():
                detail = f"{file.relative_to(slim)} is not in the client any more"
                raise KioskError("client_build_failed", detail=detail)
            shutil.copyfile(file, place)
        for name, methods in json.loads((slim / "unused.json").read_text(encoding="utf-8")).items():
            text = (target / name).read_text(encoding="utf-8")
            for method in methods:
                text = _without(text, method, name)
            (target / name).write_text(text, encoding="utf-8")
        yield target


def _without(text: str, method: str, name: str) -> str:
    """A class without one of its methods: from its name to the brace of its own indentation (the client's style)."""
    lines = text.splitlines(keepends=True)
    heads = tuple(f"    {kind}{method}(" for kind in ("", "get "))
    found = [number for number, line in enumerate(lines) if line.startswith(heads) and line.endswith("{\n")]
    if len(found) != 1:
        raise KioskError("client_build_failed", detail=f"{name}: {method} is not in the client any more")
    end = lines.index("    }\n", found[0])
    return "".join([*lines[: found[0]], *lines[end + 1 :]])


def _bundle_styles(esbuild: Path, sources: Path, folder: Path) -> None:
    """Addresses in ``url()`` stay as written: they name files of the server, not of this folder."""
    entries = [str(path) for path in sorted(sources.glob("*.css"))]
    if entries:
        options = [f"--target={CSS_TARGET}", "--external:*.woff2", "--external:*.svg"]
        _run_esbuild(esbuild, [*entries, f"--outdir={folder}", *options])


def _copy_fonts(modules: Path, folder: Path) -> None:
    """The latin subset holds all French letters, « œ » and typographic signs included."""
    files = modules / "@fontsource" / "atkinson-hyperlegible" / "files"
    (folder / "fonts").mkdir()
    for target, source in FONTS.items():
        shutil.copyfile(files / source, folder / target)


def _point_to_fonts(folder: Path) -> None:
    """Styles are served as ``/s/<hash>/name``: write each font's own hash into its address."""
    for sheet in folder.glob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        for name in FONTS:
            digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()[:10]
            text = text.replace(f"url({name})", f"url(../{digest}/{name})")
        sheet.write_text(text, encoding="utf-8")


def _size_for_older(folder: Path) -> None:
    for sheet in folder.glob("*.css"):
        text = older_css.with_plain_sizes(sheet.read_text(encoding="utf-8"), sheet.stem)
        for spaced, tight in SPARE_SPACES:
            text = spaced.sub(tight, text)
        sheet.write_text(text, encoding="utf-8")


def _manifest(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _name_by_hash(folder: Path, manifest: dict[str, str], former: Path) -> None:
    """Give each file the place it is served from, ``h/<hash>/<name>``, and keep the former build's.

    A server that runs during an upgrade goes on serving what its pages name: never another content
    under the size it knows. Only one build back is kept.
    """
    for name, value in manifest.items():
        for suffix in ("", ".gz"):
            _link(folder / (name + suffix), folder / "h" / value / (name + suffix))
    try:
        held = json.loads((former / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    for name, value in held.items():
        for suffix in ("", ".gz"):
            _link(former / "h" / value / (name + suffix), folder / "h" / value / (name + suffix))


def _link(source: Path, target: Path) -> None:
    """A second name for a file that exists; a copy where the disk knows no links."""
    if not source.is_file() or target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _write_gzip(path: Path) -> None:
    """zopfli, when set-up could install it, saves 3 to 5 % over the best gzip level."""
    data = path.read_bytes()
    try:
        import zopfli.gzip

        packed = zopfli.gzip.compress(data, numiterations=50)
    except ImportError:
        packed = gzip.compress(data, compresslevel=9, mtime=0)
    path.with_name(path.name + ".gz").write_bytes(packed)


@contextlib.contextmanager
def _staging(static: Path) -> Iterator[Path]:
    static.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="build.", dir=static))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _swap(folder: Path, target: Path) -> None:
    """Put the new folder in place of the old one; only renames happen while pages may look."""
    former = folder.with_name(folder.name + ".former")
    with contextlib.suppress(FileNotFoundError):
        target.rename(former)
    folder.rename(target)
    shutil.rmtree(former, ignore_errors=True)


def _replace_bytes(target: Path, data: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".kiosk.")
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    os.chmod(name, 0o644)
    os.replace(name, target)


def report(root: Path, manifest: dict[str, str]) -> Iterator[str]:
    """One line per file: its size, and its size on the wire."""
    for name in manifest:
        path = root / "static" / "build" / name
        packed = path.with_name(path.name + ".gz")
        wire = packed if packed.exists() else path
        yield f"  {name:28}{path.stat().st_size:>9,} → {wire.stat().st_size:>8,} o"


def main() -> int:
    """Build everything from the project's folder; 0 when done, 1 with a sentence otherwise."""
    try:
        compile_catalogues()
        manifest = build()
    except KioskError as error:
        print(f"{error.code} : {error}", file=sys.stderr)
        return 1
    print("\n".join(report(ROOT, manifest)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
