"""Predictions held against what came: a case is fitted on one window, and every prediction gets a band and a score.

Bands are of the posterior predictive: weighted draws of the parameters, each with the scatter of its series.
Months scatter, so a band of parameters alone would be too narrow to be held against them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from didymium.chain.structure import Array
from didymium.market.fit import Bounded, Draw, Fitted, fit, quantiles, weights_of
from didymium.market.score import Score, score

__all__ = ["Case", "Fold", "Line", "Point", "Series", "Sheet", "assess", "fit_fold", "used_for"]

Series = Mapping[str, Mapping[str, float]]
"""Values by period of named series; a period is a year, a month, a year's end (its month) or a day."""

BANDS = (0.05, 0.25, 0.75, 0.95)
ROUNDS = 3
"""Rounds of draws: each goes where the weights of the one before it were; the last one gives the bands."""

FIT_SHARE = 0.5
"""Part of the work that the search is, for the bar that shows progress; the rest are the draws."""


@dataclass(frozen=True)
class Fold:
    """A window: fitted from ``start`` to the end of month ``fitted_to``, scored after it to ``scored_to``."""

    name: str
    start: str
    fitted_to: str
    scored_to: str


class Case(Protocol):
    """What a hindcast needs of a piece of history."""

    @property
    def name(self) -> str:
        """Name on the command line."""

    @property
    def folds(self) -> tuple[Fold, ...]:
        """Windows, each fitted and scored by itself."""

    @property
    def parameters(self) -> tuple[Bounded, ...]:
        """What is fitted."""

    @property
    def observed(self) -> Series:
        """What was seen."""

    @property
    def units(self) -> Mapping[str, str]:
        """Unit of every series predicted."""

    @property
    def fitted(self) -> frozenset[str]:
        """Series that are fitted."""

    @property
    def scatter(self) -> Mapping[str, float]:
        """Standard error of the logarithm of a single figure, of all that are fitted and of others that scatter."""

    @property
    def level_from(self) -> Mapping[str, str]:
        """Period from which a series takes its level, so that it is no prediction there."""

    @property
    def sources(self) -> frozenset[str]:
        """Keys of the sources."""

    def predict(self, values: Mapping[str, float]) -> Series:
        """Every series of a run with ``values``."""

    def residuals(self, predicted: Series, fold: Fold) -> Array:
        """(observed - predicted)/sigma of what the fold may see."""


@dataclass(frozen=True)
class Point:
    """One prediction with its bands. ``used``: before, level, fitted, checked (never fitted), unseen, scored, ahead."""

    period: str
    used: str
    observed: float | None
    predicted: float
    band50: tuple[float, float]
    band90: tuple[float, float]


@dataclass(frozen=True)
class Line:
    """One series predicted; ``score`` only where something was observed after the window."""

    series: str
    unit: str
    points: tuple[Point, ...]
    score: Score | None

    def inside(self, band: str) -> tuple[int, int]:
        """How many scored figures lie in ``band50`` or ``band90``, and of how many."""
        held = [p for p in self.points if p.used == "scored" and p.observed is not None]
        within = [getattr(p, band)[0] <= p.observed <= getattr(p, band)[1] for p in held]
        return sum(within), len(held)


@dataclass(frozen=True)
class Sheet:
    """Everything one fold gave."""

    case: str
    fold: Fold
    fitted: Fitted
    lines: tuple[Line, ...]
    residuals: Array
    draws: tuple[Draw, ...]
    weights: Array
    seed: int
    sources: frozenset[str]

    @property
    def effective(self) -> float:
        """How many equal draws the weighted ones are worth."""
        return float(1 / (self.weights**2).sum())

    def spread(self, name: str) -> tuple[float, float]:
        """Interval of a parameter that holds 90 % of the posterior."""
        low, high = quantiles(np.array([d.values[name] for d in self.draws]), self.weights, (BANDS[0], BANDS[-1]))
        return low, high

    def line(self, series: str) -> Line:
        """One series by name; raises KeyError."""
        return {line.series: line for line in self.lines}[series]


def used_for(case: Case, fold: Fold, series: str, period: str) -> str:
    """What the figure of ``series`` in ``period`` is to the ``fold``."""
    month = period[:7]
    if period == case.level_from.get(series):
        return "level"
    # A whole year, such as 2013, ends after any month of it.
    ends = month if len(month) > 4 else f"{month}-12"
    if ends < fold.start:
        return "before"
    if period not in case.observed.get(series, {}):
        return "unseen" if ends <= fold.fitted_to else "ahead"
    if ends <= fold.fitted_to:
        return "fitted" if series in case.fitted else "checked"
    return "scored" if ends <= fold.scored_to or series not in case.fitted else "ahead"


def fit_fold(case: Case, fold: Fold, progress: Callable[[float], None] | None = None, starts: int = 6) -> Fitted:
    """The parameters fitted to what the fold may see; ``progress`` is told the share done."""
    return fit(
        case.parameters, lambda values: case.residuals(case.predict(values), fold), starts=starts, progress=progress
    )


def assess(
    case: Case,
    fold: Fold,
    *,
    draws: int = 200,
    seed: int = 0,
    starts: int = 6,
    progress: Callable[[float], None] | None = None,
) -> Sheet:
    """Fits a fold, draws from its posterior and scores it; seeded. Raises SolveError when the search fails."""

    def tell(share: float) -> None:
        if progress is not None:
            progress(share)

    fitted = fit_fold(case, fold, lambda share: tell(FIT_SHARE * share), starts)
    best = case.predict(fitted.values)
    closer = fitted
    for k in range(ROUNDS):
        drawn = tuple(closer.draws(draws, seed + k))
        members = []
        for d, draw in enumerate(drawn):
            members.append(case.predict(draw.values))
            tell(FIT_SHARE + (1 - FIT_SHARE) * (k + (d + 1) / draws) / ROUNDS)
        weights = weights_of(drawn, [case.residuals(m, fold) for m in members])
        closer = closer.drawn_to(drawn, weights)
    rng = np.random.default_rng(seed + ROUNDS)
    lines = tuple(_line(case, fold, series, best, members, weights, rng) for series in best)
    return Sheet(case.name, fold, fitted, lines, case.residuals(best, fold), drawn, weights, seed, case.sources)


def _line(
    case: Case,
    fold: Fold,
    series: str,
    best: Series,
    members: list[Series],
    weights: Array,
    rng: np.random.Generator,
) -> Line:
    seen, points = case.observed.get(series, {}), []
    for period, value in best[series].items():
        used = used_for(case, fold, series, period)
        noise = rng.standard_normal(len(members)) * (0.0 if used == "level" else case.scatter.get(series, 0.0))
        drawn = np.array([m[series][period] for m in members]) * np.exp(noise)
        q05, q25, q75, q95 = quantiles(drawn, weights, BANDS)
        points.append(Point(period, used, seen.get(period), value, (q25, q75), (q05, q95)))
    scored = [p.period for p in points if p.used == "scored"]
    before = [seen[p.period] for p in points if p.used in ("before", "level") and p.period in seen]
    found = score(series, seen, best[series], scored, before) if scored else None
    return Line(series, case.units[series], tuple(points), found)
