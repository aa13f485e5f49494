"""The outlook: when could a bloc stand on its own, on what is announced and on how long things really take.

For every draw of project starts from the clocks, the home chain of a bloc can carry what its weakest stage carries:
H(y) = min over stages of capacity(y) times the yields downstream. Dependence is 1 − H/demand. Capacity is the
base-year output of the bloc at each stage, or the nameplate of its running plants where that is more, plus projects
that have started; both ramped up as plants really ramp.
What is not announced is not seen, so this is a floor for the date, not a forecast of policy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from didymium.chain.additions import HOME_STAGES, Addition, additions, installed
from didymium.chain.flows import Flows, basket_weights
from didymium.chain.structure import Array
from didymium.chain.trace import Trace
from didymium.world import World

__all__ = ["HORIZON_Y", "Growth", "Outlook", "demand_growth", "outlooks"]

HORIZON_Y = 2045
"""Last year looked at: the clocks say nothing further out."""

TARGET = 0.5
"""The dependence that counts as standing alone here."""


@dataclass(frozen=True)
class Growth:
    """Demand growth per year, and the forecast that it is computed from."""

    rate_per_y: float
    formula: str
    sources: frozenset[str]


@dataclass(frozen=True)
class Outlook:
    """Dependence of one bloc on a basket over the years, and the first year at or below one half.

    ``dependence`` has shape (quantiles 5, 25, 50, 75, 95; years). First years are None when beyond the horizon;
    ``reached`` is the share of draws that reach the target by the horizon. ``binding`` gives per stage the share of
    draws in which it is the weakest at the horizon.
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
    """Growth of world magnet rare-earth demand implied by the IEA APS outlook of 2024 (2023 to 2030)."""
    use = "magnet rare earths (Nd Pr Dy Tb), all uses"
    rows = world.rows("uses", use=use, place="WLD")
    start = next(r for r in rows if r.integer("year") == 2023 and r.text("kind") == "history")
    end = next(r for r in rows if r.integer("year") == 2030 and r.text("kind") == "projection")
    rate = (end.number("value") / start.number("value")) ** (1 / 7) - 1
    formula = f"({end.number('value'):g}/{start.number('value'):g})^(1/7) - 1"
    return Growth(rate, formula, frozenset({start.text("source"), end.text("source")}))


def outlooks(
    world: World, flows: Flows, traced: Trace, basket: tuple[str, ...], *, seed: int = 0, n_draws: int = 1000
) -> dict[str, Outlook]:
    """The outlook of every bloc for ``basket``; seeded, so that a result can be had again."""
    from didymium.clocks import project_records, ramp_curve, sample_start_years

    records = project_records(world)
    began = flows.year + 0.5
    counted = tuple(r for r in records if r.pipeline or (r.actual_start_y is not None and r.actual_start_y > began))
    starts = sample_start_years(records, counted, np.random.default_rng(seed), n_draws)
    curve = ramp_curve(world)
    years = np.arange(flows.year, HORIZON_Y + 1)
    row_of = {r.project: k for k, r in enumerate(counted)}
    added, plants = additions(world, counted, basket), installed(world, flows.year, basket)
    growth = demand_growth(world)
    ramp_years, ramp_shares = np.array([0.0, *curve.years]), np.array([0.0, *curve.median])
    weights = basket_weights(basket)
    ramp_sources = frozenset(r.text("source") for r in world.rows("ramp_ups"))
    found = {}
    for i, bloc in enumerate(flows.blocs):
        mine = [a for a in added if a.project.bloc == bloc]
        capacity = {s: np.full((n_draws, len(years)), float(flows.output(s)[i] @ weights)) for s in HOME_STAGES}
        running: dict[str, Array] = {s: np.zeros(len(years)) for s in HOME_STAGES}
        for a in (a for a in plants if a.project.bloc == bloc):
            age = years + 0.5 - (a.project.actual_start_y or 0.0)
            running[a.stage] += a.t_reo_per_y * np.interp(age, ramp_years, ramp_shares)
        capacity = {s: np.maximum(capacity[s], running[s][None, :]) for s in HOME_STAGES}
        for a in mine:
            age = years[None, :] + 0.5 - starts[row_of[a.project.project]][:, None]
            capacity[a.stage] += a.t_reo_per_y * np.where(age > 0, np.interp(age, ramp_years, ramp_shares), 0.0)
        demand = traced.use[i] @ weights * (1 + growth.rate_per_y) ** (years - flows.year)
        present = traced.dependence(bloc, basket)
        used = {a.project.source for a in (*mine, *(p for p in plants if p.project.bloc == bloc))}
        base = _Base(bloc, basket, years, growth, flows.sources | growth.sources | ramp_sources | used)
        found[bloc] = _outlook(base, flows, i, capacity, demand, present, mine)
    return found


@dataclass(frozen=True)
class _Base:
    bloc: str
    basket: tuple[str, ...]
    years: np.ndarray[tuple[int], np.dtype[np.int_]]
    growth: Growth
    sources: frozenset[str]


def _carried(flows: Flows, i: int, weights: Array, capacity: dict[str, Array]) -> Array:
    """(stages, draws, years): what each stage lets through to the product, t REO-equivalent per year."""
    passed, factor = [], 1.0
    for stage in reversed(HOME_STAGES):
        passed.append(capacity[stage] * factor)
        for name in {"mine": (), "separate": ("separate", "crack")}.get(stage, (stage,)):
            factor *= float(flows.recipes.yields[name][i] @ weights / weights.sum())
    return np.stack(passed[::-1])


def _outlook(
    base: _Base, flows: Flows, i: int, capacity: dict[str, Array], demand: Array, present: float, mine: list[Addition]
) -> Outlook:
    carried = _carried(flows, i, basket_weights(base.basket), capacity)
    home = carried.min(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        dependence = np.where(demand > 0, 1 - np.minimum(home / demand, 1.0), np.nan)
    # The base year is what the trace saw; capacity that was not used at home then cannot count before it is.
    dependence[:, 0] = present
    hit = dependence <= TARGET
    first = np.where(hit.any(axis=1), base.years[hit.argmax(axis=1)].astype(float), np.inf)
    q05, q25, q50, q75, q95 = (_year(q) for q in np.quantile(first, (0.05, 0.25, 0.5, 0.75, 0.95), method="lower"))
    weakest = carried[:, :, -1].argmin(axis=0)
    return Outlook(
        bloc=base.bloc,
        basket=base.basket,
        years=tuple(int(y) for y in base.years),
        dependence=np.quantile(dependence, (0.05, 0.25, 0.5, 0.75, 0.95), axis=0),
        first_year=q50,
        band50=(q25, q75),
        band90=(q05, q95),
        reached=float(np.isfinite(first).mean()),
        binding={s: float((weakest == k).mean()) for k, s in enumerate(HOME_STAGES) if (weakest == k).any()},
        projects=tuple(sorted({a.project.project for a in mine})),
        imputed=tuple(sorted({a.project.project for a in mine if a.imputed})),
        growth=base.growth,
        sources=base.sources,
    )


def _year(value: float) -> int | None:
    return int(value) if np.isfinite(value) else None
