"""Piecewise-constant hazards with gamma shrinkage over nested strata: whole, stage, stage and bloc.

In interval j a stratum saw ``d_j`` starts in ``E_j`` project-years at risk.  With a gamma prior of mean ``h_j``
(the hazard of the wider stratum) worth ``c`` project-years, the posterior is gamma with shape ``d_j + c h_j``
and rate ``E_j + c``; its mean ``(d_j + c h_j) / (E_j + c)`` is the hazard used.  The widest stratum leans on one
constant hazard for all intervals, so that an interval without a start is not a wall that nobody ever passes.

Source: Ibrahim, Chen & Sinha (2001), Bayesian Survival Analysis, ch. 3 (piecewise exponential, gamma prior).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from didymium.clocks.records import Span

__all__ = [
    "DURATION_EDGES_Y",
    "PRIOR_STRENGTH_Y",
    "Cell",
    "HazardModel",
    "cell_of",
    "chain",
    "conditional_probability",
    "counts",
    "cumulative_hazard",
    "draw_hazards",
    "fit_hazards",
    "hazard_of",
    "inverse_cumulative",
    "overall_hazard",
    "shrink",
    "survival",
]

Array = NDArray[np.float64]
Key = tuple[str | None, str | None]

DURATION_EDGES_Y: tuple[float, ...] = (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 12.0, 20.0)
"""Years since announcement at which the hazard may change; nothing is said beyond the last."""

PRIOR_STRENGTH_Y = 16.0
"""Prior strength c of a wider stratum, in project-years per interval.

The likelihood of each site under hazards learned from all the others
(:func:`didymium.clocks.calibration.held_out_log_likelihood`) rises up to here and is flat from 16 to 100: this is
the weakest prior that predicts well.  A stratum with 16 project-years in an interval weighs as much as all it
leans on.
"""

WHOLE_STRENGTH_Y = 4.0
"""Prior strength of the constant hazard under the whole, chosen the same way: flat from 1 to 8."""


@dataclass(frozen=True)
class Cell:
    """Starts and project-years at risk by interval in one stratum, with its counts of projects and sites."""

    events: Array
    exposure_y: Array
    n: int
    n_events: int
    n_sites: int


@dataclass(frozen=True)
class HazardModel:
    """The cells of all strata on common interval edges, and the strengths of the priors (project-years)."""

    edges_y: tuple[float, ...]
    strength_y: float
    whole_strength_y: float
    cells: Mapping[Key, Cell]


def counts(time_y: ArrayLike, event: ArrayLike, edges_y: Sequence[float]) -> tuple[Array, Array]:
    """Events and exposure (years) by interval, each of shape (J,).

    Intervals are open on the left and closed on the right, so that a start at exactly 12 months is within
    12 months.  What happens after the last edge is not counted.
    """
    time = np.asarray(time_y, dtype=float)
    happened = np.asarray(event, dtype=bool)
    edges = np.asarray(edges_y, dtype=float)
    spent = np.clip(time[:, None] - edges[:-1], 0.0, np.diff(edges))
    inside = (time[:, None] > edges[:-1]) & (time[:, None] <= edges[1:]) & happened[:, None]
    # Sorted before the sum: the bits then do not depend on the order of the rows.
    return inside.sum(axis=0).astype(float), np.sort(spent, axis=0).sum(axis=0)


def overall_hazard(events: Array, exposure_y: Array) -> float:
    """One hazard for all intervals, per year; half an event is added (Jeffreys), so it is never zero."""
    return float((events.sum() + 0.5) / exposure_y.sum())


def shrink(events: Array, exposure_y: Array, parent: ArrayLike, strength_y: float) -> Array:
    """Posterior mean hazard per year, shape (J,), from a parent hazard worth ``strength_y`` project-years."""
    return np.asarray((events + strength_y * np.asarray(parent)) / (exposure_y + strength_y), dtype=float)


def cumulative_hazard(hazard: Array, edges_y: Sequence[float], time_y: ArrayLike) -> Array:
    """Hazard summed from 0 to ``time_y``: hazard (..., J), time broadcast to (...); flat after the last edge."""
    edges = np.asarray(edges_y, dtype=float)
    spent = np.clip(np.asarray(time_y, dtype=float)[..., None] - edges[:-1], 0.0, np.diff(edges))
    return np.asarray((hazard * spent).sum(axis=-1), dtype=float)


def survival(hazard: Array, edges_y: Sequence[float], time_y: ArrayLike) -> Array:
    """Probability of not having started by ``time_y`` years."""
    return np.asarray(np.exp(-cumulative_hazard(hazard, edges_y, time_y)), dtype=float)


def conditional_probability(hazard: Array, edges_y: Sequence[float], not_by_y: ArrayLike, by_y: ArrayLike) -> Array:
    """P(start by ``by_y`` given not started by ``not_by_y``) = 1 - S(by)/S(not by); zero where by <= not by."""
    gap = cumulative_hazard(hazard, edges_y, by_y) - cumulative_hazard(hazard, edges_y, not_by_y)
    return np.asarray(-np.expm1(-np.maximum(gap, 0.0)), dtype=float)


def inverse_cumulative(hazard: Array, edges_y: Sequence[float], total: Array) -> Array:
    """Years at which the summed hazard reaches ``total``: hazard (n, J), total (n,); inf if never."""
    edges = np.asarray(edges_y, dtype=float)
    summed = np.concatenate([np.zeros((len(total), 1)), np.cumsum(hazard * np.diff(edges), axis=1)], axis=1)
    interval = (summed[:, 1:] < total[:, None]).sum(axis=1)
    reached = interval < hazard.shape[1]
    at = np.minimum(interval, hazard.shape[1] - 1)
    rows = np.arange(len(total))
    rate = np.where(reached & (hazard[rows, at] > 0.0), hazard[rows, at], np.inf)
    years = edges[at] + (total - summed[rows, at]) / rate
    return np.where(reached, years, np.inf)


def chain(stage: str | None, bloc: str | None) -> tuple[Key, ...]:
    """The nested strata from the whole to the one asked for; a bloc without a stage sits under the whole."""
    keys: list[Key] = [(None, None)]
    if stage is not None:
        keys.append((stage, None))
    if bloc is not None:
        keys.append((stage, bloc))
    return tuple(keys)


def _cell(spans: Sequence[Span], edges_y: Sequence[float]) -> Cell:
    events, exposure = counts([s.time_y for s in spans], [s.event for s in spans], edges_y)
    sites = {s.record.site for s in spans}
    return Cell(events, exposure, len(spans), sum(s.event for s in spans), len(sites))


def fit_hazards(
    spans: Iterable[Span],
    edges_y: Sequence[float] = DURATION_EDGES_Y,
    strength_y: float = PRIOR_STRENGTH_Y,
    whole_strength_y: float = WHOLE_STRENGTH_Y,
) -> HazardModel:
    """Count starts and exposure in every stratum: whole, stage, bloc, stage and bloc."""
    members: dict[Key, list[Span]] = {(None, None): []}
    for span in spans:
        stage, bloc = span.record.stage, span.record.bloc
        for key in ((None, None), (stage, None), (None, bloc), (stage, bloc)):
            members.setdefault(key, []).append(span)
    if not members[None, None]:
        raise ValueError("a hazard needs at least one span")
    cells = {key: _cell(inside, edges_y) for key, inside in members.items()}
    return HazardModel(tuple(edges_y), strength_y, whole_strength_y, cells)


def cell_of(model: HazardModel, key: Key) -> Cell:
    """The counts of one stratum; all zero if no project fell into it."""
    zero = np.zeros(len(model.edges_y) - 1)
    return model.cells.get(key, Cell(zero, zero, 0, 0, 0))


def _strength(model: HazardModel, key: Key) -> float:
    return model.whole_strength_y if key == (None, None) else model.strength_y


def hazard_of(model: HazardModel, stage: str | None = None, bloc: str | None = None) -> Array:
    """Hazard per year of a stratum, shape (J,), shrunk step by step from the whole."""
    whole = cell_of(model, (None, None))
    hazard = np.full(len(whole.events), overall_hazard(whole.events, whole.exposure_y))
    for key in chain(stage, bloc):
        cell = cell_of(model, key)
        hazard = shrink(cell.events, cell.exposure_y, hazard, _strength(model, key))
    return hazard


def draw_hazards(model: HazardModel, strata: Iterable[Key], rng: np.random.Generator, n: int) -> dict[Key, Array]:
    """Posterior draws of the hazards of ``strata`` and of all wider ones, each of shape (n, J).

    A draw of a narrow stratum leans on the same draw of the wider one, so that projects share their luck.
    """
    whole = cell_of(model, (None, None))
    top = np.full((n, len(whole.events)), overall_hazard(whole.events, whole.exposure_y))
    drawn: dict[Key, Array] = {}
    for stage, bloc in sorted(set(strata), key=lambda k: (k[0] or "", k[1] or "")):
        parent = top
        for key in chain(stage, bloc):
            if key not in drawn:
                cell, strength = cell_of(model, key), _strength(model, key)
                drawn[key] = rng.gamma(cell.events + strength * parent, 1.0 / (cell.exposure_y + strength))
            parent = drawn[key]
    return drawn
