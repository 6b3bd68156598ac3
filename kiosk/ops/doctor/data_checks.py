"""The data folder: can it be written, does it stay, is there room, is the database whole, is there a copy."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from kiosk import versions
from kiosk.ground.config import ROOT
from kiosk.ground.i18n import N_, _
from kiosk.ops.doctor import mounts, scale_checks
from kiosk.ops.doctor.report import Case, Verdict, beware, broken, check, well
from kiosk.storage import backups, datafolder, secretfile, sqlitefile

MB = 1_000_000
#: Free megabytes under which a lesson may fail, and under which one should look.
LITTLE, SCARCE = 50, 500
#: Days without a new copy of the database before one should look.
OLD_COPY = 3


@check("data_write", N_("Écriture des données"))
def data_write(case: Case) -> Verdict:
    """Write, flush to the disk, read back, remove: what every question needs."""
    folder = case.settings.data_dir
    if not folder.exists():
        return _not_made_yet(folder)
    canary, wrote = folder / f".kiosk-essai-{secrets.token_hex(4)}", secrets.token_bytes(4096)
    start = time.monotonic()
    try:
        try:
            descriptor = os.open(canary, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(wrote)
                file.flush()
                os.fsync(file.fileno())
            same = canary.read_bytes() == wrote
        finally:
            canary.unlink(missing_ok=True)
    except OSError as error:
        return _cannot_write(folder, error)
    if not same:
        return broken(
            _("Ce qui est écrit dans %(path)s n’est pas relu pareil.", path=folder),
            _("Le disque ou la carte est en panne : changez-le, puis restaurez une sauvegarde."),
        )
    took = round((time.monotonic() - start) * 1000)
    if took > 2000:
        return beware(
            _("Le disque met %(n)s ms à garder 4 Ko.", n=took),
            _("Changez la carte ou le disque, ou donnez-en un autre avec data_dir."),
        )
    return well(_("Écrit, gardé et relu en %(n)s ms.", n=took))


def _not_made_yet(folder: Path) -> Verdict:
    if datafolder.disk_missing(folder):
        return broken(
            _("Le disque des données (%(path)s) n’est pas branché.", path=folder),
            _("Branchez-le, ou corrigez data_dir."),
        )
    parent = next(one for one in folder.absolute().parents if one.exists())
    if os.access(parent, os.W_OK):
        return well(_("Le dossier %(path)s sera créé au premier démarrage.", path=folder))
    return broken(
        _("Le dossier %(path)s n’existe pas et ne peut pas être créé.", path=folder),
        _("Donnez un dossier où ce compte peut écrire : data_dir ou --data-dir."),
    )


def _cannot_write(folder: Path, error: OSError) -> Verdict:
    cures = {
        "ENOSPC": _("Le disque est plein : faites de la place, rien d’autre n’est en panne."),
        "EDQUOT": _("Le quota de ce compte est atteint : faites de la place."),
        "EROFS": _(
            "Système de fichiers en lecture seule : donnez un autre disque avec data_dir, par exemple une clé USB."
        ),
        "EACCES": _("Rendez le dossier au compte du kiosque, ou lancez le kiosque avec le compte qui le possède."),
        "ENOTDIR": _("Un fichier porte ce nom : donnez un autre dossier (data_dir ou --data-dir)."),
        "EIO": _("Le disque ou la carte est en panne : changez-le, puis restaurez une sauvegarde."),
    }
    name = errno.errorcode.get(error.errno or 0, "")
    return broken(
        _("Impossible d’écrire dans %(path)s (%(detail)s).", path=folder, detail=name or type(error).__name__),
        cures.get(name, cures["EACCES"]),
    )


@check("data_place", N_("Disque des données"))
def data_place(case: Case) -> Verdict:
    """A local disk that is still there tomorrow: no memory, no overlay, no share."""
    return place_verdict(case.settings.data_dir, mounts.MOUNTINFO)


def place_verdict(folder: Path, mountinfo: Path) -> Verdict:
    """The same for any folder and any table of mounts."""
    mount = mounts.carrying(folder, mountinfo)
    if mounts.is_network(folder, mount):
        kind = mount.kind if mount else "SMB"
        return broken(
            _("Les données sont sur un partage réseau (%(kind)s) : la base s’y abîme.", kind=kind),
            _("Donnez un dossier d’un disque de cette machine : data_dir."),
        )
    if mount is None:
        return well(_("Aucun partage réseau reconnu."))
    if mount.kind in mounts.VOLATILE:
        return broken(
            _("Les données sont en mémoire (%(kind)s) : elles disparaissent à l’arrêt.", kind=mount.kind),
            _("Donnez un dossier d’un vrai disque : data_dir."),
        )
    if mount.kind in mounts.OVERLAYS:
        return broken(
            _("Les données sont sur un calque (%(kind)s) : il peut être effacé à chaque démarrage.", kind=mount.kind),
            _("Mettez data_dir sur une autre partition ou une clé USB, ou ôtez le calque pour cette machine."),
        )
    if mount.read_only:
        return broken(
            _("Le disque des données est en lecture seule."),
            _("Remontez-le en écriture, ou mettez data_dir sur une autre partition ou une clé USB."),
        )
    return well(_("Disque local (%(kind)s).", kind=mount.kind))


@check("root", N_("Système"))
def root(case: Case) -> Verdict:
    """A root that forgets or refuses writes is fine if the data are elsewhere: say which it is."""
    return root_verdict(case.settings.data_dir, mounts.MOUNTINFO)


def root_verdict(folder: Path, mountinfo: Path) -> Verdict:
    """The same for any folder and any table of mounts."""
    system = mounts.carrying(Path("/"), mountinfo)
    if system is None or (system.kind not in mounts.OVERLAYS and not system.read_only):
        return well(_("Le système garde ce qu’on y écrit."))
    data = mounts.carrying(folder, mountinfo)
    apart = data is not None and data.point != "/"
    state = _("en lecture seule") if system.read_only else _("sous un calque (%(kind)s)", kind=system.kind)
    if apart:
        return well(_("Le système est %(state)s, les données sont à part : rien à faire.", state=state))
    return beware(
        _("Le système est %(state)s : réglages et mises à jour seront perdus au redémarrage.", state=state),
        _("Écrivez-les calque ôté (raspi-config : Overlay File System), ou mettez data_dir sur un autre disque."),
    )


@check("space", N_("Place libre"))
def space(case: Case) -> Verdict:
    """Room for the lesson, its copies and the next version."""
    folder = case.settings.data_dir.absolute()
    place = next(one for one in (folder, *folder.parents) if one.exists())
    free = shutil.disk_usage(place).free // MB
    cure = _("Faites de la place sur ce disque, ou mettez data_dir sur un autre.")
    if free < LITTLE:
        return broken(_("Il reste %(n)s Mo : les questions risquent d’être refusées.", n=free), cure)
    if free < SCARCE:
        return beware(_("Il reste %(n)s Mo.", n=free), cure)
    return well(_("Il reste %(n)s Go.", n=free // 1000) if free >= 10_000 else _("Il reste %(n)s Mo.", n=free))


@check("database", N_("Base de données"))
def database(case: Case) -> Verdict:
    """SQLite's own check, reading only."""
    if case.settings.database:
        return scale_checks.server(case.settings.database)
    path = case.settings.data_dir / "kiosk.sqlite3"
    cure = _("Arrêtez le kiosque puis démarrez-le : il reprend la dernière bonne copie et garde le fichier abîmé.")
    if not path.exists():
        return well(_("Pas encore de base : elle sera créée au premier démarrage."))
    try:
        with reading(path) as connection:
            said = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.OperationalError as error:
        return broken(
            _("La base ne peut pas être lue (%(detail)s).", detail=error),
            _("Lancez le diagnostic avec le compte du kiosque."),
        )
    except sqlite3.DatabaseError:
        said = "damaged"
    if said != "ok":
        return broken(_("La base est abîmée."), cure)
    later = versions.strangers(path, ROOT)
    if later:
        return broken(
            _(
                "La base vient d’une version plus récente (%(names)s) : ce kiosque ne l’ouvrira pas.",
                names=", ".join(sorted(later)),
            ),
            _("Remettez la version qui l’a écrite : kiosk upgrade ARCHIVE, ou restaurez une sauvegarde d’avant."),
        )
    return well(_("Base entière, %(n)s Ko.", n=path.stat().st_size // 1000))


def reading(path: Path) -> closing[sqlite3.Connection]:
    """A connection that cannot write, on a database in use or on one of a disk that refuses writes."""
    return closing(sqlitefile.looking(path, 2))


@check("secrets", N_("Codes"))
def codes(case: Case) -> Verdict:
    """The teacher's code and the keys: read, or damaged, or made anew because they were."""
    aside = secretfile.aside(case.settings.data_dir)
    if case.settings.database or not (case.settings.data_dir / "secrets.json").exists() and not aside.exists():
        return well(_("Pas encore de code dans ce dossier : le premier démarrage en tire un."))
    try:
        damaged = secretfile.damaged(case.settings.data_dir)
    except OSError as error:
        return broken(
            _("Le fichier des codes ne peut pas être lu (%(detail)s).", detail=error.strerror or type(error).__name__),
            _("Rendez-le au compte du kiosque, ou lancez le diagnostic avec ce compte."),
        )
    if damaged:
        return broken(
            _("Le fichier des codes (secrets.json) est abîmé : les codes d’avant sont perdus."),
            _("Redémarrez le kiosque, il en tire de nouveaux : kiosk pin show. Ou restaurez une sauvegarde."),
        )
    if aside.exists():
        return beware(
            _("Le fichier des codes était abîmé : de nouveaux codes ont été tirés."),
            _("Donnez le nouveau code (kiosk pin show), puis effacez %(path)s.", path=aside),
        )
    return well(_("Codes lus."))


@check("backup", N_("Dernière sauvegarde"))
def backup(case: Case) -> Verdict:
    """The newest copy, and its age."""
    path = case.settings.data_dir / "kiosk.sqlite3"
    if case.settings.database or not path.exists():
        return well(_("Rien à sauvegarder ici."))
    files, copies = backups.newest_first(path), backups.whole(path)
    cure = _("Laissez le kiosque en marche quelques minutes, ou faites-en une : kiosk backup")
    if files and files[0] not in copies:
        return broken(
            _("La dernière copie ne contient pas la base : %(name)s.", name=files[0].name),
            _("Faites une sauvegarde maintenant (kiosk backup), puis redémarrez le kiosque : il en refait une."),
        )
    if not copies:
        return beware(_("Aucune copie de la base."), cure)
    days = (time.time() - copies[0].stat().st_mtime) / 86_400
    if days > OLD_COPY:
        return beware(_("La dernière copie a %(n)s jours.", n=int(days)), cure)
    return well(_("Dernière copie : il y a %(n)s h, %(count)s gardées.", n=max(0, int(days * 24)), count=len(copies)))
