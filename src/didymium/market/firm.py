"""A firm through a shock, week by week, many members at once: lanes, tiers, stocks, and what can be made of the parts.

Stocks and flows are in weeks of the firm's planned use of a part. Each lane ships what is ordered as far as the market
and the licence office let it pass; it travels, tops up the makers in between, and reaches the plant. Orders follow the
rule of the market (expected use, and gaps in stock and supply line over an adjustment time; see ``orders``) within what
suppliers can add. A line makes what its scarcest part allows (Leontief), at full rate until that part is out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from didymium.chain.structure import Array

__all__ = ["NEVER", "RESUMED", "STOPPED", "Course", "Lines", "Outcome", "outcome", "play"]

STOPPED = 0.5
"""A line that makes less than this share of its plan in a week stands."""

RESUMED, STEADY_WEEKS = 0.95, 4
"""A line has recovered in the first of this many weeks in which it makes at least this share of its plan.

Where the run ends before so many, that is not known: no recovery in the run.
"""

NEVER = np.inf

Ints = NDArray[np.int64]


class Lines(NamedTuple):
    """The firm in numbers: K members, S lanes, P parts, Q lines of products."""

    lane_part: Ints
    """(S,) part that a lane carries."""
    part_line: Ints
    """(P,) line that a part goes into."""
    cover: Array
    """(K, P) weeks of use in stock at the plant."""
    share: Array
    """(K, S) share of the need that a lane covers at the start."""
    later_share: Array
    """(K, S) the same from ``switch_week`` on."""
    switch_week: Array
    """(K, S) weeks from the start; infinite for no change."""
    transit: Array
    """(K, S) weeks on the way."""
    tier_cover: Array
    """(K, S) weeks of what the lane carries, its share of the need, in makers' stocks after it."""
    tier_delay: Array
    """(K, S) weeks in makers' hands."""
    adjust_weeks: float
    headroom: float
    """Most that a supplier ships, over its share of the plan."""


class Course(NamedTuple):
    """What happened in W weeks."""

    made: Array
    """(W, K, Q) output over the plan."""
    stock: Array
    """(W, K, P) weeks of use at the plant at the end of the week."""
    reach: Array
    """(W, K, P) the same with what is at makers before the plant and on the way."""
    scarcest: Ints
    """(W, K, Q) the part that set the output."""


def play(lines: Lines, passes: Array) -> Course:
    """Runs all weeks; ``passes`` (W, K, S) is the share of what is ordered that sets out."""
    weeks, members, lanes = passes.shape
    # What takes longer than the run set out before it in any case.
    transit, tier_delay = np.minimum(lines.transit, weeks), np.minimum(lines.tier_delay, weeks)
    parts, products = lines.cover.shape[1], int(lines.part_line.max()) + 1
    collect = np.equal.outer(lines.lane_part, np.arange(parts)).astype(float)
    pad = int(np.ceil(max(transit.max(initial=0.0), tier_delay.max(initial=0.0)))) + 2
    sent = np.empty((pad + weeks, members, lanes))
    passed = np.empty_like(sent)
    sent[:pad] = passed[:pad] = lines.share
    stock, tier = lines.cover.copy(), lines.tier_cover * lines.share
    full_tier = tier @ collect
    line = (lines.transit + lines.tier_delay) * lines.share @ collect
    target = lines.cover + full_tier + line
    course = Course(
        np.empty((weeks, members, products)),
        np.empty((weeks, members, parts)),
        np.empty((weeks, members, parts)),
        np.zeros((weeks, members, products), int),
    )
    for w in range(weeks):
        # What is to come later fills in for what the first shares do not bring.
        more = np.where(w >= lines.switch_week, lines.later_share - lines.share, 0.0)
        lacks = np.clip(1.0 - (lines.share * passes[w]) @ collect, 0.0, None)
        could = (more * passes[w]) @ collect
        fill = np.divide(lacks, could, out=np.zeros_like(lacks), where=could > 0.0)
        share = lines.share + more * np.minimum(fill, 1.0)[:, lines.lane_part]
        wanted = _orders(target - stock - tier @ collect - line, lines)[:, lines.lane_part]
        sent[pad + w] = share * wanted * passes[w]
        arrived = _late(sent, pad + w, transit)
        tier += arrived
        called = _orders(lines.cover - stock, lines)[:, lines.lane_part]
        passed[pad + w] = np.minimum(tier, share * called)
        tier -= passed[pad + w]
        came = _late(passed, pad + w, tier_delay)
        line += (sent[pad + w] - arrived + passed[pad + w] - came) @ collect
        stock += came @ collect
        _make(lines, stock, course, w)
        course.reach[w] = stock + tier @ collect + line
    return course


def _orders(gap: Array, lines: Lines) -> Array:
    """Orders over the planned use, within what suppliers can add."""
    wanted: Array = np.clip(1.0 + gap / lines.adjust_weeks, 0.0, lines.headroom)
    return wanted


def _late(flow: Array, now: int, weeks: Array) -> Array:
    """What set out ``weeks`` (K, S) ago; between two weeks in proportion."""
    whole = np.floor(weeks).astype(int)
    part = weeks - whole
    k, s = np.arange(weeks.shape[0])[:, None], np.arange(weeks.shape[1])
    late: Array = (1.0 - part) * flow[now - whole, k, s] + part * flow[now - whole - 1, k, s]
    return late


def _make(lines: Lines, stock: Array, course: Course, w: int) -> None:
    """Makes what the scarcest part of each line allows, and takes the parts out of ``stock``."""
    for q in range(course.made.shape[2]):
        own = np.flatnonzero(lines.part_line == q)
        course.scarcest[w, :, q] = own[stock[:, own].argmin(axis=1)]
        course.made[w, :, q] = np.clip(stock[:, own].min(axis=1), 0.0, 1.0)
        stock[:, own] -= course.made[w, :, q, None]
    np.maximum(stock, 0.0, out=stock)
    course.stock[w] = stock


@dataclass(frozen=True)
class Outcome:
    """What a course comes to, (K,) each; weeks count from the day of the control, infinite for never in the run."""

    first_stop: Array
    recovery: Array
    weeks_stopped: Array
    lost: Array
    """(K, Q) weeks of planned output lost by each line."""
    binding: Ints
    """Part that was out at the first stop; -1 without a stop."""


def outcome(course: Course, offset_weeks: float) -> Outcome:
    """First stop, recovery and losses; the control came ``offset_weeks`` after the start of the first week."""
    made = course.made
    stands = made < STOPPED
    at = np.where(stands.any(axis=0), stands.argmax(axis=0), len(made))
    first_line, first = at.argmin(axis=1), at.min(axis=1)
    members = np.arange(len(first))
    ever = first < len(made)
    week = np.minimum(first, len(made) - 1)
    ran = _ran(made[:, members, first_line], week)
    runs = np.zeros((len(made) + 1, made.shape[1]), int)
    for w in range(len(made) - 1, -1, -1):
        runs[w] = (runs[w + 1] + 1) * (made[w].min(axis=1) >= RESUMED)
    back = (runs[:-1] >= STEADY_WEEKS) & (np.arange(len(made))[:, None] > first)
    recovered = ever & back.any(axis=0)
    return Outcome(
        np.where(ever, np.maximum(first + ran - offset_weeks, 0.0), NEVER),
        np.where(recovered, back.argmax(axis=0) - offset_weeks, NEVER),
        stands.any(axis=2).sum(axis=0).astype(float),
        (1.0 - made).sum(axis=0),
        np.where(ever, course.scarcest[week, members, first_line], -1),
    )


def _ran(made: Array, week: Ints) -> Array:
    """Weeks (K,) from the start of the first ``week`` that a line stands to the stop; ``made`` is (W, K).

    At full rate until a part is out, a line stops within the week that is the first to be cut short: that week, or the
    one before, which made enough not to stand. A line that ran at part for longer makes what comes in: it stops with
    the first week in which it stands.
    """
    members = np.arange(len(week))
    before, earlier = (np.where(week >= n, made[np.maximum(week - n, 0), members], 1.0) for n in (1, 2))
    ran: Array = np.select([before >= 1, earlier >= 1], [made[week, members], before - 1], 0.0)
    return ran
