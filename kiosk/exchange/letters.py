"""The exchange by e-mail, as schools do it today: a session's prepared questions in a ready-made message.

French whatever the language of the page: the reader is the centre. No pupil is in it.
"""

from __future__ import annotations

import csv
import io
import re
from typing import Any
from urllib.parse import quote

from kiosk.contract.levels import LEVELS
from kiosk.contract.tables import cell
from kiosk.contract.themes import THEMES
from kiosk.domain import policy, sessions
from kiosk.domain.reading import guarding
from kiosk.domain.reports import level_of_label
from kiosk.domain.statuses import IN_PLAY
from kiosk.ground import i18n, instants
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _
from kiosk.storage.models import Enrolment, Question

#: Mail programs and browsers cut longer addresses: beyond, the list is left to the attached file.
MAX_MAILTO = 1900

LONGEST_TITLE = 90


class Letter:
    """A message about one session. :raises KioskError: ``unknown_session``, ``nothing_prepared``."""

    def __init__(self, session_id: str, *, to: str = "", signature: str = "") -> None:
        self.session = sessions.view(session_id)
        self.to = to
        self._signature = signature.strip()
        order = (Question.position == 0, Question.position, Question.support.desc(), Question.number)
        self.questions = list(Question.select().where(_carried(session_id)).order_by(*order))
        if not self.questions:
            raise KioskError("nothing_prepared")
        self._class = Enrolment.get_or_none(
            (Enrolment.session_id == session_id) & Enrolment.state.not_in(("cancelled", "refused"))
        )

    @property
    def subject(self) -> str:
        """« Questions de la 4e B pour la séance « … » du 24/11/2026 »."""
        day = instants.date_numeric(self.session.starts_at)
        who = self._class.label if self._class else ""
        whose = f"de la {who}" if who and who[:1].isdigit() else f"({who})" if who else "de la classe"
        title = shortened(self.session.title)  # one line: it goes in a header
        return f"Questions {whose} pour la séance « {title} » du {day}"

    @property
    def body(self) -> str:
        """The whole message, questions by theme."""
        with i18n.language("fr"):
            return "\n".join([*self._opening(), *self._by_theme(), *self._ending()])

    def mailto(self) -> str:
        """A ``mailto:`` address; when the list would be too long for it, the message points to the attached file."""
        attached = "(La liste est dans le fichier joint.)"
        for body in (
            self.body,
            "\n".join([*self._opening(), attached, *self._ending()]),
            "\n".join(["Bonjour,", "", attached, *self._ending()]),
        ):
            link = f"mailto:{quote(self.to, safe='@')}?subject={quote(self.subject)}&body={_crlf(body)}"
            if len(link) <= MAX_MAILTO:
                break
        return link

    def eml(self) -> bytes:
        """The message as a file that mail programs open as a draft, with the questions as CSV."""
        from email.message import EmailMessage  # its rules of headers cost a start more than anybody's letter
        from email.policy import SMTP

        message = EmailMessage(policy=SMTP)
        message["Subject"] = self.subject
        if self.to:
            message["To"] = self.to
        message["X-Unsent"] = "1"  # opened as a draft
        message.set_content(self.body)
        name = re.sub(r"[^\w.-]+", "-", self.session.id)[:60].strip("-.")  # the centre's: it may hold anything
        message.add_attachment(
            self.csv().encode("utf-8-sig"), maintype="text", subtype="csv", filename=f"questions-{name}.csv"
        )
        return message.as_bytes()

    def csv(self) -> str:
        """Question, theme, level, support; for a French spreadsheet, no cell a formula."""
        out = io.StringIO()
        writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
        writer.writerow(["question", "thème", "niveau", "soutiens"])
        with i18n.language("fr"):
            for row in self.questions:
                writer.writerow([cell(row.text), _theme(row.theme), self._level(), row.support])
        return out.getvalue()

    def _opening(self) -> list[str]:
        when = instants.when(self.session.starts_at, lang="fr")
        school, uai = policy.current().school, policy.uai()
        place = f"{school} ({uai})" if school and uai else school or uai
        return [
            "Bonjour,",
            "",
            f"Voici les questions que nos élèves ont préparées pour la séance « {self.session.title} »"
            f" ({when}, heure de Paris).",
            *([f"Établissement : {place}"] if place else []),
            *([f"Classe : {self._class.label}"] if self._class else []),
            "",
        ]

    def _by_theme(self) -> list[str]:
        lines = []
        for code in [*THEMES.codes(), ""]:
            rows = [row for row in self.questions if (row.theme or "") == code]
            if rows:
                lines.append(_theme(code) + " :")
                lines += [f"- {row.text}" + (f" ({row.support} élèves)" if row.support > 1 else "") for row in rows]
                lines.append("")
        return lines

    def _ending(self) -> list[str]:
        return ["Merci, et à bientôt.", *([self._signature] if self._signature else [])]

    def _level(self) -> str:
        code = (self._class.level or level_of_label(self._class.label)) if self._class else ""
        return _(LEVELS.get(code).short) if code in LEVELS else ""


def any_for(session_id: str) -> bool:
    """Whether a message about this session has questions to carry."""
    return bool(Question.select().where(_carried(session_id)).exists())


def _carried(session_id: str) -> Any:
    """Prepared here, still meant, and of nobody in danger: the centre's own need no message to it."""
    kept = (Question.status << IN_PLAY) & guarding.ordinary()
    return (Question.session_id == session_id) & (Question.origin == "prepared") & kept


def shortened(title: str) -> str:
    """A title on one line, so long that an address or a header still holds it."""
    line = " ".join(title.split())
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1].rstrip() + "…"


def _theme(code: str) -> str:
    return _(THEMES.get(code).label) if code in THEMES else "Autres questions"


def _crlf(text: str) -> str:
    """A body for a ``mailto:`` (RFC 6068: lines end with %0D%0A)."""
    return quote(text.replace("\n", "\r\n"))
