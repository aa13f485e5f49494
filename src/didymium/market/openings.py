"""When capacity opens: announced projects by their clocks, a scenario's own projects by date or clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from didymium.chain.additions import additions
from didymium.chain.structure import Array
from didymium.errors import UnknownName
from didymium.market.scenario_paths import Opening, decimal_year
from didymium.world import World
from didymium.world.distributions import centre
from didymium.world.scenario import Scenario

if TYPE_CHECKING:
    from didymium.clocks import ProjectRecord

__all__ = ["Pending", "as_openings", "opening_draws", "opening_ramp", "pending"]

STAGE_OF_CLOCK = {"crack": "separate", "assemble": "magnet"}
"""Stages without a clock of their own take that of the nearest stage that has one."""


@dataclass(frozen=True)
class Pending:
    """Capacity of one stage that has yet to open: a fixed start, or the clock of ``record`` times ``factor``."""

    record: ProjectRecord
    stage: str
    t_reo_per_y: float
    fixed_y: float | None = None
    factor: float = 1.0


def pending(world: World, scenario: Scenario, base_year: int) -> tuple[Pending, ...]:
    """All capacity of ``scenario`` that a clock or a date opens; raises UnknownName for a project not in the table.

    A project's nameplate that is not published is the median of its stage (``chain.additions``).
    """
    from didymium.clocks import project_records

    records = {r.project: r for r in project_records(world)}
    for p in scenario.projects:
        if p.project is not None and p.project not in records:
            raise UnknownName("project", p.project, records)
    named = {p.project: p for p in scenario.projects if p.project is not None}
    chosen = [
        r for r in records.values() if r.project in named or (scenario.announced_projects and _alive(r, base_year))
    ]
    found = []
    for a in additions(world, tuple(chosen), ()):
        own = named.get(a.project.project)
        fixed = decimal_year(own.start) if own is not None and own.start is not None else None
        found.append(Pending(a.project, a.stage, a.t_reo_per_y, fixed))
    found += [_own(p, scenario) for p in scenario.projects if p.project is None]
    found += [_partner(e) for e in scenario.happenings if e.kind == "partnership" and centre(e.tonnes_per_y) > 0]
    return tuple(found)


def _alive(record: ProjectRecord, base_year: int) -> bool:
    return record.pipeline or (record.actual_start_y or 0.0) >= base_year + 1


def _own(project: Any, scenario: Scenario) -> Pending:
    fixed = None if project.start is None else decimal_year(project.start)
    begun = decimal_year(scenario.start)
    return Pending(_record(project.bloc, project.stage, begun), project.stage, project.tonnes_per_y, fixed)


def _partner(event: Any) -> Pending:
    begun = decimal_year(event.start)
    return Pending(_record(event.bloc, event.stage, begun), event.stage, event.tonnes_per_y, None, event.clock_factor)


def _record(bloc: str, stage: str, announced_y: float) -> ProjectRecord:
    from didymium.clocks import ProjectRecord

    clock = STAGE_OF_CLOCK.get(stage, stage)
    name = f"{bloc}-{stage}-{announced_y:.3f}"
    return ProjectRecord(
        name, name, clock, bloc, bloc, announced_y, announced_y=announced_y, stages=(stage,), pipeline=True
    )


def opening_draws(world: World, waiting: tuple[Pending, ...], seed: int, draws: int) -> Array:
    """Starts of ``waiting`` in decimal years, (pending, draws); infinite for never. Seeded."""
    from didymium.clocks import project_records, sample_start_years

    rng = np.random.default_rng(seed)
    unique = {p.record.project: p.record for p in waiting}
    counted = tuple(unique.values())
    starts = sample_start_years(project_records(world), counted, rng, draws) if counted else np.zeros((0, draws))
    row = {name: k for k, name in enumerate(unique)}
    found = np.empty((len(waiting), draws))
    for k, p in enumerate(waiting):
        found[k] = starts[row[p.record.project]] if p.fixed_y is None else p.fixed_y
        if p.fixed_y is None and p.factor != 1.0 and p.record.announced_y is not None:
            found[k] = p.record.announced_y + p.factor * (found[k] - p.record.announced_y)
    return found


def opening_ramp(world: World) -> Array:
    """(2, points): years since the start and share of the nameplate, as plants really ramp up."""
    from didymium.clocks import ramp_curve

    curve = ramp_curve(world)
    return np.array([[0.0, *curve.years], [0.0, *curve.median]])


def as_openings(ramp: Array, waiting: tuple[Pending, ...], starts: Array) -> tuple[Opening, ...]:
    """``waiting`` with its ``starts`` (pending,), ramping up along ``ramp``."""
    return tuple(
        Opening(p.stage, p.record.bloc, p.t_reo_per_y, float(start), ramp)
        for p, start in zip(waiting, starts, strict=True)
        if np.isfinite(start)
    )
