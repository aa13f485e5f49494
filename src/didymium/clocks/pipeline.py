"""The pipeline: every live project with its chance of producing by a year and the date to expect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from didymium.clocks.records import HasRows, ProjectRecord, as_records, promise_y
from didymium.clocks.start import NOW_Y, clock_used, fit_start, sample_start_years, start_probability

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["PipelineRow", "pipeline"]


@dataclass(frozen=True)
class PipelineRow:
    """One live project: its promise, the clock that answers, and the start to expect.

    ``promise_y`` is the latest promise, counted to the end of its year where no month was given.  Dates are
    decimal years; a date is None where the draws put it beyond the follow-up of the clock.
    """

    record: ProjectRecord
    clock: str
    promise_y: float | None
    probability_by: float
    median_start_y: float | None
    band50: tuple[float | None, float | None]
    band90: tuple[float | None, float | None]


def _quantiles(draws: NDArray[np.float64], shares: Sequence[float]) -> list[float | None]:
    import numpy as np

    # Order statistics: draws of "never" are infinite and cannot be interpolated.
    found = np.quantile(draws, shares, method="inverted_cdf")
    return [float(x) if np.isfinite(x) else None for x in found]


def pipeline(
    source: HasRows | Sequence[ProjectRecord],
    *,
    by_year: float = 2030.0,
    now: float = NOW_Y,
    seed: int = 0,
    n_draws: int = 4000,
) -> tuple[PipelineRow, ...]:
    """Each live project (flag ``pipeline``), most likely first, then by key.

    ``probability_by`` is P(production before the date ``by_year`` | none by ``now``).  Median and bands of the start
    come from seeded draws that hold both the uncertainty of the hazards and chance.
    """
    import numpy as np

    records = as_records(source)
    model = fit_start(records)
    live = sorted((r for r in records if r.pipeline), key=lambda r: r.project)
    draws = sample_start_years(records, live, np.random.default_rng(seed), n_draws, now)
    rows = []
    for record, starts in zip(live, draws, strict=True):
        median, q25, q75, q05, q95 = _quantiles(starts, [0.5, 0.25, 0.75, 0.05, 0.95])
        chance = start_probability(records, record, by_year, now=now)
        promised, used = promise_y(record, latest=True), clock_used(model, record)
        rows.append(PipelineRow(record, used, promised, chance, median, (q25, q75), (q05, q95)))
    return tuple(sorted(rows, key=lambda row: (-row.probability_by, row.record.project)))
