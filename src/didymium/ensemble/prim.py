"""Scenario discovery: the box of inputs in which the cases of interest crowd (PRIM).

Friedman & Fisher 1999, Stat. Comput. 9:123: peel thin slices off the box, each time the one that leaves the highest
mean; then paste back what can be pasted without lowering it. Coverage, density and the test of a limit by a binomial
tail are those of Bryant & Lempert 2010, Technol. Forecast. Soc. Change 77:34. Own code: of the packages that do it, one
is under the GPL and the other brings machine learning and plotting along.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from didymium.ensemble.task import Array
from didymium.errors import DidymiumError

__all__ = ["Box", "Limit", "discover", "inside", "limit_p_value", "paste", "peel"]

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Limit:
    """Bounds on one input, both included; infinite where there is none."""

    parameter: int
    low: float
    high: float


@dataclass(frozen=True)
class Box:
    """Limits, and how well they do.

    ``mass`` is the share of members inside, ``density`` the share of those that are of interest, ``coverage`` the share
    of all that are of interest that lie inside.
    """

    limits: tuple[Limit, ...]
    mass: float
    density: float
    coverage: float


def discover(
    draws: Array, interest: Bools, *, peel_share: float = 0.05, least_mass: float = 0.05, density: float = 0.8
) -> tuple[Box, tuple[Box, ...]]:
    """The chosen box and the trajectory of peels, from all members to the smallest box.

    ``draws`` is (members, parameters), ``interest`` (members,). Chosen is the box of highest coverage with at least
    ``density``, of equals the densest, or the densest of all where none has that; then it is pasted. ``limit_p_value``
    tells which of its limits matter. Raises DidymiumError where no member or every member is of interest, or for shares
    outside 0 to 1.
    """
    _check(draws, interest, peel_share, least_mass)
    trajectory = peel(draws, interest, peel_share, least_mass)
    dense = [box for box in trajectory if box.density >= density]
    # Peels that lose no case of interest tie in coverage; the first of them is the least dense.
    best = max(dense, key=lambda b: (b.coverage, b.density)) if dense else max(trajectory, key=lambda b: b.density)
    return paste(draws, interest, best, peel_share), trajectory


def peel(draws: Array, interest: Bools, share: float, least_mass: float) -> tuple[Box, ...]:
    """Boxes from all members on, each a slice of about ``share`` of its members smaller than the one before."""
    low, high = np.full(draws.shape[1], -np.inf), np.full(draws.shape[1], np.inf)
    boxes = [_box(draws, interest, low, high)]
    while True:
        within = _within(draws, low, high)
        best: tuple[float, int, int, float] | None = None
        for j in range(draws.shape[1]):
            for side, bound in _slices(draws[within, j], share):
                keep = within & (draws[:, j] >= bound if side < 0 else draws[:, j] <= bound)
                if keep.sum() < max(1, least_mass * len(draws)):
                    continue
                candidate = (float(interest[keep].mean()), j, side, bound)
                if best is None or candidate[0] > best[0]:
                    best = candidate
        if best is None:
            return tuple(boxes)
        _, j, side, bound = best
        (low if side < 0 else high)[j] = bound
        boxes.append(_box(draws, interest, low, high))


def paste(draws: Array, interest: Bools, box: Box, share: float) -> Box:
    """The box made larger, by about ``share`` of its members a time, as long as its density does not fall."""
    low, high = _bounds(box, draws.shape[1])
    while True:
        now = _box(draws, interest, low, high)
        best: tuple[float, Array, Array] | None = None
        for limit in now.limits:
            for side in (-1, 1):
                wider_low, wider_high = _widened(draws, low, high, limit.parameter, side, share)
                wider = _box(draws, interest, wider_low, wider_high)
                if wider.mass > now.mass and wider.density >= (best[0] if best else now.density):
                    best = (wider.density, wider_low, wider_high)
        if best is None:
            return now
        _, low, high = best


def inside(draws: Array, box: Box) -> Bools:
    """Which members lie in the box."""
    return _within(draws, *_bounds(box, draws.shape[1]))


def limit_p_value(draws: Array, interest: Bools, box: Box, parameter: int) -> float:
    """Chance of as many cases of interest inside the box if this limit did not matter; small means that it does.

    A binomial tail with the density of the box without the limit (Bryant & Lempert 2010).
    """
    from scipy.stats import binom

    within = inside(draws, box)
    without = Box(tuple(lim for lim in box.limits if lim.parameter != parameter), 0, 0, 0)
    chance = float(interest[inside(draws, without)].mean())
    return float(binom.sf(int(interest[within].sum()) - 1, int(within.sum()), chance))


def _check(draws: Array, interest: Bools, share: float, least_mass: float) -> None:
    if draws.ndim != 2 or interest.shape != draws.shape[:1]:
        raise DidymiumError(f"{interest.shape} cases for draws of shape {draws.shape}", expected="one per member")
    for what, value in (("peel_share", share), ("least_mass", least_mass)):
        if not 0 < value < 1:
            raise DidymiumError(f"{what} = {value}", expected="a share between 0 and 1")
    if not interest.any() or interest.all():
        raise DidymiumError(
            f"{int(interest.sum())} of {len(interest)} members are of interest",
            expected="some that are and some that are not",
            cure="choose another level",
        )


def _slices(x: Array, share: float) -> Sequence[tuple[int, float]]:
    """New bounds that cut off about ``share`` at either end: (-1, lower bound) and (1, upper bound)."""
    ordered = np.sort(x)
    if ordered[0] == ordered[-1]:
        return ()
    k = max(1, int(share * len(x)))
    # Ties are cut or kept together: the next value inwards is the bound.
    lower = ordered[np.searchsorted(ordered, ordered[k - 1], side="right") :]
    upper = ordered[: np.searchsorted(ordered, ordered[-k], side="left")]
    return [(side, float(part[edge])) for side, part, edge in ((-1, lower, 0), (1, upper, -1)) if len(part)]


def _widened(draws: Array, low: Array, high: Array, j: int, side: int, share: float) -> tuple[Array, Array]:
    low, high = low.copy(), high.copy()
    k = max(1, int(share * _within(draws, low, high).sum()))
    edge = low if side < 0 else high
    bound = edge[j]
    edge[j] = side * np.inf
    freed = draws[_within(draws, low, high), j]
    beyond = np.sort(freed[freed < bound])[::-1] if side < 0 else np.sort(freed[freed > bound])
    if len(beyond) > k:
        edge[j] = beyond[k - 1]
    return low, high


def _bounds(box: Box, parameters: int) -> tuple[Array, Array]:
    low, high = np.full(parameters, -np.inf), np.full(parameters, np.inf)
    for limit in box.limits:
        low[limit.parameter], high[limit.parameter] = limit.low, limit.high
    return low, high


def _within(draws: Array, low: Array, high: Array) -> Bools:
    return np.asarray(((draws >= low) & (draws <= high)).all(axis=1))


def _box(draws: Array, interest: Bools, low: Array, high: Array) -> Box:
    limits = tuple(
        Limit(j, float(low[j]), float(high[j])) for j in range(len(low)) if np.isfinite(low[j]) or np.isfinite(high[j])
    )
    within = _within(draws, low, high)
    hits = float(interest[within].sum())
    return Box(limits, float(within.mean()), hits / max(1, int(within.sum())), hits / float(interest.sum()))
