"""Where every bloc stands: the numbers behind ``race`` and ``brief``, with their sources, before any word is chosen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from didymium.chain.additions import HOME_STAGES
from didymium.chain.flows import Flows, Residual, basket_weights
from didymium.chain.outlook import Outlook, home_yield, outlooks
from didymium.chain.reconcile import BASKETS, base_year
from didymium.chain.structure import Array, running_plants
from didymium.chain.trace import Trace, trace
from didymium.clocks import PipelineRow, pipeline, project_records
from didymium.world import Row, World

__all__ = [
    "AHEAD_YEAR",
    "BASE_YEAR",
    "GROUPS",
    "SHOWN_STAGES",
    "TARGET_YEAR",
    "GroupStanding",
    "Race",
    "Standing",
    "clock_sources",
    "race",
    "unlimited_plants",
]

BASE_YEAR = 2024
TARGET_YEAR = 2030
AHEAD_YEAR = 2035
GROUPS = ("ndpr", "dytb")
SHOWN_STAGES = ("mine", "separate", "metal", "magnet", "use")

LEAST_USE_T = 0.5
"""Final use below which nothing is said about how a bloc meets it, t REO-equivalent per year."""


@dataclass(frozen=True)
class GroupStanding:
    """One bloc on one basket: shares of world output by stage, dependence, N-1 cover and outlook.

    Shares and dependences are fractions; ``dependence`` and ``cover`` are NaN where the bloc uses none of the basket.
    ``cover`` is the share of final use left when the largest foreign supplier anywhere on the chain falls away;
    ``own_need`` says per stage what share of its own final use the bloc's output could carry.
    """

    shares: dict[str, float]
    output_t: dict[str, float]
    sigma_t: dict[str, float]
    own_need: dict[str, float]
    use_t: float
    dependence: float
    supplier: str
    exposure: float
    cover: float
    outlook: Outlook

    @property
    def in_use(self) -> bool:
        """Whether the bloc uses enough of the basket to say how it meets its need."""
        return self.use_t >= LEAST_USE_T


@dataclass(frozen=True)
class Standing:
    """One bloc: both baskets and its live projects."""

    bloc: str
    groups: dict[str, GroupStanding]
    live: tuple[PipelineRow, ...]

    @property
    def expected(self) -> float:
        """Expected number of live projects that produce by the target year."""
        return sum(row.probability_by for row in self.live)


@dataclass(frozen=True)
class Race:
    """All blocs, the flows they stand on, and everything the result is made of."""

    standings: tuple[Standing, ...]
    flows: Flows
    traced: Trace
    live: tuple[PipelineRow, ...]
    sources: frozenset[str]

    def of(self, bloc: str) -> Standing:
        """The standing of one bloc code."""
        return next(s for s in self.standings if s.bloc == bloc)

    @property
    def worst(self) -> tuple[Residual, ...]:
        """The ten observations that had to give most."""
        return self.flows.worst(10)


@lru_cache(maxsize=2)
def race(world: World, seed: int = 0) -> Race:
    """The race of all blocs in the base year, with the outlook; seeded."""
    flows = base_year(world, BASE_YEAR)
    traced = trace(flows)
    live = pipeline(world, by_year=float(TARGET_YEAR) + 1.0, seed=seed)
    ahead = {g: outlooks(world, flows, traced, BASKETS[g], seed=seed) for g in GROUPS}
    standings = tuple(
        Standing(
            bloc,
            {g: _group(flows, traced, bloc, g, ahead[g][bloc]) for g in GROUPS},
            tuple(r for r in live if r.record.bloc == bloc),
        )
        for bloc in flows.blocs
    )
    of_outlooks = (outlook.sources for by_bloc in ahead.values() for outlook in by_bloc.values())
    unlimited = {r.text("source") for rows in unlimited_plants(world, flows).values() for r in rows}
    return Race(standings, flows, traced, live, flows.sources.union(clock_sources(world), unlimited, *of_outlooks))


def clock_sources(world: World) -> frozenset[str]:
    """Sources of every project on record: the clocks learn from all of them."""
    return frozenset(record.source for record in project_records(world))


def unlimited_plants(world: World, flows: Flows) -> dict[tuple[str, str], list[Row]]:
    """Running plants of every (stage, bloc) to which the balance sets no upper limit."""
    return {
        (stage, bloc): [r for r in running_plants(world, stage, flows.year) if world.bloc_of(r.text("country")) == bloc]
        for stage, bloc in flows.capacity_unknown
    }


def _group(flows: Flows, traced: Trace, bloc: str, group: str, outlook: Outlook) -> GroupStanding:
    basket = BASKETS[group]
    weights = basket_weights(basket)
    i = flows.blocs.index(bloc)
    made = {s: (flows.use() if s == "use" else flows.output(s)) @ weights for s in SHOWN_STAGES}
    outputs = {s: float(amounts[i]) for s, amounts in made.items()}
    shares = {s: float(a[i] / a.sum()) if a.sum() > 0 else math.nan for s, a in made.items()}
    if all((bloc, e) in flows.unreported for e in basket):
        # The bloc mines, but its assays say nothing of these elements: a gap, not a zero.
        outputs["mine"] = shares["mine"] = math.nan
    others = [b for b in flows.blocs if b != bloc]
    exposures = {b: traced.exposure(bloc, b, basket) for b in others}
    supplier = max(others, key=lambda b: exposures[b]) if outputs["use"] > 0 else ""
    exposure = exposures.get(supplier, math.nan)
    return GroupStanding(
        shares=shares,
        output_t=outputs,
        sigma_t={s: flows.sigma.get((s, bloc, group), math.nan) for s in SHOWN_STAGES},
        own_need={s: _own_need(flows, i, s, outputs, weights) for s in HOME_STAGES},
        use_t=outputs["use"],
        dependence=traced.dependence(bloc, basket),
        supplier=supplier,
        exposure=exposure,
        cover=1 - exposure,
        outlook=outlook,
    )


def _own_need(flows: Flows, i: int, stage: str, outputs: dict[str, float], weights: Array) -> float:
    """Share of the bloc's final use that its output at ``stage`` could carry through the yields downstream."""
    return outputs[stage] * home_yield(flows, i, stage, weights) / outputs["use"] if outputs["use"] > 0 else math.nan
