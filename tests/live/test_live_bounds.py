"""A socket's words have a length: said beside each field, refused before anything is done with them."""

from __future__ import annotations

import msgspec
import pytest

from kiosk.web.display import socket as display
from kiosk.web.live.wire import Json
from kiosk.web.phone import socket as phones
from kiosk.web.teacher import socket as control

SHAPES = [event.data for module in (phones, display, control) for event in module.EVENTS.values() if event.data]
#: Fields whose bound is the setting's, with a sentence of its own (`question_too_long`).
TEXTS = {("Ask", "text")}


def words(shape):
    """The fields of a message that hold text: (name, its greatest length or None)."""
    message = msgspec.inspect.type_info(shape)
    assert isinstance(message, msgspec.inspect.StructType)
    for field in message.fields:
        kinds = getattr(field.type, "types", (field.type,))
        for kind in kinds:
            if isinstance(kind, msgspec.inspect.StrType):
                yield field.name, kind.max_length


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_every_word_of_a_message_has_a_bound(shape):
    free = {(shape.__name__, name) for name, most in words(shape) if most is None}
    assert free <= TEXTS


def test_a_field_that_is_too_long_is_refused(phone, kiosk, room):
    one = phone("a" * 12)
    sent = {"id": "q-1", "text": "Pourquoi ?"}
    for name in ("id", "theme", "speaker", "session"):
        answer = one.call("ask", {**sent, name: "x" * 201})
        assert (answer["error"]["code"], answer["error"]["field"]) == ("invalid", name)
    assert one.call("ask", {**sent, "text": "x" * 60_000})["error"]["code"] == "question_too_long"
    assert one.call("ask", sent)["ok"] is True


@pytest.mark.parametrize("text", ['["ask",{"id":"\\ud800"}]', '"\\udfff"', b'["\xed\xa0\x80"]'])
def test_half_a_character_is_no_message(text):
    with pytest.raises(ValueError):
        Json.loads(text)
