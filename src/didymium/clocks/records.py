"""Announced projects as records, and the time each was followed: the data of the clocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

__all__ = [
    "HasRows",
    "ProjectRecord",
    "Span",
    "Unusable",
    "announcement_spans",
    "as_records",
    "delay_spans",
    "follow_up_end",
    "project_records",
    "promise_y",
    "unusable",
]

MIN_SPAN_Y = 1.0 / 24.0
"""Half a month: the shortest time that a date can tell from zero, so that logarithms exist."""

BARE_YEAR = 0.5
"""The fraction that a date known only as a year carries in the table: it is read as mid-year."""

ROUNDING_Y = 0.5
"""A start this much before its announcement can come from bare years; more is a mistake."""

DECIMALS = 6
"""Digits kept in a difference of two decimal years: half a minute."""

POSSIBLY_PRODUCING = ("operating?", "uncertain")
"""Statuses of plants that probably made or make product, with no date found: neither a start nor its absence."""


class HasRows(Protocol):
    """Anything that gives the rows of a table by its name; a World does."""

    def rows(self, table: str, /) -> Sequence[Mapping[str, Any]]:
        """The rows of ``table``."""


@dataclass(frozen=True)
class ProjectRecord:
    """One announcement vintage of one project; dates are decimal years, None where not known."""

    project: str
    site: str
    stage: str
    country: str
    bloc: str
    as_of_y: float
    announced_y: float | None = None
    promised_start_y: float | None = None
    actual_start_y: float | None = None
    current_start_y: float | None = None
    outcome: str = "censored"
    name: str = ""
    stages: tuple[str, ...] = ()
    operator: str | None = None
    capacity: float | None = None
    unit: str | None = None
    basis: str = "unknown"
    capex_usd_m: float | None = None
    cost_growth_pct: float | None = None
    pipeline: bool = False
    heavy: bool = False
    status_text: str | None = None
    source: str = ""
    grade: str = "D"
    note: str | None = None


@dataclass(frozen=True)
class Span:
    """Time from an origin to the first production (``event``) or to the end of follow-up, in years.

    ``watched_y`` is how long the project would have been followed, had it not started.
    """

    record: ProjectRecord
    time_y: float
    event: bool
    watched_y: float


@dataclass(frozen=True)
class Unusable:
    """A record that the announcement clock cannot use, with the reason as a code."""

    record: ProjectRecord
    reason: str


def project_records(world: HasRows) -> tuple[ProjectRecord, ...]:
    """The rows of table ``projects`` as records, each with the bloc of its country."""
    bloc_of = {row["country"]: row["bloc"] for row in world.rows("countries")}
    fields = ProjectRecord.__dataclass_fields__.keys() - {"bloc"}
    return tuple(
        ProjectRecord(bloc=bloc_of.get(row["country"], row["country"]), **{f: row[f] for f in fields})
        for row in world.rows("projects")
    )


def as_records(source: HasRows | Sequence[ProjectRecord]) -> tuple[ProjectRecord, ...]:
    """Records from a world, or the records themselves."""
    if isinstance(source, Sequence):
        return tuple(source)
    return project_records(source)


def follow_up_end(records: Iterable[ProjectRecord]) -> float:
    """The date to which the study follows anyone, decimal year: the latest ``as_of_y``."""
    return max(record.as_of_y for record in records)


def _end_of_watch(record: ProjectRecord, study_end_y: float) -> float:
    # An abandoned project never starts: it stays at risk to the end of the study (see survival.py).
    return study_end_y if record.outcome == "abandoned" else record.as_of_y


def _refusal(record: ProjectRecord) -> str | None:
    if record.announced_y is None:
        return "no_announcement_date"
    if record.actual_start_y is None:
        if record.outcome == "realised" or record.status_text in POSSIBLY_PRODUCING:
            return "start_date_unknown"
    elif record.actual_start_y < record.announced_y - ROUNDING_Y:
        return "start_before_announcement"
    return None


def unusable(records: Iterable[ProjectRecord]) -> tuple[Unusable, ...]:
    """Records left out of the announcement clock, each with its reason code."""
    pairs = ((record, _refusal(record)) for record in records)
    return tuple(Unusable(record, reason) for record, reason in pairs if reason is not None)


def announcement_spans(records: Sequence[ProjectRecord], study_end_y: float | None = None) -> tuple[Span, ...]:
    """Years from announcement to first production, or to the end of follow-up.

    Abandoned projects are followed to ``study_end_y`` (default: the latest ``as_of_y``).  Spans shorter
    than half a month, which come from dates given as a year only, are lifted to half a month.
    """
    if not records:
        return ()
    study_end = follow_up_end(records) if study_end_y is None else study_end_y
    spans = []
    for record in records:
        announced = record.announced_y
        if announced is None or _refusal(record) is not None:
            continue
        actual, watched_to = record.actual_start_y, _end_of_watch(record, study_end)
        end = watched_to if actual is None else min(actual, watched_to)
        # Rounded, so that equal dates give equal times: 12 months are 12 months in every decimal year.
        time = max(round(end - announced, DECIMALS), MIN_SPAN_Y)
        spans.append(Span(record, time, actual is not None, max(watched_to - announced, time)))
    return tuple(spans)


def promise_y(record: ProjectRecord, *, latest: bool = False) -> float | None:
    """The last moment at which the promised start is kept, decimal year.

    A bare year, which the table gives as its middle, is kept until its end.  ``latest`` takes the date announced
    now where that is later: an operator's own slip is a new promise.
    """
    dates = [record.promised_start_y, record.current_start_y if latest else None]
    known = [date for date in dates if date is not None]
    if not known:
        return None
    date = max(known)
    end = date + (1.0 - BARE_YEAR if date % 1.0 == BARE_YEAR else 0.0)
    # A row marked as due whose year has not ended must mean the middle of the year itself.
    return date if record.outcome == "censored" and date <= record.as_of_y < end else end


def delay_spans(records: Sequence[ProjectRecord], study_end_y: float | None = None) -> tuple[Span, ...]:
    """Years from promised to first production, negative if early; censored where nothing is produced yet.

    Only promises that fell due within the follow-up count: of promises still ahead, the early starts are
    seen and the others are not, so counting them would flatter the announcers.
    """
    if not records:
        return ()
    study_end = follow_up_end(records) if study_end_y is None else study_end_y
    spans = []
    for record in records:
        promised, actual = promise_y(record), record.actual_start_y
        watched_to = _end_of_watch(record, study_end)
        unknown = _refusal(record) == "start_date_unknown"
        if promised is None or promised > watched_to or unknown:
            continue
        end = watched_to if actual is None else min(actual, watched_to)
        time = round(end - promised, DECIMALS)
        spans.append(Span(record, time, actual is not None, watched_to - promised))
    return tuple(spans)
