"""Scores of predictions beside what came: errors, signs of change, and naive rivals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from didymium.errors import RecordError

__all__ = ["Score", "mape", "naive_last", "naive_year", "score"]


@dataclass(frozen=True)
class Score:
    """Errors of one series over the periods scored; fractions. ``signs`` are right directions of change of all.

    Rivals are the last value seen, the same month a year before, and the mean before the shock; None where a rival
    lacks the figures.
    """

    series: str
    periods: tuple[str, ...]
    observed: tuple[float, ...]
    predicted: tuple[float, ...]
    mape: float
    bias: float
    signs_right: int
    signs: int
    rival_last: float | None
    rival_year: float | None
    rival_before: float | None

    @property
    def rivals(self) -> tuple[float, ...]:
        """Errors of the rivals that could be had."""
        return tuple(r for r in (self.rival_last, self.rival_year, self.rival_before) if r is not None)

    @property
    def beats_rivals(self) -> bool:
        """Whether the error is smaller than that of every rival that could be had."""
        return all(self.mape < r for r in self.rivals)


def mape(observed: Sequence[float], predicted: Sequence[float]) -> float:
    """Mean absolute error as a fraction of what was observed; raises RecordError unless there are figures above 0."""
    o, p = np.asarray(observed, dtype=float), np.asarray(predicted, dtype=float)
    if len(o) == 0 or len(o) != len(p) or not (o > 0).all():
        raise RecordError(
            "an error in per cent needs figures above zero", where="score", expected="one prediction for each figure"
        )
    return float(np.mean(np.abs(p - o) / o))


def naive_last(history: Mapping[str, float], periods: Sequence[str]) -> list[float] | None:
    """The last value before the first period, for all of them; None without one."""
    before = [m for m in sorted(history) if m < periods[0]]
    return [history[before[-1]]] * len(periods) if before else None


def naive_year(history: Mapping[str, float], periods: Sequence[str]) -> list[float] | None:
    """The value of the same time a year before; None unless all were known before the first period."""
    earlier = [f"{int(m[:4]) - 1}{m[4:]}" for m in periods]
    known = all(m in history and m < periods[0] for m in earlier)
    return [history[m] for m in earlier] if known else None


def score(
    series: str,
    observed: Mapping[str, float],
    predicted: Mapping[str, float],
    periods: Sequence[str],
    before_shock: Sequence[float] = (),
) -> Score:
    """Score of ``predicted`` on those of ``periods`` that were observed; raises RecordError when none was."""
    seen = [m for m in sorted(periods) if m in observed]
    o, p = [observed[m] for m in seen], [predicted[m] for m in seen]
    error = mape(o, p)
    last, year = naive_last(observed, seen), naive_year(observed, seen)
    before = [float(np.mean(before_shock))] * len(seen) if len(before_shock) else None
    moved = [last[0], *o] if last else o
    guess = [last[0], *p] if last else p
    signs = [np.sign(b - a) == np.sign(d - c) for a, b, c, d in zip(moved, moved[1:], guess, guess[1:], strict=False)]
    return Score(
        series=series,
        periods=tuple(seen),
        observed=tuple(o),
        predicted=tuple(p),
        mape=error,
        bias=float(np.mean((np.array(p) - o) / o)),
        signs_right=int(sum(signs)),
        signs=len(signs),
        rival_last=None if last is None else mape(o, last),
        rival_year=None if year is None else mape(o, year),
        rival_before=None if before is None else mape(o, before),
    )
