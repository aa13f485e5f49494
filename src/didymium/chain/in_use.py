"""In-use stocks by vintage: what the final use of a year is built into, how long it stays, and what comes back.

The final use of magnets in goods is split into classes by use. The inflow of every class, bloc and year is a vintage;
of each vintage a share that depends on class and age alone leaves in every year (the inflow-driven model of ODYM:
Pauliuk & Heeren 2020, J. Ind. Ecol. 24, 446). Amounts are t REO-equivalent, flows per year.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from didymium.chain.demand import NDFEB_SHARE, final_use_shares, world_counts
from didymium.chain.flows import Flows
from didymium.chain.lifetimes import Lifetime, ProductLife, product_lives, retirement_table
from didymium.chain.outlook import MAGNET_DEMAND, Years, demand_growth
from didymium.chain.structure import Array
from didymium.errors import TableError, UnknownName
from didymium.world import WORLD, Row, World

__all__ = [
    "InUse",
    "UseClasses",
    "initial_in_use",
    "outflow",
    "past_demand",
    "remaining",
    "run_off",
    "stock",
    "use_classes",
]

COLLECTION_ASSUMED = "collection_pct"
"""The row of the assumptions table that holds the collection rate of products without a stated one."""

VINTAGES = 60
"""Years of history in the first cohorts: of a product with a mean life of 25 years less than 1 in 10,000 is left."""


@dataclass(frozen=True)
class UseClasses:
    """Classes of goods with magnets; arrays in the order of ``names``.

    ``shares`` (classes,) of the world's magnets and ``by_bloc`` (classes, blocs) of the final use of each bloc, each
    bloc adding up to 1. ``collection`` (classes,) is the share of what retires that is collected; where
    ``collection_stated`` is false it is the assumption of the project, grade D. ``split_year``: the year of the shares.
    """

    names: tuple[str, ...]
    products: tuple[ProductLife, ...]
    shares: Array
    by_bloc: Array
    collection: Array
    collection_stated: tuple[bool, ...]
    split_year: int
    sources: frozenset[str]

    @property
    def lifetimes(self) -> tuple[Lifetime, ...]:
        """Lifetime of each class."""
        return tuple(p.lifetime for p in self.products)


@dataclass(frozen=True)
class InUse:
    """Vintages in use: ``cohorts`` (classes, blocs, vintages, 15) is the inflow of every vintage, oldest first.

    ``leave`` (classes, ages) is the share of a vintage that leaves in year 0, 1, ... after it.
    """

    classes: UseClasses
    blocs: tuple[str, ...]
    vintages: tuple[int, ...]
    cohorts: Array
    leave: Array
    sources: frozenset[str]


def use_classes(world: World, year: int) -> UseClasses:
    """The classes of goods with magnets, their shares, lifetimes and collection.

    The split by use is taken whole from the year nearest to ``year``. Raises TableError when no year splits all uses or
    the shares do not add up to 100 %, UnknownName when a product has no lifetime.
    """
    rows = world.rows("use_classes")
    uses = tuple(r.text("use") for r in rows)
    split_year, split = _split(world, uses, year)
    shares = np.array([r.number("value") for r in split]) / 100
    if abs(shares.sum() - 1) > 0.005:
        raise TableError(
            f"the shares of NdFeB by use in {split_year} add up to {shares.sum():.1%}",
            where="uses.csv",
            expected="100 % over the uses of use_classes.csv",
        )
    shares /= shares.sum()
    lives = _lives(world, rows)
    final = final_use_shares(world, year)
    amounts = shares[:, None] * np.array([final.spread.get(u + NDFEB_SHARE, final.rest) for u in uses])
    sources = {r.text("source") for r in (*rows, *split)}.union(final.sources, *(life.sources for life in lives))
    stated = tuple(life.collection is not None for life in lives)
    assumed = world.assumption(COLLECTION_ASSUMED)
    if not all(stated):
        sources.add(assumed.text("source"))
    return UseClasses(
        names=uses,
        products=lives,
        shares=shares,
        by_bloc=amounts / amounts.sum(axis=0),
        collection=np.array([assumed.number("value") / 100 if p.collection is None else p.collection for p in lives]),
        collection_stated=stated,
        split_year=split_year,
        sources=frozenset(sources),
    )


def _lives(world: World, rows: tuple[Row, ...]) -> tuple[ProductLife, ...]:
    lives = product_lives(world)
    for row in rows:
        if row.text("product") not in lives:
            raise UnknownName("product", row.text("product"), lives, where=f"use_classes.csv:{row.line}, product")
    return tuple(lives[r.text("product")] for r in rows)


def _split(world: World, uses: tuple[str, ...], year: int) -> tuple[int, list[Row]]:
    """The year nearest to ``year`` with a share of every use (the earlier of two), and the best graded row of each."""
    known = {u: world.rows("uses", use=u + NDFEB_SHARE, place=WORLD, unit="percent", kind="history") for u in uses}
    years = set.intersection(*({r.integer("year") for r in rows} for rows in known.values()))
    if not years:
        lacking = [u for u, rows in known.items() if not rows]
        raise TableError(
            f"no year splits the magnets by all uses; no share at all for {', '.join(lacking) or 'none'}",
            where="uses.csv",
            expected=f"rows '<use>{NDFEB_SHARE}' of one year for {', '.join(uses)}",
        )
    nearest = min(years, key=lambda y: (abs(y - year), y))
    at = [[r for r in rows if r.integer("year") == nearest] for rows in known.values()]
    return nearest, [min(rows, key=lambda r: r.text("grade")) for rows in at]


def past_demand(world: World, classes: UseClasses, years: Years, base: int) -> tuple[Array, frozenset[str]]:
    """Inflow of each class over that of ``base``, (classes, years), and the sources.

    World demand for magnet rare earths says how much: published points, constant growth between them, and before the
    first the growth of the first step. What is counted (vehicles, wind, robots) says how the classes stand to each
    other; before its first count a class follows the total.
    """
    growth = demand_growth(world)
    past = world.rows("uses", use=MAGNET_DEMAND, place=WORLD, kind="history")
    points = {r.integer("year"): r.number("value") for r in reversed(past)} | dict(growth.points)
    sources = growth.sources | {r.text("source") for r in past}
    when = np.array([base, *years])
    total = _along(points, when)
    weights = np.tile(classes.shares[:, None], len(when))
    for c, use in enumerate(classes.names):
        counts, used = world_counts(world, use + NDFEB_SHARE)
        if len(counts) > 1:
            at = np.array(list(counts))
            against_total = np.log(np.array(list(counts.values())) / _along(points, at))
            weights[c] *= np.exp(np.interp(when, at, against_total))
            sources |= used
    weights /= weights[:, :1] / classes.shares[:, None]
    inflow = weights / weights.sum(axis=0) * total
    return inflow[:, 1:] / inflow[:, :1], sources


def _along(points: dict[int, float], years: Years) -> Array:
    """Demand at ``years``: constant growth between points, before the first as after it; none after the last."""
    at = np.array(sorted(points))
    logs = np.log([points[int(y)] for y in at])
    first = (logs[1] - logs[0]) / (at[1] - at[0])
    return np.asarray(np.exp(np.interp(years, at, logs) + np.minimum(years - at[0], 0) * first))


def initial_in_use(world: World, flows: Flows, *, vintages: int = VINTAGES, inflow_at: str = "uniform") -> InUse:
    """Cohorts up to the base year of ``flows``, that year's final use being the last vintage.

    Blocs keep their share in each class and classes the element mix of their bloc: neither is published for the past.
    """
    years = np.arange(flows.year - vintages + 1, flows.year + 1)
    classes = use_classes(world, flows.year)
    past, sources = past_demand(world, classes, years, flows.year)
    inflow = classes.by_bloc[:, :, None] * flows.use()[None]
    return InUse(
        classes=classes,
        blocs=flows.blocs,
        vintages=tuple(int(y) for y in years),
        cohorts=inflow[:, :, None, :] * past[:, None, :, None],
        leave=np.stack([retirement_table(life, vintages, inflow_at) for life in classes.lifetimes]),
        sources=flows.sources | classes.sources | sources,
    )


def remaining(leave: Array) -> Array:
    """Share (..., ages) still in use at the end of each year after the inflow, from what leaves; 0 at the last age."""
    later: Array = np.cumsum(leave[..., :0:-1], axis=-1)[..., ::-1]
    return np.concatenate([later, np.zeros_like(leave[..., :1])], axis=-1)


def outflow(cohorts: Array, leave: Array) -> Array:
    """What leaves in the year of the last vintage, (classes, blocs, 15); spread it over the steps of that year.

    ``cohorts`` (classes, blocs, vintages, 15), ``leave`` (classes, ages); vintages older than the last age have left.
    """
    n = min(cohorts.shape[2], leave.shape[1])
    left: Array = (leave[:, None, None, n - 1 :: -1] @ cohorts[:, :, cohorts.shape[2] - n :])[:, :, 0]
    return left


def stock(cohorts: Array, leave: Array) -> Array:
    """What is in use at the end of the year of the last vintage, (classes, blocs, 15)."""
    return outflow(cohorts, remaining(leave))


def run_off(inflow: Array, leave: Array, *, compiled: bool = False) -> tuple[Array, Array]:
    """Outflow and stock at the end of every year, both of the shape of ``inflow`` (classes, years, ...), from nothing.

    ``leave`` (classes, ages) depends on the class alone, so each class is one product with the lower triangle of its
    leaving shares. ``compiled`` takes the numba kernel, which skips ages at which nothing leaves.
    """
    flat = np.ascontiguousarray(inflow.reshape(*inflow.shape[:2], -1), dtype=float)
    left = np.empty_like(flat)
    if compiled:
        from didymium.chain.in_use_kernels import left_by_year

        left_by_year(flat, np.ascontiguousarray(leave), left)
    else:
        age = np.subtract.outer(np.arange(flat.shape[1]), np.arange(flat.shape[1]))
        inside = (age >= 0) & (age < leave.shape[1])
        for c in range(len(flat)):
            np.matmul(np.where(inside, leave[c][np.where(inside, age, 0)], 0.0), flat[c], out=left[c])
    held = flat - left
    np.cumsum(held, axis=1, out=held)
    return left.reshape(inflow.shape), held.reshape(inflow.shape)
