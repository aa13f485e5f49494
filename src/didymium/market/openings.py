"""When capacity opens: announced projects by their clocks, a scenario's own projects by date or clock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from didymium.chain.additions import additions
from didymium.chain.structure import Array
from didymium.errors import UnknownName
from didymium.market.scenario_paths import Opening, decimal_year
from didymium.world import World
from didymium.world.distributions import centre
from didymium.world.scenario import Scenario
from didymium.world.scenario_draw import settle

if TYPE_CHECKING:
    from didymium.clocks import ProjectRecord

__all__ = ["Pending", "as_openings", "opening_draws", "opening_ramp", "partner_openings", "pending"]

STAGE_OF_CLOCK = {"crack": "separate", "assemble": "magnet"}
"""Stages without a clock of their own take that of the nearest stage that has one."""


@dataclass(frozen=True)
class Pending:
    """Capacity of one stage that has yet to open: at a fixed start, or when the clock of ``record`` runs out.

    ``project`` and ``partner`` are positions in the scenario's projects and happenings of what states the tonnes;
    ``helped`` those of the partnerships that speed the clock.
    """

    record: ProjectRecord
    stage: str
    t_reo_per_y: float
    fixed_y: float | None = None
    project: int | None = None
    partner: int | None = None
    helped: tuple[int, ...] = ()


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
    partners = [(k, e) for k, e in enumerate(scenario.happenings) if e.kind == "partnership"]
    found = []
    for a in additions(world, tuple(chosen), ()):
        own = named.get(a.project.project)
        fixed = decimal_year(own.start) if own is not None and own.start is not None else None
        found.append(Pending(a.project, a.stage, a.t_reo_per_y, fixed))
    found += [_own(p, k, scenario) for k, p in enumerate(scenario.projects) if p.project is None]
    found += [_partner(e, k) for k, e in partners if centre(e.tonnes_per_y) > 0]
    return tuple(
        replace(p, helped=tuple(k for k, e in partners if (e.bloc, e.stage) == (p.record.bloc, p.stage))) for p in found
    )


def partner_openings(world: World, scenario: Scenario, draws: int = 1001) -> list[tuple[Any, float, float]]:
    """Partnerships that add capacity: the event, the median year in which it opens, and the share that never does.

    Years are decimal, infinite where half of the draws or more never open; figures of the scenario are at medians.
    """
    settled = settle(scenario)
    waiting = tuple(p for p in pending(world, settled, scenario.base_year) if p.partner is not None)
    if not waiting:
        return []
    found = []
    for p, drawn in zip(waiting, opening_draws(world, waiting, 0, draws), strict=True):
        years = np.array([_sped(settled, p, float(start)) if np.isfinite(start) else np.inf for start in drawn])
        event = scenario.happenings[p.partner or 0]
        found.append((event, float(np.quantile(years, 0.5, method="lower")), float(np.isinf(years).mean())))
    return found


def _alive(record: ProjectRecord, base_year: int) -> bool:
    return record.pipeline or (record.actual_start_y or 0.0) >= base_year + 1


def _own(project: Any, position: int, scenario: Scenario) -> Pending:
    fixed = None if project.start is None else decimal_year(project.start)
    begun = decimal_year(scenario.start)
    record = _record(project.bloc, project.stage, begun)
    return Pending(record, project.stage, project.tonnes_per_y, fixed, project=position)


def _partner(event: Any, position: int) -> Pending:
    begun = decimal_year(event.start)
    return Pending(_record(event.bloc, event.stage, begun), event.stage, event.tonnes_per_y, partner=position)


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

    records = project_records(world)
    listed = {r.project for r in records}
    starts: dict[str, Array] = {}
    # Capacity that only a scenario has is drawn apart, so that it does not move the projects that all scenarios share.
    for k, own in enumerate((False, True)):
        unique = {p.record.project: p.record for p in waiting if (p.record.project not in listed) is own}
        rng = np.random.default_rng([seed, k] if k else seed)
        drawn = sample_start_years(records, tuple(unique.values()), rng, draws) if unique else ()
        starts |= dict(zip(unique, drawn, strict=True))
    return np.array([starts[p.record.project] if p.fixed_y is None else np.full(draws, p.fixed_y) for p in waiting])


def opening_ramp(world: World) -> Array:
    """(2, points): years since the start and share of the nameplate, as plants really ramp up."""
    from didymium.clocks import ramp_curve

    curve = ramp_curve(world)
    return np.array([[0.0, *curve.years], [0.0, *curve.median]])


def as_openings(scenario: Scenario, ramp: Array, waiting: tuple[Pending, ...], starts: Array) -> tuple[Opening, ...]:
    """``waiting`` with its ``starts`` (pending,), sped by the partnerships of the settled ``scenario``."""
    return tuple(
        Opening(p.stage, p.record.bloc, _tonnes(scenario, p), _sped(scenario, p, float(start)), ramp)
        for p, start in zip(waiting, starts, strict=True)
        if np.isfinite(start)
    )


def _tonnes(scenario: Scenario, pending: Pending) -> float:
    """The tonnes that the settled scenario states, else those of the project."""
    if pending.partner is not None:
        event: Any = scenario.happenings[pending.partner]
        return float(event.tonnes_per_y)
    if pending.project is not None:
        own: Any = scenario.projects[pending.project]
        return float(own.tonnes_per_y)
    return pending.t_reo_per_y


def _sped(scenario: Scenario, pending: Pending, start: float) -> float:
    """The start with partnerships: while one is in force, what is left of the wait passes faster."""
    if pending.fixed_y is not None:
        return start
    for k in pending.helped:
        event: Any = scenario.happenings[k]
        begin, factor = decimal_year(event.start), float(event.clock_factor)
        end = decimal_year(event.end) if event.end else np.inf
        sped = begin + factor * (start - begin)
        if start > begin:
            start = sped if sped <= end else start - (end - begin) * (1 / factor - 1)
    return start
