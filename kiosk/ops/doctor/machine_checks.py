"""The machine: Python and engine, settings, browser, screen, clock, card and supply."""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path
from xml.parsers.expat import version_info as expat_version

from kiosk.ground import clock
from kiosk.ground.i18n import N_, _
from kiosk.ops import tools
from kiosk.ops.doctor import kept
from kiosk.ops.doctor.report import Case, Verdict, beware, broken, check, well
from kiosk.ops.install import desktops

SYS = Path("/sys")
#: Bits of the Raspberry Pi firmware's ``get_throttled`` (its documentation): now, and since the start.
UNDER_VOLTAGE, UNDER_VOLTAGE_SEEN = 0x1, 0x10000
#: Under this many lines, the display shrinks its texts.
SMALL_SCREEN = 720
#: What Linux says of a disk that does not read or write (blk_update_request, mmcblk, ext4).
DISK_FAILS = re.compile(r"I/O error|critical medium error|mmc\d{1,3}: [^\n]{0,200}?(?:error|timeout)|EXT4-fs error")
#: From this tenth of its life, a memory card that counts it (JEDEC eMMC 5.0, DEVICE_LIFE_TIME_EST) is told.
WORN = 0x09
#: Milliseconds after its making from which a kiosk doubts the date, where nothing confirms it.
LONG_AFTER = 5 * 365 * 86_400_000
#: Before this one, an XML file may make its reader take all of the memory (CVE-2013-0340).
SAFE_XML = (2, 4, 1)


@check("config", N_("Réglages"))
def config(case: Case) -> Verdict:
    """The file is read whole or refused; variables that name no setting do nothing."""
    if case.fault is not None and case.fault.code == "data_foreign":
        return broken(case.fault.message, _("Lancez le diagnostic avec le compte du kiosque."))
    if case.fault is not None:
        cause = " ".join([case.fault.message, *case.fault.more])
        return broken(cause, _("Corrigez ce réglage ; le kiosque ne démarre pas sans cela."))
    for name, hint in case.settings.ignored.items():
        cure = _("Écrivez %(name)s.", name=hint) if hint else _("Retirez-la, ou vérifiez son nom : kiosk config")
        return beware(_("La variable %(name)s ne règle rien.", name=name), cure)
    if not case.settings.moderation:
        return beware(
            _("« moderation = false » n’a plus d’effet : les questions sont toujours relues."),
            _("Retirez cette ligne ; la page « En direct » suspend la relecture, dix minutes au plus."),
        )
    count = len(case.settings.origins)
    return well(_("Réglages compris (donnés : %(n)s ; les autres par défaut).", n=count))


@check("python", N_("Python et moteur"))
def python(case: Case) -> Verdict:
    """The interpreter is recent enough, and the chosen engine loads here."""
    version = platform.python_version()
    if sys.version_info < (3, 10):
        return broken(
            _("Python %(version)s est trop ancien.", version=version), _("Installez Python 3.10 ou plus récent.")
        )
    engine = case.settings.engine
    cure = _('Relancez ./run.sh ; sinon réglez engine = "threading".')
    if engine != "threading":
        if importlib.util.find_spec(engine) is None:
            return broken(_("Le moteur %(engine)s n’est pas installé.", engine=engine), cure)
        done = subprocess.run(
            [sys.executable, "-c", "import greenlet._greenlet"], capture_output=True, timeout=6, check=False
        )
        if done.returncode:
            return broken(_("Le moteur %(engine)s ne se charge pas (greenlet).", engine=engine), cure)
    if expat_version < SAFE_XML:
        return beware(
            _("Le lecteur de XML (expat %(version)s) est ancien.", version=".".join(map(str, expat_version))),
            _("Mettez le système à jour avant d’importer un classeur venu d’ailleurs."),
        )
    return well(_("Python %(version)s, moteur %(engine)s.", version=version, engine=engine))


@check("browser", N_("Navigateur du grand écran"))
def browser(case: Case) -> Verdict:
    """One that the display can use."""
    if os.name == "nt":  # pragma: no cover
        return well(_("Sous Windows, Edge est présent."))
    found = desktops.browsers_here()
    if found:
        return well(_("%(name)s est installé.", name=Path(found[0]).name))
    return beware(
        _("Aucun navigateur trouvé sur cette machine."),
        _("Installez-en un (sudo apt install chromium), ou ouvrez /ecran depuis un autre poste."),
    )


@check("emoji", N_("Emoji"))
def emoji(case: Case) -> Verdict:
    """Whether a font of this machine, whose screen may be the class's, draws what pupils put in their questions."""
    return emoji_verdict(desktops.emoji_families())


def emoji_verdict(families: str | None) -> Verdict:
    """The same from the families that have one of them, one a line; None: the machine does not say."""
    if families is None:
        return well(_("Cette machine ne dit rien de ses polices."))
    if families.strip():
        return well(_("Police : %(name)s.", name=families.split("\n")[0].split(",")[0].strip()))
    return beware(
        _("Aucune police d’emoji : le grand écran les montrera comme des carrés vides."),
        _("Installez-en une (sudo apt install fonts-noto-color-emoji), puis rouvrez le navigateur."),
    )


@check("screen", N_("Écran"))
def screen(case: Case) -> Verdict:
    """What the graphics card says of what is plugged in (Linux)."""
    return screen_verdict(SYS)


def screen_verdict(sys_folder: Path) -> Verdict:
    """The same under any ``/sys``."""
    cards = sorted(sys_folder.glob("class/drm/card*-*"))
    if not cards:
        return well(_("Cette machine ne dit rien de ses écrans."))
    on = [card for card in cards if _word(card / "status") == "connected"]
    if not on:
        return beware(
            _("Aucun écran n’est vu."),
            _(
                "Allumez le vidéoprojecteur avant la machine, vérifiez le câble, "
                "ou ouvrez /ecran depuis un autre poste."
            ),
        )
    modes = (_word(on[0] / "modes") or "").split()
    height = modes[0].partition("x")[2].rstrip("ip") if modes else ""
    if height.isdigit() and int(height) < SMALL_SCREEN:
        return beware(
            _("L’écran est petit : %(mode)s.", mode=modes[0]), _("Choisissez au moins 1280×720 dans ses réglages.")
        )
    return well(_("Écran branché : %(mode)s.", mode=modes[0] if modes else "?"))


@check("clock", N_("Heure"))
def time_of_day(case: Case) -> Verdict:
    """The date, and who vouches for it."""
    source = str(kept.values(case.settings).get("clock.source") or "system")
    now_ms = time.time_ns() // 1_000_000
    shown = datetime.fromtimestamp(now_ms / 1000, tz=timezone.utc).strftime("%Y-%m-%d %H:%M")
    if source in ("teacher", "centre", "ntp"):
        by = {"teacher": _("l’enseignant"), "centre": _("le centre"), "ntp": "NTP"}[source]
        return well(_("%(at)s UTC pour la machine ; heure confirmée par %(by)s.", at=shown, by=by))
    if now_ms < clock.BUILD_MS:
        return broken(
            _("La machine se croit le %(at)s (UTC), avant la sortie de ce kiosque.", at=shown),
            _("Mettez-la à l’heure (NTP), ou confirmez l’heure dans /prof."),
        )
    if now_ms > clock.BUILD_MS + clock.TWENTY_YEARS:
        return broken(
            _("La machine se croit le %(at)s (UTC), bien après ce kiosque.", at=shown),
            _("Mettez-la à l’heure (NTP), ou confirmez l’heure dans /prof."),
        )
    if now_ms > clock.BUILD_MS + LONG_AFTER and _synchronised() is not True:
        return beware(
            _("La machine se croit le %(at)s (UTC), cinq ans au moins après ce kiosque.", at=shown),
            _("Mettez-la à l’heure (NTP), ou confirmez l’heure dans /prof."),
        )
    if _synchronised() is False:
        return beware(
            _("%(at)s UTC : personne ne confirme cette heure (NTP non synchronisé).", at=shown),
            _("Permettez NTP (UDP 123) vers le serveur de temps de l’établissement, ou confirmez l’heure dans /prof."),
        )
    return well(_("%(at)s UTC.", at=shown))


def _synchronised() -> bool | None:
    """Whether the system keeps its time by the network; None when it does not say."""
    if Path("/run/systemd/timesync/synchronized").exists():
        return True
    if shutil.which("timedatectl") is None:
        return None
    done = tools.said("timedatectl", "show", "--property=NTPSynchronized", "--value")
    return {"yes": True, "no": False}.get(done.strip())


@check("card", N_("Alimentation et carte"))
def card(case: Case) -> Verdict:
    """A Raspberry Pi's supply, and the errors its file system met."""
    kernel = tools.said("journalctl", "-k", "-b", "-p", "warning", "-n", "2000", "-o", "cat", "-q", "--no-pager")
    return card_verdict(SYS, tools.said("vcgencmd", "get_throttled"), kernel)


def card_verdict(sys_folder: Path, throttled: str, kernel: str = "") -> Verdict:
    """The same under any ``/sys``, with what ``vcgencmd get_throttled`` said (``throttled=0x50005``) and the kernel's
    warnings since the start.
    """
    return _worn(sys_folder, kernel) or _fed(sys_folder, throttled)


def _worn(sys_folder: Path, kernel: str) -> Verdict | None:
    """What the file system, the kernel and the card itself say of its health; None when it is well."""
    counts = [_word(path) or "0" for path in sys_folder.glob("fs/ext4/*/errors_count")]
    errors = sum(int(text) for text in counts if text.isdigit())
    cure = _("Faites une sauvegarde maintenant (kiosk backup), puis changez la carte ou le disque.")
    if errors:
        return broken(_("Erreurs du système de fichiers : %(n)s.", n=errors), cure)
    failed = sum(bool(DISK_FAILS.search(line)) for line in kernel.splitlines())
    if failed:
        return broken(_("Le noyau n’a pas pu lire ou écrire un disque : %(n)s lignes.", n=failed), cure)
    for path in sorted(sys_folder.glob("block/mmcblk*/device/life_time")):
        used = max((int(word, 16) for word in (_word(path) or "").split() if word.startswith("0x")), default=0)
        if used >= WORN:
            return beware(_("La mémoire %(name)s a servi à plus de 80 %% de sa vie.", name=path.parts[-3]), cure)
    return None


def _fed(sys_folder: Path, throttled: str) -> Verdict:
    """What the supply and the heat do."""
    bits = throttled.strip().partition("=")[2]
    state = int(bits, 16) if bits.startswith("0x") else 0
    alarms = [path for path in sys_folder.glob("class/hwmon/hwmon*/in0_lcrit_alarm") if _word(path) == "1"]
    cure = _("Prenez l’alimentation officielle et un câble court ; débranchez ce qui tire sur l’USB.")
    if state & UNDER_VOLTAGE or alarms:
        return broken(_("L’alimentation est trop faible en ce moment."), cure)
    if state & UNDER_VOLTAGE_SEEN:
        return beware(_("L’alimentation a été trop faible depuis le démarrage."), cure)
    if state & 0xE:
        return beware(_("Le processeur est ralenti (chaleur)."), _("Donnez de l’air à la machine, ou un radiateur."))
    return well(_("Aucune erreur de disque, aucune baisse de tension signalée."))


def _word(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return None
