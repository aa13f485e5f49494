"""How far prices rose in the history that the model was held against: beyond that it extrapolates."""

from __future__ import annotations

from collections.abc import Mapping

from didymium.market.hindcast_2010 import level_of, prices_2010
from didymium.market.hindcast_2025 import by_month, prices_2025
from didymium.world import World

__all__ = ["largest_multiples"]


def largest_multiples(world: World) -> Mapping[str, float]:
    """By element, the highest price of any hindcast as a multiple of the level at which its series starts.

    Elements of which no hindcast holds a price are absent.
    """
    found: dict[str, float] = {}
    seen, _ = prices_2010(world)
    levels = {s: line[level_of(s, line)] for s, line in seen.items()}
    for series, months in by_month(prices_2025(world)).items():
        seen[series] = {m: p.usd_per_kg for m, p in months.items()}
        levels[series] = months[min(months)].usd_per_kg
    for series, line in seen.items():
        element = series.split(".")[1]
        found[element] = max(found.get(element, 0.0), max(line.values()) / levels[series])
    return found
