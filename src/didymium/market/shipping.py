"""Shipping: rationing by makers who serve home first, and transit."""

from __future__ import annotations

import math

from didymium.market.compiled import leaf, sells, share_of_step
from didymium.market.structure import OXIDE, PRODUCT, Knobs, Links, Paths, Record, State, Work

__all__ = ["arrive", "ship"]

HOME, ABROAD = 0, 1

LEAST_RELIABLE = 0.02
"""Orders to a supplier never quite cease, so that users notice when it delivers again."""


@leaf
def arrive(links: Links, state: State, record: Record, t: int) -> None:
    """Takes in what arrives at the start of step ``t``; products reach their users."""
    ring, transit, feed, used = state.ring, state.transit, state.feed, record.used
    slot = t % ring.shape[1]
    for link in range(links.form.shape[0]):
        if links.transit_y[link] <= 0.0 or not state.awake[link]:
            continue
        f, j, goods = links.form[link], links.to[link], links.goods[links.form[link]]
        if f == PRODUCT:
            for e in range(goods):
                used[t, j, e] += ring[link, slot, e]
        else:
            for e in range(goods):
                feed[f, j, e] += ring[link, slot, e]
        for e in range(goods):
            transit[f, j, e] = max(transit[f, j, e] - ring[link, slot, e], 0.0)
            ring[link, slot, e] = 0.0


@leaf
def _ration(links: Links, knobs: Knobs, state: State, work: Work, f: int, i: int) -> None:
    """Shares of what is allowed that the makers of ``f`` in bloc ``i`` can send home and abroad."""
    n, goods = work.use.shape[0], links.goods[f]
    stock, allowed, part = state.made, work.allowed, work.rows
    for e in range(goods):
        part[HOME, e] = part[ABROAD, e] = 0.0
    for p in range(links.out[f * n + i], links.out[f * n + i + 1]):
        link = links.by_origin[p]
        if work.busy[link]:
            side = HOME if links.to[link] == i else ABROAD
            for e in range(goods):
                part[side, e] += allowed[link, e]
    short = 0
    for e in range(goods):
        short += part[HOME, e] + part[ABROAD, e] > stock[f, i, e]
    if short == 0:
        for e in range(goods):
            part[HOME, e] = part[ABROAD, e] = 1.0
        return
    for e in range(goods):
        home, away, have = part[HOME, e], part[ABROAD, e], stock[f, i, e]
        part[HOME, e] = part[ABROAD, e] = 1.0
        if home + away > have:
            even = knobs.home_preference + (1.0 - knobs.home_preference) * home / (home + away)
            kept = min(home, have * even)
            part[HOME, e] = kept / home if home > 0.0 else 0.0
            part[ABROAD, e] = min((have - kept) / away, 1.0) if away > 0.0 else 0.0


@leaf
def _judge(links: Links, state: State, work: Work, f: int, link: int, dt: float, trust: float) -> None:
    """Users learn how much of an order a supplier fills; ore and mixed compounds are judged as a whole."""
    known, order, sent = state.reliability, work.orders, work.sent
    if f < OXIDE:
        asked, came = 0.0, 0.0
        for e in range(known.shape[1]):
            asked += order[link, e] * dt
            came += sent[link, e]
        if asked > 0.0:
            known[link, 0] = max(known[link, 0] + trust * (came / asked - known[link, 0]), LEAST_RELIABLE)
        return
    for e in range(links.goods[f]):
        asked = order[link, e] * dt
        part = sent[link, e] / asked if asked > 0.0 else known[link, e]
        known[link, e] = max(known[link, e] + trust * (part - known[link, e]), LEAST_RELIABLE)


@leaf
def _send(links: Links, state: State, record: Record, work: Work, f: int, link: int, t: int, dt: float) -> None:
    """Puts what a link ships into the slots of the ring in which it arrives; what is near arrives in part at once."""
    sent, j, goods = work.sent, links.to[link], links.goods[f]
    ring, slots, steps = state.ring, state.ring.shape[1], links.transit_y[link] / dt
    whole = math.floor(steps)
    late, soon, then = steps - whole, (t + whole) % slots, (t + whole + 1) % slots
    if whole > 0:
        for e in range(goods):
            ring[link, soon, e] += sent[link, e] - late * sent[link, e]
            state.transit[f, j, e] += sent[link, e] - late * sent[link, e]
    elif f == PRODUCT:
        for e in range(goods):
            record.used[t, j, e] += sent[link, e] - late * sent[link, e]
    else:
        for e in range(goods):
            state.feed[f, j, e] += sent[link, e] - late * sent[link, e]
    if late > 0.0:
        for e in range(goods):
            ring[link, then, e] += late * sent[link, e]
            state.transit[f, j, e] += late * sent[link, e]


@leaf
def ship(
    links: Links, knobs: Knobs, paths: Paths, state: State, record: Record, work: Work, f: int, t: int, dt: float
) -> None:
    """Ships form ``f``: makers short of stock serve home first, then all alike."""
    n = work.use.shape[0]
    trust, goods = share_of_step(dt, knobs.reliability_y), links.goods[f]
    part, sent, stock, allowed = work.rows, work.sent, state.made, work.allowed
    for i in range(n):
        if not sells(links, f, i):
            continue
        _ration(links, knobs, state, work, f, i)
        for p in range(links.out[f * n + i], links.out[f * n + i + 1]):
            link = links.by_origin[p]
            if not work.busy[link]:
                for e in range(goods):
                    sent[link, e] = 0.0
                continue
            side = HOME if links.to[link] == i else ABROAD
            for e in range(goods):
                sent[link, e] = min(allowed[link, e] * part[side, e], stock[f, i, e])
                stock[f, i, e] -= sent[link, e]
            q = paths.quota_of[link]
            for e in range(goods if q >= 0 else 0):
                state.quota_used[q] += sent[link, e]
            _judge(links, state, work, f, link, dt, trust)
            _send(links, state, record, work, f, link, t, dt)
