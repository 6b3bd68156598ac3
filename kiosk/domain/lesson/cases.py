"""The four cases of « Trier »: which questions are in which, and how many were opened."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.contract.themes import THEMES, Theme, offered
from kiosk.domain.reading import openness
from kiosk.domain.views import QuestionView
from kiosk.ground.values import dataclass

#: A case that holds fewer than this asks for some more.
FEW = 2


@dataclass(frozen=True)
class Case:
    """A line of approach and its questions; themes that pupils do not choose go with the one of their pictogram."""

    theme: Theme
    questions: tuple[QuestionView, ...]

    @property
    def lacking(self) -> bool:
        """Whether some more would do it good."""
        return len(self.questions) < FEW


def of(questions: Sequence[QuestionView]) -> list[Case]:
    """The four cases, in the order of the chips."""
    return [Case(line, tuple(one for one in questions if line_of(one) == line.code)) for line in offered()]


def line_of(question: QuestionView) -> str:
    """The code of the case a question is in; empty without a theme, or with one that says nothing (« autre »)."""
    theme = THEMES[question.theme] if question.theme in THEMES else None
    if theme is None or theme.code == "autre":
        return ""
    return next(line.code for line in offered() if line.icon == theme.icon)


def unsorted(questions: Sequence[QuestionView]) -> list[QuestionView]:
    """Those in no case yet."""
    return [one for one in questions if not line_of(one)]


def reopened(questions: Sequence[QuestionView]) -> int:
    """How many were closed as they were written, and are open now."""
    return sum(1 for one in questions if openness.closed(one.original_text) and not openness.closed(one.text))
