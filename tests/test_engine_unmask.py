"""Our unmasking of WebSocket frames gives what eventlet's own gives, whatever the length and the offset."""

from __future__ import annotations

import random
import warnings

import pytest

from kiosk.engine.http import unmask

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it says at each import that it will be retired
    from eventlet.websocket import RFC6455WebSocket

EVENTLETS_OWN = RFC6455WebSocket._apply_mask


@pytest.mark.parametrize("offset", range(9))
def test_unmask_agrees_with_eventlet(offset):
    chance = random.Random(offset)
    for length in (0, 1, 2, 3, 4, 5, 7, 8, 125, 126, 127, 1000):
        data, mask = chance.randbytes(length), chance.randbytes(4)
        assert unmask(data, mask, length, offset) == EVENTLETS_OWN(data, mask, length, offset)
        assert unmask(data, mask, offset=offset) == EVENTLETS_OWN(data, mask, offset=offset)


def test_unmask_keeps_leading_zeros():
    assert unmask(b"\x01\x02\x03\x04\x05", b"\x01\x02\x03\x04") == b"\x00\x00\x00\x00\x04"
