"""Where products with magnets are used: shares of blocs computed from what is counted (vehicles, wind, robots)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from didymium.chain.structure import Array
from didymium.errors import TableError
from didymium.world import WORLD, Row, World

__all__ = ["NDFEB_SHARE", "FinalUse", "final_use_shares", "net_goods_trade", "world_counts"]

NDFEB_SHARE = ", share of NdFeB"
"""Ending of the rows of the uses table that split the world's magnets by use."""

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
    """Shares (blocs,) of the world's final use of magnets in goods.

    ``spread`` gives the shares (blocs,) of each use that something counted stands for, ``rest`` those of all others.
    """

    shares: Array
    spread: Mapping[str, Array]
    rest: Array
    sources: frozenset[str]


def final_use_shares(world: World, year: int) -> FinalUse:
    """Shares by bloc: every use of magnets is spread by the driver that stands for it, the others by GDP.

    What the world total of a driver leaves over goes to the blocs that it does not list whole, in proportion to GDP.
    Raises TableError when GDP does not cover all blocs.
    """
    gdp, sources = _gdp(world, year)
    weights = np.zeros(len(world.blocs))
    spread: dict[str, Array] = {}
    named = 0.0
    for use, drivers in _DRIVERS.items():
        row = _nearest_year(world.rows("uses", use=use, place=WORLD, unit="percent", kind="history"), year)
        if row is None:
            continue
        counted = np.zeros(len(world.blocs))
        for driver in drivers:
            amounts, used = _counted(world, driver, year, gdp)
            counted += amounts
            sources |= used
        if counted.sum() <= 0:
            continue  # nobody counted this driver in the year: its use follows GDP with the others
        share = row.number("value") / 100
        sources.add(row.text("source"))
        named += share
        spread[use] = counted / counted.sum()
        weights += share * spread[use]
    rest = gdp / gdp.sum()
    weights += (1 - named) * rest
    return FinalUse(weights / weights.sum(), spread, rest, frozenset(sources))


def world_counts(world: World, use: str) -> tuple[dict[int, float], frozenset[str]]:
    """World counts of what stands for ``use`` by year, and their sources; empty for a use that follows GDP.

    Of several drivers the years count in which all are known.
    """
    drivers = _DRIVERS.get(use, ())
    rows = [world.rows("activity", driver=d, place=WORLD, kind="history") for d in drivers]
    years = set.intersection(*({r.integer("year") for r in known} for known in rows)) if rows else set()
    counts = {y: sum(_listed(world, d, y)[2] for d in drivers) for y in sorted(years)}
    return counts, frozenset(r.text("source") for known in rows for r in known)


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


def _nearest_year(rows: Sequence[Row], year: int) -> Row | None:
    """The row nearest in time to ``year``, the earlier of two; None when there is none."""
    return min(rows, key=lambda r: (abs(r.integer("year") - year), r.integer("year")), default=None)


def _gdp(world: World, year: int) -> tuple[Array, set[str]]:
    """Gross domestic product (blocs,) of the year nearest to ``year`` that the table has, and its sources."""
    nearest = _nearest_year(world.rows("activity", driver=FALLBACK_DRIVER, kind="history"), year)
    gdp, sources = np.zeros(len(world.blocs)), set[str]()
    if nearest is not None:
        gdp, _, _, sources = _listed(world, FALLBACK_DRIVER, nearest.integer("year"))
    missing = [b for b, value in zip(world.blocs, gdp, strict=True) if value <= 0]
    if missing:
        raise TableError(f"no {FALLBACK_DRIVER} for {', '.join(missing)}", where="activity.csv", expected="every bloc")
    return gdp, sources


def _counted(world: World, driver: str, year: int, gdp: Array) -> tuple[Array, set[str]]:
    """Counts (blocs,) of a driver in ``year``.

    What the world total leaves over follows GDP in blocs without a row of their own: a bloc of which only some members
    are listed has at least those.
    """
    counted, whole, total, sources = _listed(world, driver, year)
    left = max(total - counted.sum(), 0.0)
    if not whole.all():
        counted[~whole] += left * gdp[~whole] / gdp[~whole].sum()
    return counted, sources


def _listed(world: World, driver: str, year: int) -> tuple[Array, NDArray[np.bool_], float, set[str]]:
    """Counts (blocs,) as listed, which blocs have a row of their own, the world total or 0, and the sources.

    A bloc's own row goes before the rows of its members; of two rows for one place the first counts.
    """
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
    return counted, np.array([b in whole for b in world.blocs]), total, {r.text("source") for r in rows}
