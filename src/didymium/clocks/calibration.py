"""How good the clocks would have been: Brier scores with the site in question left out.

Each project is judged as on the day it was announced, at several horizons, by clocks fitted to all other sites.
The rival is the forecast that the announcement itself makes: producing at the promised date, with certainty.
Two ways of leaving out are given.  ``site``: all other sites with all they did since, which asks how well the
record describes its own kind.  ``past``: other sites only as they stood on that day, which asks how well one would
have forecast at the time; the record was then thin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from didymium.clocks.records import (
    HasRows,
    ProjectRecord,
    announcement_spans,
    as_records,
    delay_spans,
    follow_up_end,
    promise_y,
)

__all__ = ["Calibration", "Forecast", "calibration", "forecasts", "held_out_log_likelihood"]

HORIZONS_Y = (1.0, 2.0, 3.0, 5.0)
METHODS = ("clock", "announcement", "naive")


@dataclass(frozen=True)
class Forecast:
    """What each method gave for one project at one horizon, and what happened.

    ``clock`` is the house method (delay clock where there is a promise), ``announcement`` the announcement
    clock alone, ``naive`` the promise taken at its word.
    """

    project: str
    site: str
    horizon_y: float
    happened: bool
    clock: float
    announcement: float
    naive: float


@dataclass(frozen=True)
class Calibration:
    """Mean Brier scores (0 best), the gain of the clock over the naive with its 90 % interval by sites.

    ``reliability`` holds (mean forecast, share that happened, n) by bins of the clock's forecast.
    """

    way: str
    n: int
    n_sites: int
    brier_clock: float
    brier_announcement: float
    brier_naive: float
    gain: float
    gain_low: float
    gain_high: float
    reliability: tuple[tuple[float, float, int], ...]


def _as_known(record: ProjectRecord, at_y: float) -> ProjectRecord | None:
    """A record as it stood at ``at_y``: later starts not yet seen; None if not yet announced."""
    announced = record.announced_y
    if announced is None or announced >= at_y:
        return None
    actual = record.actual_start_y
    if record.outcome == "realised" and actual is None:
        return None
    seen = actual if actual is not None and actual <= at_y else None
    # Abandonment has no date: an abandoned record counts as not producing, as it then was.
    return replace(record, actual_start_y=seen, outcome="realised" if seen is not None else "not_due", as_of_y=at_y)


def _training(records: Sequence[ProjectRecord], site: str, at_y: float, way: str) -> tuple[ProjectRecord, ...]:
    others = [record for record in records if record.site != site]
    if way == "site":
        return tuple(others)
    known = [_as_known(record, at_y) for record in others]
    return tuple(record for record in known if record is not None)


def _naive(record: ProjectRecord, by_y: float) -> float | None:
    promised = promise_y(record)
    return None if promised is None else float(promised <= by_y)


def forecasts(
    source: HasRows | Sequence[ProjectRecord], *, way: str = "site", horizons_y: Sequence[float] = HORIZONS_Y
) -> tuple[Forecast, ...]:
    """Forecasts for every project with a promise at every horizon to which it could be followed.

    ``way`` is ``site`` or ``past``; with ``past``, projects that had no other site with a start and a missed
    promise before them are left out.
    """
    from didymium.clocks.start import StartModel, fit_start, probability_between

    records = as_records(source)
    study_end = follow_up_end(records)
    made: list[Forecast] = []
    for span in announcement_spans(records):
        record = span.record
        announced = record.announced_y
        if announced is None or promise_y(record) is None:
            continue
        training = _training(records, record.site, announced, way)
        if not any(s.time_y > 0.0 for s in delay_spans(training)) or not announcement_spans(training):
            continue
        model = fit_start(training, study_end if way == "site" else None)
        # Only the promise made on the day, not what the operator says today.
        asked = replace(record, current_start_y=None, actual_start_y=None)
        for horizon in horizons_y:
            naive = _naive(record, announced + horizon)
            if horizon > span.watched_y or naive is None:
                continue
            by = announced + horizon
            chance = probability_between(model, asked, announced, by)
            alone = probability_between(StartModel(model.duration, None), asked, announced, by)
            happened = span.event and span.time_y <= horizon
            made.append(Forecast(record.project, record.site, horizon, happened, chance, alone, naive))
    return tuple(made)


def calibration(
    source: HasRows | Sequence[ProjectRecord],
    *,
    way: str = "site",
    horizons_y: Sequence[float] = HORIZONS_Y,
    seed: int = 0,
    n_draws: int = 2000,
) -> Calibration | None:
    """Brier scores of clock, announcement clock and promise over the same forecasts; None if there is none.

    The interval of the gain (naive minus clock) draws whole sites with replacement.
    Source: Brier (1950) Mon. Weather Rev. 78:1.
    """
    import numpy as np

    made = forecasts(source, way=way, horizons_y=horizons_y)
    if not made:
        return None
    happened = np.array([float(f.happened) for f in made])
    loss = {m: (np.array([getattr(f, m) for f in made]) - happened) ** 2 for m in METHODS}
    sites, member = np.unique([f.site for f in made], return_inverse=True)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(sites), np.full(len(sites), 1.0 / len(sites)), size=n_draws)[:, member]
    gains = drawn @ (loss["naive"] - loss["clock"]) / drawn.sum(axis=1)
    low, high = np.quantile(gains, [0.05, 0.95])
    means = {m: float(loss[m].mean()) for m in METHODS}
    return Calibration(
        way=way,
        n=len(made),
        n_sites=len(sites),
        brier_clock=means["clock"],
        brier_announcement=means["announcement"],
        brier_naive=means["naive"],
        gain=means["naive"] - means["clock"],
        gain_low=float(low),
        gain_high=float(high),
        reliability=_reliability(made),
    )


def _reliability(made: Sequence[Forecast]) -> tuple[tuple[float, float, int], ...]:
    edges = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0 + 1e-9)
    rows = []
    for low, high in pairwise(edges):
        inside = [f for f in made if low <= f.clock < high]
        if inside:
            mean = sum(f.clock for f in inside) / len(inside)
            rows.append((mean, sum(f.happened for f in inside) / len(inside), len(inside)))
    return tuple(rows)


def held_out_log_likelihood(source: HasRows | Sequence[ProjectRecord], strength_y: float) -> float:
    """Log-likelihood of each site's times under hazards fitted to all other sites, summed.

    The default prior strength is the least one on the plateau of this likelihood.
    """
    import numpy as np

    from didymium.clocks.hazards import DURATION_EDGES_Y, counts, fit_hazards, hazard_of

    spans = announcement_spans(as_records(source))
    total = 0.0
    for site in sorted({s.record.site for s in spans}):
        others = [s for s in spans if s.record.site != site]
        if not others:
            continue
        model = fit_hazards(others, DURATION_EDGES_Y, strength_y)
        for span in (s for s in spans if s.record.site == site):
            hazard = hazard_of(model, span.record.stage, span.record.bloc)
            events, exposure = counts([span.time_y], [span.event], DURATION_EDGES_Y)
            total += float((events * np.log(hazard) - exposure * hazard).sum())
    return total
