"""When a live project will start: its own promise corrected by the delays of others, or else its age.

Where a promise exists the delay clock answers, counted from the promise: a project whose operator says 2029 is not
likely before 2029.  The promise is the latest one given, because in the table each restated promise is a vintage of
its own, so the delays are learned from restated promises too.  Without a promise the announcement clock answers,
given the age reached.  Nothing is said past the last edge of either hazard: what remains there is "never".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from didymium.clocks.records import (
    HasRows,
    ProjectRecord,
    announcement_spans,
    as_records,
    delay_spans,
    promise_y,
)
from didymium.errors import DidymiumError, UnknownName

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from didymium.clocks.delay import DelayModel
    from didymium.clocks.hazards import HazardModel

__all__ = [
    "NOW_Y",
    "StartModel",
    "clock_used",
    "fit_start",
    "probability_between",
    "sample_start_years",
    "start_probability",
]

NOW_Y = 2026.9
"""Date from which live projects are judged by default, decimal year."""


@dataclass(frozen=True)
class StartModel:
    """The announcement clock and the delay clock, fitted to the same records."""

    duration: HazardModel
    delay: DelayModel | None


@lru_cache(maxsize=8)
def fit_start(records: tuple[ProjectRecord, ...], study_end_y: float | None = None) -> StartModel:
    """Fit both clocks; without a missed promise among the records there is no delay clock.

    Raises DidymiumError without a project that has an announcement date.
    """
    from didymium.clocks.delay import fit_delays
    from didymium.clocks.hazards import fit_hazards

    spans = announcement_spans(records, study_end_y)
    if not spans:
        raise DidymiumError("no project with an announcement date", where="projects", expected="at least one")
    delays = delay_spans(records, study_end_y)
    missed = any(s.time_y > 0.0 for s in delays)
    return StartModel(fit_hazards(spans), fit_delays(delays) if missed else None)


def clock_used(model: StartModel, record: ProjectRecord) -> str:
    """Which clock answers for a project: ``delay`` where it has a promise, else ``announcement``."""
    return "delay" if model.delay is not None and promise_y(record, latest=True) is not None else "announcement"


def _origin(model: StartModel, record: ProjectRecord) -> float:
    """The date that the clock of a project counts from: its latest promise, or its announcement."""
    promised = promise_y(record, latest=True)
    if clock_used(model, record) == "delay" and promised is not None:
        return promised
    # An undated announcement has no known age: it counts from when the project was last seen.
    return record.as_of_y if record.announced_y is None else record.announced_y


def probability_between(model: StartModel, record: ProjectRecord, not_by_y: float, by_y: float) -> float:
    """P(start by ``by_y`` given no start by ``not_by_y``), decimal years; posterior mean hazards."""
    from didymium.clocks.delay import probability_by_delay
    from didymium.clocks.hazards import conditional_probability, hazard_of

    if by_y <= not_by_y:
        return 0.0
    origin = _origin(model, record)
    if clock_used(model, record) == "delay" and model.delay is not None:
        return probability_by_delay(model.delay, record.stage, record.bloc, not_by_y - origin, by_y - origin)
    hazard = hazard_of(model.duration, record.stage, record.bloc)
    edges = model.duration.edges_y
    return float(conditional_probability(hazard, edges, max(not_by_y - origin, 0.0), by_y - origin))


def _known_outcome(record: ProjectRecord, by_y: float) -> float | None:
    if record.actual_start_y is not None:
        return float(record.actual_start_y <= by_y)
    return 0.0 if record.outcome == "abandoned" else None


def start_probability(
    source: HasRows | Sequence[ProjectRecord],
    project: ProjectRecord | str,
    by_year: float,
    *,
    now: float = NOW_Y,
) -> float:
    """P(a project produces by the date ``by_year``), given that it does not by ``now``; decimal years.

    ``project`` is a record or its key (UnknownName if there is none).  What is known stays known: 1 or 0 for a
    project that has started, 0 for one given up.
    """
    records = as_records(source)
    if isinstance(project, str):
        found = {record.project: record for record in records}
        if project not in found:
            raise UnknownName("project", project, found)
        project = found[project]
    known = _known_outcome(project, by_year)
    return probability_between(fit_start(records), project, now, by_year) if known is None else known


def _sample_one(
    model: StartModel,
    record: ProjectRecord,
    now: float,
    hazard: NDArray[np.float64],
    on_time: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    import numpy as np

    from didymium.clocks.delay import sample_delays
    from didymium.clocks.hazards import cumulative_hazard, inverse_cumulative

    origin = _origin(model, record)
    if clock_used(model, record) == "delay" and model.delay is not None:
        return origin + sample_delays(model.delay, on_time, hazard, now - origin, rng)
    edges = model.duration.edges_y
    spent = cumulative_hazard(hazard, edges, np.full(len(hazard), max(now - origin, 0.0)))
    # An announcement still ahead of ``now`` starts its clock when it is made.
    return origin + inverse_cumulative(hazard, edges, spent + rng.exponential(size=len(hazard)))


def sample_start_years(
    records: Sequence[ProjectRecord],
    projects: Sequence[ProjectRecord],
    rng: np.random.Generator,
    n: int,
    now: float = NOW_Y,
) -> NDArray[np.float64]:
    """Draws of the start of each project, decimal years, shape (projects, n); inf for never.

    One draw shares its hazards among all projects of a stratum, so a bad world is bad for all of them.  Started
    projects come back at their start, abandoned ones at inf.  The order of ``projects`` does not matter.
    """
    import numpy as np

    from didymium.clocks.delay import draw_on_time
    from didymium.clocks.hazards import draw_hazards

    model = fit_start(tuple(records))
    strata = [(r.stage, r.bloc) for r in (*records, *projects)]
    duration = draw_hazards(model.duration, strata, rng, n)
    late = draw_hazards(model.delay.late, strata, rng, n) if model.delay else duration
    kept = draw_on_time(model.delay, strata, rng, n) if model.delay else {}
    base = int(rng.integers(2**32))
    out = np.full((len(projects), n), np.inf)
    for row, record in enumerate(projects):
        key = (record.stage, record.bloc)
        if record.actual_start_y is not None:
            out[row] = record.actual_start_y
        elif record.outcome != "abandoned":
            # Each project has its own stream, named by its key: leaving one out does not move the others.
            own = np.random.default_rng([base, *record.project.encode()])
            hazard = late[key] if clock_used(model, record) == "delay" else duration[key]
            out[row] = _sample_one(model, record, now, hazard, kept.get(key, np.zeros(n)), own)
    return out
