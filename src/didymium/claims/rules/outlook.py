"""The outside view for claims about the future: clocks asked on behalf of a claim."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from didymium.claims.case import Case, from_row
from didymium.claims.verdict import LIKELY, UNLIKELY, Attainable, Evidence, Relation, Verdict, because
from didymium.world import World
from didymium.world.reader import Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from didymium.clocks import ClockAnswer, ProjectRecord

__all__ = [
    "CHAIN",
    "LONGEST_MONTHS",
    "ask",
    "chance",
    "comparables",
    "decide",
    "own_projects",
    "reached_by",
    "records_of",
]

CHAIN = ("mine", "separate", "metal", "magnet")
"""Stages that independence needs all of, one after another."""

LONGEST_MONTHS = 240.0
"""No project was followed longer than this."""

SHOWN = 5

DRAWS = 4000
"""Samples of the start years of announced projects."""


@lru_cache(maxsize=4)
def records_of(world: World) -> tuple[ProjectRecord, ...]:
    """All projects of the world as records of the clocks."""
    from didymium.clocks import project_records

    return project_records(world)


def reached_by(
    case: Case, today: float, projects: Sequence[tuple[ProjectRecord, float]], end_y: float
) -> NDArray[np.float64]:
    """What runs by ``end_y``, (DRAWS,): ``today`` and every project whose start, sampled from the clocks, is in time.

    ``today`` and the amounts of ``projects`` are in one unit; seeded by the case.
    """
    import numpy as np

    from didymium.clocks import sample_start_years

    if not projects:
        return np.full(DRAWS, today)
    amounts = np.array([amount for _, amount in projects])
    rng = np.random.default_rng(case.seed)
    starts = sample_start_years(records_of(case.world), [record for record, _ in projects], rng, DRAWS)
    reached: NDArray[np.float64] = today + ((starts <= end_y) * amounts[:, None]).sum(axis=0)
    return reached


@lru_cache(maxsize=256)
def ask(world: World, stage: str | None, place: str | None, months: float, seed: int) -> ClockAnswer:
    """The clock's answer, remembered: P(a project announced today produces within ``months``)."""
    from didymium.clocks import clock

    return clock(world, stage=stage, place=place, within_months=months, seed=seed)


def chance(answer: ClockAnswer, *, late: bool, bound: str = "estimate") -> Attainable:
    """The chance that a start is in time, or with ``late`` that it is not; an upper bound turns into a lower one."""

    def turned(band: tuple[float, float]) -> tuple[float, float]:
        return (1 - band[1], 1 - band[0]) if late else band

    flipped = {"upper": "lower", "lower": "upper"}.get(bound, bound) if late else bound
    reason = because(
        "clock_late" if late else "clock_in_time",
        stage=answer.stage or "any_stage",
        place=answer.place or "WLD",
        months=answer.within_months,
        n=answer.n,
        started=answer.n_events,
        followed=answer.n_followed,
        within=answer.n_within,
        borrowed=100 * answer.borrowed,
    )
    return Attainable(
        1 - answer.probability if late else answer.probability,
        reason,
        flipped,
        turned(answer.band50),
        turned(answer.band90),
        answer.n,
        answer.n_censored,
        tuple(r.project for r in answer.comparables[:SHOWN]),
    )


def decide(attainable: Attainable) -> Verdict:
    """The verdict that a probability carries, mindful of which way it bounds."""
    p = attainable.probability
    if p is None:
        return Verdict.NOT_ENOUGH
    if p >= LIKELY and attainable.bound != "upper":
        return Verdict.SUPPORTED
    if p <= UNLIKELY and attainable.bound != "lower":
        return Verdict.CONTRADICTED
    return Verdict.NOT_ENOUGH


def comparables(case: Case, answer: ClockAnswer) -> list[Evidence]:
    """The nearest comparable projects as evidence: years from announcement to production, or waited so far."""
    rows = {r.text("project"): r for r in case.world.rows("projects")}
    keys = [r.project for r in answer.comparables if r.announced_y is not None]
    return [_project(case, rows[k]) for k in keys[:SHOWN] if k in rows]


def _project(case: Case, row: Row) -> Evidence:
    announced, actual, seen = (row.optional(c) for c in ("announced_y", "actual_start_y", "as_of_y"))
    end = actual if actual is not None else seen
    years = round(end - announced, 1) if end is not None and announced is not None else None
    return from_row(
        case.world,
        row,
        Relation.CONTEXT,
        value=years,
        unit="y",
        definition=f"{row.text('stage')}, {row.text('outcome')}",
        year=int(announced or seen or 0),
        text=row.text("name"),
    )


def own_projects(case: Case) -> list[Row]:
    """Projects whose operator the subject names."""
    text = case.claim.subject.casefold()
    rows = case.world.rows("projects")
    return [r for r in rows if len(_firm(r)) > 3 and _firm(r) in text]


def _firm(row: Row) -> str:
    return row.text("operator").split("(")[0].split("/")[0].strip().casefold()


def months_of(years: float) -> float | None:
    """Years in months for a clock, or None beyond what any project was followed."""
    months = 12 * years
    return months if 0 < months <= LONGEST_MONTHS and math.isfinite(months) else None


def weakest(answers: Sequence[ClockAnswer]) -> ClockAnswer:
    """The stage least likely to be in time: the whole chain cannot be likelier."""
    return min(answers, key=lambda a: a.probability)
