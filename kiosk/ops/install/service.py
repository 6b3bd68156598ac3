"""The unit of systemd that runs the kiosk: started again when it dies or stalls, shut in its own folders."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from kiosk.ground import calling
from kiosk.ground.config import HOME, ROOT, SETTINGS, Settings, variable
from kiosk.ops.install.places import Place

#: Seconds without a sign of life before systemd kills the kiosk and starts it again.
WATCHDOG = 60
#: Above this the kiosk is started again (idle 63 MiB, 1,000 phones 125 MiB: docs/performance.md).
MEMORY_MAX = "512M"
PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")

#: Failed starts before systemd gives up; how it keeps the kiosk alive, and within which bounds.
STARTS = (
    "# Trente départs manqués en dix minutes : on s’arrête là. / Thirty failed starts in ten minutes: enough.",
    "StartLimitIntervalSec=600",
    "StartLimitBurst=30",
)
LIFE = (
    "Restart=always",
    "RestartSec=3",
    "# Une ligne de commande refusée ne s’arrange pas toute seule. / A refused command line stays refused.",
    "RestartPreventExitStatus=2",
    f"WatchdogSec={WATCHDOG}",
    "TimeoutStartSec=120",
    "TimeoutStopSec=20",
    f"MemoryMax={MEMORY_MAX}",
    "TasksMax=64",
    "LimitNOFILE=8192",
)
#: Restrictions that need no namespace: any user's manager can set them.
SIMPLE = (
    "NoNewPrivileges=yes",
    "LockPersonality=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "RestrictNamespaces=yes",
    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
    "SystemCallArchitectures=native",
    "SystemCallFilter=@system-service",
    "SystemCallErrorNumber=EPERM",
    "UMask=0077",
)
#: Restrictions by namespaces: the system's manager, or a user's where the kernel lets users make namespaces.
NAMESPACES = (
    "ProtectSystem=strict",
    "PrivateDevices=yes",
    "ProtectControlGroups=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelTunables=yes",
    "ProtectKernelLogs=yes",
    "ProtectClock=yes",
    "ProtectHostname=yes",
)


def unit(settings: Settings, place: Place, given: Mapping[str, str], namespaces: bool = True) -> str:
    """The text of ``kiosque-metiers.service``.

    :param given: as in :func:`command`.
    :param namespaces: whether this manager can set up namespaces (:func:`namespaces_work`).
    """
    data = settings.data_dir.resolve()
    lines = [
        '# Écrit par « kiosk install », retiré par « kiosk uninstall ». / Written by "kiosk install".',
        "[Unit]",
        "Description=Kiosque Métiers en direct",
        "After=network.target",
        f"RequiresMountsFor={_word(data)} {_word(HOME)}",
        *STARTS,
        "",
        "[Service]",
        "Type=notify",
        "NotifyAccess=main",
        f"WorkingDirectory={_path(HOME)}",
        f"Environment={_word('PYTHONPATH=' + str(HOME))} PYTHONUTF8=1 PYTHONUNBUFFERED=1",
        f"EnvironmentFile=-{_path(place.environment)}",
        "ExecStart=" + " ".join(_command_word(word) for word in command(given)),
        *LIFE,
        "",
        "# Il n’écrit que dans ses dossiers. / It writes in its own folders only.",
        *(_identity(settings, place)),
        *SIMPLE,
        *(_walls(place, data) if namespaces else ()),
        "",
        "[Install]",
        f"WantedBy={'multi-user' if place.system else 'default'}.target",
    ]
    return "\n".join(lines) + "\n"


def command(given: Mapping[str, str]) -> list[str]:
    """What the service runs. ``given``: the global options of this command line, by name; the files say the rest."""
    words = [python(), "-m", "kiosk", "serve"]
    for name, value in given.items():
        words += ["--" + name.replace("_", "-"), value]
    return words


def typed(given: Mapping[str, str]) -> str:
    """The command ``kiosk`` of this installation: its folder's, about the kiosk that the service runs, unless the
    person who types says another (an option, a variable).
    """
    lines = [
        "#!/bin/sh",
        '# Écrit par « kiosk install », retiré par « kiosk uninstall ». / Written by "kiosk install".',
    ]
    for name, value in given.items():
        key = variable(name)
        lines.append(f'[ -n "${{{key}:-}}" ] || {key}={shlex.quote(value)}')
        lines.append(f"export {key}")
    # Its own name is what sentences give to type; a folder that the path leaves out is said with it.
    lines.append(f'[ "$(command -v kiosk)" != "$0" ] && {calling.VARIABLE}=$0 || {calling.VARIABLE}=kiosk')
    lines.append(f"export {calling.VARIABLE}")
    return "\n".join([*lines, f'exec {shlex.quote(str(HOME / "run.sh"))} "$@"', ""])


def python() -> str:
    """The Python of the installation: an upgrade's own goes away with the next one."""
    own = HOME / ".venv/bin/python"
    return str(own) if HOME != ROOT and own.exists() else sys.executable


def environment(environ: Mapping[str, str]) -> str:
    """The file of variables: this shell's proxy and settings, which a service does not see. Empty when none is set."""
    kept = {name: environ[name] for name in PROXIES if environ.get(name)}
    for name in ("KIOSK_CONFIG", *map(variable, SETTINGS)):
        value = environ.get(name)
        if value:
            here = name in ("KIOSK_CONFIG", "KIOSK_DATA_DIR")  # the service starts from another folder
            kept[name] = str(Path(value).resolve()) if here else value
    if not kept:
        return ""
    head = "# Variables du kiosque, à changer ici. / The kiosk's variables: change them here.\n"
    return head + "".join(f"{name}={_quoted(value)}\n" for name, value in kept.items())


def namespaces_work() -> bool:
    """Whether an ordinary user may make namespaces here, which a user's sandbox is made of (some kernels refuse)."""
    program = shutil.which("unshare")
    if program is None:
        return False
    done = subprocess.run(
        [program, "--user", "--map-root-user", "--mount", "true"], capture_output=True, timeout=10, check=False
    )
    return done.returncode == 0


def _identity(settings: Settings, place: Place) -> list[str]:
    if not place.system:
        return []
    lines = [f"User={place.user}"]
    if 0 < settings.port < 1024:
        return [*lines, "AmbientCapabilities=CAP_NET_BIND_SERVICE", "CapabilityBoundingSet=CAP_NET_BIND_SERVICE"]
    return [*lines, "CapabilityBoundingSet="]


def _walls(place: Place, data: Path) -> list[str]:
    lines = [] if place.system else ["PrivateUsers=yes"]
    lines += NAMESPACES
    if not any(folder.is_relative_to(top) for folder in (HOME, data) for top in (Path("/tmp"), Path("/var/tmp"))):
        lines.append("PrivateTmp=yes")
    own = " ".join(_word(f"-{HOME / name}") for name in ("config", "versions"))  # versions: an upgrade's proof
    return [*lines, f"ReadWritePaths={_word(data)} {own}"]


def _path(path: Path) -> str:
    """A path alone on its line: only the specifiers' ``%`` needs care."""
    return str(path).replace("%", "%%")


def _word(value: object) -> str:
    """One word of a list."""
    text = str(value).replace("%", "%%")
    return text if not set(text) & set(" \t\"'\\") else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _command_word(value: str) -> str:
    return _word(value.replace("$", "$$"))


def _quoted(value: str) -> str:
    """A value of an environment file."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$").replace("`", "\\`")
    return f'"{escaped}"'
