"""A firm's own applications in the bureau's queue, many members at once.

An application takes its place behind those filed before it, is reviewed for at least the time of a review, and is
decided when the bureau has come to its place (``permits.licence_office`` says how fast). What is refused is filed
again; a licence that ends is renewed with the same chance. The share of many firms that hold one is that of the market.

Weeks are steps, and days within them count: a licence is good for the part of the week that is left after its decision.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from didymium.chain.structure import Array
from didymium.market.firm_supply import Supply

__all__ = ["Applications", "licensed_weeks"]

UNFILED, WAITING, LICENSED = range(3)

LATER = 2.0
"""A part of the week that does not come in it."""

ROUNDING = 1e-9
"""Counts of applications, over all behind a trade, that differ by less are the same."""


class Applications(NamedTuple):
    """What the firm says about its applications, (K, S) each; NaN where the market's own draws stand."""

    filed_week: Array
    """Week of filing, counted from the first week of the supply."""
    ahead: Array
    approved: Array


def _share_of_week(time_weeks: float) -> float:
    """Part of a first-order adjustment that is done in a week."""
    return float(1.0 - np.exp(-1.0 / time_weeks)) if time_weeks > 0 else 1.0


def _reached(place: Array, before: Array, after: Array) -> Array:
    """Part of the week after which a count that grows from ``before`` to ``after`` is at ``place``, else ``LATER``.

    A count of nothing has come to no place, not even the first.
    """
    grown = after - before
    part = np.divide(place - before, grown, out=np.zeros_like(grown), where=grown > ROUNDING)
    come = (after > ROUNDING) & (after >= place - ROUNDING)
    return np.where(come, np.clip(part, 0.0, 1.0), LATER)


def licensed_weeks(
    supply: Supply, own: Applications, member: NDArray[np.int64], filing_weeks: float, seed: int
) -> Array:
    """(W, K, S) share of each week, once the regime is in force, for which each of K firms holds a licence for lane S.

    ``member`` (K,) picks the member of the market that a firm rides on.
    """
    rng = np.random.default_rng([seed, 1])
    shape = own.ahead.shape
    phase, ready, place = np.full(shape, UNFILED), np.zeros(shape), np.zeros(shape)
    first = np.ones(shape, dtype=bool)
    held = np.zeros((len(supply.force), *shape))
    reviewed, filed_before, decided_before, turn, in_force = (np.zeros(shape) for _ in range(5))
    for w in range(len(held)):
        force, review = supply.force[w, member], supply.review_weeks[w, member]
        approved = np.where(np.isnan(own.approved), supply.approved[w, member], own.approved)
        term = np.maximum(supply.term_weeks[w, member], 1e-9)
        filed, decided = supply.filed[w, member], supply.decided[w, member]
        # An office takes and decides nothing before its regime begins within the week, nor while that is suspended.
        opens = np.where((in_force > 0) & (force > 0), 0.0, 1.0 - force)
        file, within, luck, end = rng.random((4, *shape))
        dated = first & ~np.isnan(own.filed_week)
        due = np.where(dated, own.filed_week < w + 1, file < _share_of_week(filing_weeks) * force)
        files = (phase == UNFILED) & (force > 0) & supply.controlled[w, member] & due
        at = np.where(dated, np.clip(own.filed_week - w, opens, 1.0), opens + (1.0 - opens) * within)
        since = np.divide(at - opens, 1.0 - opens, out=np.zeros(shape), where=opens < 1.0)
        place = np.where(files, filed_before + since * (filed - filed_before), place)
        ready = np.where(files, w + at + review, ready)
        reviews = supply.reviews[w, member]
        turn = np.where(files, reviewed + since * reviews + own.ahead + 1.0, turn)
        counted = first & ~np.isnan(own.ahead)
        come = np.where(counted, _reached(turn, reviewed, reviewed + reviews), _reached(place, decided_before, decided))
        when = np.maximum(ready - w, opens + (1.0 - opens) * come)
        phase = np.where(files, WAITING, phase)
        decides = (phase == WAITING) & (when < 1.0)
        ends = (1.0 - approved) * (1.0 - np.exp(-force / term))
        lapses = (phase == LICENSED) & (end < ends)
        held[w] = np.select([lapses, phase == LICENSED], [np.divide(end, ends, where=lapses, out=np.zeros(shape)), 1.0])
        granted = decides & (luck < approved)
        held[w] = np.divide(1.0 - when, 1.0 - opens, out=held[w], where=granted)
        phase = np.where(decides, np.where(granted, LICENSED, UNFILED), np.where(lapses, UNFILED, phase))
        first &= ~decides
        reviewed = reviewed + reviews
        filed_before, decided_before, in_force = filed, decided, force
    return held
