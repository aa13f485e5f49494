"""Where every bloc stands: the numbers behind ``race`` and ``brief``, with their sources, before any word is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from didymium.chain.additions import HOME_STAGES
from didymium.chain.flows import Flows, Residual, basket_weights
from didymium.chain.outlook import Outlook, outlooks
from didymium.chain.reconcile import BASKETS, base_year
from didymium.chain.structure import STAGES, Array
from didymium.chain.trace import Trace, trace
from didymium.clocks import PipelineRow, pipeline
from didymium.world import World

__all__ = ["BASE_YEAR", "GROUPS", "SHOWN_STAGES", "TARGET_YEAR", "GroupStanding", "Race", "Standing", "race"]

BASE_YEAR = 2024
TARGET_YEAR = 2030
GROUPS = ("ndpr", "dytb")
SHOWN_STAGES = ("mine", "separate", "metal", "magnet", "use")


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
    sources = flows.sources | {r.record.source for r in live}
    for outlook in (o for by_bloc in ahead.values() for o in by_bloc.values()):
        sources |= outlook.sources
    sources |= {row.text("source") for row in world.rows("projects")}
    return Race(standings, flows, traced, live, frozenset(sources))


def _group(flows: Flows, traced: Trace, bloc: str, group: str, outlook: Outlook) -> GroupStanding:
    basket = BASKETS[group]
    weights = basket_weights(basket)
    i = flows.blocs.index(bloc)
    made = {s: (flows.use() if s == "use" else flows.output(s)) @ weights for s in SHOWN_STAGES}
    outputs = {s: float(amounts[i]) for s, amounts in made.items()}
    others = [b for b in flows.blocs if b != bloc]
    exposures = {b: traced.exposure(bloc, b, basket) for b in others}
    supplier = max(others, key=lambda b: exposures[b]) if outputs["use"] > 0 else ""
    exposure = exposures.get(supplier, float("nan"))
    return GroupStanding(
        shares={s: float(a[i] / a.sum()) if a.sum() > 0 else float("nan") for s, a in made.items()},
        output_t=outputs,
        sigma_t={s: flows.sigma.get((s, bloc, group), float("nan")) for s in SHOWN_STAGES},
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
    if outputs["use"] <= 0:
        return float("nan")
    downstream = STAGES[STAGES.index(stage) + 1 :]
    factor = 1.0
    for later in downstream:
        factor *= float(flows.recipes.yields[later][i] @ weights / weights.sum())
    return outputs[stage] * factor / outputs["use"]
