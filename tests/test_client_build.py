"""What browsers download is built whole or not at all, from packages that set-up installed."""

from __future__ import annotations

import gettext
import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest

from kiosk.ground.errors import KioskError
from kiosk.ops import client_build, older_css

MODULES = client_build.ROOT / "config" / "client" / "node_modules"

PHONE = """
import { io } from "socket.io-client";
const socket = io("/phone");
socket.on("state", (state) => { document.title = state?.title ?? "Kiosque"; });
"""
SHEET = """
@import "./tokens.css";
.question { inset: 0; &:focus { color: var(--ink); } }
"""


@pytest.fixture
def project(tmp_path):
    """A project with one script and two sheets, and the packages of the real one."""
    (tmp_path / "config" / "client").mkdir(parents=True)
    (tmp_path / "config" / "client" / "node_modules").symlink_to(MODULES)
    scripts, sheets = tmp_path / "static" / "js", tmp_path / "static" / "css"
    scripts.mkdir(parents=True)
    sheets.mkdir()
    (scripts / "phone.js").write_text(PHONE, "utf-8")
    (sheets / "tokens.css").write_text(":root { --ink: #111 }", "utf-8")
    (sheets / "phone.css").write_text(SHEET, "utf-8")
    return tmp_path


def built(project: Path, name: str) -> Path:
    return project / "static" / "build" / name


def test_what_a_phone_does_without_must_still_be_in_the_client(tmp_path):
    """An update of the client that moved a file or a method would leave out something else, in silence."""
    slim = tmp_path / "slim"
    for package, method in (("socket.io-client", "onAny"), ("socket.io-client", "gone"), ("engine.io-client", "onAny")):
        (slim / package / "build" / "esm").mkdir(parents=True, exist_ok=True)
        (slim / package / "build" / "esm" / "socket.js").unlink(missing_ok=True)
        (slim / "socket.io-client" / "build" / "esm" / "index.js").write_text("export {};", "utf-8")
        (slim / "unused.json").write_text(json.dumps({f"{package}/build/esm/socket.js": [method]}), "utf-8")
        if (package, method) == ("socket.io-client", "onAny"):
            with client_build._slimmed(MODULES, slim) as found:
                text = (found / package / "build" / "esm" / "socket.js").read_text("utf-8")
            assert " onAny(" not in text and " onAnyOutgoing(" in text and " prependAny(" in text
            continue
        with pytest.raises(KioskError, match="not in the client"), client_build._slimmed(MODULES, slim):
            pass


def test_every_file_has_its_hash_and_its_compressed_twin(project):
    manifest = client_build.build(project)
    assert json.loads(built(project, "manifest.json").read_text("utf-8")) == manifest
    assert {"phone.js", "phone.css", "tokens.css", "fonts/atkinson-400.woff2", "fonts/atkinson-700.woff2"} == set(
        manifest
    )
    for name, digest in manifest.items():
        data = built(project, name).read_bytes()
        assert hashlib.sha256(data).hexdigest().startswith(digest)
        twin = built(project, name + ".gz")
        if name.endswith(".woff2"):
            assert not twin.exists()
        else:
            assert gzip.decompress(twin.read_bytes()) == data


def test_a_script_holds_the_official_client_in_the_language_of_old_phones(project):
    client_build.build(project)
    script = built(project, "phone.js").read_text("utf-8")
    assert "reconnection" in script
    assert "?." not in script.replace("?.0", "")
    assert "import" not in script.split("(", 1)[0]


def test_sheets_are_whole_and_lowered(project):
    client_build.build(project)
    sheet = built(project, "phone.css").read_text("utf-8")
    assert "@import" not in sheet
    assert "--ink:#111" in sheet
    assert ".question:focus{" in sheet
    assert "inset" not in sheet


def test_the_same_sources_give_the_same_files(project):
    assert client_build.build(project) == client_build.build(project)


def test_a_mistake_leaves_the_former_build(project):
    before = client_build.build(project)
    (project / "static" / "js" / "phone.js").write_text("const = ;", "utf-8")
    with pytest.raises(KioskError) as caught:
        client_build.build(project)
    assert caught.value.code == "client_build_failed"
    assert "phone.js:1:6" in caught.value.values["detail"]
    assert json.loads(built(project, "manifest.json").read_text("utf-8")) == before
    assert sorted(path.name for path in (project / "static").iterdir()) == ["build", "css", "js"]


def test_missing_packages_are_named(tmp_path):
    with pytest.raises(KioskError) as caught:
        client_build.build(tmp_path)
    assert caught.value.code == "client_tools_missing"
    assert "./run.sh" in caught.value.message


def test_catalogues_of_a_language_are_merged(tmp_path):
    folder = tmp_path / "en"
    folder.mkdir()
    (folder / "a.po").write_text('msgid "écran"\nmsgstr "display"\n', "utf-8")
    (folder / "b.po").write_text(
        'msgid "écran"\nmsgstr "screen"\n\nmsgid "%(n)s voix"\nmsgid_plural "%(n)s voix."\n'
        'msgstr[0] "%(n)s vote"\nmsgstr[1] "%(n)s votes"\n\n#, fuzzy\nmsgid "salle"\nmsgstr "hall"\n\n'
        'msgid "séance"\nmsgstr ""\n',
        "utf-8",
    )
    assert client_build.compile_catalogues(tmp_path) == [folder / "LC_MESSAGES" / "kiosk.mo"]
    merged = gettext.translation("kiosk", tmp_path, languages=["en"])
    assert merged.gettext("écran") == "display"
    assert [merged.ngettext("%(n)s voix", "%(n)s voix.", n) for n in (0, 1, 2)] == [
        "%(n)s votes",
        "%(n)s vote",
        "%(n)s votes",
    ]
    assert merged.gettext("salle") == "salle"
    assert merged.gettext("séance") == "séance"


def test_a_build_keeps_what_the_former_one_served(project):
    sheet = project / "static" / "css" / "tokens.css"
    former = client_build.build(project)["tokens.css"]
    served = built(project, f"h/{former}/tokens.css")
    text = served.read_text("utf-8")
    sheet.write_text(":root { --ink: #222 }", "utf-8")
    newer = client_build.build(project)["tokens.css"]
    assert newer != former
    assert served.read_text("utf-8") == text
    assert built(project, f"h/{newer}/tokens.css").read_text("utf-8") == built(project, "tokens.css").read_text("utf-8")
    sheet.write_text(":root { --ink: #333 }", "utf-8")
    client_build.build(project)
    assert not served.exists()  # one build back, no more


# -- the floor of docs/informatique.md, « Navigateurs », on what is really served

BUILD = client_build.ROOT / "static" / "build"
#: What Chromium 70, Firefox 70 or Safari 12 does not know, in styles: the rule that names one is dropped whole.
YOUNGER_STYLES = re.compile(
    r":(?:has|is|where)\(|(?<![\w-])inset:|(?<!-)aspect-ratio:\d|@container|@layer|color-mix|[\d)]dvh"
)
#: And in scripts: what no build lowers, for it is no syntax.
YOUNGER_SCRIPTS = re.compile(
    r"\.(?:replaceAll|matchAll|at|flatMap|flat|findLast|replaceChildren|toSorted|fromEntries|allSettled|any)\("
    r"|structuredClone|globalThis|randomUUID|AbortSignal\.|ResizeObserver|queueMicrotask"
)


@pytest.mark.parametrize("sheet", sorted(BUILD.glob("*.css")), ids=lambda path: path.name)
def test_an_older_browser_has_a_plain_value_for_every_size(sheet):
    text = sheet.read_text("utf-8")
    assert YOUNGER_STYLES.findall(text) == []
    for rule in re.finditer(r"([^{}]+)\{([^{}]*)\}(@supports not \(top:max\(0px,1px\)\)\{)?", text):
        named = {one.partition(":")[0].strip() for one in rule[2].split(";") if older_css._CALL.search(one)}
        if "not (top:max" in rule[1] or not named:
            continue
        assert rule[3], rule[0][:80]
        beside = re.match(r"[^{}]+\{([^{}]*)\}", text[rule.end() :])
        assert beside and named <= {one.partition(":")[0].strip() for one in beside[1].split(";")}
        assert not older_css._CALL.search(beside[1])


@pytest.mark.parametrize("script", sorted(BUILD.glob("*.js")), ids=lambda path: path.name)
def test_an_older_browser_knows_every_word_of_a_script(script):
    assert YOUNGER_SCRIPTS.findall(script.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("declaration", "screen", "plain"),
    [
        ("font-size:min(45vh,22.5vw)", (1920, 1080), "font-size:22.5vw"),
        ("font-size:min(45vh,22.5vw)", (1024, 768), "font-size:22.5vw"),
        ("--q: clamp(5vh, 6.4vw, 11.4vh)", (480, 1080), "--q: 5vh"),
        ("--q: clamp(5vh, 6.4vw, 11.4vh)", (1920, 1080), "--q: 6.4vw"),
        ("font-size:max(3vh,calc(min(var(--q),8.6vh) * var(--fit, 1)))", (1920, 1080),
         "font-size:calc(var(--q) * var(--fit, 1))"),
        ("width:min(100vw - 4.8vh,42vh)", (480, 1080), "width:calc(100vw - 4.8vh)"),
        ("grid:auto minmax(0,1fr)/minmax(min(8rem,100%),1fr)", (360, 640), "grid:auto minmax(0,1fr)/minmax(100%,1fr)"),
        ("overflow-wrap:anywhere", (360, 640), "word-break:break-word"),
    ],
)  # fmt: skip
def test_the_value_is_the_one_that_counts_on_that_screen(declaration, screen, plain):
    assert older_css.plain_value(declaration, screen) == plain


def test_other_shapes_of_the_display_have_their_own():
    sheet = older_css.with_plain_sizes(".len-1{--q: clamp(5vh, 6.4vw, 11.4vh);color:red}", "display")
    beside = "@supports not (top:max(0px,1px)){.len-1{--q: 6.4vw}@media (max-aspect-ratio:1/1){.len-1{--q: 5vh}}}"
    assert sheet == ".len-1{--q: clamp(5vh, 6.4vw, 11.4vh);color:red}" + beside
