"""Where products with magnets are used: shares of blocs computed from what is counted (vehicles, wind, robots)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from didymium.chain.structure import Array
from didymium.errors import TableError
from didymium.world import WORLD, World

__all__ = ["FinalUse", "final_use_shares", "net_goods_trade"]

_DRIVERS: dict[str, tuple[str, ...]] = {
    "EV traction motors, share of NdFeB": ("EV sales, cars BEV", "EV sales, cars PHEV"),
    "wind turbines, share of NdFeB": ("wind additions, gross",),
    "auto micromotors and other vehicle uses, share of NdFeB": ("motor vehicle production",),
    "industrial motors and robots, share of NdFeB": ("industrial robot installations",),
}
"""Uses of magnets that something counted stands for; all other uses follow gross domestic product."""

FALLBACK_DRIVER = "gross domestic product"


@dataclass(frozen=True)
class FinalUse:
    """Shares (blocs,) of the world's final use of magnets in goods."""

    shares: Array
    sources: frozenset[str]


def final_use_shares(world: World, year: int) -> FinalUse:
    """Shares by bloc: every use of magnets is spread by the driver that stands for it, the others by GDP.

    What the world total of a driver leaves over goes to the blocs it does not list, in proportion to GDP.
    Raises TableError when GDP does not cover all blocs.
    """
    gdp, sources = _gdp(world)
    weights = np.zeros(len(world.blocs))
    named = 0.0
    for use, drivers in _DRIVERS.items():
        rows = [r for r in world.rows("uses", use=use, place=WORLD) if r.text("unit") == "percent"]
        if not rows:
            continue
        counted = np.zeros(len(world.blocs))
        for driver in drivers:
            amounts, used = _counted(world, driver, year, gdp)
            counted += amounts
            sources |= used
        share = rows[-1].number("value") / 100
        sources.add(rows[-1].text("source"))
        named += share
        weights += share * counted / counted.sum()
    weights += (1 - named) * gdp / gdp.sum()
    return FinalUse(weights / weights.sum(), frozenset(sources))


def net_goods_trade(assembled_t: Array, final_shares: Array) -> Array:
    """Shares (from, to) of the goods of each bloc: use at home first, surplus goes to the blocs that lack.

    Trade in goods with magnets in them is not published; this is the least trade that lets every bloc have its final
    use. Cross-hauling is not seen, so dependence through goods is a lower bound.
    """
    wanted = final_shares * assembled_t.sum()
    home = np.divide(np.minimum(assembled_t, wanted), assembled_t, out=np.zeros_like(wanted), where=assembled_t > 0)
    lack = np.maximum(wanted - assembled_t, 0.0)
    to = lack / lack.sum() if lack.sum() > 0 else np.zeros_like(lack)
    shares: Array = np.diag(home) + (1 - home)[:, None] * to[None, :]
    return shares


def _gdp(world: World) -> tuple[Array, set[str]]:
    gdp = np.zeros(len(world.blocs))
    sources = set()
    for row in world.rows("activity", driver=FALLBACK_DRIVER):
        gdp[world.blocs.index(world.bloc_of(row.text("place")))] += row.number("value")
        sources.add(row.text("source"))
    missing = [b for b, value in zip(world.blocs, gdp, strict=True) if value <= 0]
    if missing:
        raise TableError(f"no {FALLBACK_DRIVER} for {', '.join(missing)}", where="activity.csv", expected="every bloc")
    return gdp, sources


def _counted(world: World, driver: str, year: int, gdp: Array) -> tuple[Array, set[str]]:
    """Counts (blocs,) of a driver in ``year``; a row for the bloc itself goes before rows for its members."""
    counted, total = np.zeros(len(world.blocs)), 0.0
    rows = world.rows("activity", driver=driver, year=year, kind="history")
    whole = {r.text("place") for r in rows if r.text("place") in world.blocs_set}
    seen: set[str] = set()
    for row in rows:
        place = row.text("place")
        if place == WORLD:
            total = max(total, row.number("value"))
            continue
        bloc = world.bloc_of(place)
        if place not in seen and (place == bloc or bloc not in whole):
            counted[world.blocs.index(bloc)] += row.number("value")
            seen.add(place)
    unlisted = counted == 0
    left = max(total - counted.sum(), 0.0)
    counted[unlisted] += left * gdp[unlisted] / gdp[unlisted].sum() if unlisted.any() else 0.0
    return counted, {r.text("source") for r in rows}
