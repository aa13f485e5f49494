"""Scores of predictions beside what came: errors, signs of change, and two naive rivals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Score", "mape", "naive_last", "naive_year", "score"]


@dataclass(frozen=True)
class Score:
    """Errors of one series over the months scored; fractions. ``signs`` are right directions of change of all."""

    series: str
    months: tuple[str, ...]
    observed: tuple[float, ...]
    predicted: tuple[float, ...]
    mape: float
    bias: float
    signs_right: int
    signs: int
    rival_last: float | None
    rival_year: float | None

    @property
    def beats_rivals(self) -> bool:
        """Whether the error is smaller than that of every rival that could be had."""
        return all(r is None or self.mape < r for r in (self.rival_last, self.rival_year))


def mape(observed: Sequence[float], predicted: Sequence[float]) -> float:
    """Mean absolute error as a fraction of what was observed."""
    o, p = np.asarray(observed), np.asarray(predicted)
    return float(np.mean(np.abs(p - o) / o))


def naive_last(history: Mapping[str, float], months: Sequence[str]) -> list[float] | None:
    """The last value before the first month, for all of them; None without one."""
    before = [m for m in sorted(history) if m < months[0]]
    return [history[before[-1]]] * len(months) if before else None


def naive_year(history: Mapping[str, float], months: Sequence[str]) -> list[float] | None:
    """The value of the same month a year before; None unless all are known."""
    earlier = [f"{int(m[:4]) - 1}{m[4:]}" for m in months]
    return [history[m] for m in earlier] if all(m in history for m in earlier) else None


def score(series: str, observed: Mapping[str, float], predicted: Mapping[str, float], months: Sequence[str]) -> Score:
    """Score of ``predicted`` on those of ``months`` that were observed; at least one must have been."""
    seen = [m for m in months if m in observed]
    o, p = [observed[m] for m in seen], [predicted[m] for m in seen]
    last, year = naive_last(observed, seen), naive_year(observed, seen)
    before = [m for m in sorted(observed) if m < seen[0]]
    moved = [observed[before[-1]], *o] if before else o
    guess = [moved[0], *p] if before else p
    signs = [np.sign(b - a) == np.sign(d - c) for a, b, c, d in zip(moved, moved[1:], guess, guess[1:], strict=False)]
    return Score(
        series=series,
        months=tuple(seen),
        observed=tuple(o),
        predicted=tuple(p),
        mape=mape(o, p),
        bias=float(np.mean((np.array(p) - o) / o)),
        signs_right=int(sum(signs)),
        signs=len(signs),
        rival_last=None if last is None else mape(o, last),
        rival_year=None if year is None else mape(o, year),
    )
