"""What an upgrade tried on a copy, and was killed at, goes at the next start; a trial at work is left alone."""

from __future__ import annotations

from kiosk import versions
from kiosk.ground import lockfile


def test_a_killed_trial_goes_and_one_at_work_stays(tmp_path):
    left = tmp_path / ".new-123"
    left.mkdir()
    (left / "kiosk.sqlite3").write_text("words")
    (tmp_path / "9.0.0-abcd").mkdir()
    with lockfile.take(tmp_path):
        versions.sweep(tmp_path)
        assert left.exists()
    versions.sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["9.0.0-abcd", "kiosk.lock"]
    versions.sweep(tmp_path / "absent")
