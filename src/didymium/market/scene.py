"""A scenario made ready: the model with all its sites, and members that run with figures settled and clocks drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from didymium.chain.flows import Flows
from didymium.chain.reconcile import base_year
from didymium.chain.structure import Array
from didymium.market.behaviour import Behaviour, knobs, read_behaviour
from didymium.market.build import Model, build_model, with_behaviour
from didymium.market.calendar import Calendar
from didymium.market.openings import Pending, as_openings, opening_draws, opening_ramp, pending
from didymium.market.scenario_paths import calendar_of, paths_of
from didymium.market.simulate import Run, simulate
from didymium.world import World
from didymium.world.distributions import centre
from didymium.world.scenario import Scenario, raise_first
from didymium.world.scenario_carried import uncarried
from didymium.world.scenario_draw import settle

__all__ = ["CLOCK_DRAWS", "MEDIAN_DRAWS", "Scene", "prepare"]

MEDIAN_DRAWS = 201
"""Draws of the clocks of which a run without a seed takes the median start of each project."""

CLOCK_DRAWS = 1024
"""Joint draws of the clocks, made once: a run with a seed takes one. To draw for one run costs as much as the run."""


@dataclass(frozen=True)
class Scene:
    """A scenario on its model. ``run`` gives one member."""

    world: World
    scenario: Scenario
    behaviour: Behaviour
    model: Model
    waiting: tuple[Pending, ...]
    sources: frozenset[str]

    @property
    def calendar(self) -> Calendar:
        """The steps of a run."""
        return calendar_of(self.scenario, self.model.year)

    def run(self, draw: Mapping[str, float] | None = None, seed: int | None = None) -> Run:
        """One member: figures of ``draw`` (scenario figures and behaviour by name), the others at their medians.

        With a ``seed`` projects start as their clocks draw, without one at the median of the clocks.
        """
        settled, behaviour = self.settled(draw or {})
        model = with_behaviour(self.model, self.behaviour, behaviour)
        openings = as_openings(settled, self._ramp, self.waiting, self._starts(seed))
        paths = paths_of(self.world, model, settled, openings, behaviour.values["heavy_share"])
        return simulate(model, knobs(behaviour), paths)

    def settled(self, draw: Mapping[str, float]) -> tuple[Scenario, Behaviour]:
        """The scenario and the behaviour of a member; what ``draw`` leaves out is at its median."""
        own = {k: v for k, v in draw.items() if k in self.behaviour.values}
        scenario = settle(self.scenario, {k: v for k, v in draw.items() if k not in own})
        assumed = {k: centre(v) for k, v in scenario.assumptions.items()}
        return scenario, self.behaviour.with_values({**assumed, **own})

    def ready(self) -> None:
        """Makes what all members with a seed share."""
        _ = self._ramp
        if self.waiting:
            _ = self._drawn_starts

    def _starts(self, seed: int | None) -> Array:
        if not self.waiting:
            return np.zeros(0)
        if seed is not None:
            return self._drawn_starts[:, seed % CLOCK_DRAWS]
        return self._median_starts

    @cached_property
    def _drawn_starts(self) -> Array:
        return opening_draws(self.world, self.waiting, 0, CLOCK_DRAWS)

    @cached_property
    def _median_starts(self) -> Array:
        drawn = opening_draws(self.world, self.waiting, 0, MEDIAN_DRAWS)
        return np.asarray(np.quantile(drawn, 0.5, axis=1, method="lower"))

    @cached_property
    def _ramp(self) -> Array:
        return opening_ramp(self.world)


def prepare(world: World, scenario: Scenario, flows: Flows | None = None) -> Scene:
    """``scenario`` on the reconciled base year (or ``flows``), with a site for all capacity that may open."""
    behaviour = read_behaviour(world)
    raise_first(uncarried(scenario, world), scenario)
    flows = base_year(world, scenario.base_year) if flows is None else flows
    waiting = pending(world, settle(scenario), flows.year)
    sites: dict[tuple[str, str], float] = {}
    for stage, bloc, tonnes in (*((p.stage, p.record.bloc, p.t_reo_per_y) for p in waiting), *_dated(scenario)):
        sites[stage, bloc] = sites.get((stage, bloc), 0.0) + tonnes
    years = -(-calendar_of(scenario, flows.year).steps // calendar_of(scenario, flows.year).steps_per_y)
    model = build_model(world, flows, behaviour, years=years, sites=sites)
    sources = model.sources | frozenset(scenario.cites) | {p.record.source for p in waiting if p.record.source}
    return Scene(world, scenario, behaviour, model, waiting, sources)


def _dated(scenario: Scenario) -> list[tuple[str, str, float]]:
    return [(e.stage, e.bloc, centre(e.tonnes_per_y)) for e in scenario.happenings if e.kind == "capacity"]
