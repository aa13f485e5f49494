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
from didymium.market.structure import METAL, MIXED, OXIDE, PRODUCT, Chain, Ints, Knobs, Links, Paths, State

__all__ = ["appetite", "plan_all", "share_of_step", "supplier_growth"]


@njit(cache=True)
def share_of_step(dt: float, time_y: float) -> float:
    """Part of a first-order adjustment that is done within ``dt``."""
    return 1.0 - math.exp(-dt / time_y) if time_y > 0.0 else 1.0


@njit(cache=True)
def appetite(chain: Chain, knobs: Knobs, paths: Paths, state: State, t: int, paid: Array, use: Array, other: Array) -> None:
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
def _choose(links: Links, knobs: Knobs, paths: Paths, state: State, t: int, first: int, last: int, k: float,
            growth: Array, cheap: Array, inside: Array) -> None:
    """Moves the shares of one user's orders towards what suppliers offer, at what price and how reliably."""
    elements = state.share.shape[1]
    total = np.zeros(elements)
    pull = np.empty((last - first, elements))
    for l in range(first, last):
        f, i = links.form[l], links.origin[l]
        m = 0 if inside[i] else 1
        duty = paths.tariff[t, l]
        weight = growth[f, i] * (math.exp(-knobs.supplier_price * math.log1p(duty)) if duty > 0.0 else 1.0)
        for e in range(elements):
            pull[l - first, e] = links.offered[l, e] * weight * state.reliability[l, e]
            if f >= OXIDE:
                pull[l - first, e] *= cheap[m, e]
            total[e] += pull[l - first, e]
    for l in range(first, last):
        for e in range(elements):
            if total[e] > 0.0:
                state.share[l, e] += k * (pull[l - first, e] / total[e] - state.share[l, e])


@njit(cache=True)
def _place(chain: Chain, links: Links, knobs: Knobs, state: State, f: int, j: int, first: int, last: int,
           use: Array, orders: Array) -> None:
    """Orders (L, 15), t/y, of bloc ``j`` for form ``f``, of which it expects to use ``use`` (15,)."""
    elements = use.shape[0]
    watch = 0.0 if chain.inside[j] else knobs.caution
    for e in range(elements):
        wait = 0.0
        for l in range(first, last):
            wait += state.share[l, e] * links.transit_y[l]
        want = use[e]
        if f != PRODUCT:
            target = (knobs.cover_users_y * (1.0 + watch * state.caution[e]) + wait) * use[e]
            want += (target - state.feed[f, j, e] - state.transit[f, j, e]) / knobs.order_adjust_y
        want = max(want, 0.0)
        for l in range(first, last):
            orders[l, e] = state.share[l, e] * want


@njit(cache=True)
def _place_bulk(chain: Chain, links: Links, knobs: Knobs, state: State, f: int, j: int, first: int, last: int,
                use: float, orders: Array) -> None:
    """As ``_place`` for ore and mixed compounds: so many tonnes, of the mix that the supplier has."""
    elements = orders.shape[1]
    wait, stock = 0.0, 0.0
    for l in range(first, last):
        wait += state.share[l, 0] * links.transit_y[l]
    for e in range(elements):
        stock += state.feed[f, j, e] + state.transit[f, j, e]
    want = max(use + ((knobs.cover_bulk_y + wait) * use - stock) / knobs.order_adjust_y, 0.0)
    for l in range(first, last):
        mix = state.made[f, links.origin[l]]
        total = mix.sum()
        if total <= 0.0:
            mix = chain.output[f, links.origin[l]]
            total = mix.sum()
        for e in range(elements):
            orders[l, e] = state.share[l, 0] * want * mix[e] / total if total > 0.0 else 0.0


@njit(cache=True)
def _buy_for_reserve(paths: Paths, t: int, f: int, j: int, need: Array) -> None:
    """Adds to ``need`` (15,), t/y, what public stocks of bloc ``j`` buy of form ``f``."""
    for k in range(paths.reserve_form.shape[0]):
        if paths.reserve_form[k] == f and paths.reserve_bloc[k] == j and paths.reserve_rate[t, k] > 0.0:
            for e in range(need.shape[0]):
                need[e] += paths.reserve_rate[t, k] * paths.reserve_what[k, e]


@njit(cache=True)
def _expect(links: Links, state: State, f: int, i: int, k: float, n: int, orders: Array) -> None:
    """Lets the makers of form ``f`` in bloc ``i`` learn from the orders they receive."""
    for e in range(orders.shape[1]):
        received = 0.0
        for p in range(links.out[f * n + i], links.out[f * n + i + 1]):
            received += orders[links.by_origin[p], e]
        state.expected[f, i, e] += k * (received - state.expected[f, i, e])


@njit(cache=True)
def _plan(knobs: Knobs, state: State, f: int, i: int, limit: float, plan: Array, wished: Array) -> None:
    """What the makers of form ``f`` in bloc ``i`` mean to make (15,), t/y; ``wished`` is the same without a limit."""
    total = 0.0
    if f >= OXIDE:
        for e in range(plan.shape[2]):
            gap = knobs.cover_made_y * state.expected[f, i, e] - state.made[f, i, e]
            plan[f, i, e] = max(state.expected[f, i, e] + gap / knobs.order_adjust_y, 0.0)
            total += plan[f, i, e]
    else:
        hope, stock = state.expected[f, i].sum(), state.made[f, i].sum()
        total = max(hope + (knobs.cover_made_y * hope - stock) / knobs.order_adjust_y, 0.0)
        plan[f, i, 0] = total
    wished[f, i] = total
    if f != OXIDE and total > limit:
        for e in range(plan.shape[2]):
            plan[f, i, e] *= limit / total


@njit(cache=True)
def _runs(chain: Chain, state: State, i: int, plan: Array) -> float:
    """How hard separation in bloc ``i`` should run, over the base year: what is asked of its basket, by worth."""
    asked, basket = 0.0, 0.0
    m = 0 if chain.inside[i] else 1
    for e in range(plan.shape[2]):
        worth = chain.worth[e] * math.exp(state.price[m, e])
        asked += worth * max(plan[OXIDE, i, e] - state.recycled[i, e], 0.0)
        basket += worth * chain.output[OXIDE, i, e]
    return asked / basket if basket > 0.0 else 0.0


@njit(cache=True)
def plan_all(chain: Chain, links: Links, knobs: Knobs, paths: Paths, state: State, t: int, dt: float, use: Array,
             other: Array, limit: Array, growth: Array, orders: Array, plan: Array, wished: Array, intake: Array) -> None:
    """Orders (L, 15), plans (6, N, 15) and planned ``intake`` (5, N, 15), t/y, from the products up to the mines.

    ``plan`` and ``intake`` of concentrate and mixed compounds hold their total in the first place.
    """
    n, elements = use.shape
    learn, turn = share_of_step(dt, knobs.expect_y), share_of_step(dt, knobs.supplier_inertia_y)
    cheap, need = np.exp(-knobs.supplier_price * state.price), np.empty(elements)
    for f in range(PRODUCT, -1, -1):
        for j in range(n):
            first, last = links.into[f * n + j], links.into[f * n + j + 1]
            if first == last:
                continue
            _choose(links, knobs, paths, state, t, first, last, turn, growth, cheap, chain.inside)
            if f >= OXIDE:
                for e in range(elements):
                    need[e] = use[j, e] if f == PRODUCT else intake[f, j, e]
                _buy_for_reserve(paths, t, f, j, need)
                _place(chain, links, knobs, state, f, j, first, last, need, orders)
            else:
                _place_bulk(chain, links, knobs, state, f, j, first, last, intake[f, j, 0], orders)
        for i in range(n):
            _expect(links, state, f, i, learn, n, orders)
            _plan(knobs, state, f, i, limit[f, i], plan, wished)
            if f >= METAL:
                for e in range(elements):
                    intake[f - 1, i, e] = plan[f, i, e] / chain.yields[f, i, e]
                    if f == METAL:
                        intake[OXIDE, i, e] += other[i, e]
            elif f == OXIDE:
                run, base = _runs(chain, state, i, plan), chain.output[OXIDE, i].sum()
                wished[OXIDE, i] = run * base
                if base > 0.0:
                    intake[MIXED, i, 0] = min(run, limit[OXIDE, i] / base) * chain.intake[MIXED, i].sum()
            elif f == MIXED:
                made = chain.output[MIXED, i].sum()
                if made > 0.0:
                    intake[0, i, 0] = plan[MIXED, i, 0] * chain.intake[0, i].sum() / made
