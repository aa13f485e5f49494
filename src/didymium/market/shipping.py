# mypy: disallow-untyped-decorators=False
# mypy: disable-error-code="import-untyped,import-not-found,no-untyped-call,untyped-decorator"
"""Shipping: bans, quotas and licence queues, rationing by makers who serve home first, and transit.

Licences are counted as shares of a link's trade, each share standing for so many applicants: a share without a licence
ships nothing that needs one, however much the others may ship. Applications wait at least the time of a review and then
for a bureau that decides so many a week, all links of a regime in one queue.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from didymium.chain.structure import Array
from didymium.market.orders import share_of_step
from didymium.market.structure import MAGNET, OXIDE, PRODUCT, Chain, Knobs, Links, Paths, State

__all__ = ["arrive", "licence_office", "permit", "ship"]

LICENSED, WAITING, QUEUED, OVERDUE = 0, 1, 2, 3

LEAST_RELIABLE = 0.02
"""Orders to a supplier never quite cease, so that users notice when it delivers again."""


@njit(cache=True)
def arrive(links: Links, state: State, t: int, used: Array) -> None:
    """Takes in what arrives at the start of step ``t``; products reach their users (``used``, (N, 15), t)."""
    slot = t % state.ring.shape[1]
    for l in range(links.form.shape[0]):
        if links.transit_y[l] <= 0.0:
            continue
        f, j = links.form[l], links.to[l]
        came, under_way = state.ring[l, slot], state.transit[f, j]
        reached = used[j] if f == PRODUCT else state.feed[f, j]
        for e in range(used.shape[1]):
            reached[e] += came[e]
            under_way[e] -= came[e]
            came[e] = 0.0


@njit(cache=True)
def _schedule(ring: Array, t: int, wait: float, share: float) -> float:
    """Puts ``share`` into the slots of ``ring`` that come ``wait`` steps after ``t``; gives what is ready at ``t``."""
    slots = ring.shape[0]
    whole = int(math.floor(min(wait, slots - 2.0)))
    part = min(wait, slots - 2.0) - whole
    ring[(t + whole) % slots] += share * (1.0 - part)
    ring[(t + whole + 1) % slots] += share * part
    ready = ring[t % slots]
    ring[t % slots] = 0.0
    return float(ready)


@njit(cache=True)
def licence_office(links: Links, knobs: Knobs, paths: Paths, state: State, t: int, dt: float) -> None:
    """Files, reviews and decides applications of one step.

    The bureau works through its queue as fast as it can, and decides what the law makes due in any case.
    """
    file = share_of_step(dt, knobs.filing_y)
    for r in range(paths.approved.shape[0]):
        force = paths.licensed[t, r]
        if force <= 0.0:
            continue
        waiting = 0.0
        for l in range(links.form.shape[0]):
            if paths.regime_of[l] != r:
                continue
            mine = state.licence[l]
            filed = max(1.0 - mine[LICENSED] - mine[WAITING] - mine[QUEUED], 0.0) * file * force
            ready = _schedule(state.review[l], t, paths.review_y[r] / dt, filed)
            if paths.statutory_y[r] < math.inf:
                mine[OVERDUE] += _schedule(state.due[l], t, paths.statutory_y[r] / dt, filed)
            mine[WAITING] += filed - ready
            mine[QUEUED] += ready
            waiting += mine[QUEUED] * _applications(links, paths, t, r, l)
        worked = min(1.0, paths.reviews[t, r] * dt * force / waiting) if waiting > 0.0 else 0.0
        for l in range(links.form.shape[0]):
            if paths.regime_of[l] == r:
                mine = state.licence[l]
                decided = min(max(mine[QUEUED] * worked, mine[OVERDUE]), mine[QUEUED])
                lapsed = mine[LICENSED] * (1.0 - paths.approved[r]) * share_of_step(dt * force, paths.term_y[r])
                mine[QUEUED] -= decided
                mine[OVERDUE] -= decided
                mine[LICENSED] += decided * paths.approved[r] - lapsed


@njit(cache=True)
def _applications(links: Links, paths: Paths, t: int, r: int, l: int) -> float:
    """Applications that stand behind the whole controlled trade of a link."""
    trade = 0.0
    for e in range(links.offered.shape[1]):
        trade += links.offered[l, e] * paths.controlled[t, r, links.form[l], e]
    return trade * paths.term_y[r] / paths.per_licence[r, links.form[l]]


@njit(cache=True)
def permit(links: Links, paths: Paths, state: State, t: int, dt: float, orders: Array, allowed: Array) -> None:
    """Masses (L, 15) that may leave in this step: what is ordered, less bans, licences not held, and quotas."""
    n_links, elements = orders.shape
    asked = np.zeros(paths.quota.shape[1])
    for l in range(n_links):
        order, may, shut = orders[l], allowed[l], 1.0 - paths.open[t, l]
        for e in range(elements):
            may[e] = order[e] * dt
        if shut > 0.0:
            banned = paths.banned[l]
            for e in range(elements):
                may[e] *= 1.0 - banned[e] * shut
        r = paths.regime_of[l]
        if r >= 0 and paths.licensed[t, r] > 0.0:
            force, general, free = paths.licensed[t, r], paths.general[t, r], 1.0 - paths.held[t, r]
            holds = general + (1.0 - general) * min(max(state.licence[l, LICENSED], 0.0), 1.0)
            share = paths.controlled[t, r, links.form[l]]
            for e in range(elements):
                may[e] *= 1.0 - force + force * ((1.0 - share[e]) * free + share[e] * holds)
        if paths.quota_of[l] >= 0:
            asked[paths.quota_of[l]] += may.sum()
    for l in range(n_links):
        q = paths.quota_of[l]
        if q >= 0 and asked[q] > 0.0:
            left = max(paths.quota[t, q] - state.quota_used[q], 0.0)
            if asked[q] > left:
                allowed[l] *= left / asked[q]


@njit(cache=True)
def _ration(
    links: Links, knobs: Knobs, stock: Array, i: int, a: int, b: int, allowed: Array, at_home: Array, abroad: Array
) -> None:
    """Shares (15,) of what is allowed that makers with ``stock`` can send home and abroad."""
    at_home[:] = 0.0
    abroad[:] = 0.0
    for p in range(a, b):
        l = links.by_origin[p]
        asked, may = at_home if links.to[l] == i else abroad, allowed[l]
        for e in range(stock.shape[0]):
            asked[e] += may[e]
    for e in range(stock.shape[0]):
        home, away = at_home[e], abroad[e]
        at_home[e], abroad[e] = 1.0, 1.0
        if home + away > stock[e]:
            even = knobs.home_preference + (1.0 - knobs.home_preference) * home / (home + away)
            kept = min(home, stock[e] * even)
            at_home[e] = kept / home if home > 0.0 else 0.0
            abroad[e] = min((stock[e] - kept) / away, 1.0) if away > 0.0 else 0.0


@njit(cache=True)
def ship(
    chain: Chain,
    links: Links,
    knobs: Knobs,
    paths: Paths,
    state: State,
    t: int,
    dt: float,
    orders: Array,
    allowed: Array,
    used: Array,
    shipped: Array,
) -> None:
    """Ships all forms (``shipped``, (L, 15), t): makers short of stock serve home first, then all alike."""
    n, elements = used.shape
    trust = share_of_step(dt, knobs.reliability_y)
    at_home, abroad = np.empty(elements), np.empty(elements)
    for f in range(state.made.shape[0]):
        for i in range(n):
            a, b = links.out[f * n + i], links.out[f * n + i + 1]
            stock = state.made[f, i]
            _ration(links, knobs, stock, i, a, b, allowed, at_home, abroad)
            for p in range(a, b):
                l = links.by_origin[p]
                part, may, sent = at_home if links.to[l] == i else abroad, allowed[l], shipped[l]
                for e in range(elements):
                    sent[e] = min(may[e] * part[e], stock[e])
                    stock[e] -= sent[e]
                _judge(state.reliability[l], orders[l], sent, dt, trust)
                if paths.quota_of[l] >= 0:
                    state.quota_used[paths.quota_of[l]] += sent.sum()
                _send(links, state, f, l, t, dt, sent, used)


@njit(cache=True)
def _judge(known: Array, order: Array, sent: Array, dt: float, trust: float) -> None:
    """Users learn how much of an order (15,) a supplier fills."""
    for e in range(known.shape[0]):
        asked = order[e] * dt
        if asked > 0.0 and (known[e] < 1.0 or sent[e] < asked):
            known[e] = max(known[e] + trust * (sent[e] / asked - known[e]), LEAST_RELIABLE)


@njit(cache=True)
def _send(links: Links, state: State, f: int, l: int, t: int, dt: float, sent: Array, used: Array) -> None:
    """Puts ``sent`` (15,), t, on its way: at once at home, else into the slots of the ring in which it arrives."""
    j = links.to[l]
    if links.transit_y[l] <= 0.0:
        reached = used[j] if f == PRODUCT else state.feed[f, j]
        for e in range(sent.shape[0]):
            reached[e] += sent[e]
        return
    slots = state.ring.shape[1]
    steps = links.transit_y[l] / dt
    whole = int(math.floor(steps))
    late = steps - whole
    soon, then = state.ring[l, (t + whole) % slots], state.ring[l, (t + whole + 1) % slots]
    under_way = state.transit[f, j]
    for e in range(sent.shape[0]):
        soon[e] += sent[e] - late * sent[e]
        then[e] += late * sent[e]
        under_way[e] += sent[e]


@njit(cache=True)
def openness(chain: Chain, links: Links, orders: Array, shipped: Array, dt: float, out: Array) -> None:
    """Share (15,) of what the outside ordered from the inside that was shipped, oxide to magnets."""
    asked = np.zeros(out.shape[0])
    out[:] = 0.0
    for l in range(links.form.shape[0]):
        if OXIDE <= links.form[l] <= MAGNET and chain.inside[links.origin[l]] and not chain.inside[links.to[l]]:
            for e in range(out.shape[0]):
                asked[e] += orders[l, e] * dt
                out[e] += shipped[l, e]
    for e in range(out.shape[0]):
        out[e] = out[e] / asked[e] if asked[e] > 0.0 else 1.0
