"""A settings file cut by a power cut comes back; a person's mistake is left to the person."""

from __future__ import annotations

import stat

import pytest

from kiosk.ground import config
from kiosk.ground.errors import KioskError
from kiosk.ops import settings_rescue

GOOD = '[school]\nname = "Collège A"\n'


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "kiosk.toml"
    path.write_text(GOOD, "utf-8")
    settings_rescue.keep(path)
    return path


def fault_of(path) -> KioskError | None:
    try:
        config.load({}, {}, path)
    except KioskError as error:
        return error
    return None


@pytest.mark.parametrize("harm", [b"", b"\0" * 40, b'[school]\nname = "Coll', b'[school]\nname = "Coll\0\0\0'])
def test_a_file_cut_by_the_machine_is_put_aside_and_the_good_one_returns(file, harm):
    file.write_bytes(harm)
    assert settings_rescue.damaged(file, fault_of(file))
    aside = settings_rescue.restore(file)
    assert aside.read_bytes() == harm
    assert config.load({}, {}, file).school_name == "Collège A"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ['[school]\nnom = "A"\n', 'port = "huit"\n', "port = = 3\n", "port = 8081\n"])
def test_a_persons_mistake_or_change_is_not_touched(file, text):
    file.write_text(text, "utf-8")
    assert not settings_rescue.damaged(file, fault_of(file))


def test_without_a_good_copy_nothing_is_claimed(tmp_path):
    path = tmp_path / "other.toml"
    path.write_bytes(b"")
    assert not settings_rescue.damaged(path, None)


def test_keep_follows_each_good_file_and_never_an_empty_one(file):
    file.write_text(GOOD + "port = 8081\n", "utf-8")
    settings_rescue.keep(file)
    file.write_bytes(b"")
    settings_rescue.keep(file)
    settings_rescue.restore(file)
    assert file.read_text("utf-8").endswith("port = 8081\n")
