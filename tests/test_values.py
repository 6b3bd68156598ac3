"""``kiosk.ground.values.dataclass`` makes what the library's makes."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import field

import pytest

from kiosk.ground import values


def _declared(dataclass):
    @dataclass(frozen=True)
    class Point:
        x: int
        y: list[int] = field(default_factory=list)
        name: str = "P"
        seen: int = field(default=0, compare=False, repr=False)

        @property
        def twice(self) -> int:
            return 2 * self.x

    @dataclass(frozen=True)
    class Far(Point):
        z: int = 3

    @dataclass
    class Loose:
        a: int
        b: str = ""

    @dataclass
    class Empty:
        pass

    @dataclass(frozen=True)
    class Named:
        a: int

        def __repr__(self) -> str:
            return "mine"

        def __hash__(self) -> int:
            return 7

    return Point, Far, Loose, Empty, Named


OURS, THEIRS = _declared(values.dataclass), _declared(dataclasses.dataclass)


def outcome(act):
    """What an act gives, or the kind of error that it raises."""
    try:
        return act()
    except Exception as error:
        return type(error)


def seen(classes):
    """All that can be seen of classes and their instances, as plain values."""
    point, far, loose, empty, named = classes
    one, other = point(1, [2], name="Q", seen=5), far(1)
    soft = loose(1)
    soft.b = "changed"
    return {
        "shown": [repr(each).replace("_declared.<locals>.", "") for each in (one, other, soft, empty(), named(1))],
        "equal": [one == point(1, [2], "Q", 9), one == point(2, [2], "Q"), point(1) == far(1), soft == loose(1)],
        "unlike": one == (1, [2], "Q"),
        "hashed": [
            outcome(lambda: hash(one)),
            hash(point(1, (), "Q", 1)) == hash(point(1, (), "Q", 2)),
            hash(named(1)),
        ],
        "unhashed": outcome(lambda: hash(soft)),
        "own_list": point(1).y is not point(1).y,
        "replaced": [dataclasses.replace(one, x=4).twice, dataclasses.asdict(dataclasses.replace(other, z=8))],
        "wrong": [
            outcome(act) for act in (point, lambda: point(1, 2, 3, 4, 5), lambda: point(1, no=2), lambda: loose())
        ],
        "changed": [outcome(lambda: setattr(one, "x", 2)), outcome(lambda: delattr(one, "x")), one.x],
        "fields": [each.name for each in dataclasses.fields(far)],
        "matched": far.__match_args__,
        "copied": [copy.deepcopy(one) == one, copy.copy(other) == other],
    }


def test_a_class_and_its_instances_are_as_the_librarys():
    assert seen(OURS) == seen(THEIRS)


@values.dataclass(frozen=True)
class Sent:
    a: int


def test_an_instance_goes_to_another_process():
    assert pickle.loads(pickle.dumps(Sent(3))) == Sent(3)


def test_a_daughter_made_first_leaves_its_mother_whole():
    point, far, *_rest = _declared(values.dataclass)
    assert (far(1).z, point(2).x, far(3).z) == (3, 2, 3)


def test_a_frozen_class_refuses_for_good():
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'a'"):
        Sent(1).a = 2  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'a'"):
        del Sent(1).a


def test_what_it_does_not_make_is_refused():
    class After:
        a: int

        def __post_init__(self) -> None: ...

    class Out:
        a: int = field(init=False)

    for cls in (After, Out):
        with pytest.raises(TypeError, match="standard library"):
            values.dataclass(cls)
