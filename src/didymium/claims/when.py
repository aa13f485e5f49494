"""Dates and periods as claims write them: 2024, 2024-05, 2024-Q2, 2025-spring, 2020-2023, by 2030, from 2025-05."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["EXPECTED", "Span", "span_of"]

EXPECTED = "now, 2024, 2024-05, 2024-05-01, 2024-Q2, 2025-spring, 2020-2023, by 2030 or from 2025-05"

_DAY = r"-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?"
_PART = rf"(?:1[89]|20|21)\d\d(?:{_DAY}|-Q[1-4]|-H[12]|-(?:spring|summer|autumn|winter))?"
_WHEN = re.compile(rf"^(?:(?P<sense>by|from) )?(?P<a>{_PART})(?:[-/–](?P<b>{_PART}))?$")
_NAMED = {
    "Q1": (0.0, 0.25),
    "Q2": (0.25, 0.5),
    "Q3": (0.5, 0.75),
    "Q4": (0.75, 1.0),
    "H1": (0.0, 0.5),
    "H2": (0.5, 1.0),
    # Seasons of the northern hemisphere by the calendar of meteorologists; winter is taken as its December.
    "spring": (2 / 12, 5 / 12),
    "summer": (5 / 12, 8 / 12),
    "autumn": (8 / 12, 11 / 12),
    "winter": (11 / 12, 1.0),
}


@dataclass(frozen=True)
class Span:
    """A stretch of time in decimal years, [start, end)."""

    start: float
    end: float
    sense: str = "in"

    @property
    def first_year(self) -> int:
        """Calendar year in which it starts."""
        return int(self.start)

    @property
    def last_year(self) -> int:
        """Calendar year in which it ends."""
        return int(self.end - 1e-9)

    def overlaps(self, other: Span) -> bool:
        """Whether the two stretches share a moment."""
        return self.start < other.end and other.start < self.end


def _part(text: str) -> tuple[float, float]:
    year = float(text[:4])
    rest = text[5:]
    if not rest:
        return year, year + 1.0
    if rest in _NAMED:
        a, b = _NAMED[rest]
        return year + a, year + b
    month = int(rest[:2])
    if len(rest) == 2:
        return year + (month - 1) / 12, year + month / 12
    day = int(rest[3:])
    start = year + (month - 1) / 12 + (day - 1) / 372
    return start, start + 1 / 372


def span_of(text: str) -> Span | None:
    """The stretch of time that ``text`` names, or None when it names none (``now`` names none)."""
    match = _WHEN.match(text.strip())
    if match is None:
        return None
    start, end = _part(match["a"])
    if match["b"]:
        end = _part(match["b"])[1]
    return Span(start, end, match["sense"] or "in") if start < end else None
