"""``kiosk install`` and ``kiosk uninstall``: what is written, what is refused, and that exactly that goes."""

from __future__ import annotations

import configparser
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.ground.config import ROOT, Settings, load
from kiosk.ground.errors import KioskError
from kiosk.ops.install import command, desktops, ledger, service
from kiosk.ops.install.items import Item
from kiosk.ops.install.places import Place, system_place, user_place

QUIET = command.Wish(start=False)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A person's home with a life of its own in it."""
    folder = tmp_path / "maison d’élève"
    (folder / ".config/labwc").mkdir(parents=True)
    (folder / ".config/labwc/autostart").write_text("swayidle -w timeout 600 'wlopm --off \\*' &\n")
    (folder / ".config/wayfire.ini").write_text("[core]\nplugins = alpha\n\n[autostart]\npanel = wf-panel\n")
    (folder / "notes.txt").write_text("à moi\n")
    return folder


@pytest.fixture
def environ(home: Path) -> dict[str, str]:
    return {"HOME": str(home)}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "données", port=8123)


def tree(folder: Path) -> dict[str, str]:
    """Every path of a folder with what it holds."""

    def held(path: Path) -> str:
        if path.is_symlink():
            return os.readlink(path)
        return path.read_text() if path.is_file() else "/"

    return {str(path.relative_to(folder)): held(path) for path in sorted(folder.rglob("*"))}


def test_install_then_uninstall_leaves_the_home_as_it_was(settings, home, environ):
    before = tree(home)
    command.install(settings, QUIET, environ)
    during = tree(home)
    assert len(during) > len(before) + 6 and "kiosque-ecran" in during[".config/labwc/autostart"]
    assert "[autostart]\n# >>> kiosque-metiers\nkiosque_ecran = " in during[".config/wayfire.ini"]
    lines = command.uninstall(QUIET, environ)
    assert tree(home) == before and settings.data_dir.is_dir()
    assert lines[-1] == "Les données du kiosque sont gardées."
    assert command.uninstall(QUIET, environ)[0].startswith("Rien à retirer")


def test_installing_twice_writes_nothing_more(settings, home, environ):
    command.install(settings, QUIET, environ)
    place = user_place(environ)
    first, manifest = tree(home), place.manifest.read_text()
    times = {path: path.lstat().st_mtime_ns for path in home.rglob("*") if path != place.manifest}
    assert "Tout est déjà en place." in command.install(settings, QUIET, environ)[0]
    assert tree(home) == first and place.manifest.read_text() == manifest
    assert {path: path.lstat().st_mtime_ns for path in times if not path.is_dir()} == {
        path: moment for path, moment in times.items() if not path.is_dir()
    }


def test_another_port_replaces_our_own_files_and_drops_what_is_no_longer_wanted(settings, home, environ):
    command.install(settings, QUIET, environ)
    command.install(
        Settings(data_dir=settings.data_dir, port=8200), command.Wish(start=False, desktops=("xdg",)), environ
    )
    place = user_place(environ)
    assert "url=http://127.0.0.1:8200/ecran\n" in place.script.read_text()
    assert "kiosque" not in (home / ".config/labwc/autostart").read_text()
    command.install(settings, command.Wish(start=False, screen=False), environ)
    assert not place.script.exists() and not place.autostart.exists() and place.unit.exists()


def test_the_command_of_an_installation_is_about_its_kiosk_unless_told_another(settings, home, environ, tmp_path):
    """« kiosk pin show » after « install --data-dir X » must not tell another kiosk's code."""
    given = {"data_dir": str(tmp_path / "l’autre dossier"), "port": "8124"}
    command.install(settings, command.Wish(start=False, given=given), environ)
    path = user_place(environ).typed
    asked = [str(path), "config"]
    plain = {"PATH": os.environ["PATH"], "HOME": str(home), "KIOSK_LANGUAGE": "fr"}
    said = subprocess.run(asked, env=plain, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert given["data_dir"] in said and "8124" in said
    other = {**plain, "KIOSK_DATA_DIR": str(tmp_path / "b")}
    done = subprocess.run(
        [*asked, "--port", "8125"], env=other, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert str(tmp_path / "b") in done.stdout and "8125" in done.stdout and "8124" not in done.stdout
    command.uninstall(QUIET, environ)
    assert not path.exists()


def test_the_dry_run_shows_every_file_and_writes_none(settings, home, environ):
    before = tree(home)
    shown = "\n".join(command.preview(settings, QUIET, environ))
    assert tree(home) == before and not settings.data_dir.exists()
    place = user_place(environ)
    for path in (place.unit, place.wanted, place.script, place.autostart, home / ".config/labwc/autostart"):
        assert f"== {path}" in shown
    assert "    Type=notify\n" in shown and "    Exec=" in shown and "(755, nouveau)" in shown


def test_what_a_person_changed_is_refused_and_nothing_is_written(settings, home, environ):
    command.install(settings, QUIET, environ)
    place = user_place(environ)
    place.unit.write_text(place.unit.read_text() + "# MemoryMax=1G, salle 12\n")
    before = tree(home)
    with pytest.raises(KioskError) as refused:
        command.install(Settings(data_dir=settings.data_dir, port=9000), QUIET, environ)
    assert refused.value.code == "install_changed" and str(place.unit) in refused.value.message
    assert tree(home) == before
    assert "changé par quelqu’un" in "\n".join(command.preview(settings, QUIET, environ))


def test_force_keeps_a_person_s_file_aside(settings, home, environ):
    command.install(settings, QUIET, environ)
    place = user_place(environ)
    place.unit.write_text("à moi")
    command.install(settings, command.Wish(start=False, force=True), environ)
    aside = place.unit.with_name("kiosque-metiers.service.orig")
    assert aside.read_text() == "à moi" and "Type=notify" in place.unit.read_text()
    command.uninstall(QUIET, environ)
    assert aside.read_text() == "à moi" and not place.unit.exists()


def test_what_was_there_before_comes_back(settings, home, environ):
    place = user_place(environ)
    place.autostart.parent.mkdir(parents=True)
    place.autostart.write_text("d’avant")
    with pytest.raises(KioskError):
        command.install(settings, QUIET, environ)
    command.install(settings, command.Wish(start=False, force=True), environ)
    assert "[Desktop Entry]" in place.autostart.read_text()
    command.uninstall(QUIET, environ)
    assert place.autostart.read_text() == "d’avant"


def test_uninstalling_leaves_what_a_person_changed(settings, home, environ):
    command.install(settings, QUIET, environ)
    place = user_place(environ)
    place.autostart.write_text(place.autostart.read_text() + "Hidden=true\n")
    said = "\n".join(command.uninstall(QUIET, environ))
    assert place.autostart.exists() and not place.unit.exists()
    assert f"laissé, quelqu’un l’a changé : {place.autostart}" in said.replace("\u00a0", " ")


def test_a_block_that_lost_its_end_takes_no_line_of_a_person_with_it(tmp_path):
    own = tmp_path / "autostart"
    own.write_text("# >>> kiosque-metiers\n/x/kiosque-ecran &\nmon-programme &\n")
    item = Item(own, "/x/kiosque-ecran &\n", kind="block")
    item.write()
    item.remove(created=False)
    assert "mon-programme &\n" in own.read_text()


def test_a_folder_that_refuses_is_said_with_its_cure(settings, environ, home):
    place = Place(True, "quelqu’un", home, Path("/proc/1/nowhere"), home, home)
    with pytest.raises(OSError):
        ledger.install(command.plan(settings, place, QUIET, environ), place.manifest)


def test_the_service_does_not_run_as_root():
    with pytest.raises(KioskError) as refused:
        system_place({}, "root")
    assert refused.value.code == "install_user"
    with pytest.raises(KioskError):
        system_place({}, "personne-de-ce-nom")


def test_the_system_s_files_under_their_root(settings, tmp_path, environ):
    place = system_place({"SUDO_USER": "nobody"}, None, tmp_path / "carte")
    ledger.install(command.plan(settings, place, QUIET, environ), place.manifest)
    written = set(tree(tmp_path / "carte"))
    assert {
        "etc/systemd/system/kiosque-metiers.service",
        "etc/systemd/system/multi-user.target.wants/kiosque-metiers.service",
        "etc/xdg/autostart/kiosque-ecran.desktop",
        "usr/local/lib/kiosque-metiers/kiosque-ecran",
    } <= written
    text = place.unit.read_text()
    assert "User=nobody\nCapabilityBoundingSet=\n" in text and "PrivateUsers" not in text
    assert "WantedBy=multi-user.target" in text
    assert stat.S_IMODE(place.script.stat().st_mode) == 0o755
    ledger.uninstall(place.manifest)
    assert [path for path in tree(tmp_path / "carte") if not path.startswith(("var", "etc", "usr"))] == []
    assert not place.unit.exists() and not place.script.exists()


@pytest.mark.parametrize("namespaces", [True, False])
def test_the_unit_is_watched_limited_and_shut_in(settings, environ, namespaces):
    text = service.unit(settings, user_place(environ), {}, namespaces)
    for line in (
        "Type=notify",
        "WatchdogSec=60",
        "Restart=always",
        "StartLimitBurst=30",
        "MemoryMax=512M",
        "NoNewPrivileges=yes",
        "SystemCallFilter=@system-service",
        "WantedBy=default.target",
    ):
        assert f"\n{line}\n" in text
    assert ("ProtectSystem=strict" in text) is namespaces and ("PrivateUsers=yes" in text) is namespaces
    assert ("ReadWritePaths=" in text) is namespaces


def test_paths_with_spaces_and_percents_are_one_word(tmp_path, environ):
    settings = Settings(data_dir=tmp_path / "clé 100 %")
    text = service.unit(settings, user_place(environ), {"data_dir": str(settings.data_dir), "port": "80"}, True)
    assert f'serve --data-dir "{tmp_path}/clé 100 %%" --port 80\n' in text
    assert f'ReadWritePaths="{tmp_path}/clé 100 %%" ' in text


def test_a_port_below_1024_gets_the_one_right_it_needs(settings, tmp_path):
    place = system_place({}, "nobody", tmp_path)
    text = service.unit(Settings(data_dir=tmp_path, port=80), place, {}, True)
    assert "AmbientCapabilities=CAP_NET_BIND_SERVICE\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE\n" in text


def test_the_service_is_given_the_proxy_and_settings_of_this_shell(settings, home, environ):
    environ |= {"https_proxy": "http://u:p@proxy:3128", "KIOSK_SCHOOL_NAME": 'Lycée "Hugo" $1', "KIOSK_DATA_DIR": "ici"}
    command.install(settings, QUIET, environ)
    place = user_place(environ)
    assert stat.S_IMODE(place.environment.stat().st_mode) == 0o600
    text = place.environment.read_text()
    assert 'https_proxy="http://u:p@proxy:3128"\n' in text and f'KIOSK_DATA_DIR="{Path.cwd()}/ici"\n' in text
    assert 'KIOSK_SCHOOL_NAME="Lycée \\"Hugo\\" \\$1"\n' in text
    place.environment.write_text("https_proxy=http://autre:3128\n")  # a person's from now on
    command.install(settings, QUIET, environ)
    assert place.environment.read_text() == "https_proxy=http://autre:3128\n"
    command.uninstall(QUIET, environ)
    assert place.environment.exists()


def test_the_session_of_raspberry_pi_os_needs_no_line_in_its_own_files(home, environ, tmp_path):
    """Its labwc and Wayfire start the XDG entries: a second line would only be one more to take away."""
    root = tmp_path / "racine"
    (root / "etc/xdg/labwc").mkdir(parents=True)
    (root / "etc/xdg/labwc/autostart").write_text("/usr/bin/lxsession-xdg-autostart\n")
    place = user_place(environ, root)
    assert desktops.detected(place, search="") == ["xdg", "wayfire"]
    (home / ".config/wayfire.ini").write_text("[autostart]\nxdg = lxsession-xdg-autostart\n")
    assert desktops.detected(place, search="") == ["xdg"]


def test_a_first_file_of_labwc_keeps_what_the_system_s_did(environ, home, tmp_path):
    root = tmp_path / "racine"
    (root / "etc/xdg/labwc").mkdir(parents=True)
    (root / "etc/xdg/labwc/autostart").write_text("waybar &\n")
    (home / ".config/labwc/autostart").unlink()
    place = user_place(environ, root)
    (item,) = desktops.starters(place, ["labwc"])
    assert item.text.startswith("[ ! -r /etc/xdg/labwc/autostart ] || . /etc/xdg/labwc/autostart\n'")
    item.write()
    assert subprocess.run(["sh", "-n", str(item.path)], check=False).returncode == 0


def test_the_desktop_entry_is_well_formed(environ, home):
    (item,) = desktops.starters(user_place(environ), ["xdg"])
    entry = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    entry.optionxform = str  # type: ignore[assignment,method-assign]
    entry.read_string(item.text)
    held = entry["Desktop Entry"]
    assert held["Type"] == "Application"
    assert held["Exec"] == f'"{home}/.local/share/kiosque-metiers/kiosque-ecran"'


def test_the_loop_s_values_are_quoted(settings):
    text = desktops.script(settings, room="B12", browser="/opt/mon chrome", flags=["--force-device-scale-factor=1.5"])
    assert "url='http://127.0.0.1:8123/ecran?salle=B12'\n" in text
    assert "@" not in text.split("set -u")[1].split("run=")[0]
    done = subprocess.run(["sh", "-n"], input=text, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_browsers_are_looked_for_in_order(tmp_path):
    for name in ("firefox", "chromium"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    assert desktops.browsers_here(str(tmp_path)) == ["chromium", "firefox"]


def test_the_command_passes_its_global_options_to_the_service(tmp_path):
    environ = {**os.environ, "HOME": str(tmp_path), "KIOSK_LANGUAGE": "en"}
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", "--port", "8301", "install", "--dry-run", "--data-dir", "données"],
        cwd=tmp_path,
        env={**environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert f"serve --data-dir {tmp_path}/données --port 8301\n" in done.stdout
    assert "Nothing was written (--dry-run)." in done.stdout and not (tmp_path / "données").exists()


def test_settings_of_the_file_stay_the_file_s(tmp_path):
    file = tmp_path / "kiosk.toml"
    file.write_text("port = 8300\n")
    settings = load({}, {}, file)
    assert "--port" not in service.unit(settings, user_place({"HOME": str(tmp_path)}), {"config": str(file)}, False)


def test_an_account_that_cannot_reach_the_folder_is_told_before_anything_is_written(tmp_path):
    """Only root can try as another account; others are refused by the folders themselves."""
    closed = tmp_path / "fermé"
    closed.mkdir(mode=0o700)
    settings = Settings(data_dir=closed / "data")
    (closed / "data").mkdir()
    place = system_place({}, "nobody", tmp_path / "root")
    if os.geteuid() == 0:
        with pytest.raises(KioskError) as refused:
            command._reachable(settings, place)
        assert refused.value.code == "install_unreachable" and "nobody" in refused.value.message


def test_the_teacher_s_code_is_not_written_in_the_journal(tmp_path):
    from kiosk.ops.supervision import in_journal

    with (tmp_path / "journal").open("w") as journal:
        held = os.fstat(journal.fileno())
        stream = {"JOURNAL_STREAM": f"{held.st_dev}:{held.st_ino}"}
        assert in_journal(stream, journal.fileno()) and not in_journal({}, journal.fileno())
        # A terminal opened by a desktop inherits the variable, not the stream.
        assert not in_journal({"JOURNAL_STREAM": "8:12345"}, journal.fileno())
