"""The system of a card: Debian 13 for arm64 gathered in a folder, the kiosk's package in it, what starts the display.

All of it is Debian's, its firmware for Raspberry Pi included; the kernel is the one of Debian's backports, the first
that drives the network and the USB ports of a Raspberry Pi 5.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _
from kiosk.ground.values import dataclass
from kiosk.ops.image import disk, needs

SUITE = "trixie"
MIRROR = "http://deb.debian.org/debian"
SECURITY = "http://deb.debian.org/debian-security"
COMPONENTS = "main non-free-firmware"
#: What Debian brings. By subject: the system, its network, its start on a Raspberry Pi, the display.
PACKAGES = (
    *("systemd-sysv", "udev", "dbus", "libpam-systemd", "kmod", "ca-certificates", "tzdata", "sudo", "zstd"),
    *("python3", "python3-venv", "adduser", "systemd-zram-generator", "overlayroot", "cloud-guest-utils", "fdisk"),
    *("network-manager", "wpasupplicant", "wireless-regdb", "iw", "systemd-timesyncd"),
    *("linux-image-arm64", "initramfs-tools", "raspi-firmware", "firmware-brcm80211", "dosfstools", "e2fsprogs"),
    *("labwc", "chromium", "wlopm", "fonts-liberation", "fonts-noto-color-emoji"),
)
#: For who looks after it from afar, and gave a key.
REMOTE = ("openssh-server",)
#: The kernel and its helpers come from the backports, the rest from the stable suite.
PREFERENCES = f"Package: /^linux-image/ linux-base\nPin: release n={SUITE}-backports\nPin-Priority: 990\n"
#: How packages are unpacked: without pages and languages that nobody reads on a card; licences stay.
DPKG = (
    "force-unsafe-io",  # a card that a power cut interrupts is made again
    "path-exclude=/usr/share/man/*",
    "path-exclude=/usr/share/locale/*",
    "path-include=/usr/share/locale/fr/*",
    "path-exclude=/usr/share/doc/*",
    "path-include=/usr/share/doc/*/copyright",
)
FILES = Path(__file__).resolve().parents[1] / "data" / "image"
#: Fills ``/boot/firmware`` for the kernel ``$1``, as an upgrade of the kernel does.
_START = """mkdir -p /boot/firmware; mount --bind /boot/firmware /boot/firmware
for hook in y-kiosque-dtb z50-raspi-firmware; do "/etc/kernel/postinst.d/$hook" "$1" "/boot/vmlinuz-$1"; done"""
#: Where each file of ``data/image`` goes, with its mode.
PLACES = {
    "fstab": ("etc/fstab", 0o644),
    "preferences": ("etc/apt/preferences.d/kiosque", 0o644),
    "dtb": ("etc/kernel/postinst.d/y-kiosque-dtb", 0o755),
    "initramfs": ("etc/initramfs-tools/hooks/kiosque", 0o755),
    "journald.conf": ("etc/systemd/journald.conf.d/kiosque.conf", 0o644),
    "watchdog.conf": ("etc/systemd/system.conf.d/kiosque.conf", 0o644),
    "zram.conf": ("etc/systemd/zram-generator.conf", 0o644),
    "grow": ("usr/local/lib/kiosque-carte/taille", 0o755),
    "rc.xml": ("etc/kiosque-ecran/rc.xml", 0o644),
    "kiosque-carte.service": ("etc/systemd/system/kiosque-carte.service", 0o644),
    "kiosque-carte-taille.service": ("etc/systemd/system/kiosque-carte-taille.service", 0o644),
    "kiosque-ecran.service": ("etc/systemd/system/kiosque-ecran.service", 0o644),
    "cle.conf": ("etc/systemd/system/kiosque-metiers-cle.service.d/carte.conf", 0o644),
    "sshd.conf": ("etc/ssh/sshd_config.d/kiosque.conf", 0o644),
}
UNITS = ("kiosque-carte.service", "kiosque-carte-taille.service", "kiosque-ecran.service")
#: The account of the display's session, and the one of who looks after the machine by its key.
SCREEN, KEEPER = "ecran", "technicien"
ACCOUNT, STATE = "kiosque-metiers", "var/lib/kiosque-metiers"


@dataclass(frozen=True)
class Wish:
    """What a card is asked to be. ``key``: the public OpenSSH keys that may come in, one a line; ``country``: whose
    rules its Wi-Fi follows (ISO 3166); ``cache``: a folder of Debian's packages kept for the next card.
    """

    read_only: bool = False
    key: str = ""
    country: str = "FR"
    mirror: str = MIRROR
    cache: Path | None = None


def sources(mirror: str) -> list[str]:
    """The lines of ``sources.list``: the suite, its updates, its safety, and the backports for the kernel."""
    suites = [f"deb {mirror} {SUITE}{end} {COMPONENTS}" for end in ("", "-updates", "-backports")]
    return [*suites, f"deb {SECURITY} {SUITE}-security {COMPONENTS}"]


def gathering(root: Path, wish: Wish, preferences: Path) -> list[str]:
    """The words that gather the system in the folder ``root``, which must not be there yet."""
    packages = [*PACKAGES, *(REMOTE if wish.key else ())]
    words = ["--mode=root", "--architectures=arm64", "--variant=minbase", "--format=directory", "--quiet",
             f"--include={','.join(packages)}", f"--keyring={needs.KEYRING}",
             "--aptopt=APT::Install-Recommends false", '--aptopt=APT::Periodic::Enable "0"']  # fmt: skip
    words += [f"--dpkgopt={line}" for line in DPKG]
    words += [f'--setup-hook=install -D -m 644 "{preferences}" "$1/etc/apt/preferences.d/kiosque"']
    # Before the packages: the start (initramfs) is made once, and takes minutes under an emulator.
    words += [f'--setup-hook=install -D -m 755 "{FILES / "initramfs"}" "$1/{PLACES["initramfs"][0]}"']
    if wish.cache is not None:
        held, kept = '"$1/var/cache/apt/archives"', f'"{wish.cache}"'
        words += ["--skip=download/empty,essential/unlink,cleanup/apt/cache"]
        words += [f"--setup-hook=mkdir -p {held}/partial; cp -n {kept}/*.deb {held}/ 2>/dev/null || true"]
        words += [f"--customize-hook=cp -n {held}/*.deb {kept}/"]
    return [*words, SUITE, str(root), *sources(wish.mirror)]


def gather(root: Path, wish: Wish) -> None:
    """Gather Debian in ``root``. :raises KioskError: ``image_failed`` with the last words of mmdebstrap."""
    if wish.cache is not None:
        wish.cache.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", suffix=".pref") as preferences:
        preferences.write(PREFERENCES)
        preferences.flush()
        os.chmod(preferences.name, 0o644)
        # Apart, so that what it mounts goes with it however it ends.
        words = gathering(root, wish, Path(preferences.name))
        disk.run("unshare", "--mount", "mmdebstrap", *words, step="mmdebstrap")


def inside(root: Path, *words: str, **environ: str) -> str:
    """What a command says that runs in the system, with its own processes. :raises KioskError: ``image_failed``."""
    apart = ["--mount", "--pid", "--fork", "--kill-child", f"--mount-proc={root}/proc", "chroot", str(root)]
    own = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8",
           "DEBIAN_FRONTEND": "noninteractive", **environ}  # fmt: skip
    pairs = [f"{name}={value}" for name, value in own.items()]
    return disk.run("unshare", *apart, "env", "-i", *pairs, *words)


def furnish(root: Path, wish: Wish, package: Path) -> Iterator[str]:
    """Put the kiosk and the card's own files in a gathered system; yields what to tell."""
    yield _("Le paquet du kiosque s’installe dans la carte…")
    place(root, wish)
    shutil.copyfile(package, root / "tmp/kiosque.deb")
    inside(root, "dpkg", "--install", "/tmp/kiosque.deb")
    (root / "tmp/kiosque.deb").unlink()
    (root / "etc/default/kiosque-metiers").write_text("KIOSK_PORT=80\n", encoding="utf-8")
    inside(root, "kiosk", "install", "--system", "--as", ACCOUNT, "--no-start", "--desktop", "xdg",
           KIOSK_PORT="80")  # fmt: skip
    (root / "etc/xdg/autostart/kiosque-ecran.desktop").unlink(missing_ok=True)  # its own unit opens it
    for name in accounts(wish):
        inside(root, "adduser", "--disabled-password", "--gecos", "", "--quiet", name)
    inside(root, "usermod", "--append", "--groups", "video,render,input", SCREEN)
    if wish.key:
        _let_in(root, wish.key)
    for unit in UNITS:
        inside(root, "systemctl", "enable", "--quiet", unit)
    inside(root, "systemctl", "mask", "--quiet", "getty@tty1.service", "apt-daily.timer", "apt-daily-upgrade.timer")
    inside(root, "systemctl", "set-default", "--quiet", "graphical.target")
    yield _("Ce qui démarre un Raspberry Pi…")
    kernel = sorted(path.name.removeprefix("vmlinuz-") for path in (root / "boot").glob("vmlinuz-*"))[-1]
    # The second one asks that the partition be mounted; here its folder stands for it.
    inside(root, "sh", "-ec", _START, "sh", kernel, DEB_MAINT_PARAMS="configure")
    clean(root)


def accounts(wish: Wish) -> tuple[str, ...]:
    """The accounts of people and sessions that the card has; none has a password."""
    return (SCREEN, KEEPER) if wish.key else (SCREEN,)


def place(root: Path, wish: Wish) -> None:
    """Put the card's own files in a gathered system."""
    for name, (target, mode) in PLACES.items():
        if name == "sshd.conf" and not wish.key:
            continue
        text = PREFERENCES if name == "preferences" else (FILES / name).read_text(encoding="utf-8")
        put(root / target, text, mode)
    put(root / "etc/default/raspi-firmware", defaults())
    put(root / "etc/default/raspi-extra-cmdline", " ".join(command_line(wish)) + "\n")
    put(root / "etc/hostname", "kiosque\n")
    put(root / "etc/hosts", "127.0.0.1 localhost\n127.0.1.1 kiosque\n::1 localhost ip6-localhost ip6-loopback\n")
    for folder in (f"{STATE}", "srv/carte", "var/lib/systemd/timesync"):
        (root / folder).mkdir(parents=True, exist_ok=True)


def defaults() -> str:
    """``/etc/default/raspi-firmware``: where the system is, and which consoles speak."""
    pairs: Mapping[str, str] = {
        "ROOTPART": f'"LABEL={disk.SYSTEM}"',
        "CONSOLES": '"ttyS1,115200 tty0"',
        "CMA": "0",  # the kernel's own: another one keeps a Raspberry Pi 4 from starting
    }
    return "".join(f"{name}={value}\n" for name, value in pairs.items())


def command_line(wish: Wish) -> Sequence[str]:
    """What the kernel is told besides: a quiet screen, whose rules the Wi-Fi follows, what is never written."""
    words = ["quiet", "loglevel=3", "vt.global_cursor_default=0", f"cfg80211.ieee80211_regdom={wish.country}"]
    return [*words, *(["overlayroot=tmpfs:recurse=0"] if wish.read_only else [])]


def put(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a file of the system, in a folder that may be new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    path.chmod(mode)


def clean(root: Path) -> None:
    """What would be the same on every copy of the card, or came from the machine that makes it, goes."""
    put(root / "etc/machine-id", "")
    for path in (root / "etc/resolv.conf", root / "var/lib/dbus/machine-id", *root.glob("etc/ssh/ssh_host_*")):
        path.unlink(missing_ok=True)
    for folder in ("var/cache/apt/archives", "var/lib/apt/lists"):
        shutil.rmtree(root / folder, ignore_errors=True)
        (root / folder / "partial").mkdir(parents=True)
    for path in (root / "var/log").rglob("*"):
        if path.is_file():
            path.write_bytes(b"")


def split(root: Path, folder: Path) -> tuple[Path, Path, Path]:
    """The three folders of the partitions, what belongs to the first and the third taken out of the system."""
    boot, data = folder / "boot", folder / "data"
    shutil.move(str(root / "boot/firmware"), boot)
    (root / "boot/firmware").mkdir()
    for name in ("LISEZ-MOI.txt", "kiosque-exemple.csv"):
        text = (FILES / name).read_text(encoding="utf-8")
        (boot / name).write_text(text, encoding="utf-8-sig", newline="\r\n")  # Windows' own programs open it
    data.mkdir()
    shutil.move(str(root / STATE), data / "donnees")
    (data / "horloge").mkdir()
    (root / STATE).mkdir(mode=0o700)
    return boot, root, data


def _let_in(root: Path, key: str) -> None:
    """The keeper's account: their keys open it, and it may do all; nobody comes in by a password."""
    home = root / "home" / KEEPER / ".ssh"
    put(home / "authorized_keys", key.rstrip() + "\n", 0o600)
    home.chmod(0o700)
    inside(root, "chown", "-R", f"{KEEPER}:{KEEPER}", f"/home/{KEEPER}/.ssh")
    put(root / "etc/sudoers.d/kiosque", f"{KEEPER} ALL=(ALL) NOPASSWD: ALL\n", 0o440)


def check_package(package: Path) -> None:
    """Refuse what is not the kiosk's package for a Raspberry Pi. :raises KioskError: ``image_package``."""
    try:
        done = subprocess.run(["dpkg-deb", "--field", str(package), "Package", "Architecture"], capture_output=True,
                              text=True, check=False)  # fmt: skip
    except OSError as error:
        raise KioskError("image_package", path=str(package)) from error
    fields = dict(line.split(": ", 1) for line in done.stdout.splitlines() if ": " in line)
    if done.returncode or (fields.get("Package"), fields.get("Architecture")) != (ACCOUNT, "arm64"):
        raise KioskError("image_package", path=str(package))
