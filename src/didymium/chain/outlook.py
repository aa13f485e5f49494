"""The outlook: when could a bloc stand on its own, on what is announced and on how long things really take.

For every draw of project starts from the clocks, the home chain of a bloc can carry what its weakest stage carries:
H(y) = min over stages of capacity(y) times the yields downstream. The path that stayed at home in the base year goes
on, and what H gains on the base year comes on top: dependence is 1 − (home path + H(y) − H(base year)) / demand(y), so
that the series begins where the trace stands. Capacity is the base-year output of the bloc at each stage, or the
nameplate of its running plants where that is more, plus projects that have started; both ramped up as plants really
ramp. What is not announced is not seen, so this is a floor for the date, not a forecast of policy.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from didymium.chain.additions import HOME_STAGES, Addition, additions, installed
from didymium.chain.flows import Flows, basket_weights
from didymium.chain.structure import STAGES, Array
from didymium.chain.trace import Trace
from didymium.errors import TableError
from didymium.world import WORLD, Row, World

if TYPE_CHECKING:
    from didymium.clocks import ProjectRecord

__all__ = [
    "HORIZON_Y",
    "MAGNET_DEMAND",
    "Growth",
    "Outlook",
    "binding_stages",
    "demand_growth",
    "home_yield",
    "outlooks",
]

MAGNET_DEMAND = "magnet rare earths (Nd Pr Dy Tb), all uses"
"""The use in the uses table whose world demand is followed."""

HORIZON_Y = 2045
"""Last year looked at: the clocks say nothing further out."""

TARGET = 0.5
"""The dependence that counts as standing alone here."""

BINDS_OFTEN = 0.2
"""Share of draws from which on a stage is named as one that binds."""

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)

Years = NDArray[np.int_]


@dataclass(frozen=True)
class Growth:
    """World demand at some years, and what stands between them: ``points`` are (year, demand), in time order."""

    points: tuple[tuple[int, float], ...]
    sources: frozenset[str]

    @property
    def steps(self) -> tuple[tuple[int, float, str], ...]:
        """(last year, growth per year, formula) of every step from one point to the next."""
        return tuple(
            (y1, (d1 / d0) ** (1 / (y1 - y0)) - 1, f"({d1:g}/{d0:g})^(1/{y1 - y0}) - 1")
            for (y0, d0), (y1, d1) in pairwise(self.points)
        )

    def factor(self, years: Years, base: int) -> Array:
        """Demand of ``years`` over that of ``base``; constant growth between points, none outside them."""
        at, level = zip(*self.points, strict=True)
        logs: Array = np.interp([base, *years], at, np.log(level))
        grown: Array = np.exp(logs[1:] - logs[0])
        return grown


@dataclass(frozen=True)
class Outlook:
    """Dependence of one bloc on a basket over the years, and the first year at or below one half.

    ``dependence`` has shape (quantiles 5, 25, 50, 75, 95; years). First years are None when beyond the horizon;
    ``reached`` is the share of draws that reach the target by the horizon. ``binding`` gives per stage the share of
    draws in which no other stage is weaker at the horizon; stages may tie, at nothing for example.
    """

    bloc: str
    basket: tuple[str, ...]
    years: tuple[int, ...]
    dependence: Array
    first_year: int | None
    band50: tuple[int | None, int | None]
    band90: tuple[int | None, int | None]
    reached: float
    binding: dict[str, float]
    projects: tuple[str, ...]
    imputed: tuple[str, ...]
    growth: Growth
    sources: frozenset[str]


def demand_growth(world: World) -> Growth:
    """World demand for magnet rare earths along the IEA announced pledges of 2024: 2023, 2030 and 2050."""
    rows = world.rows("uses", use=MAGNET_DEMAND, place=WORLD)
    found = [_demand_row(rows, 2023, "history"), *(_demand_row(rows, y, "projection") for y in (2030, 2050))]
    return Growth(
        tuple((r.integer("year"), r.number("value")) for r in found), frozenset(r.text("source") for r in found)
    )


def _demand_row(rows: Sequence[Row], year: int, kind: str) -> Row:
    for row in rows:
        if row.integer("year") == year and row.text("kind") == kind:
            return row
    raise TableError(
        f"no demand of {year} to compute its growth from", where="uses.csv", expected="magnet rare earths, all uses"
    )


def binding_stages(outlook: Outlook) -> tuple[str, ...]:
    """Stages that bind at the horizon in a fifth of the draws or more, in the order of the chain."""
    return tuple(s for s in HOME_STAGES if outlook.binding.get(s, 0.0) >= BINDS_OFTEN)


def home_yield(flows: Flows, i: int, stage: str, weights: Array) -> float:
    """Share of what bloc number ``i`` makes at ``stage`` that is left in the product after all later stages."""
    later = STAGES[STAGES.index(stage) + 1 :]
    return math.prod(float(flows.recipes.yields[s][i] @ weights / weights.sum()) for s in later)


def outlooks(
    world: World, flows: Flows, traced: Trace, basket: tuple[str, ...], *, seed: int = 0, n_draws: int = 1000
) -> dict[str, Outlook]:
    """The outlook of every bloc for ``basket``; seeded, so that a result can be had again."""
    from didymium.clocks import project_records, ramp_curve, sample_start_years

    records = project_records(world)
    counted = _counted(records, flows.year)
    starts = sample_start_years(records, counted, np.random.default_rng(seed), n_draws)
    curve = ramp_curve(world)
    ramp = np.array([[0.0, *curve.years], [0.0, *curve.median]])
    row_of = {r.project: k for k, r in enumerate(counted)}
    added, plants = additions(world, counted, basket), installed(world, flows.year, basket)
    growth = demand_growth(world)
    years = np.arange(flows.year, HORIZON_Y + 1)
    weights = basket_weights(basket)
    sources = flows.sources | growth.sources | {r.text("source") for r in world.rows("ramp_ups")}
    found = {}
    for i, bloc in enumerate(flows.blocs):
        mine = [a for a in added if a.project.bloc == bloc]
        running = [a for a in plants if a.project.bloc == bloc]
        made = {s: float(flows.output(s)[i] @ weights) for s in HOME_STAGES}
        # Draws of the starts of this bloc's additions: (additions, draws).
        begin = starts[[row_of[a.project.project] for a in mine]]
        capacity = _capacity(made, running, mine, begin, years, ramp)
        demand = float(traced.use[i] @ weights) * growth.factor(years, flows.year)
        used = {a.project.source for a in (*mine, *running)}
        base = _Base(bloc, basket, years, growth, sources | used)
        found[bloc] = _outlook(base, flows, i, capacity, demand, traced.dependence(bloc, basket), mine)
    return found


def _counted(records: tuple[ProjectRecord, ...], base_year: int) -> tuple[ProjectRecord, ...]:
    """Live projects and those that started after the base year: what ran within it stands among the plants."""
    return tuple(r for r in records if r.pipeline or (r.actual_start_y or 0.0) >= base_year + 1)


def _capacity(
    made: dict[str, float], running: list[Addition], added: list[Addition], begin: Array, years: Years, ramp: Array
) -> dict[str, Array]:
    """(draws, years) by stage, t REO-equivalent per year: output or nameplate, whichever is more, and what is added."""
    plants = {s: np.zeros(len(years)) for s in HOME_STAGES}
    for a in running:
        plants[a.stage] += a.t_reo_per_y * np.interp(years + 0.5 - (a.project.actual_start_y or 0.0), *ramp)
    capacity = {s: np.tile(np.maximum(made[s], plants[s]), (begin.shape[1], 1)) for s in HOME_STAGES}
    for a, starts in zip(added, begin, strict=True):
        capacity[a.stage] += a.t_reo_per_y * np.interp(years[None, :] + 0.5 - starts[:, None], *ramp)
    return capacity


@dataclass(frozen=True)
class _Base:
    bloc: str
    basket: tuple[str, ...]
    years: Years
    growth: Growth
    sources: frozenset[str]


def _outlook(
    base: _Base, flows: Flows, i: int, capacity: dict[str, Array], demand: Array, present: float, mine: list[Addition]
) -> Outlook:
    weights = basket_weights(base.basket)
    carried = np.stack([capacity[s] * home_yield(flows, i, s, weights) for s in HOME_STAGES])
    home = carried.min(axis=0)
    # What the home chain carried in the base year it goes on carrying; only what comes on top of that counts as new.
    # Capacity that served exports then is not taken to turn home by itself.
    own = (1 - present) * demand[0] + np.maximum(home - home[:, :1], 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        dependence = np.where(demand > 0, 1 - np.minimum(own / demand, 1.0), np.nan)
    hit = dependence <= TARGET
    first = np.where(hit.any(axis=1), base.years[hit.argmax(axis=1)].astype(float), np.inf)
    q05, q25, q50, q75, q95 = (_year(q) for q in np.quantile(first, QUANTILES, method="lower"))
    weakest = carried[:, :, -1] <= home[:, -1] * (1 + 1e-9)
    return Outlook(
        bloc=base.bloc,
        basket=base.basket,
        years=tuple(int(y) for y in base.years),
        dependence=np.quantile(dependence, QUANTILES, axis=0),
        first_year=q50,
        band50=(q25, q75),
        band90=(q05, q95),
        reached=float(np.isfinite(first).mean()),
        binding={s: float(w.mean()) for s, w in zip(HOME_STAGES, weakest, strict=True) if w.any()},
        projects=tuple(sorted({a.project.project for a in mine})),
        imputed=tuple(sorted({a.project.project for a in mine if a.imputed})),
        growth=base.growth,
        sources=base.sources,
    )


def _year(value: float) -> int | None:
    return int(value) if np.isfinite(value) else None
