"""A firm in a scenario: members of the market, draws of the firm's figures, and the distribution of when it stops."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from didymium.chain.flows import Flows
from didymium.chain.structure import Array
from didymium.ensemble.firm_numbers import Days, FirmNumbers, firm_numbers
from didymium.ensemble.firm_remedies import (
    NOTHING,
    REMEDIES,
    Ground,
    Remedy,
    acts_after,
    available,
    lines_with,
    passes_with,
)
from didymium.ensemble.market_task import uncertain_market
from didymium.ensemble.sample import draws
from didymium.errors import DidymiumError, RecordError
from didymium.market.behaviour import knobs
from didymium.market.firm import Course, Outcome, outcome, play
from didymium.market.firm_control import announced, control_of, licence_starts, remedies_begin
from didymium.market.firm_file import Firm
from didymium.market.firm_licence import licensed_weeks
from didymium.market.firm_plausible import check_possible, remarks
from didymium.market.firm_read import Where, figures, in_python
from didymium.market.firm_supply import Supply, stacked, supply
from didymium.market.plausible import Remark, usual_in
from didymium.market.scene import Scene, prepare
from didymium.world import World
from didymium.world.scenario import Scenario

__all__ = ["MEMBERS", "MOST_RUNS", "RUNS", "WEEKS", "RemedyResult", "Shock", "shock"]

RUNS, MEMBERS, WEEKS = 2000, 32, 104
"""Runs of the firm, members of the market that they ride on, weeks followed."""

MOST_RUNS = 20_000
"""So many take a gigabyte of memory."""

DAYS_PER_WEEK = 7.0


@dataclass(frozen=True)
class RemedyResult:
    """A remedy on the same draws: its outcome, and the share of stopping runs in which it acts before the stop."""

    remedy: Remedy
    known: bool
    outcome: Outcome | None
    in_time: float
    acts_weeks: float
    """Median of the weeks until it acts."""


@dataclass(frozen=True)
class Shock:
    """What a scenario does to a firm. Weeks count from the day of the control."""

    firm: Firm
    scenario: Scenario
    control: dt.date
    weeks: int
    runs: int
    members: int
    seed: int
    numbers: FirmNumbers
    supply: Supply
    licensed: Array
    """(W, S) share of the runs that hold a licence for each lane, general licences left aside."""
    course: Course
    outcome: Outcome
    remedies: tuple[RemedyResult, ...]
    offset_weeks: float
    worth_usd_per_kg: Mapping[str, float]
    """What the oxide behind a kg of each element cost in the base year."""
    sources: frozenset[str]
    remarks: tuple[Remark, ...] = ()
    """What is unusual in the firm's file."""

    @property
    def ends(self) -> dt.date:
        """The first day after the weeks followed."""
        return self.control + dt.timedelta(weeks=self.weeks)

    @property
    def cut_short(self) -> bool:
        """Whether the scenario goes on after the weeks followed."""
        return self.weeks == WEEKS and self.ends < self.scenario.past_end

    def oxide_usd_per_kg(self, composition: Mapping[str, float]) -> float | None:
        """What the rare earths in a kg of a part cost as oxides; None where a price is not known."""
        if any(e not in self.worth_usd_per_kg for e in composition):
            return None
        return sum(f * self.worth_usd_per_kg[e] for e, f in composition.items())


def shock(
    world: World,
    scenario: Scenario,
    firm: Firm,
    *,
    runs: int = RUNS,
    seed: int = 0,
    members: int = MEMBERS,
    control: dt.date | None = None,
    flows: Flows | None = None,
    where: Where | None = None,
) -> Shock:
    """The distribution of stops, recoveries and losses of ``firm`` in ``scenario``, and what each remedy changes.

    ``where`` says where things are written (``FirmFile.where``). Raises DidymiumError for runs that cannot be, and
    RecordError for a firm that the scenario does not touch, or that cannot be, and for a day that it does not reach.
    """
    _check_runs(runs)
    control, where = control or control_of(scenario, firm), where or in_python(firm)
    _check_day(scenario, control)
    end = min(scenario.end, (control + dt.timedelta(weeks=WEEKS)).replace(day=1))
    scene = prepare(world, scenario.model_copy(update={"step": "week", "end": end}), flows)
    first, offset = _first_week(scene, control)
    weeks = min(WEEKS, scene.calendar.steps - first)
    _, behaviour = scene.settled({})
    usual = usual_in(world, scene.model)
    check_possible(firm, usual, where)
    days = Days(control, offset, lambda way: announced(scenario, way, scene.model.blocs))
    numbers = firm_numbers(world, firm, scene.model, behaviour, days, runs, seed, where)
    lead = _weeks_of_licences(scene, first)
    whole = _market(scene, numbers, min(members, runs), seed, first, weeks, lead)
    rng = np.random.default_rng([seed, 2])
    member = rng.permutation(np.resize(np.arange(whole.approved.shape[1]), runs))
    own = numbers.applications._replace(filed_week=np.maximum(numbers.applications.filed_week + lead, 0.0))
    filing_weeks = behaviour.values["filing"] / DAYS_PER_WEEK
    licensed, market = licensed_weeks(whole, own, member, filing_weeks, seed)[lead:], whole.since(lead)
    begin = days.week(remedies_begin(scenario, firm, control))
    ground = Ground(numbers, market, member, licensed, _under_general(numbers, market, member, rng), offset, begin)
    course = play(lines_with(NOTHING, ground), passes_with(NOTHING, ground))
    plain = outcome(course, offset)
    return Shock(
        firm=firm,
        scenario=scenario,
        control=control,
        weeks=weeks,
        runs=runs,
        members=market.approved.shape[1],
        seed=seed,
        numbers=numbers,
        supply=market,
        licensed=licensed.mean(axis=1),
        course=course,
        outcome=plain,
        remedies=tuple(_tried(r, ground, plain) for r in REMEDIES),
        offset_weeks=offset,
        worth_usd_per_kg=usual.oxide_usd_per_kg,
        sources=scene.sources | _cited(firm, numbers),
        remarks=remarks(firm, usual, where, min(licence_starts(scenario), default=None), weeks),
    )


def _check_runs(runs: int) -> None:
    """Raises DidymiumError for a number of runs that cannot be."""
    if not 1 <= runs <= MOST_RUNS:
        raise DidymiumError(
            f"an ensemble of {runs} runs", expected=f"1 to {MOST_RUNS:,} runs", cure="give --runs, say 2000"
        )


def _check_day(scenario: Scenario, control: dt.date) -> None:
    """Raises RecordError for a day that the run does not reach."""
    first, last = dt.date(scenario.base_year, 1, 1), scenario.past_end - dt.timedelta(days=1)
    if control < first:
        what = f"{control} lies before {first}, the earliest day to count from"
        cure = f"take a later day: the market starts from the flows of {scenario.base_year} and knows nothing earlier"
    elif control > last:
        what = f"{control} lies after {last}, the last day of the scenario"
        cure = "take an earlier day, or give the scenario a later end"
    else:
        return
    raise RecordError(what, where=scenario.name, expected=f"a day from {first} to {last}", cure=cure)


def _first_week(scene: Scene, control: dt.date) -> tuple[int, float]:
    """The step that holds the day of the control, and how many weeks of it lie before."""
    days = scene.calendar
    since = control.toordinal() - days.begins(0).toordinal()
    first = int(np.searchsorted(days.edges, since, side="right")) - 1
    return first, (since - float(days.edges[first])) / DAYS_PER_WEEK


def _weeks_of_licences(scene: Scene, first: int) -> int:
    """Weeks before step ``first`` since the earliest licence: firms and queues do not begin anew with the control."""
    starts = licence_starts(scene.scenario)
    days = (s.toordinal() - scene.calendar.begins(0).toordinal() for s in starts)
    steps = [int(np.searchsorted(scene.calendar.edges, d, side="right")) - 1 for d in days if d >= 0]
    return max(first - min(steps, default=first), 0)


def _market(scene: Scene, numbers: FirmNumbers, members: int, seed: int, first: int, weeks: int, lead: int) -> Supply:
    """What ``members`` of the market, drawn over the scenario, say; with ``lead`` weeks before the control."""
    parameters = uncertain_market(scene.world, scene.scenario)
    found = []
    for row in draws(parameters, members, seed):
        draw = {p.name: float(v) for p, v in zip(parameters, row, strict=True)}
        behaviour = knobs(scene.settled(draw)[1])
        found.append(supply(scene.run(draw), behaviour, numbers.lanes, first, weeks, lead))
    return stacked(found)


def _under_general(
    numbers: FirmNumbers, market: Supply, member: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.bool_]:
    """(W, K, S) who trades under a general licence: as the file says, else by its share of trade."""
    chance = rng.random((len(member), len(numbers.lanes)))
    for s, known in enumerate(numbers.general):
        if known is not None:
            chance[:, s] = 0.0 if known else 1.0
    return np.stack([chance < general[member] for general in market.general])


def _tried(remedy: Remedy, ground: Ground, plain: Outcome) -> RemedyResult:
    if not available(remedy, ground):
        return RemedyResult(remedy, False, None, np.nan, np.nan)
    course = play(lines_with(remedy, ground), passes_with(remedy, ground))
    acts = acts_after(remedy, ground)
    stops = np.isfinite(plain.first_stop)
    in_time = float((acts < plain.first_stop)[stops].mean()) if stops.any() else np.nan
    return RemedyResult(remedy, True, outcome(course, ground.offset_weeks), in_time, _median(acts))


def _median(values: Array) -> float:
    """The median where some values may be infinite."""
    return float(np.quantile(values, 0.5, method="lower"))


def _cited(firm: Firm, numbers: FirmNumbers) -> frozenset[str]:
    own = {f.source for f in figures(firm) if f.source} | {p.source for p in numbers.parts if p.source}
    return frozenset(own)
