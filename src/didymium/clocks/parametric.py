"""Weibull and lognormal fits to censored times, chosen by AIC, with profile intervals of the median.

They describe the sample and cross-check the answering clock; they do not answer for it.  A fit that has not
converged comes back as a failure code, never as a number.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["FAMILIES", "MIN_EVENTS", "ParametricFit", "best_fit", "fit_family"]

Array = NDArray[np.float64]

FAMILIES = ("weibull", "lognormal")
MIN_EVENTS = 4
"""Two parameters from fewer starts than this are a drawing, not a fit."""

MEDIAN_REACH = 1.0
"""A median past this multiple of the longest time seen is the family's opinion, not the data's."""


@dataclass(frozen=True)
class ParametricFit:
    """A fitted family: shape and scale as in scipy, median with interval; all None with a ``failure`` code."""

    family: str | None
    failure: str | None
    n: int
    n_events: int
    shape: float | None = None
    scale: float | None = None
    median: float | None = None
    low: float | None = None
    high: float | None = None
    aic: float | None = None


def _log_likelihood(family: str, shape: float, scale: float, time: Array, event: NDArray[np.bool_]) -> float:
    if family == "weibull":
        power = (time / scale) ** shape
        density = math.log(shape / scale) + (shape - 1.0) * np.log(time / scale)
        return float(density[event].sum() - power.sum())
    from scipy.stats import norm

    z = np.log(time / scale) / shape
    density = norm.logpdf(z[event]) - math.log(shape) - np.log(time[event])
    return float(density.sum() + norm.logsf(z[~event]).sum())


def _scale_for_median(family: str, shape: float, median: float) -> float:
    return median / math.log(2.0) ** (1.0 / shape) if family == "weibull" else median


def _median(family: str, shape: float, scale: float) -> float:
    return scale * math.log(2.0) ** (1.0 / shape) if family == "weibull" else scale


def _scipy_fit(family: str, time: Array, event: NDArray[np.bool_]) -> tuple[float, float] | None:
    from scipy.stats import CensoredData, FitError, lognorm, weibull_min

    distribution = weibull_min if family == "weibull" else lognorm
    data = CensoredData.right_censored(time, ~event)
    start = float(np.exp(np.log(time).mean()) * time.size / max(event.sum(), 1))
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore", RuntimeWarning)
            shape, _, scale = distribution.fit(data, 1.0, floc=0.0, scale=start)
    except (FitError, FloatingPointError, OverflowError, ValueError):
        return None
    return float(shape), float(scale)


def _stationary(family: str, shape: float, scale: float, time: Array, event: NDArray[np.bool_]) -> bool:
    """Whether no small step in log shape or log scale raises the log-likelihood by more than a hair."""
    if not (math.isfinite(shape) and math.isfinite(scale) and shape > 0.0 and scale > 0.0):
        return False
    with np.errstate(all="ignore"):
        here = _log_likelihood(family, shape, scale, time, event)
        steps = [(s, t) for s in (-0.01, 0.0, 0.01) for t in (-0.01, 0.0, 0.01) if (s, t) != (0.0, 0.0)]
        near = [_log_likelihood(family, shape * math.exp(s), scale * math.exp(t), time, event) for s, t in steps]
    return math.isfinite(here) and max(near) <= here + 1e-6 * max(abs(here), 1.0)


def _profile_drop(
    family: str, best: float, shape: float, time: Array, event: NDArray[np.bool_]
) -> Callable[[float], float]:
    """Twice the fall of the profile log-likelihood below its best, by log median."""
    from scipy.optimize import minimize_scalar

    def drop(log_median: float) -> float:
        def loss(log_shape: float) -> float:
            k = math.exp(log_shape)
            with np.errstate(all="ignore"):
                value = _log_likelihood(family, k, _scale_for_median(family, k, math.exp(log_median)), time, event)
            return -value if math.isfinite(value) else 1e300

        centre = math.log(shape)
        found = minimize_scalar(loss, bounds=(centre - 3.0, centre + 3.0), method="bounded")
        return 2.0 * (best + float(found.fun))

    return drop


def _limit(drop: Callable[[float], float], centre: float, direction: float, critical: float) -> float | None:
    """Log median at which the profile has fallen by ``critical``; None if it does not within a factor of 1000."""
    from scipy.optimize import brentq

    step = 0.05
    inner = centre
    while step < math.log(1000.0):
        outer = centre + direction * step
        if drop(outer) > critical:
            return float(brentq(lambda x: drop(x) - critical, min(inner, outer), max(inner, outer), xtol=1e-4))
        inner, step = outer, step * 1.6
    return None


def fit_family(family: str, time: ArrayLike, event: ArrayLike, confidence: float = 0.90) -> ParametricFit:
    """Maximum-likelihood fit of one family (location 0) with a profile-likelihood interval of the median.

    Failure codes: ``too_few_events``, ``not_converged``, ``beyond_follow_up`` (the median lies past the
    longest time seen).
    """
    times, happened = np.asarray(time, dtype=float), np.asarray(event, dtype=bool)
    n, n_events = int(times.size), int(happened.sum())
    if n_events < MIN_EVENTS or np.unique(times[happened]).size < 3:
        return ParametricFit(family, "too_few_events", n, n_events)
    found = _scipy_fit(family, times, happened)
    if found is None or not _stationary(family, *found, times, happened):
        return ParametricFit(family, "not_converged", n, n_events)
    shape, scale = found
    median = _median(family, shape, scale)
    if median > MEDIAN_REACH * times.max():
        return ParametricFit(family, "beyond_follow_up", n, n_events)
    from scipy.stats import chi2

    best = _log_likelihood(family, shape, scale, times, happened)
    drop = _profile_drop(family, best, shape, times, happened)
    critical = float(chi2.ppf(confidence, 1))
    limits = [_limit(drop, math.log(median), sign, critical) for sign in (-1.0, 1.0)]
    low, high = (None if limit is None else math.exp(limit) for limit in limits)
    return ParametricFit(family, None, n, n_events, shape, scale, median, low, high, 4.0 - 2.0 * best)


def best_fit(time: ArrayLike, event: ArrayLike, confidence: float = 0.90) -> ParametricFit:
    """The family with the lower AIC among those that converged, or the failure common to both.

    Both families have two parameters, so AIC chooses by likelihood.  Source: Akaike (1974) IEEE Trans. 19:716.
    """
    fits = [fit_family(family, time, event, confidence) for family in FAMILIES]
    good = [fit for fit in fits if fit.aic is not None]
    if good:
        return min(good, key=lambda fit: fit.aic if fit.aic is not None else math.inf)
    first = fits[0]
    return ParametricFit(None, first.failure, first.n, first.n_events)
