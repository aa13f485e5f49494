"""Prices beyond all that the model was held against: which series, how often, from when, and how far."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from didymium.ensemble.columns import TIME
from didymium.ensemble.fans import quantiles_of
from didymium.ensemble.series import Series, Source, steps_from
from didymium.market.held_against import largest_multiples
from didymium.world import World

__all__ = ["Beyond", "beyond_history", "beyond_records"]


@dataclass(frozen=True)
class Beyond:
    """A price that leaves history: multiples are of the price of the base year.

    ``bound`` is the largest multiple that a hindcast holds, None where none holds a price of the element; then a price
    is beyond it from the first step. ``share`` of the members pass it; the median of those first does on the day
    ``first``, and peaks at ``peak``.
    """

    series: Series
    bound: float | None
    share: float
    first: str
    peak: float


def beyond_history(world: World, source: Source, shown: tuple[Series, ...], since: int) -> tuple[Beyond, ...]:
    """Prices among ``shown`` that leave history in some member from the year ``since`` on."""
    bounds = largest_multiples(world)
    within = steps_from(source.coords[TIME], since)
    times = np.array(source.coords[TIME])[within]
    found = []
    for line in (s for s in shown if s.output.startswith("price_")):
        bound = bounds.get(dict(line.at)["element"])
        multiples = source.members(line)[:, within] / source.members(Series("price_base", line.at))
        passed = multiples > (0.0 if bound is None else bound)
        beyond = passed.any(axis=1)
        if beyond.any():
            first, peak = (
                float(quantiles_of(of[beyond].astype(float)[:, None], (0.5,))[0, 0])
                for of in (passed.argmax(axis=1), multiples.max(axis=1))
            )
            found.append(Beyond(line, bound, float(beyond.mean()), str(times[int(first)]), peak))
    return tuple(found)


def beyond_records(found: tuple[Beyond, ...]) -> list[dict[str, object]]:
    """A flat record per price."""
    return [{"output": b.series.output, **dict(b.series.at), **_plain(b)} for b in found]


def _plain(beyond: Beyond) -> dict[str, object]:
    return {name: value for name, value in asdict(beyond).items() if name != "series"}
