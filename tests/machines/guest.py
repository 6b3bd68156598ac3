"""A card started in an emulated machine: its screen, its port, its plug."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from kiosk.ops.image import disk
from kiosk.ops.process import free_port

#: Of the card's first partition, in the file.
BOOT = f"@@{disk.BEFORE * disk.MIB}"
#: What the emulated machine is told besides: where its console is, and a display drawn without a graphics card.
MORE = "console=ttyAMA0 systemd.setenv=WLR_RENDERER=pixman"


class Guest:
    """One machine, started from a card. Its port 80 is ``port`` here."""

    def __init__(self, image: Path, folder: Path, stick: Path | None = None, words: str = "") -> None:
        self.folder, self.port = folder, free_port()
        self.serial = folder / "serial.log"
        for name in ("vmlinuz-*", "initrd.img-*", "cmdline.txt"):
            disk.run("mcopy", "-n", "-i", f"{image}{BOOT}", f"::{name}", str(folder))
        (kernel,), (initrd,) = folder.glob("vmlinuz-*"), folder.glob("initrd.img-*")
        told = [
            one for one in (folder / "cmdline.txt").read_text().split() if not one.startswith(("console=", "quiet"))
        ]
        self.control = folder / "qmp"
        plugged = ["-drive", f"if=none,id=stick,format=raw,file={stick}", "-device", "qemu-xhci",
                   "-device", "usb-storage,drive=stick,removable=on"]  # fmt: skip
        self.process = subprocess.Popen(
            ["nice", "qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a72", "-smp", "2", "-m", "2048",
             "-kernel", str(kernel), "-initrd", str(initrd), "-append", " ".join([*told, MORE, words]),
             "-drive", f"if=none,id=card,format=raw,file={image}", "-device", "virtio-blk-pci,drive=card",
             "-netdev", f"user,id=net,hostfwd=tcp:127.0.0.1:{self.port}-:80", "-device", "virtio-net-pci,netdev=net",
             "-device", "virtio-gpu-pci,xres=1280,yres=720", "-device", "virtio-rng-pci",
             *(plugged if stick else []), "-display", "none",
             "-chardev", f"file,id=serial,path={self.serial}", "-serial", "chardev:serial",
             "-qmp", f"unix:{self.control},server=on,wait=off"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=(folder / "qemu.log").open("wb"),
        )  # fmt: skip

    def order(self, name: str, **values: Any) -> Any:
        """An order of QMP and its answer."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(60)
            line.connect(str(self.control))
            stream = line.makefile("rw")
            stream.readline()
            for words in ({"execute": "qmp_capabilities"}, {"execute": name, "arguments": values}):
                stream.write(json.dumps(words) + "\n")
                stream.flush()
                answer = json.loads(stream.readline())
                while "event" in answer:
                    answer = json.loads(stream.readline())
            stream.close()
        assert "error" not in answer, answer
        return answer["return"]

    def until(self, true: Callable[[], Any], seconds: float) -> Any:
        """Wait for something, while the machine runs; what it gave."""
        limit = time.monotonic() + seconds
        while True:
            assert self.process.poll() is None, (self.folder / "qemu.log").read_text()
            found = true()
            if found:
                return found
            assert time.monotonic() < limit, self.serial.read_text(errors="replace")[-3000:]
            time.sleep(2)

    def colours(self) -> int:
        """How many colours the screen shows: a console has a few, a page with its letters' edges many."""
        picture = self.folder / "screen.ppm"
        self.order("screendump", filename=str(picture))
        head, size, most, points = picture.read_bytes().split(b"\n", 3)
        assert (head, most) == (b"P6", b"255") and len(size.split()) == 2
        return len({points[at : at + 3] for at in range(0, len(points) - 2, 3)})

    def power_off(self) -> None:
        """The button, as a person presses it: the system ends by itself."""
        self.order("system_powerdown")
        self.process.wait(240)

    def end(self) -> None:
        """The plug."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(30)


def put(image: Path, files: dict[str, str]) -> None:
    """Files on the card's first partition, as a person puts them there."""
    for name, text in files.items():
        path = image.parent / name
        path.write_text(text, encoding="utf-8")
        disk.run("mcopy", "-o", "-i", f"{image}{BOOT}", str(path), "::")


def read(image: Path, name: str) -> str:
    """A text of the card's first partition."""
    return disk.run("mtype", "-i", f"{image}{BOOT}", f"::{name}")


def stick(path: Path, files: dict[str, str]) -> Path:
    """A USB stick of 64 MiB with one FAT partition that holds ``files``."""
    with path.open("wb") as file:
        file.truncate(64 * disk.MIB)
    disk.run("sfdisk", "--quiet", str(path), given="label: dos\nstart=2048, type=c\n")
    disk.run("mkfs.vfat", "-F", "32", "-n", "CLE", "--offset", "2048", str(path), str(62 * 1024))
    for name, text in files.items():
        beside = path.parent / name
        beside.write_text(text, encoding="utf-8")
        disk.run("mcopy", "-i", f"{path}@@{2048 * 512}", str(beside), "::")
    return path


def starts(image: Path) -> Sequence[tuple[int, int]]:
    """(first byte, bytes) of each partition."""
    found = []
    for line in disk.run("sfdisk", "--dump", str(image)).splitlines():
        fields = dict(pair.split("=") for pair in line.partition(" : ")[2].replace(" ", "").split(",") if "=" in pair)
        if "start" in fields:
            found.append((int(fields["start"]) * 512, int(fields["size"]) * 512))
    return found
