"""``run.sh`` on a copy that was never prepared: it prepares, resumes, starts offline, and says what is missing."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

import pytest

from kiosk.ops.process import free_port
from sync.certs import Authority

pytestmark = pytest.mark.server

ROOT = Path(__file__).resolve().parents[1]
#: What run.sh calls besides Python and npm.
PROGRAMS = (
    "sh cat cksum tr find sort xargs readlink grep tail df awk mktemp rm flock dirname uname chmod env mkdir id ls sed"
).split()

#: A folder served over TLS, by a process of its own: (folder, certificate and key) → its port on its output.
SHELF = """
import functools, http.server, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2])
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])
with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as index:
    index.socket = context.wrap_socket(index.socket, server_side=True)
    print(index.server_port, flush=True)
    index.serve_forever()
"""


def copy_tree(target: Path) -> Path:
    """What git would clone, with the changes not committed yet."""
    names = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=True,
    ).stdout.decode()
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    return target


def plain_environment(**more: str) -> dict[str, str]:
    """This environment without what a developer's would change."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("KIOSK_", "PYTHON", "VIRTUAL_ENV", "COV_"))
    }
    return {**kept, **more}


def only(folder: Path, *programs: str) -> str:
    """A PATH that holds nothing but these programs."""
    folder.mkdir()
    for name in programs:
        found = shutil.which(name)
        assert found, name
        (folder / name).symlink_to(found)
    return str(folder)


def fake_python(folder: Path, script: str) -> None:
    """A ``python3`` that stands for one of another machine."""
    program = folder / "python3"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def run(tree: Path, *words: str, limit: float = 300, **environment: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["./run.sh", *words],
        cwd=tree,
        env=plain_environment(**environment),
        capture_output=True,
        text=True,
        timeout=limit,
        stdin=subprocess.DEVNULL,
    )


def answers(port: int, server: subprocess.Popen[bytes], limit: float = 300) -> bool:
    """Whether ``/healthz`` says 200 before the time is out or the server ends."""
    before = time.monotonic()
    while time.monotonic() - before < limit and server.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    return False


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory):
    """What other programs' users set for themselves: variables, pip's own file; and a pupil's folder of modules."""
    folder = tmp_path_factory.mktemp("spoilt")
    for name in ("random", "runpy", "json", "pip", "venv", "kiosk", "click"):
        (folder / f"{name}.py").write_text("raise SystemExit('a pupil’s own module was run')\n")
    (folder / "pip").mkdir()
    (folder / "pip" / "pip.conf").write_text(
        "[install]\nuser = true\ntarget = /proc/nowhere\n[global]\nprefix = /proc/x\n"
    )
    return folder, {
        "XDG_CONFIG_HOME": str(folder),
        "PIP_USER": "1",
        "PIP_TARGET": "/proc/nowhere",
        "PYTHONPATH": str(folder),
        "PYTHONHOME": "/proc/nowhere",
        "PYTHONIOENCODING": "ascii",
    }


@pytest.fixture(scope="module")
def prepared(tmp_path_factory, spoilt):
    """A copy whose set-up was cut after two seconds, then started once and stopped, in a spoilt shell."""
    tree = copy_tree(tmp_path_factory.mktemp("fresh") / "kiosque")
    cut = subprocess.Popen(
        ["./run.sh"],
        cwd=tree,
        env=plain_environment(**spoilt[1]),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    time.sleep(2)
    assert cut.poll() is None, "set-up was over before it could be cut"
    os.killpg(cut.pid, signal.SIGKILL)
    cut.wait()
    port = free_port()
    with (tree.parent / "first.log").open("wb") as log:
        server = subprocess.Popen(
            [str(tree / "run.sh"), "--data-dir", str(tree / "data"), "--port", str(port)],
            cwd=spoilt[0],
            env=plain_environment(**spoilt[1]),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        up = answers(port, server)
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=15)
    assert up, (tree.parent / "first.log").read_text()
    return tree


def test_a_link_leads_to_the_kiosk_and_no_module_of_another_folder_is_run(prepared, spoilt, tmp_path):
    folder, variables = spoilt
    (tmp_path / "kiosque").symlink_to(prepared / "run.sh")
    done = subprocess.run(
        [str(tmp_path / "kiosque"), "sort", "-"],
        cwd=folder,
        env=plain_environment(**variables),
        input="Êtes-vous contente ?\n",
        capture_output=True,
        encoding="utf-8",
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Êtes-vous contente" in done.stdout and not (tmp_path / ".venv").exists()


def test_a_fresh_copy_prepares_itself_after_a_cut(prepared):
    assert (prepared / "data").is_dir()
    built = prepared / "static" / "build"
    names = {path.name for path in built.iterdir()}
    assert {"phone.js", "phone.js.gz", "display.js", "control.js", "manifest.json", "fonts"} <= names
    assert not list(prepared.glob(".setup.??????"))
    assert not list((prepared / "static").glob("build.*"))
    compiled = {path.parent.parent / path.name.partition(".")[0] for path in prepared.glob("kiosk/**/*.pyc")}
    assert {path.with_suffix("") for path in prepared.glob("kiosk/**/*.py")} <= compiled
    pages = [path for path in prepared.glob("templates/**/*.html") if "centre" not in path.parts]
    assert len(list(prepared.glob("templates/__pycache__/*.pyc"))) == len(pages)


def test_nothing_of_set_up_would_be_committed(prepared):
    subprocess.run(["git", "init", "-q"], cwd=prepared, check=True)
    listed = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard"], cwd=prepared, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert [name for name in listed if not (ROOT / name).is_file()] == []


def test_a_second_start_needs_no_network(prepared, tmp_path):
    helper = Path(__file__).with_name("offline_start.py")
    done = subprocess.run(
        ["unshare", "--net", sys.executable, str(helper), str(prepared / "run.sh"), str(free_port()), str(tmp_path)],
        env=plain_environment(), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    print(f"second start, offline: {done.stdout.strip()} s")  # bench/run measures it


def test_it_runs_from_another_folder(prepared, tmp_path):
    done = subprocess.run(
        [str(prepared / "run.sh"), "config", "--data-dir", "ici"],
        cwd=tmp_path,
        env=plain_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(tmp_path / "ici") in done.stdout


def test_a_changed_source_is_built_again_without_network(prepared):
    sheet = prepared / "static" / "css" / "display.css"
    sheet.write_text(sheet.read_text("utf-8") + "\n.made-by-a-test{color:#123456}\n", "utf-8")
    done = subprocess.run(
        ["unshare", "--net", "./run.sh", "setup"], cwd=prepared, env=plain_environment(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "#123456" in (prepared / "static" / "build" / "display.css").read_text("utf-8")


def test_without_npm_a_node_is_fetched_and_thrown_away(prepared):
    shutil.rmtree(prepared / "config" / "client" / "node_modules")
    shutil.rmtree(prepared / "static" / "build")
    path = only(prepared.parent / "without-npm", *PROGRAMS)
    done = run(prepared, "setup", PATH=path)
    assert done.returncode == 0, done.stderr
    assert (prepared / "static" / "build" / "phone.js").is_file()
    assert not list(prepared.rglob("npm-cli.js"))


def refused(tree: Path, *words: str, **environment: str) -> list[str]:
    """The lines of a refusal, which has a French and an English sentence, then a command."""
    done = run(tree, *words, limit=300, **environment)
    assert done.returncode == 1
    assert done.stdout == ""
    lines = [line for line in done.stderr.splitlines() if line.strip()][-3:]
    assert len(lines) == 3, done.stderr
    assert lines[2].startswith("    ")
    return lines


def test_no_python(tmp_path):
    tree = copy_tree(tmp_path / "kiosque")
    lines = refused(tree, PATH=only(tmp_path / "bin", *PROGRAMS))
    assert lines[0].startswith("Python n’est pas installé")
    assert lines[2].strip() == "sudo apt update && sudo apt install python3 python3-venv"


def test_a_python_too_old(tmp_path):
    tree = copy_tree(tmp_path / "kiosque")
    path = only(tmp_path / "bin", *PROGRAMS)
    fake_python(tmp_path / "bin", 'case "$3" in "") exit 0 ;; *print*) echo 3.9 ;; *) exit 1 ;; esac')
    lines = refused(tree, PATH=path)
    assert lines[0].startswith("Python 3.9 est trop ancien")


def test_a_python_without_its_venv_module(tmp_path):
    tree = copy_tree(tmp_path / "kiosque")
    path = only(tmp_path / "bin", *PROGRAMS)
    fake_python(tmp_path / "bin", f'case "$3" in *ensurepip*) exit 1 ;; *) exec "{sys.executable}" "$@" ;; esac')
    lines = refused(tree, PATH=path)
    minor = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert lines[2].strip() == f"sudo apt install python{minor}-venv"


def wheel(folder: Path, name: str, version: str, *needs: str) -> str:
    """Writes a wheel that holds nothing but its name; returns its line of a lock file."""
    about = f"{name}-{version}.dist-info"
    made = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(
            f"{about}/METADATA",
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nProvides-Extra: large\n"
            + "".join(f"Requires-Dist: {need}\n" for need in needs),
        )
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(made.read_bytes()).hexdigest()}\n"


def test_a_release_newer_than_the_lock_changes_nothing(tmp_path):
    """An older pip looks for ``base[large]`` beyond the lock, finds a newer base, and refuses its missing hash."""
    tree = copy_tree(tmp_path / "kiosque")
    (tmp_path / "wheels").mkdir()
    lock = [wheel(tmp_path / "wheels", "asks", "1.0", "base[large]>=1"), wheel(tmp_path / "wheels", "base", "1.0")]
    wheel(tmp_path / "wheels", "base", "2.0")
    (tree / "config" / "requirements.lock").write_text("".join(lock))
    done = run(tree, "setup", PIP_NO_INDEX="1", PIP_FIND_LINKS=str(tmp_path / "wheels"))
    assert "bibliothèques" in done.stderr and "pages" in done.stderr, done.stderr
    installed = {path.name for path in tree.glob(".venv/lib/python*/site-packages/*.dist-info")}
    assert {"asks-1.0.dist-info", "base-1.0.dist-info"} <= installed


def test_a_filter_that_opens_encrypted_connections_is_named_and_its_certificate_is_enough(tmp_path):
    tree = copy_tree(tmp_path / "kiosque")
    shelf = tmp_path / "index" / "simple" / "asks"
    shelf.mkdir(parents=True)
    (tree / "config" / "requirements.lock").write_text(wheel(shelf, "asks", "1.0"))
    authority = Authority(tmp_path / "filter", "Filtre")
    served = subprocess.Popen(
        [sys.executable, "-c", SHELF, str(tmp_path / "index"), str(authority.issue("filter"))],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with served:
        assert served.stdout is not None
        way = {"PIP_INDEX_URL": f"https://127.0.0.1:{served.stdout.readline().strip()}/simple", "PIP_RETRIES": "0"}
        try:
            lines = refused(tree, **way)
            assert "Un filtre de l’établissement ouvre les connexions chiffrées" in "".join(lines), lines
            trusted = run(tree, "setup", limit=300, PIP_CERT=str(authority.pem), **way)
        finally:
            served.kill()
    assert "  pages…" in trusted.stderr


#: What somebody set, and what set-up says of it; {0} is a port of this machine where nobody answers.
WAYS = {
    "dead proxy": ({"https_proxy": "http://moi:secret@127.0.0.1:{0}"}, "(proxy) donné, 127.0.0.1:{0}, ne répond pas"),
    "dead proxy, pip's": ({"PIP_PROXY": "127.0.0.1:{0}"}, "(proxy) donné, 127.0.0.1:{0}, ne répond pas"),
    "dead mirror": (
        {"PIP_INDEX_URL": "http://moi:secret@127.0.0.1:{0}/simple"},
        "Le miroir donné à pip, 127.0.0.1:{0}",
    ),
    "no index": ({"PIP_NO_INDEX": "1"}, "Un réglage de pip (no-index)"),
    "no certificate": ({"PIP_CERT": "/absent/filtre.pem"}, "ne se lit pas : /absent/filtre.pem"),
}


@pytest.mark.parametrize("case", WAYS)
def test_a_way_out_that_was_set_and_fails_is_named_without_its_password(tmp_path, case):
    tree = copy_tree(tmp_path / "kiosque")
    (tree / "config" / "requirements.lock").write_text(f"nowhere-to-be-found==1.0 --hash=sha256:{'0' * 64}\n")
    given, words = WAYS[case]
    port = free_port()
    own = tmp_path / "pip.conf"
    own.write_text("")
    way: dict[str, Any] = {name: value.format(port) for name, value in given.items()}
    done = run(tree, "setup", PIP_RETRIES="0", PIP_CONFIG_FILE=str(own), **way)
    assert done.returncode == 1 and words.format(port) in done.stderr, done.stderr
    assert "secret" not in done.stderr


def test_a_trial_of_pip_does_not_pass_for_a_set_up(tmp_path):
    tree = copy_tree(tmp_path / "kiosque")
    (tmp_path / "wheels").mkdir()
    (tree / "config" / "requirements.lock").write_text(wheel(tmp_path / "wheels", "asks", "1.0"))
    way: dict[str, Any] = {
        "PIP_DRY_RUN": "1",
        "PIP_PYTHON": "/absent",
        "PIP_LOG": "/absent/log",
        "PIP_REPORT": str(tmp_path / "said"),
    }
    run(tree, "setup", PIP_NO_INDEX="1", PIP_FIND_LINKS=str(tmp_path / "wheels"), **way)
    assert list(tree.glob(".venv/lib/python*/site-packages/asks-1.0.dist-info"))
    assert not (tmp_path / "said").exists()


def test_no_network_at_the_first_start(tmp_path):
    tree = copy_tree(tmp_path / "kiosque")
    done = subprocess.run(
        ["unshare", "--net", "./run.sh"],
        cwd=tree,
        env=plain_environment(PIP_RETRIES="0", PIP_NO_CACHE_DIR="1"),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "Internet est nécessaire la première fois, et il ne répond pas." in done.stderr
    assert not (tree / ".venv" / ".kiosk-runtime").exists()


def test_a_full_disk(tmp_path):
    tree = copy_tree(tmp_path / "kiosque")
    path = only(tmp_path / "bin", *(name for name in PROGRAMS if name != "df"))
    df = tmp_path / "bin" / "df"
    df.write_text("#!/bin/sh\necho 'Filesystem 1024-blocks Used Available'\necho '/dev/root 100 100 0'\n")
    df.chmod(0o755)
    assert refused(tree, PATH=path)[0].startswith("Le disque est plein")


def test_a_disk_where_no_program_may_run_is_said_before_anything_is_fetched(tmp_path):
    """A shared folder, a stick mounted ``noexec``."""
    disk = tmp_path / "disque"
    disk.mkdir()
    lines = [f'mount -t tmpfs -o noexec,size=400m tmpfs "{disk}"', f'cp "{ROOT}/run.sh" "{disk}"', f'cd "{disk}"']
    done = subprocess.run(
        ["unshare", "--mount", "--net", "sh", "-c", "; ".join([*lines, "sh run.sh setup; echo $?; ls -A"])],
        env=plain_environment(), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.stderr.strip().startswith("Ce dossier est sur un disque d’où aucun programme ne peut partir")
    assert done.stdout.split()[0] == "1" and ".venv" not in done.stdout
