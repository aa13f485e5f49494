# mypy: disallow-untyped-decorators=False
# mypy: disable-error-code="import-untyped,import-not-found,no-untyped-call,untyped-decorator"
"""Demand and orders: from final users up the chain to the mines, each stage ordering what it expects to use.

Orders follow the anchoring-and-adjustment rule of Sterman (1989, Management Science 35, 321) with the whole supply line
counted: expected use + (target cover + transit - stock - in transit) / adjustment time, never below zero.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from didymium.chain.structure import Array
from didymium.market.structure import METAL, MIXED, OXIDE, PRODUCT, Chain, Knobs, Links, Paths, State

__all__ = ["appetite", "plan_all", "share_of_step", "supplier_growth"]


@njit(cache=True)
def share_of_step(dt: float, time_y: float) -> float:
    """Part of a first-order adjustment that is done within ``dt``."""
    return 1.0 - math.exp(-dt / time_y) if time_y > 0.0 else 1.0


@njit(cache=True)
def appetite(
    chain: Chain, knobs: Knobs, paths: Paths, state: State, t: int, paid: Array, use: Array, other: Array
) -> None:
    """What final users and other uses want (N, 15), t/y, at the prices ``paid`` (2, 15; logarithms)."""
    n, elements = use.shape
    factor = np.empty((2, elements))
    for m in range(2):
        for e in range(elements):
            factor[m, e] = math.exp(knobs.demand_short[e] * paid[m, e] + state.thrift[m, e])
    for i in range(n):
        m = 0 if chain.inside[i] else 1
        for e in range(elements):
            use[i, e] = chain.final_use[i, e] * paths.use_index[t, i] * factor[m, e]
            other[i, e] = chain.other_use[i, e] * paths.other_index[t, i] * factor[m, e]


@njit(cache=True)
def supplier_growth(paths: Paths, state: State, t: int, growth: Array) -> None:
    """Capacity (6, N) over that of the base year, halts left out."""
    for s in range(growth.shape[0]):
        for i in range(growth.shape[1]):
            grown = state.mines[i] if s == 0 else state.plants[s, i]
            growth[s, i] = paths.built[t, s, i] * math.exp(grown)


@njit(cache=True)
def _choose(
    links: Links,
    knobs: Knobs,
    paths: Paths,
    state: State,
    t: int,
    f: int,
    k: float,
    growth: Array,
    cheap: Array,
    pull: Array,
) -> None:
    """Moves the shares of each user's orders for ``f`` towards what suppliers offer, at what price, how reliably.

    ``cheap`` (N, 15) is the pull of the price at the origin; ``pull`` (L, 15) is scratch.
    """
    n, elements = cheap.shape
    total = np.empty(elements)
    for j in range(n):
        first, last = links.into[f * n + j], links.into[f * n + j + 1]
        if last - first < 2:
            continue
        total[:] = 0.0
        for l in range(first, last):
            i = links.origin[l]
            weight = growth[f, i]
            if paths.tariff[t, l] > 0.0:
                weight *= math.exp(-knobs.supplier_price * math.log1p(paths.tariff[t, l]))
            for e in range(elements):
                pull[l, e] = links.offered[l, e] * weight * state.reliability[l, e] * cheap[i, e]
                total[e] += pull[l, e]
        for e in range(elements):
            total[e] = k / total[e] if total[e] > 0.0 else 0.0
        for l in range(first, last):
            for e in range(elements):
                if total[e] > 0.0:
                    state.share[l, e] += total[e] * pull[l, e] - k * state.share[l, e]


@njit(cache=True)
def _place(chain: Chain, links: Links, knobs: Knobs, state: State, f: int, use: Array, orders: Array) -> None:
    """Orders (L, 15), t/y, of all blocs for form ``f``, of which they expect to use ``use`` (N, 15)."""
    n, elements = use.shape
    wait, want = np.empty(elements), np.empty(elements)
    for j in range(n):
        first, last = links.into[f * n + j], links.into[f * n + j + 1]
        watch = 0.0 if chain.inside[j] else knobs.caution
        wait[:] = 0.0
        for l in range(first, last):
            if links.transit_y[l] > 0.0:
                for e in range(elements):
                    wait[e] += state.share[l, e] * links.transit_y[l]
        for e in range(elements):
            want[e] = use[j, e]
            if f != PRODUCT:
                target = (knobs.cover_users_y * (1.0 + watch * state.caution[e]) + wait[e]) * use[j, e]
                want[e] += (target - state.feed[f, j, e] - state.transit[f, j, e]) / knobs.order_adjust_y
            want[e] = max(want[e], 0.0)
        for l in range(first, last):
            for e in range(elements):
                orders[l, e] = state.share[l, e] * want[e]


@njit(cache=True)
def _place_bulk(chain: Chain, links: Links, knobs: Knobs, state: State, f: int, use: Array, orders: Array) -> None:
    """As ``_place`` for ore and mixed compounds: so many tonnes (N,), of the mix that the supplier has."""
    n, elements = chain.final_use.shape
    for j in range(n):
        first, last = links.into[f * n + j], links.into[f * n + j + 1]
        wait, stock = 0.0, 0.0
        for l in range(first, last):
            wait += state.share[l, 0] * links.transit_y[l]
        for e in range(elements):
            stock += state.feed[f, j, e] + state.transit[f, j, e]
        want = max(use[j] + ((knobs.cover_bulk_y + wait) * use[j] - stock) / knobs.order_adjust_y, 0.0)
        for l in range(first, last):
            mix = state.made[f, links.origin[l]]
            total = mix.sum()
            if total <= 0.0:
                mix = chain.output[f, links.origin[l]]
                total = mix.sum()
            part = state.share[l, 0] * want / total if total > 0.0 else 0.0
            for e in range(elements):
                orders[l, e] = part * mix[e]


@njit(cache=True)
def _with_reserves(paths: Paths, t: int, f: int, need: Array) -> None:
    """Adds to ``need`` (N, 15), t/y, what public stocks buy of form ``f``."""
    for k in range(paths.reserve_form.shape[0]):
        if paths.reserve_form[k] == f and paths.reserve_rate[t, k] > 0.0:
            for e in range(need.shape[1]):
                need[paths.reserve_bloc[k], e] += paths.reserve_rate[t, k] * paths.reserve_what[k, e]


@njit(cache=True)
def _expect(links: Links, state: State, f: int, k: float, orders: Array) -> None:
    """Lets the makers of form ``f`` learn from the orders they receive."""
    n, elements = state.expected.shape[1:]
    received = np.empty(elements)
    for i in range(n):
        received[:] = 0.0
        for p in range(links.out[f * n + i], links.out[f * n + i + 1]):
            l = links.by_origin[p]
            for e in range(elements):
                received[e] += orders[l, e]
        for e in range(elements):
            state.expected[f, i, e] += k * (received[e] - state.expected[f, i, e])


@njit(cache=True)
def _plan(knobs: Knobs, state: State, f: int, limit: Array, plan: Array, wished: Array) -> None:
    """What the makers of form ``f`` mean to make (6, N, 15), t/y; ``wished`` (6, N) is the total without a limit."""
    n, elements = state.expected.shape[1:]
    for i in range(n):
        total = 0.0
        if f >= OXIDE:
            for e in range(elements):
                gap = knobs.cover_made_y * state.expected[f, i, e] - state.made[f, i, e]
                plan[f, i, e] = max(state.expected[f, i, e] + gap / knobs.order_adjust_y, 0.0)
                total += plan[f, i, e]
        else:
            hope, stock = 0.0, 0.0
            for e in range(elements):
                hope += state.expected[f, i, e]
                stock += state.made[f, i, e]
            total = max(hope + (knobs.cover_made_y * hope - stock) / knobs.order_adjust_y, 0.0)
            plan[f, i, 0] = total
        wished[f, i] = total
        if f != OXIDE and total > limit[f, i]:
            for e in range(elements):
                plan[f, i, e] *= limit[f, i] / total


@njit(cache=True)
def _runs(chain: Chain, state: State, level: Array, i: int, plan: Array) -> float:
    """How hard separation in bloc ``i`` should run, over the base year: what is asked of its basket, by worth."""
    asked, basket = 0.0, 0.0
    m = 0 if chain.inside[i] else 1
    for e in range(plan.shape[2]):
        worth = chain.worth[e] * level[m, e]
        asked += worth * max(plan[OXIDE, i, e] - state.recycled[i, e], 0.0)
        basket += worth * chain.output[OXIDE, i, e]
    return asked / basket if basket > 0.0 else 0.0


@njit(cache=True)
def _pass_on(
    chain: Chain,
    state: State,
    level: Array,
    f: int,
    limit: Array,
    other: Array,
    plan: Array,
    wished: Array,
    intake: Array,
) -> None:
    """What the plans for form ``f`` need to take in of the form before it."""
    n, elements = other.shape
    for i in range(n):
        if f >= METAL:
            for e in range(elements):
                intake[f - 1, i, e] = plan[f, i, e] / chain.yields[f, i, e]
                if f == METAL:
                    intake[OXIDE, i, e] += other[i, e]
        elif f == OXIDE:
            run, base = _runs(chain, state, level, i, plan), chain.output[OXIDE, i].sum()
            wished[OXIDE, i] = run * base
            if base > 0.0:
                intake[MIXED, i, 0] = min(run, limit[OXIDE, i] / base) * chain.intake[MIXED, i].sum()
        elif f == MIXED:
            made = chain.output[MIXED, i].sum()
            if made > 0.0:
                intake[0, i, 0] = plan[MIXED, i, 0] * chain.intake[0, i].sum() / made


@njit(cache=True)
def _cheapness(chain: Chain, knobs: Knobs, level: Array, cheap: Array) -> None:
    for m in range(2):
        for e in range(cheap.shape[1]):
            pull = level[m, e] ** -knobs.supplier_price
            for i in range(cheap.shape[0]):
                if chain.inside[i] == (m == 0):
                    cheap[i, e] = pull


@njit(cache=True)
def plan_all(
    chain: Chain,
    links: Links,
    knobs: Knobs,
    paths: Paths,
    state: State,
    t: int,
    dt: float,
    level: Array,
    use: Array,
    other: Array,
    limit: Array,
    growth: Array,
    orders: Array,
    plan: Array,
    wished: Array,
    intake: Array,
) -> None:
    """Orders (L, 15), plans (6, N, 15) and planned ``intake`` (5, N, 15), t/y, from the products up to the mines.

    ``plan`` and ``intake`` of concentrate and mixed compounds hold their total in the first place.
    """
    learn, turn = share_of_step(dt, knobs.expect_y), share_of_step(dt, knobs.supplier_inertia_y)
    cheap, any_price = np.empty(use.shape), np.ones(use.shape)
    need, pull = np.empty(use.shape), np.empty(orders.shape)
    _cheapness(chain, knobs, level, cheap)
    for f in range(PRODUCT, -1, -1):
        _choose(links, knobs, paths, state, t, f, turn, growth, cheap if f >= OXIDE else any_price, pull)
        if f >= OXIDE:
            need[:] = use if f == PRODUCT else intake[f]
            _with_reserves(paths, t, f, need)
            _place(chain, links, knobs, state, f, need, orders)
        else:
            _place_bulk(chain, links, knobs, state, f, intake[f, :, 0], orders)
        _expect(links, state, f, learn, orders)
        _plan(knobs, state, f, limit, plan, wished)
        if f > 0:
            _pass_on(chain, state, level, f, limit, other, plan, wished, intake)
