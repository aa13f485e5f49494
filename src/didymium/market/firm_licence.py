"""A firm's own applications in the bureau's queue, many members at once.

An application takes its place behind those filed before it, is reviewed for at least the time of a review, and is
decided when the bureau has come to its place (``permits.licence_office`` says how fast). What is refused is filed
again; a licence that ends is renewed with the same chance. The share of many firms that hold one is that of the market.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from didymium.chain.structure import Array
from didymium.market.firm_supply import Supply

__all__ = ["Applications", "licensed_weeks"]

Bools = NDArray[np.bool_]

UNFILED, WAITING, LICENSED = range(3)


class Applications(NamedTuple):
    """What the firm says about its applications, (K, S) each; NaN where the market's own draws stand."""

    filed_week: Array
    """Week of filing, counted from the first week of the supply."""
    ahead: Array
    approved: Array


def _share_of_week(time_weeks: float) -> float:
    """Part of a first-order adjustment that is done in a week."""
    return float(1.0 - np.exp(-1.0 / time_weeks)) if time_weeks > 0 else 1.0


def licensed_weeks(
    supply: Supply, own: Applications, member: NDArray[np.int64], filing_weeks: float, seed: int
) -> Bools:
    """(W, K, S) whether each of K firms holds a licence for lane S; ``member`` (K,) picks its member of the market."""
    rng = np.random.default_rng([seed, 1])
    shape = own.ahead.shape
    phase, ready, place = np.full(shape, UNFILED), np.zeros(shape), np.zeros(shape)
    first = np.ones(shape, dtype=bool)
    held = np.zeros((len(supply.force), *shape), dtype=bool)
    done, behind, turn = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for w in range(len(held)):
        force, review = supply.force[w, member], supply.review_weeks[w, member]
        approved = np.where(np.isnan(own.approved), supply.approved[w, member], own.approved)
        term = np.maximum(supply.term_weeks[w, member], 1e-9)
        active = (force > 0) & supply.controlled[w, member]
        file, within, luck, end = rng.random((4, *shape))
        dated = first & ~np.isnan(own.filed_week)
        chance = _share_of_week(filing_weeks) * force
        files = (phase == UNFILED) & active & np.where(dated, own.filed_week < w + 1, file < chance)
        within = np.where(dated, np.clip(own.filed_week - w, 0.0, 1.0), within)
        filed = supply.filed[w, member]
        place = np.where(files, behind + within * (filed - behind), place)
        ready = np.where(files, np.floor(w + review + within), ready)
        turn = np.where(files, done + own.ahead, turn)
        behind = filed
        done = done + supply.reviews[w, member]
        phase = np.where(files, WAITING, phase)
        comes = np.where(first & ~np.isnan(own.ahead), done > turn, supply.decided[w, member] >= place)
        decided = (phase == WAITING) & (ready <= w) & comes
        lapses = (phase == LICENSED) & (end < (1 - approved) * (1 - np.exp(-force / term)))
        phase = np.where(decided, np.where(luck < approved, LICENSED, UNFILED), phase)
        phase = np.where(lapses, UNFILED, phase)
        first &= ~decided
        held[w] = phase == LICENSED
    return held
