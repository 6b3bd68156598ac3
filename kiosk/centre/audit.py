"""Who did what, when, on what, from what to what: never a text of a pupil, kept as long as the office says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kiosk.centre import rights
from kiosk.centre.models import Audit
from kiosk.centre.store import Tx

#: Characters of one value, and how many fields one line of the journal tells.
_VALUE, _FIELDS = 200, 30


def note(
    tx: Tx,
    what: str,
    detail: str = "",
    subject: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write down an action, under the name of who acts; `what` is a word of :data:`kiosk.centre.words.ACTIONS`,
    `detail` the identifier of what it is about, `subject` its name for a reader, `before` and `after` its values by
    field, in words.
    """
    person = rights.who()
    Audit.create(
        at=tx.now,
        what=what,
        detail=detail[:_VALUE],
        account_id=person.id if person else "",
        name=person.name if person else "",
        subject=subject[:_VALUE],
        territory=person.territory if person else "",
        changes=json.dumps(changed(before or {}, after or {}), ensure_ascii=False),
    )


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[list[str]]:
    """The fields whose value is another, as the journal tells them: field, before, after."""
    fields = [*before, *(name for name in after if name not in before)]
    pairs = ((name, _said(before.get(name)), _said(after.get(name))) for name in fields)
    return [[name, old, new] for name, old, new in pairs if old != new][:_FIELDS]


def last_on(detail: str) -> Audit | None:
    """The latest action on a thing."""
    query = Audit.select().where(Audit.detail == detail[:_VALUE])
    found: Audit | None = query.order_by(Audit.at.desc(), Audit.id.desc()).first()
    return found


def _said(value: Any) -> str:
    return "" if value is None else str(value)[:_VALUE]
