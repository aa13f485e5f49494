"""What may leave: bans, licence queues and quotas.

Licences are counted as shares of a link's trade, each share standing for so many applicants: a share without a licence
ships nothing that needs one, however much the others may ship. Applications wait at least the time of a review and then
for a bureau that decides so many a week, all links of a regime in one queue.
"""

from __future__ import annotations

import math

from didymium.chain.structure import Array
from didymium.market.compiled import leaf, share_of_step
from didymium.market.structure import MAGNET, OXIDE, Chain, Knobs, Links, Paths, State, Work

__all__ = ["licence_office", "openness", "permit"]

LICENSED, WAITING, QUEUED, OVERDUE = 0, 1, 2, 3

LEAST_ASKED = 1e-9
"""Part of the base year's trade that always asks to leave: a ban that nobody tests is no open door."""


@leaf
def _schedule(ring: Array, link: int, t: int, wait: float, share: float) -> float:
    """Puts ``share`` into the slots of a link that come ``wait`` steps after ``t``; gives what is ready at ``t``."""
    slots = ring.shape[1]
    steps = min(wait, slots - 2.0)
    whole = math.floor(steps)
    ring[link, (t + whole) % slots] += share * (1.0 - (steps - whole))
    ring[link, (t + whole + 1) % slots] += share * (steps - whole)
    ready: float = ring[link, t % slots]
    ring[link, t % slots] = 0.0
    return ready


@leaf
def _file(links: Links, paths: Paths, state: State, t: int, r: int, dt: float, file: float) -> float:
    """Files applications of regime ``r`` and ends reviews; the number that then waits for a decision."""
    licence, waiting = state.licence, 0.0
    for link in range(links.form.shape[0]):
        if paths.regime_of[link] != r:
            continue
        without = 1.0 - licence[link, LICENSED] - licence[link, WAITING] - licence[link, QUEUED]
        filed = max(without, 0.0) * file * paths.licensed[t, r]
        ready = _schedule(state.review, link, t, paths.review_y[t, r] / dt, filed)
        dated = paths.statutory_y[t, r] < math.inf
        wait, due = (paths.statutory_y[t, r] / dt, filed) if dated else (0.0, 0.0)
        licence[link, OVERDUE] += _schedule(state.due, link, t, wait, due)
        licence[link, WAITING] += filed - ready
        licence[link, QUEUED] += ready
        waiting += licence[link, QUEUED] * _applications(links, paths, t, r, link)
    return waiting


@leaf
def _applications(links: Links, paths: Paths, t: int, r: int, link: int) -> float:
    """Applications that stand behind the whole controlled trade of a link."""
    trade = 0.0
    for e in range(links.offered.shape[1]):
        trade += links.offered[link, e] * paths.controlled[t, r, links.form[link], e]
    number: float = trade * paths.term_y[t, r] / paths.per_licence[t, r, links.form[link]]
    return number


@leaf
def licence_office(links: Links, knobs: Knobs, paths: Paths, state: State, work: Work, t: int, dt: float) -> None:
    """Files, reviews and decides applications of one step.

    The bureau works through its queue as fast as it can, and decides what the law makes due in any case. Reviews end
    even while a regime is suspended; decisions wait for it.
    """
    file, licence = share_of_step(dt, knobs.filing_y), state.licence
    for r in range(paths.approved.shape[1]):
        waiting, force = _file(links, paths, state, t, r, dt, file), paths.licensed[t, r]
        worked = min(1.0, paths.reviews[t, r] * dt * force / waiting) if waiting > 0.0 else 0.0
        refused = (1.0 - paths.approved[t, r]) * share_of_step(dt * force, paths.term_y[t, r])
        for link in range(links.form.shape[0]):
            if paths.regime_of[link] == r:
                work.licensed[link] = licence[link, LICENSED]
            if paths.regime_of[link] == r and force > 0.0:
                queued = licence[link, QUEUED]
                decided = min(max(queued * worked, licence[link, OVERDUE]), queued)
                licence[link, QUEUED] -= decided
                # What is decided while there is no rule counts only against what an earlier one made due.
                ruled = paths.statutory_y[t, r] < math.inf
                licence[link, OVERDUE] -= decided if ruled else min(decided, max(licence[link, OVERDUE], 0.0))
                more = decided * paths.approved[t, r] - licence[link, LICENSED] * refused
                licence[link, LICENSED] += more
                work.licensed[link] += 0.5 * more


@leaf
def _share_out(links: Links, paths: Paths, work: Work, t: int, link: int, e: int) -> float:
    """Share of a link's orders of an element that bans leave open and licences cover."""
    passing: float = 1.0 - paths.banned[link, e] * (1.0 - paths.open[t, link])
    r = paths.regime_of[link]
    if r >= 0 and paths.licensed[t, r] > 0.0:
        force, general, free = paths.licensed[t, r], paths.general[t, r], 1.0 - paths.held[t, r, links.form[link]]
        holds = general + (1.0 - general) * min(max(work.licensed[link], 0.0), 1.0)
        share = paths.controlled[t, r, links.form[link], e]
        passing *= 1.0 - force + force * ((1.0 - share) * free + share * holds)
    return passing


@leaf
def permit(links: Links, paths: Paths, state: State, work: Work, t: int, dt: float) -> None:
    """Masses that may leave in this step: of what is ordered what is let out, and of that what quotas have left."""
    may, asked, within = work.allowed, 0, 1
    n_links = may.shape[0]
    for q in range(work.capped.shape[1]):
        work.capped[asked, q] = 0.0
    for link in range(n_links):
        if work.busy[link]:
            goods = links.goods[links.form[link]]
            for e in range(goods):
                may[link, e] = work.orders[link, e] * dt * _share_out(links, paths, work, t, link, e)
            if paths.quota_of[link] >= 0:
                for e in range(goods):
                    work.capped[asked, paths.quota_of[link]] += may[link, e]
    for q in range(work.capped.shape[1]):
        left, wanted = max(paths.quota[t, q] - state.quota_used[q], 0.0), work.capped[asked, q]
        work.capped[within, q] = left / wanted if wanted > left else 1.0
    for link in range(n_links):
        q = paths.quota_of[link]
        if q >= 0 and work.busy[link]:
            for e in range(links.goods[links.form[link]]):
                may[link, e] *= work.capped[within, q]


@leaf
def openness(chain: Chain, links: Links, paths: Paths, work: Work, t: int, dt: float) -> None:
    """Share of the oxide and metal that the outside ordered from inside that was let out; makers may yet lack it."""
    elements = work.orders.shape[1]
    asked, out = 0, 1
    rows = work.rows
    for e in range(elements):
        rows[asked, e] = rows[out, e] = 0.0
    for link in range(links.form.shape[0]):
        if OXIDE <= links.form[link] < MAGNET and chain.inside[links.origin[link]] and not chain.inside[links.to[link]]:
            for e in range(elements):
                least = LEAST_ASKED * links.offered[link, e] * dt
                rows[asked, e] += least
                rows[out, e] += least * _share_out(links, paths, work, t, link, e)
                if work.busy[link]:
                    rows[asked, e] += work.orders[link, e] * dt
                    rows[out, e] += work.allowed[link, e]
    for e in range(elements):
        work.passed[e] = rows[out, e] / rows[asked, e] if rows[asked, e] > 0.0 else 1.0
