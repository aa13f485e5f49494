"""Steps on the calendar: when each begins, and how much of it a period covers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from didymium.chain.structure import Array

__all__ = ["STEPS_PER_Y", "Calendar"]

STEPS_PER_Y = {"month": 12, "week": 52}


@dataclass(frozen=True)
class Calendar:
    """``steps`` steps from 1 January of ``year``; months are calendar months, weeks are 52nds of a year."""

    year: int
    steps: int
    step: str

    @property
    def steps_per_y(self) -> int:
        """Steps in a year."""
        return STEPS_PER_Y[self.step]

    def begins(self, t: int) -> date:
        """The first day of step ``t``."""
        year, part = self.year + t // self.steps_per_y, t % self.steps_per_y
        if self.step == "month":
            return date(year, part + 1, 1)
        days = (date(year + 1, 1, 1) - date(year, 1, 1)).days
        return date(year, 1, 1) + timedelta(days=round(part * days / self.steps_per_y))

    @cached_property
    def edges(self) -> Array:
        """Days since the start at which steps begin and the last ends, (steps + 1,)."""
        first = date(self.year, 1, 1).toordinal()
        return np.array([self.begins(t).toordinal() - first for t in range(self.steps + 1)], dtype=float)

    @cached_property
    def middles_y(self) -> Array:
        """Decimal years in the middle of the steps."""
        return self.year + (np.arange(self.steps) + 0.5) / self.steps_per_y

    def covered(
        self, start: date, end: date | None = None, *, after_days: float = 0.0, within_days: float = np.inf
    ) -> Array:
        """Share (steps,) of each step that lies in ``start`` <= day < ``end`` (None: without end).

        Of that only what comes ``after_days`` from the start, parts of days too, and ``within_days`` from it.
        """
        first = date(self.year, 1, 1).toordinal()
        a = start.toordinal() - first
        b = min(np.inf if end is None else end.toordinal() - first, a + within_days)
        late = a + after_days
        days: Array = np.clip(np.minimum(self.edges[1:], b) - np.maximum(self.edges[:-1], late), 0.0, None)
        return days / np.diff(self.edges)

    def names(self) -> tuple[str, ...]:
        """ISO dates on which the steps begin."""
        return tuple(self.begins(t).isoformat() for t in range(self.steps))
