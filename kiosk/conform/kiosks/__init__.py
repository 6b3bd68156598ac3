"""What a kiosk asked of the small centre, judged rule by rule: the other side of :mod:`kiosk.conform.running`.

Each check looks at every request that was noted, in order; those of section 6, at every file, and some at both. A rule
whose occasion never came is « not tried », and says which of the centre's moods would bring it.
"""

from __future__ import annotations

# isort: off
from kiosk.conform.kiosks import first  # noqa: F401
from kiosk.conform.kiosks import second  # noqa: F401
from kiosk.conform.kiosks import carried  # noqa: F401

# isort: on
from kiosk.conform.kiosks.log import Log
from kiosk.conform.rules import SIDES, Failed, Rule, Untried
from kiosk.conform.running import FAILED, PASSED, UNTRIED, Report, Result
from kiosk.conform.seen import CARRIED
from kiosk.ground.i18n import _


def judged(base: str, log: Log) -> Report:
    """The report of what was asked until now."""
    asked = [one for one in log if one.path != CARRIED]
    brought = [one for one in log if one.path == CARRIED]

    def seen_by(one: Rule) -> Log:
        return brought if one.place == "6" else log if one.files else asked

    return Report(base, [_judge(one, seen_by(one)) for one in SIDES["kiosk"]])


def _judge(one: Rule, log: Log) -> Result:
    if one.check is None:
        return Result(one, UNTRIED, _(one.why))
    try:
        one.check(log)
    except Untried as untried:
        return Result(one, UNTRIED, _(untried.why, **untried.values))
    except Failed as failed:
        return Result(one, FAILED, "", failed.expected, failed.came)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return Result(one, FAILED, "", _(one.sentence), type(error).__name__)
    return Result(one, PASSED)
