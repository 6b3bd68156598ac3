"""What can be set, and where each value came from: command line > environment > file > data folder > default.

:func:`load` is the one way in. A setting has one dotted name (``school.uai``), which gives its
attribute (``settings.school_uai``), its place in the file (``uai`` under ``[school]``) and its
environment variable (``KIOSK_SCHOOL_UAI``). ``config/kiosk.toml`` explains each one to people.
``settings.toml`` in the data folder, in the same form, holds what the first-start pages and ``kiosk provision``
were told (:mod:`kiosk.ground.settingsfile` writes it).

:func:`peek_engine` runs before the standard library is patched, so this module and what it
imports stay with the standard library (and ``tomli`` before Python 3.11).
"""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Mapping
from dataclasses import Field, field, fields
from pathlib import Path
from typing import Any

from kiosk.ground import calling, config_file, diskwords
from kiosk.ground.config_values import check, parse, typed
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _
from kiosk.ground.values import dataclass

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
#: The installation: settings and data stay here while an upgrade runs from ``versions/NAME`` (kiosk.versions).
_UPGRADED = ROOT.parent.name == "versions" and (ROOT / "bundle.json").is_file() and (ROOT.parents[1] / "kiosk").is_dir()
HOME = ROOT.parents[1] if _UPGRADED else ROOT
DEFAULT_FILE = HOME / "config" / "kiosk.toml"
#: The data folder's own settings, the lowest layer.
KEPT_FILE = "settings.toml"
#: What it cannot hold: where it is, and what is needed before it is read.
NEVER_KEPT = ("data_dir", "engine", "upgrade.key")
ENGINES = ("eventlet", "gevent", "threading")


def default_data_dir() -> Path:
    """``data/`` in the project's folder; when that is read-only, the user's own data folder."""
    place = HOME / "data"
    if os.access(place if place.exists() else HOME, os.W_OK):
        return place
    windows = os.environ.get("LOCALAPPDATA") if os.name == "nt" else None
    base = windows or os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "kiosque-metiers"


def _setting(key: str, default: Any, **rules: Any) -> Any:
    """A field named ``key`` in the file; ``rules`` are those of ``config_values.check``."""
    metadata = {"key": key, **rules}
    if callable(default):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Policy:
    """What the rules read of the settings (``kiosk.domain.policy``). ``uai``, ``school`` (its name), ``zone`` (IANA):
    empty when not set; ``share_*``: what the centre is told.
    """

    uai: str = ""
    school: str = ""
    zone: str = ""
    share_asked: bool = False
    share_reflection: bool = False


@dataclass(frozen=True)
class Settings:
    """Every setting, typed and checked. Built by :func:`load`; tests may build one directly."""

    # where it runs
    #: Folder of the database, the secrets and the portraits; created when absent.
    data_dir: Path = _setting("data_dir", default_data_dir)
    #: Address to listen on; 0.0.0.0 = every network card.
    host: str = _setting("host", "0.0.0.0")
    #: TCP port; 0 = any free one.
    port: int = _setting("port", 8080, low=0, high=65535)
    #: Concurrency engine.
    engine: str = _setting("engine", "eventlet", choices=ENGINES)
    #: Language of pages and messages when nobody asked for another.
    language: str = _setting("language", "fr", choices=("fr", "en"))
    #: Address printed and put in QR codes instead of the one found; empty = found.
    public_url: str = _setting("public_url", "", form="public")
    #: Relays in front (addresses or ranges), believed when they say who speaks; any other takes rights away.
    relays: tuple[str, ...] = _setting("relays", (), form="networks")
    #: Whether this machine may open the display and the first start without a code; false = nobody may.
    trust_local: bool = _setting("trust_local", True)
    #: Empty = SQLite in data_dir; or ``postgresql://…``.
    database: str = _setting("database", "", secret=True)
    #: Empty = one process; or ``redis://…`` when several workers share the rooms.
    message_queue: str = _setting("message_queue", "", secret=True)

    # the school
    #: Code UAI (7 digits and a letter); gives the time zone.
    school_uai: str = _setting("school.uai", "")
    #: Name shown on the display and copied with the questions.
    school_name: str = _setting("school.name", "")
    #: IANA zone that replaces the one the UAI gives; empty = from the UAI.
    school_zone: str = _setting("school.zone", "", form="zone")

    # the large display
    #: Theme at start; the teacher and ``?theme=`` can change it.
    display_theme: str = _setting("display.theme", "clair", choices=("clair", "sombre"))
    #: Whether another machine may open the display, with the token the teacher's page gives.
    display_remote: bool = _setting("display.remote", True)
    #: Minutes without a class after which the large display may sleep; 0: never (``kiosk.domain.waking``).
    display_sleep: int = _setting("display.sleep", 30, low=0, high=600)
    #: Wi-Fi network of the class; its QR code is shown when the name is set.
    wifi_ssid: str = _setting("wifi.ssid", "")
    wifi_password: str = _setting("wifi.password", "", secret=True)
    #: As in a ``WIFI:`` QR payload.
    wifi_security: str = _setting("wifi.security", "WPA", choices=("WPA", "WEP", "nopass"))
    #: Whether the network does not announce its name.
    wifi_hidden: bool = _setting("wifi.hidden", False)

    # questions
    #: No effect any more: every room reads over, and its teacher suspends that for ten minutes at most. Still read, so
    #: that a file of before starts; the diagnosis says so when it is false.
    moderation: bool = _setting("moderation", True)
    #: Whether a new room takes phones; false = teacher's keyboard, shared tablet and paper only.
    phones: bool = _setting("phones", True)
    #: Longest question, in characters.
    question_max_length: int = _setting("question.max_length", 240, low=40, high=1000)
    #: Questions a device may send at once, before the rate below holds.
    limits_device_burst: int = _setting("limits.device_burst", 10, low=1, high=1000)
    #: Questions a second from one device, once its burst is spent.
    limits_device_per_second: float = _setting("limits.device_per_second", 1.0, low=0.01, high=1000)
    #: Questions from one device in one session.
    limits_device_max: int = _setting("limits.device_max", 100, low=1, high=100_000)
    #: Questions a second in one room, all devices together.
    limits_room_per_second: int = _setting("limits.room_per_second", 600, low=1, high=100_000)
    #: Questions that wait in a room, for each pupil of the headcount or phone there, before it is full.
    limits_waiting_per_pupil: int = _setting("limits.waiting_per_pupil", 10, low=1, high=1000)
    #: Questions that may wait in any room, however few are there.
    limits_waiting_least: int = _setting("limits.waiting_least", 300, low=10, high=1_000_000)
    #: Sockets of one device in a room at a time (a shared tablet's tabs).
    limits_device_sockets: int = _setting("limits.device_sockets", 8, low=1, high=10_000)
    #: Sockets in all; beyond, newcomers are asked to come back.
    limits_sockets: int = _setting("limits.sockets", 3000, low=10, high=100_000)
    #: Sockets from one address: as many phones as a school may have behind one.
    limits_address_sockets: int = _setting("limits.address_sockets", 1500, low=10, high=100_000)
    #: Whom a pupil in danger finds in the school, « who : number » or a place; shown before the territory's numbers.
    help_lines: tuple[str, ...] = _setting("help.lines", (), form="lines")
    #: Days after which raw live questions are purged.
    retention_days: int = _setting("retention.days", 7, low=0, high=365)

    # the centre
    #: Address of the exchange; empty = USB stick or e-mail only.
    centre_url: str = _setting("centre.url", "", form="url")
    #: Proxy for the exchange; empty = the system's.
    centre_proxy: str = _setting("centre.proxy", "", form="url", secret=True)
    #: Certificates (PEM file) of a filter that opens TLS; empty = the usual ones.
    centre_ca_bundle: str = _setting("centre.ca_bundle", "")

    # the exchange
    #: Kilobytes a day above which portraits wait; 0 = no limit. Questions always go.
    sync_daily_budget_kb: int = _setting("sync.daily_budget_kb", 10_000, low=0, high=10_000_000)
    #: Tell the centre which questions were asked (their text, never who asked).
    sync_share_asked: bool = _setting("sync.share_asked", False)
    #: Tell the centre the figures of the end-of-session answers (never a count under 5).
    sync_share_reflection: bool = _setting("sync.share_reflection", False)

    # supervision
    #: Token of ``/metrics`` for another machine; empty = this machine alone reads it.
    metrics_token: str = _setting("metrics.token", "", secret=True)

    # the job sheets
    #: Address of « Idéo-Fiches métiers » (zip of one XML); empty = not downloaded.
    jobs_sheets_url: str = _setting(
        "jobs.sheets_url", "https://api.opendata.onisep.fr/downloads/5fe0808a2da6f/5fe0808a2da6f.zip", form="url"
    )
    #: Address of « Idéo-Métiers » (JSON), which gives each job's page; empty = not downloaded.
    jobs_list_url: str = _setting(
        "jobs.list_url", "https://api.opendata.onisep.fr/downloads/5fa5949243f97/5fa5949243f97.json", form="url"
    )

    # upgrades
    #: Public key (a line of OpenSSH's) that must have signed a bundle; empty = sums are checked, not who made it.
    upgrade_key: str = _setting("upgrade.key", "", form="key")

    # the journal
    log_level: str = _setting("log.level", "info", choices=("debug", "info", "warning", "error"))
    log_format: str = _setting("log.format", "text", choices=("text", "json"))

    #: Dotted name → where its value came from, for those that are not defaults.
    origins: Mapping[str, str] = field(default_factory=dict, compare=False)
    #: Dotted names whose value is the data folder's own.
    kept: frozenset[str] = field(default_factory=frozenset, compare=False)
    #: ``KIOSK_…`` variables that name no setting, each with the nearest one (or nothing).
    ignored: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def policy(self) -> Policy:
        """What the rules read of these settings."""
        return Policy(
            uai=self.school_uai,
            school=self.school_name,
            zone=self.school_zone,
            share_asked=self.sync_share_asked,
            share_reflection=self.sync_share_reflection,
        )


SETTINGS: dict[str, Field[Any]] = {item.metadata["key"]: item for item in fields(Settings) if "key" in item.metadata}


def variable(key: str) -> str:
    """The environment variable of a setting: ``school.uai`` → ``KIOSK_SCHOOL_UAI``."""
    return "KIOSK_" + key.replace(".", "_").upper()


def load(
    overrides: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    config: str | Path | None = None,
) -> Settings:
    """Settings from the command line (``overrides``: dotted name → value), environment and file.

    ``None`` among the overrides means "not given". Relative folders start from the current
    folder, those of the file from the project's. Raises ``KioskError`` with ``file_missing``,
    ``config_syntax``, ``config_unknown_key``, ``config_wrong_type`` or ``config_wrong_value``.
    """
    environ = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    path = config_path(config, environ)
    if path:
        _take(path, SETTINGS, values, origins)
    for key, item in SETTINGS.items():
        name = variable(key)
        text = environ.get(name)
        if text is not None and (text or item.type == "str"):
            values[key] = _accept(item, parse(text, item), name, Path.cwd())
            origins[key] = _("environnement, %(name)s", name=name)
    for key, value in (overrides or {}).items():
        if value is not None:
            option = "--" + key.replace("_", "-").replace(".", "-")
            typed = parse(value, SETTINGS[key]) if isinstance(value, str) else value
            values[key] = _accept(SETTINGS[key], typed, option, Path.cwd())
            origins[key] = _("ligne de commande, %(name)s", name=option)
    kept = _kept(values, origins)
    return Settings(
        **{SETTINGS[key].name: value for key, value in values.items()},
        origins=origins,
        kept=kept,
        ignored=_strangers(environ),
    )


def _kept(values: dict[str, Any], origins: dict[str, str]) -> frozenset[str]:
    """Fill what nothing above gave with the data folder's own settings; their names."""
    path = (values.get("data_dir") or default_data_dir()) / KEPT_FILE
    try:
        if not path.is_file():
            return frozenset()
    except PermissionError as error:
        raise KioskError("data_foreign", path=str(path.parent), owner=_owner(path.parent)) from error
    return _take(path, {key: item for key, item in SETTINGS.items() if key not in NEVER_KEPT}, values, origins)


def _owner(folder: Path) -> str:
    """The account that a folder belongs to, by its name or else by its number."""
    try:
        return folder.owner()
    except (KeyError, NotImplementedError):
        return f"#{folder.stat().st_uid}"  # as sudo takes a number


def _take(
    path: Path, known: Mapping[str, Field[Any]], values: dict[str, Any], origins: dict[str, str]
) -> frozenset[str]:
    """Add what a file says and nothing else has said yet; the names added."""
    found = config_file.read(path, known, HOME)
    new = found.keys() - values.keys()
    for key in new:
        values[key], line = found[key]
        origins[key] = _("%(file)s, ligne %(line)s", file=path, line=line)
    return frozenset(new)


def config_path(config: str | Path | None, environ: Mapping[str, str]) -> Path | None:
    """The file to read: ``--config``, ``KIOSK_CONFIG``, or ``config/kiosk.toml`` if there."""
    named = config or environ.get("KIOSK_CONFIG")
    if named:
        path = Path(named)
        diskwords.must_read(path)
        return path
    return DEFAULT_FILE if DEFAULT_FILE.is_file() else None


def peek_engine(argv: list[str], environ: Mapping[str, str]) -> str:
    """The engine to patch for, before anything else is imported. Never fails: ``load`` tells."""
    wanted = environ.get(variable("engine"))
    if not wanted:
        given = None
        for index, word in enumerate(argv):
            if word == "--config":
                given = argv[index + 1] if index + 1 < len(argv) else None
            elif word.startswith("--config="):
                given = word.partition("=")[2]
        try:
            path = config_path(given, environ)
            wanted = tomllib.loads(path.read_text("utf-8")).get("engine") if path else None
        except (KioskError, OSError, ValueError):
            wanted = None
    return wanted if wanted in ENGINES else "eventlet"


def serves(argv: list[str]) -> bool:
    """Whether a command line starts a server, the commands that need patching."""
    words = iter(argv)
    for word in words:
        if word in ("--config", "--data-dir", "--port"):
            next(words, None)
        elif not word.startswith("-"):
            return word in ("serve", "centre") and "--help" not in argv
    return "--help" not in argv


def _accept(item: Field[Any], value: Any, source: str, base: Path) -> Any:
    """``value`` checked and typed, or ``config_wrong_value`` naming the variable or option."""
    problem = check(value, item)
    if problem:
        raise KioskError("config_wrong_value", source=source, detail=problem)
    return typed(value, item, base)


def _strangers(environ: Mapping[str, str]) -> dict[str, str]:
    known = {variable(key) for key in SETTINGS} | {"KIOSK_CONFIG", "KIOSK_LOOP_LAG", calling.VARIABLE}
    return {
        name: next(iter(difflib.get_close_matches(name, known, n=1, cutoff=0.8)), "")
        for name in sorted(environ)
        if name.startswith("KIOSK_") and name not in known
    }
