"""How late projects start: on time with a probability, else late by a piecewise-constant hazard.

A delay is first production minus promise, and censored where nothing is produced yet.  It is a mixture: with
probability ``p`` a project starts on time or early (how early: as those before it did), otherwise the years past
the promise follow a hazard.  Both parts are shrunk over nested strata, ``p`` by a beta prior and the hazard by a
gamma prior (:mod:`didymium.clocks.hazards`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from didymium.clocks.hazards import (
    PRIOR_STRENGTH_Y,
    HazardModel,
    chain,
    fit_hazards,
    hazard_of,
    inverse_cumulative,
    survival,
)
from didymium.clocks.records import MIN_SPAN_Y, Span

__all__ = [
    "DELAY_EDGES_Y",
    "DelayModel",
    "delay_survival",
    "draw_on_time",
    "fit_delays",
    "on_time_share",
    "probability_by_delay",
    "sample_delays",
]

Array = NDArray[np.float64]
Key = tuple[str | None, str | None]

DELAY_EDGES_Y: tuple[float, ...] = (0.0, 1.0, 2.0, 3.0, 5.0, 8.0, 16.0)
"""Years past the promise at which the hazard may change."""

PRIOR_STRENGTH_PROJECTS = 16.0
"""Prior strength of the share on time, in projects: held-out sites show little difference between strata."""


@dataclass(frozen=True)
class DelayModel:
    """Hazards of the late part, promises due and kept by stratum, and the delays <= 0 in order (years)."""

    late: HazardModel
    due_kept: Mapping[Key, tuple[int, int]]
    early_y: Array
    strength_projects: float


def fit_delays(
    spans: Sequence[Span],
    edges_y: Sequence[float] = DELAY_EDGES_Y,
    strength_y: float = PRIOR_STRENGTH_Y,
    strength_projects: float = PRIOR_STRENGTH_PROJECTS,
) -> DelayModel:
    """Fit the mixture to delay spans (see :func:`didymium.clocks.records.delay_spans`); years.

    Raises ValueError without a promise that was missed: then there is no late part to learn from.
    """
    kept = [s for s in spans if s.event and s.time_y <= 0.0]
    late = [
        Span(s.record, max(s.time_y, MIN_SPAN_Y), s.event, s.watched_y) for s in spans if s.time_y > 0.0 or not s.event
    ]
    due_kept: dict[Key, tuple[int, int]] = {}
    for span in spans:
        stage, bloc = span.record.stage, span.record.bloc
        in_time = int(span.event and span.time_y <= 0.0)
        for key in ((None, None), (stage, None), (None, bloc), (stage, bloc)):
            due, ok = due_kept.get(key, (0, 0))
            due_kept[key] = due + 1, ok + in_time
    early = np.sort(np.array([s.time_y for s in kept], dtype=float))
    return DelayModel(fit_hazards(late, edges_y, strength_y), due_kept, early, strength_projects)


def _whole_share(model: DelayModel) -> float:
    due, kept = model.due_kept[None, None]
    return (kept + 0.5) / (due + 1.0)


def on_time_share(model: DelayModel, stage: str | None = None, bloc: str | None = None) -> float:
    """Posterior mean share of projects that start on time or early."""
    share = _whole_share(model)
    for key in chain(stage, bloc)[1:]:
        due, kept = model.due_kept.get(key, (0, 0))
        share = (kept + model.strength_projects * share) / (due + model.strength_projects)
    return share


def draw_on_time(model: DelayModel, strata: Iterable[Key], rng: np.random.Generator, n: int) -> dict[Key, Array]:
    """Posterior draws (n,) of the share on time for ``strata`` and all wider ones."""
    due, kept = model.due_kept[None, None]
    drawn: dict[Key, Array] = {(None, None): rng.beta(kept + 0.5, due - kept + 0.5, size=n)}
    for stage, bloc in sorted(set(strata), key=lambda k: (k[0] or "", k[1] or "")):
        share = drawn[None, None]
        for key in chain(stage, bloc)[1:]:
            if key not in drawn:
                due, kept = model.due_kept.get(key, (0, 0))
                a = np.maximum(kept + model.strength_projects * share, 1e-9)
                b = np.maximum(due - kept + model.strength_projects * (1.0 - share), 1e-9)
                drawn[key] = rng.beta(a, b)
            share = drawn[key]
    return drawn


def _early_fraction(early_y: Array, delay_y: ArrayLike) -> Array:
    """Share of the on-time starts with a delay at or below ``delay_y``; all at zero if none was seen."""
    at = np.asarray(delay_y, dtype=float)
    if early_y.size == 0:
        return np.where(at >= 0.0, 1.0, 0.0)
    return np.asarray(np.searchsorted(early_y, at, side="right") / early_y.size, dtype=float)


def delay_survival(
    on_time: ArrayLike, early_y: Array, hazard: Array, edges_y: Sequence[float], delay_y: ArrayLike
) -> Array:
    """P(delay > ``delay_y``), for delays of either sign; on_time (...), hazard (..., J), delay_y (...)."""
    share = np.asarray(on_time, dtype=float)
    at = np.asarray(delay_y, dtype=float)
    before = 1.0 - share * _early_fraction(early_y, at)
    after = (1.0 - share) * survival(hazard, edges_y, np.maximum(at, 0.0))
    return np.where(at < 0.0, before, after)


def probability_by_delay(model: DelayModel, stage: str | None, bloc: str | None, not_by_y: float, by_y: float) -> float:
    """P(delay <= ``by_y`` given delay > ``not_by_y``), both in years after the promise, of either sign."""
    if by_y <= not_by_y:
        return 0.0
    hazard, share = hazard_of(model.late, stage, bloc), on_time_share(model, stage, bloc)
    ends = [not_by_y, by_y]
    left = delay_survival(share, model.early_y, hazard, model.late.edges_y, ends)
    return float(1.0 - left[1] / left[0]) if left[0] > 0.0 else 0.0


def sample_delays(model: DelayModel, on_time: Array, hazard: Array, not_by_y: float, rng: np.random.Generator) -> Array:
    """Delays in years given delay > ``not_by_y``: on_time (n,), hazard (n, J) to (n,); inf for never."""
    edges = model.late.edges_y
    left = delay_survival(on_time, model.early_y, hazard, edges, np.full(len(on_time), not_by_y))
    survive = rng.uniform(size=len(on_time)) * left
    late_mass = 1.0 - on_time
    total = -np.log(np.maximum(survive, 1e-300) / np.maximum(late_mass, 1e-300))
    late = inverse_cumulative(hazard, edges, np.maximum(total, 0.0))
    early = model.early_y if model.early_y.size else np.zeros(1)
    # Where the draw is late the ratio means nothing and may overflow, hence the minimum.
    within = np.minimum((1.0 - survive) / np.maximum(on_time, 1e-300), 1.0)
    first = int(np.searchsorted(early, not_by_y, side="right"))
    # The lower clip holds against rounding only: early delays up to ``not_by_y`` are already excluded.
    rank = np.clip(np.ceil(within * early.size).astype(int) - 1, min(first, early.size - 1), early.size - 1)
    return np.where(survive > late_mass, early[rank], late)
