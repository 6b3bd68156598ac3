"""What keeps the kiosk up: the service that ``kiosk install`` wrote, and the machine's memory."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from kiosk.ground.i18n import N_, _
from kiosk.ops import tools
from kiosk.ops.doctor.report import Case, Verdict, beware, broken, check, well
from kiosk.ops.install.command import packaged
from kiosk.ops.install.places import NAME, Place, user_place

PROC = Path("/proc")
#: Megabytes that programs may still take: under the first, the system may end one; under the second, soon.
NONE_LEFT, LITTLE_LEFT = 40, 120
#: Restarts by systemd since the machine started, from which one should look.
RESTARTS = 3
#: Where logind keeps the accounts whose services live without a session (loginctl(1), « enable-linger »).
LINGER = Path("/var/lib/systemd/linger")
#: What is asked of systemd (org.freedesktop.systemd1(5)).
ASKED = "--property=ActiveState,UnitFileState,Result,NRestarts"


@check("service", N_("Service"))
def service(case: Case) -> Verdict:
    """Whether the installed service starts with the machine, runs, and does not fall again and again."""
    if not sys.platform.startswith("linux"):
        return well(_("Aucun service systemd sur ce système."))
    place = installed()
    if place is None:
        return well(_("Aucun service installé : le kiosque se lance à la main."))
    option = [] if place.system else ["--user"]
    said = tools.said("systemctl", *option, "show", NAME, ASKED)
    told = dict(line.partition("=")[::2] for line in said.splitlines() if "=" in line)
    return verdict(place, told, (LINGER / place.user).exists())


def installed() -> Place | None:
    """Where a service of the kiosk is written: the system's (a package brings it), else this person's; None without."""
    if not sys.platform.startswith("linux"):
        return None
    mine = user_place(os.environ)
    system = Place(True, "", Path("/"), Path("/"), Path("/etc"), Path("/var/lib"))
    return system if packaged() else next((place for place in (system, mine) if place.unit.exists()), None)


def verdict(place: Place, told: Mapping[str, str], lingers: bool) -> Verdict:
    """The same from what systemd says (empty: nothing) and whether the account's services live without a session."""
    systemctl = f"{'sudo ' if place.system else ''}systemctl {'' if place.system else '--user '}".rstrip()
    journal = f"journalctl {'' if place.system else '--user '}-u {NAME} -n 50"
    if not told.get("ActiveState"):
        return beware(
            _("Un service est installé, mais systemd ne répond pas."),
            _("Lancez le diagnostic dans une session de la personne qui l’a installé."),
        )
    if told["ActiveState"] == "failed":
        return broken(
            _("Le service est arrêté après un échec (%(result)s).", result=told.get("Result") or "?"),
            _("Lisez pourquoi : %(journal)s. Puis : %(start)s", journal=journal, start=f"{systemctl} restart {NAME}"),
        )
    if told.get("UnitFileState") != "enabled":
        return beware(
            _("Le service ne démarre pas avec la machine."),
            _("Rétablissez-le : %(command)s", command=f"{systemctl} enable {NAME}"),
        )
    if told["ActiveState"] != "active":
        return beware(
            _("Le service est installé et ne tourne pas."),
            _("Démarrez-le : %(command)s", command=f"{systemctl} start {NAME}"),
        )
    falls = int(told.get("NRestarts") or 0) if told.get("NRestarts", "0").isdigit() else 0
    if falls >= RESTARTS:
        return beware(
            _("Le service a été relancé %(n)s fois.", n=falls), _("Lisez pourquoi : %(journal)s", journal=journal)
        )
    if not place.system and not lingers and not place.script.exists():
        return beware(
            _("Le service ne démarre qu’à l’ouverture de la session de %(user)s.", user=place.user),
            _("Pour qu’il démarre avec la machine : %(command)s", command=f"sudo loginctl enable-linger {place.user}"),
        )
    return well(_("Le service tourne et démarre seul."))


@check("memory", N_("Mémoire"))
def memory(case: Case) -> Verdict:
    """What is left for the server and its browser, and whether the system had to end a program."""
    return memory_verdict(PROC)


def memory_verdict(proc: Path) -> Verdict:
    """The same under any ``/proc`` (proc(5): meminfo, vmstat)."""
    left, ended = _number(proc / "meminfo", "MemAvailable:"), _number(proc / "vmstat", "oom_kill")
    cure = _("Fermez ce qui ne sert pas au kiosque, ou donnez-lui une machine d’au moins 1 Go.")
    if left is None:
        return well(_("Cette machine ne dit rien de sa mémoire."))
    left //= 1000
    if left < NONE_LEFT:
        return broken(_("Il reste %(n)s Mo de mémoire.", n=left), cure)
    if ended:
        return beware(_("Faute de mémoire, le système a arrêté des programmes : %(n)s.", n=ended), cure)
    if left < LITTLE_LEFT:
        return beware(_("Il reste %(n)s Mo de mémoire.", n=left), cure)
    return well(_("Il reste %(n)s Mo de mémoire.", n=left))


def _number(path: Path, name: str) -> int | None:
    """The number that follows a word at the head of a line; None when there is no such line."""
    try:
        lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    words = next((line.split() for line in lines if line.split()[:1] == [name]), [])
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else None
