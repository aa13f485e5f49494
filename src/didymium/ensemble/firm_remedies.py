"""What would have helped a firm: each remedy alone, on the same draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from didymium.chain.structure import Array
from didymium.ensemble.firm_numbers import FirmNumbers
from didymium.market.firm import Lines
from didymium.market.firm_supply import Supply

__all__ = ["NOTHING", "REMEDIES", "Ground", "Remedy", "acts_after", "available", "lines_with", "passes_with"]

When = Literal["now", "before"]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Remedy:
    """Stock held beforehand; the rest begun when the control is known (now), or in place on that day (before)."""

    key: str
    stock_weeks: float = 0.0
    second: When | None = None
    heavy_free: When | None = None
    general: bool = False


NOTHING = Remedy("nothing")

REMEDIES = (
    Remedy("stock_4", stock_weeks=4),
    Remedy("stock_8", stock_weeks=8),
    Remedy("stock_12", stock_weeks=12),
    Remedy("second_now", second="now"),
    Remedy("second_before", second="before"),
    Remedy("heavy_free_now", heavy_free="now"),
    Remedy("heavy_free_before", heavy_free="before"),
    Remedy("general", general=True),
    Remedy("all", stock_weeks=12, second="now", heavy_free="now", general=True),
)


@dataclass(frozen=True)
class Ground:
    """The same for all remedies: numbers, what the market lets pass, and who holds a licence."""

    numbers: FirmNumbers
    supply: Supply
    member: NDArray[np.int64]
    """(K,) member of the market that each run of the firm rides on."""
    licensed: Array
    """(W, K, S) share of the week with a licence of one's own"""
    under_general: Bools
    """(W, K, S) whether under a general licence"""
    offset_weeks: float
    """Weeks from the start of the first week to the control."""
    begin_weeks: float
    """The same to the day on which remedies are begun: the control, or the first barrier where it comes later."""


def available(remedy: Remedy, ground: Ground) -> bool:
    """Whether the firm's file and the scenario know the remedy at all."""
    numbers = ground.numbers
    parts = [p.part for p in numbers.parts]
    if remedy.key == "all":
        return True
    if remedy.second is not None:
        return any(p.second_source is not None for p in parts)
    if remedy.heavy_free is not None:
        return any(p.heavy_free is not None for p in parts)
    return not remedy.general or bool(np.isfinite(_general_week(ground)).any())


def lines_with(remedy: Remedy, ground: Ground) -> Lines:
    """The firm's lines with a remedy: more stock, and second sources."""
    numbers, lines = ground.numbers, ground.numbers.lines
    lines = lines._replace(cover=lines.cover + remedy.stock_weeks)
    if remedy.second is None:
        return lines
    new = numbers.second_share
    if remedy.second == "before":
        of_part = new @ np.equal.outer(lines.lane_part, np.arange(lines.cover.shape[1])).astype(float)
        share = lines.share * (1.0 - of_part[:, lines.lane_part]) + new
        # Those who gave up a part to it fill in where it, or another, fails.
        return lines._replace(share=share, later_share=np.maximum(lines.share, share), switch_week=np.zeros_like(share))
    lead = numbers.second_lead[:, lines.lane_part] + ground.begin_weeks
    return lines._replace(later_share=lines.share + new, switch_week=lead)


def passes_with(remedy: Remedy, ground: Ground) -> Array:
    """(W, K, S) share of what is ordered that sets out."""
    numbers, supply, member = ground.numbers, ground.supply, ground.member
    part = numbers.lines.lane_part
    designed = numbers.heavy_free_lead[:, part] + ground.begin_weeks
    if remedy.heavy_free == "before":
        designed = np.where(np.isfinite(designed), 0.0, np.inf)
    general = _general_week(ground)
    found = np.empty(ground.licensed.shape)
    for w in range(len(found)):
        holds = np.where(ground.under_general[w], 1.0, ground.licensed[w])
        if remedy.general:
            holds = np.where(w >= general, 1.0, holds)
        needs, made = supply.controlled[w, member], supply.available[w, member]
        if remedy.heavy_free is not None:
            needs = needs & ~(w >= designed)
            made = np.where(w >= designed, supply.available_free[w, member], made)
        force = supply.force[w, member]
        let = np.where(needs, holds, supply.free[w, member])
        found[w] = made * (1.0 - force + force * let)
    return found


def _general_week(ground: Ground) -> Array:
    """(S,) first week with general licences on a lane that a firm can come under; infinite for none."""
    some = (ground.supply.general > 0).any(axis=1)
    first = np.where(some.any(axis=0), some.argmax(axis=0), np.inf)
    barred = np.array([g is False for g in ground.numbers.general])
    return np.where(barred, np.inf, first)


def acts_after(remedy: Remedy, ground: Ground) -> Array:
    """(K,) weeks from the control until the first goods that the remedy lets through reach the plant; 0 if at once."""
    numbers, lines = ground.numbers, ground.numbers.lines
    found = [np.full(len(lines.cover), np.inf)]
    if remedy.stock_weeks > 0 or "before" in (remedy.second, remedy.heavy_free):
        return np.zeros(len(lines.cover))
    way = lines.transit + lines.tier_delay
    old, begun = ~numbers.second, ground.begin_weeks - ground.offset_weeks
    if remedy.second is not None:
        lead = begun + numbers.second_lead[:, lines.lane_part] + lines.transit
        found.append(np.where(numbers.second, lead, np.inf).min(axis=1))
    if remedy.heavy_free is not None:
        designed = begun + numbers.heavy_free_lead[:, lines.lane_part] + way
        found.append(np.where(old, designed, np.inf).min(axis=1))
    if remedy.general:
        week = np.maximum(_general_week(ground) - ground.offset_weeks, 0.0)
        found.append(np.where(old, week + way, np.inf).min(axis=1))
    first: Array = np.min(found, axis=0)
    return first
