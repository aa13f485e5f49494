"""After the start: output as a share of nameplate by years since first production, and growth of capital cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from didymium.clocks.records import HasRows, ProjectRecord, as_records
from didymium.errors import DidymiumError

__all__ = [
    "RAMP_EDGES_Y",
    "CostGrowth",
    "RampCurve",
    "cost_growth",
    "pool_adjacent",
    "ramp_curve",
    "share_at",
    "weighted_quantile",
]

RAMP_EDGES_Y: tuple[float, ...] = (0.0, 1.0, 2.0, 3.0, 5.0, 8.0, 16.0)


@dataclass(frozen=True)
class RampCurve:
    """Share of nameplate (1 = nameplate) at years since start: median, quartiles, plants in each bucket."""

    years: tuple[float, ...]
    p25: tuple[float, ...]
    median: tuple[float, ...]
    p75: tuple[float, ...]
    n: tuple[int, ...]


@dataclass(frozen=True)
class CostGrowth:
    """Quartiles of the growth of capital cost over the first budget, percent; stage None is all stages."""

    stage: str | None
    n: int
    p25_pct: float
    median_pct: float
    p75_pct: float


def pool_adjacent(values: Sequence[float], weights: Sequence[float]) -> tuple[float, ...]:
    """The non-decreasing sequence nearest to ``values`` in weighted least squares.

    Method: pool adjacent violators, Ayer et al. (1955) Ann. Math. Stat. 26:641.
    """
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(values, weights, strict=True):
        blocks.append((value, weight, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (v1, w1, k1), (v2, w2, k2) = blocks[-2:]
            blocks[-2:] = [((v1 * w1 + v2 * w2) / (w1 + w2), w1 + w2, k1 + k2)]
    return tuple(value for value, _, size in blocks for _ in range(size))


def weighted_quantile(values: Sequence[float], weights: Sequence[float], share: float) -> float:
    """Quantile of a weighted sample by linear interpolation between mid-points of the weights."""
    import numpy as np

    order = np.argsort(values, kind="stable")
    sizes = np.asarray(weights, dtype=float)[order]
    position = (np.cumsum(sizes) - 0.5 * sizes) / sizes.sum()
    return float(np.interp(share, position, np.asarray(values, dtype=float)[order]))


def _bucket(rows: Sequence[Mapping[str, Any]], low: float, high: float) -> tuple[list[float], list[float], int]:
    """Shares and weights in [low, high): a plant weighs one, however many of its figures fall there."""
    inside = [row for row in rows if low <= row["years_since_start"] < high]
    plants = [row["plant"] for row in inside]
    weights = [1.0 / plants.count(plant) for plant in plants]
    return [row["pct_of_nameplate"] / 100.0 for row in inside], weights, len(set(plants))


def ramp_curve(source: HasRows | Sequence[Mapping[str, Any]], edges_y: Sequence[float] = RAMP_EDGES_Y) -> RampCurve:
    """Ramp-up pooled over plants, isotonic in time; ``source`` is a world or rows of table ``ramp_ups``.

    Years are the middles of the buckets; empty buckets are left out.  Rows without a share or without years
    since start are not used.  Raises DidymiumError if none is left.
    """
    given = source if isinstance(source, Sequence) else source.rows("ramp_ups")
    rows = [r for r in given if r["pct_of_nameplate"] is not None and r["years_since_start"] is not None]
    years, counts, quartiles = [], [], []
    for low, high in pairwise(edges_y):
        values, weights, n = _bucket(rows, low, high)
        if n:
            years.append((low + high) / 2.0)
            counts.append(n)
            quartiles.append([weighted_quantile(values, weights, q) for q in (0.25, 0.5, 0.75)])
    if not years:
        raise DidymiumError("no ramp-up with a share and years since start", where="ramp_ups", expected="at least one")
    p25, median, p75 = (pool_adjacent([q[i] for q in quartiles], [float(n) for n in counts]) for i in range(3))
    return RampCurve(tuple(years), p25, median, p75, tuple(counts))


def share_at(curve: RampCurve, years_since_start: float) -> tuple[float, float, float]:
    """Quartiles (25 %, median, 75 %) of the share of nameplate at a time since start.

    Linear between bucket middles and from zero at the start; constant after the last, never extrapolated.
    """
    import numpy as np

    if years_since_start <= 0.0:
        return 0.0, 0.0, 0.0
    years = [0.0, *curve.years]
    found = [np.interp(years_since_start, years, [0.0, *q]) for q in (curve.p25, curve.median, curve.p75)]
    return float(found[0]), float(found[1]), float(found[2])


def cost_growth(source: HasRows | Sequence[ProjectRecord]) -> tuple[CostGrowth, ...]:
    """Quartiles of cost growth for all stages together, then by stage; plain quantiles with their n.

    Growth is known only where a later budget was published, so it describes those projects and no others.
    """
    records = [r for r in as_records(source) if r.cost_growth_pct is not None]
    found = []
    for stage in [None, *sorted({r.stage for r in records})]:
        values = [r.cost_growth_pct for r in records if r.cost_growth_pct is not None and stage in (None, r.stage)]
        if values:
            q = [weighted_quantile(values, [1.0] * len(values), share) for share in (0.25, 0.5, 0.75)]
            found.append(CostGrowth(stage, len(values), q[0], q[1], q[2]))
    return tuple(found)
