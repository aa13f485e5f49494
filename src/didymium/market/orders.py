"""Demand and orders: from final users up the chain to the mines, each stage ordering what it expects to use.

Orders follow the anchoring-and-adjustment rule of Sterman (1989, Management Science 35, 321) with the whole supply line
counted: expected use + (target cover + transit - stock - in transit) / adjustment time, never below zero.
"""

from __future__ import annotations

import math

from didymium.market.compiled import leaf, sells, share_of_step, total
from didymium.market.structure import METAL, MIXED, OXIDE, PRODUCT, Chain, Knobs, Links, Paths, Record, State, Work

__all__ = ["appetite", "plan_all", "supplier_growth"]

WAIT, WANT = 0, 1
READY, USUAL = 0, 1

LEAST_READY = 1e-9
"""Part of a usual step's output below which what a maker has tells nothing of its mix. A guard against rounding."""


@leaf
def appetite(chain: Chain, knobs: Knobs, paths: Paths, state: State, work: Work, t: int) -> None:
    """What final users and other uses want at the prices paid."""
    n, elements = work.use.shape
    for m in range(2):
        for e in range(elements):
            work.rows[m, e] = math.exp(knobs.demand_short[e] * work.paid[m, e] + state.thrift[m, e])
    for i in range(n):
        m = 0 if chain.inside[i] else 1
        for e in range(elements):
            work.use[i, e] = chain.final_use[i, e] * paths.use_index[t, i] * work.rows[m, e]
            work.other[i, e] = chain.other_use[i, e] * paths.other_index[t, i] * work.rows[m, e]


@leaf
def supplier_growth(paths: Paths, state: State, work: Work, t: int) -> None:
    """Capacity over that of the base year, halts left out."""
    for s in range(work.growth.shape[0]):
        for i in range(work.growth.shape[1]):
            grown = state.mines[i] if s == 0 else state.plants[s, i]
            work.growth[s, i] = paths.built[t, s, i] * (math.exp(grown) if grown != 0.0 else 1.0)


@leaf
def _choose(links: Links, knobs: Knobs, paths: Paths, state: State, work: Work, t: int, f: int, k: float) -> None:
    """Moves the shares of each user's orders for ``f`` towards what suppliers offer, at what price, how reliably.

    Ore and mixed compounds are one good each: their share stands in the first place.
    """
    share, pull, reliability, cheap, whole = state.share, work.pull, state.reliability, work.cheap, work.rows
    n = work.use.shape[0]
    goods = links.goods[f] if f >= OXIDE else 1
    for j in range(n):
        first, last = links.into[f * n + j], links.into[f * n + j + 1]
        if last - first < 2:
            continue
        for e in range(goods):
            whole[0, e] = 0.0
        for link in range(first, last):
            i = links.origin[link]
            weight = work.growth[f, i]
            state.awake[link] |= weight > 0.0
            if not state.awake[link]:
                continue
            if paths.tariff[t, link] > 0.0:
                weight *= math.exp(-knobs.supplier_price * math.log1p(paths.tariff[t, link]))
            if f < OXIDE:
                pull[link, 0] = links.offered[link, 0] * weight * reliability[link, 0]
                whole[0, 0] += pull[link, 0]
                continue
            for e in range(goods):
                pull[link, e] = links.offered[link, e] * weight * reliability[link, e] * cheap[i, e]
                whole[0, e] += pull[link, e]
        for e in range(goods):
            whole[1, e] = k / whole[0, e] if whole[0, e] > 0.0 else 0.0
            whole[0, e] = k if whole[0, e] > 0.0 else 0.0
        for link in range(first, last):
            for e in range(goods if state.awake[link] else 0):
                share[link, e] += pull[link, e] * whole[1, e] - share[link, e] * whole[0, e]


@leaf
def _wait(links: Links, state: State, work: Work, f: int, j: int) -> None:
    """Mean time that what bloc ``j`` orders of ``f`` is on its way, years."""
    share, rows = state.share, work.rows
    for e in range(links.goods[f]):
        rows[WAIT, e] = 0.0
    for link in range(links.into[f * work.use.shape[0] + j], links.into[f * work.use.shape[0] + j + 1]):
        if links.transit_y[link] > 0.0 and state.awake[link]:
            for e in range(links.goods[f]):
                rows[WAIT, e] += share[link, e] * links.transit_y[link]


@leaf
def _place(chain: Chain, links: Links, knobs: Knobs, state: State, work: Work, f: int) -> None:
    """Orders, t/y, of all blocs for form ``f``, of which they expect to use ``need``."""
    n, goods = work.use.shape[0], links.goods[f]
    share, orders, need, rows, feed, transit = state.share, work.orders, work.need, work.rows, state.feed, state.transit
    for j in range(n):
        for e in range(goods):
            rows[WANT, e] = need[j, e]
        if f != PRODUCT:
            _wait(links, state, work, f, j)
            watch = 0.0 if chain.inside[j] else knobs.caution
            for e in range(goods):
                target = (knobs.cover_users_y * (1.0 + watch * state.caution[e]) + rows[WAIT, e]) * need[j, e]
                rows[WANT, e] += (target - feed[f, j, e] - transit[f, j, e]) / knobs.order_adjust_y
                rows[WANT, e] = max(rows[WANT, e], 0.0)
        for link in range(links.into[f * n + j], links.into[f * n + j + 1]):
            if not state.awake[link]:
                continue
            some = 0
            for e in range(goods):
                orders[link, e] = share[link, e] * rows[WANT, e]
                some += orders[link, e] > 0.0
            work.busy[link] = some > 0


@leaf
def _place_bulk(
    chain: Chain, links: Links, knobs: Knobs, state: State, record: Record, work: Work, f: int, t: int, dt: float
) -> None:
    """As ``_place`` for ore and mixed compounds: so many tonnes, in the mix of what its supplier has and just made."""
    n, elements = work.use.shape
    of = work.rows
    for j in range(n):
        first, last = links.into[f * n + j], links.into[f * n + j + 1]
        wait, use = 0.0, work.intake[f, j, 0]
        for link in range(first, last):
            wait += state.share[link, 0] * links.transit_y[link]
        stock = total(state.feed, f, j) + total(state.transit, f, j)
        want = max(use + ((knobs.cover_bulk_y + wait) * use - stock) / knobs.order_adjust_y, 0.0)
        for link in range(first, last):
            if not state.awake[link]:
                continue
            i = links.origin[link]
            ready, base = 0.0, 0.0
            for e in range(elements):
                usual = chain.output[f, i, e] * dt
                of[USUAL, e] = links.part[link, e] * usual
                of[READY, e] = links.part[link, e] * (
                    state.made[f, i, e] + (record.output[t - 1, f, i, e] if t else usual)
                )
                base += of[USUAL, e]
                ready += of[READY, e]
            mix, whole = (READY, ready) if ready > LEAST_READY * base else (USUAL, base)
            mass = state.share[link, 0] * want
            work.busy[link] = mass > 0.0
            for e in range(elements):
                work.orders[link, e] = mass * of[mix, e] / whole if whole > 0.0 else 0.0


@leaf
def _needs(paths: Paths, work: Work, t: int, f: int) -> None:
    """What users of form ``f`` expect to use, and what public stocks buy of it, t/y."""
    need = work.need
    for i in range(need.shape[0]):
        for e in range(need.shape[1]):
            need[i, e] = work.use[i, e] if f == PRODUCT else work.intake[f, i, e]
    for k in range(paths.reserve_form.shape[0]):
        if paths.reserve_form[k] == f and paths.reserve_rate[t, k] > 0.0:
            for e in range(need.shape[1]):
                need[paths.reserve_bloc[k], e] += paths.reserve_rate[t, k] * paths.reserve_what[k, e]


@leaf
def _expect(links: Links, paths: Paths, state: State, work: Work, f: int, t: int, k: float) -> None:
    """Lets the makers of form ``f`` learn from the orders they receive.

    What a ban or a quota shuts out is not counted; orders that wait for a licence are.
    """
    n, elements = work.use.shape
    received = work.rows
    for i in range(n):
        if not sells(links, f, i):
            continue
        for e in range(elements):
            received[0, e] = 0.0
        for p in range(links.out[f * n + i], links.out[f * n + i + 1]):
            link = links.by_origin[p]
            if not work.busy[link]:
                continue
            q, shut = paths.quota_of[link], 1.0 - paths.open[t, link]
            counted = work.capped[1, q] if q >= 0 else 1.0
            for e in range(links.goods[f]):
                received[0, e] += work.orders[link, e] * (1.0 - paths.banned[link, e] * shut) * counted
        for e in range(elements):
            state.expected[f, i, e] += k * (received[0, e] - state.expected[f, i, e])


@leaf
def _plan(links: Links, knobs: Knobs, state: State, work: Work, f: int) -> None:
    """What the makers of form ``f`` mean to make, t/y; ``wished`` is the total without a limit."""
    n, elements = work.use.shape
    expected, made, plan = state.expected, state.made, work.plan
    for i in range(n):
        if not sells(links, f, i):
            continue
        mass = 0.0
        if f >= OXIDE:
            for e in range(elements):
                gap = knobs.cover_made_y * expected[f, i, e] - made[f, i, e]
                plan[f, i, e] = max(expected[f, i, e] + gap / knobs.order_adjust_y, 0.0)
            mass = total(plan, f, i)
        else:
            hope = total(expected, f, i)
            mass = max(hope + (knobs.cover_made_y * hope - total(made, f, i)) / knobs.order_adjust_y, 0.0)
            plan[f, i, 0] = mass
        work.wished[f, i] = mass
        if f != OXIDE and mass > work.limit[f, i]:
            cut = work.limit[f, i] / mass
            for e in range(elements):
                plan[f, i, e] *= cut


@leaf
def _runs(chain: Chain, state: State, work: Work, i: int) -> float:
    """How hard separation in bloc ``i`` should run, over the base year: what is asked of its basket, by worth."""
    asked, basket = 0.0, 0.0
    m = 0 if chain.inside[i] else 1
    for e in range(work.plan.shape[2]):
        worth = chain.worth[e] * work.level[m, e]
        asked += worth * max(work.plan[OXIDE, i, e] - state.recycled[i, e], 0.0)
        basket += worth * chain.output[OXIDE, i, e]
    return asked / basket if basket > 0.0 else 0.0


@leaf
def _pass_on(chain: Chain, state: State, work: Work, f: int) -> None:
    """What the plans for form ``f`` need to take in of the form before it."""
    n, elements = work.other.shape
    for i in range(n):
        base = chain.capacity[f, i]
        if f >= METAL:
            for e in range(elements):
                work.intake[f - 1, i, e] = work.plan[f, i, e] / chain.yields[f, i, e]
                if f == METAL:
                    work.intake[OXIDE, i, e] += work.other[i, e]
        elif f == OXIDE:
            run = _runs(chain, state, work, i)
            work.wished[OXIDE, i] = run * base
            run = min(run, work.limit[OXIDE, i] / base) if base > 0.0 else 0.0
            work.intake[MIXED, i, 0] = run * total(chain.intake, MIXED, i)
        elif base > 0.0:
            work.intake[0, i, 0] = work.plan[MIXED, i, 0] * total(chain.intake, 0, i) / base


@leaf
def plan_all(
    chain: Chain,
    links: Links,
    knobs: Knobs,
    paths: Paths,
    state: State,
    record: Record,
    work: Work,
    t: int,
    dt: float,
) -> None:
    """Orders, plans and planned intake, from the products up to the mines."""
    learn, turn = share_of_step(dt, knobs.expect_y), share_of_step(dt, knobs.supplier_inertia_y)
    for e in range(work.cheap.shape[1]):
        inside, outside = work.level[0, e] ** -knobs.supplier_price, work.level[1, e] ** -knobs.supplier_price
        for i in range(work.cheap.shape[0]):
            work.cheap[i, e] = inside if chain.inside[i] else outside
    for f in range(PRODUCT, -1, -1):
        _choose(links, knobs, paths, state, work, t, f, turn)
        if f >= OXIDE:
            _needs(paths, work, t, f)
            _place(chain, links, knobs, state, work, f)
        else:
            _place_bulk(chain, links, knobs, state, record, work, f, t, dt)
        _expect(links, paths, state, work, f, t, learn)
        _plan(links, knobs, state, work, f)
        if f > 0:
            _pass_on(chain, state, work, f)
