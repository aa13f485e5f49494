"""Survival curves from times and censoring: Kaplan-Meier, cumulative incidence, medians and their intervals.

A project given up will not start.  Kaplan-Meier that drops it as censored answers "when would it have started,
had it not been given up", which flatters.  The curve wanted is the cumulative incidence of starts with
abandonment as the competing end (Aalen & Johansen 1978).  Every project here has a known end of follow-up, so the
same curve is had by keeping an abandoned project at risk to that end (Fine & Gray 1999, "censoring complete"
data), and that needs no date of abandonment; :mod:`didymium.clocks.records` does so.  :func:`cumulative_incidence`
is the general estimator, for data that carry such dates and for the test of this equivalence.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["KmCurve", "Median", "bootstrap_median", "cumulative_incidence", "kaplan_meier", "km_median"]

Array = NDArray[np.float64]

HALF = 0.5 + 1e-12
"""One half with room for rounding: 1/2 reached as a product of fractions counts as reached."""


@dataclass(frozen=True)
class KmCurve:
    """A survival curve by steps: at ``time`` it falls to ``survival``; low and high are nan where undefined."""

    time: tuple[float, ...]
    survival: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    at_risk: tuple[int, ...]
    events: tuple[int, ...]
    confidence: float


@dataclass(frozen=True)
class Median:
    """A median with its interval; None where the follow-up does not reach it."""

    value: float | None
    low: float | None
    high: float | None


def kaplan_meier(time: ArrayLike, event: ArrayLike, confidence: float = 0.90) -> KmCurve:
    """Kaplan-Meier curve with log-log intervals, one step per distinct event time, in the unit of ``time``.

    Source: Kaplan & Meier (1958) J. Am. Stat. Assoc. 53:457; interval by Kalbfleisch & Prentice (2002) eq. 1.14.
    """
    from scipy.stats import CensoredData, ecdf

    times = np.asarray(time, dtype=float)
    happened = np.asarray(event, dtype=bool)
    if times.size == 0 or not happened.any():
        return KmCurve((), (), (), (), (), (), confidence)
    steps = np.unique(times[happened])
    curve = ecdf(CensoredData.right_censored(times, ~happened)).sf
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # At S = 1 and S = 0 the log-log interval is undefined: nan says so, the warning adds nothing.
        warnings.simplefilter("ignore", RuntimeWarning)
        interval: Any = curve.confidence_interval(confidence_level=confidence, method="log-log")
    at_risk = (times[:, None] >= steps).sum(axis=0)
    deaths = (times[happened][:, None] == steps).sum(axis=0)
    # The curve has a point at censored times too; only those at the events are steps.
    at = np.searchsorted(curve.quantiles, steps)
    bands = (interval.low.probabilities[at], interval.high.probabilities[at])
    columns = (steps, curve.probabilities[at], *bands)
    floats = [tuple(float(x) for x in column) for column in columns]
    ints = [tuple(int(x) for x in column) for column in (at_risk, deaths)]
    return KmCurve(floats[0], floats[1], floats[2], floats[3], ints[0], ints[1], confidence)


def _first_at_or_below_half(time: Sequence[float], level: Sequence[float]) -> float | None:
    return next((t for t, s in zip(time, level, strict=True) if s <= HALF), None)


def km_median(curve: KmCurve) -> Median:
    """The first time at which the curve is at or below one half, with the interval read off its bands.

    Source: Brookmeyer & Crowley (1982) Biometrics 38:29.
    """
    value = _first_at_or_below_half(curve.time, curve.survival)
    low = _first_at_or_below_half(curve.time, curve.low)
    return Median(value, low, _first_at_or_below_half(curve.time, curve.high))


def _weighted_medians(times: Array, happened: NDArray[np.bool_], weights: Array) -> Array:
    """Kaplan-Meier medians of weighted samples: weights (b, n); inf where not reached."""
    order = np.argsort(times, kind="stable")
    times, happened, weights = times[order], happened[order], weights[:, order]
    steps, starts = np.unique(times, return_index=True)
    fallen = np.add.reduceat(weights * happened, starts, axis=1)
    at_risk = np.cumsum(weights[:, ::-1], axis=1)[:, ::-1][:, starts]
    factor = 1.0 - np.divide(fallen, at_risk, out=np.zeros_like(fallen), where=at_risk > 0)
    below = np.cumprod(factor, axis=1) <= HALF
    return np.where(below.any(axis=1), steps[np.argmax(below, axis=1)], np.inf)


def bootstrap_median(
    time: ArrayLike,
    event: ArrayLike,
    cluster: Sequence[str],
    *,
    seed: int = 0,
    n_draws: int = 1000,
    confidence: float = 0.90,
) -> Median:
    """Kaplan-Meier median with an interval from drawing whole clusters (sites) with replacement.

    Vintages of one site share its fate, so rows are not independent and sites are.
    """
    times, happened = np.asarray(time, dtype=float), np.asarray(event, dtype=bool)
    if times.size == 0:
        return Median(None, None, None)
    names, member = np.unique(np.asarray(cluster, dtype=str), return_inverse=True)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(names), np.full(len(names), 1.0 / len(names)), size=n_draws)
    medians = _weighted_medians(times, happened, drawn[:, member].astype(float))
    tail = (1.0 - confidence) / 2.0
    # Order statistics, not interpolation: medians beyond the follow-up are infinite.
    low, high = np.quantile(medians, [tail, 1.0 - tail], method="inverted_cdf")
    value = _weighted_medians(times, happened, np.ones((1, times.size)))[0]
    finite = [float(x) if np.isfinite(x) else None for x in (value, low, high)]
    return Median(finite[0], finite[1], finite[2])


def cumulative_incidence(time: ArrayLike, cause: ArrayLike) -> tuple[Array, Array]:
    """Aalen-Johansen cumulative incidence of cause 1; cause 0 is censored, any other is a competing end.

    Returns the distinct times of any end and the incidence just after each.
    Source: Aalen & Johansen (1978) Scand. J. Stat. 5:141.
    """
    times, causes = np.asarray(time, dtype=float), np.asarray(cause, dtype=int)
    steps = np.unique(times[causes != 0])
    at_risk = (times[:, None] >= steps).sum(axis=0)
    here = times[:, None] == steps
    any_end = (here & (causes != 0)[:, None]).sum(axis=0)
    wanted = (here & (causes == 1)[:, None]).sum(axis=0)
    still = np.cumprod(1.0 - any_end / at_risk)
    before = np.concatenate([[1.0], still[:-1]]) if steps.size else still
    return steps, np.cumsum(before * wanted / at_risk)
