# mypy: disallow-untyped-decorators=False
# mypy: disable-error-code="import-untyped,import-not-found,no-untyped-call,untyped-decorator"
"""Prices of each element inside and outside China, and the slow answers of demand and supply to them.

A price is drawn to the level at which stocks, measured in years of use, would be held: the theory of storage (Working
1949; Deaton and Laroque 1992, Rev. Econ. Stud. 59, 1) with a constant elasticity. Goods ordered from inside that do not
come out raise the price outside at once. Arbitrage draws the two prices together only as far as goods pass.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from didymium.chain.structure import Array
from didymium.market.orders import share_of_step
from didymium.market.structure import INSIDE, MAGNET, OUTSIDE, OXIDE, Chain, Knobs, Paths, State

__all__ = ["cover", "limits", "move_prices", "paid_prices", "respond"]

TARGET_USE = 0.85
"""Use of capacity above which makers add to it: an assumption common in models of commodity cycles."""


LEAST_SHUT = 0.01
"""Share of orders that stays out even of an open market: keeps arbitrage finite."""


@njit(cache=True)
def cover(chain: Chain, state: State, intake: Array, wanted: Array, years: Array) -> None:
    """Stocks over use in each market (2, 15), in years: oxide, metal and magnets, on the way too; 0 without use."""
    elements = wanted.shape[1]
    use, stock = np.zeros((2, elements)), np.zeros((2, elements))
    for i in range(chain.inside.shape[0]):
        m = INSIDE if chain.inside[i] else OUTSIDE
        for e in range(elements):
            use[m, e] += intake[MAGNET, i, e] + wanted[i, e]
        for f in range(OXIDE, MAGNET + 1):
            for e in range(elements):
                stock[m, e] += state.feed[f, i, e] + state.made[f, i, e] + state.transit[f, i, e]
    for m in range(2):
        for e in range(elements):
            years[m, e] = stock[m, e] / use[m, e] if use[m, e] > 0.0 else 0.0


@njit(cache=True)
def paid_prices(knobs: Knobs, state: State, paid: Array) -> None:
    """Logarithms (2, 15) of what is paid on average: inside the price, outside mostly the price at the origin."""
    for e in range(paid.shape[1]):
        inside, ask = state.price[INSIDE, e], state.price[OUTSIDE, e]
        paid[INSIDE, e] = inside
        paid[OUTSIDE, e] = math.log(knobs.spot_share * math.exp(ask) + (1.0 - knobs.spot_share) * math.exp(inside))


@njit(cache=True)
def move_prices(knobs: Knobs, state: State, dt: float, years: Array, passed: Array) -> None:
    """One step of both prices, from covers ``years`` (2, 15) and what passed (15,) of what was ordered from inside."""
    move = share_of_step(dt, knobs.price_adjust_y)
    fade = share_of_step(dt, knobs.caution_decay_y)
    for e in range(passed.shape[0]):
        state.openness[e] = passed[e]
        shut = 1.0 - state.openness[e]
        state.caution[e] = max(state.caution[e] * (1.0 - fade), shut)
        for m in range(2):
            target = 0.0
            if years[m, e] > 0.0 and state.cover[m, e] > 0.0:
                target = knobs.price_cover * math.log(state.cover[m, e] / years[m, e])
            if m == OUTSIDE:
                target += knobs.price_shortage * shut
            state.price[m, e] += move * (target - state.price[m, e])
        # Goods that are cheaper outside may always go in.
        open_ = state.openness[e] if state.price[OUTSIDE, e] > state.price[INSIDE, e] else 1.0
        together = 1.0 - math.exp(-knobs.arbitrage_per_y * open_ / (1.0 - open_ + LEAST_SHUT) * dt)
        state.price[OUTSIDE, e] += together * (state.price[INSIDE, e] - state.price[OUTSIDE, e])


@njit(cache=True)
def respond(
    chain: Chain,
    knobs: Knobs,
    paths: Paths,
    state: State,
    t: int,
    dt: float,
    paid: Array,
    level: Array,
    wished: Array,
    limit: Array,
) -> None:
    """Slow answers: thrift and substitution by users, mines that grow or close, plants that are enlarged."""
    thrift = share_of_step(dt, knobs.thrift_y)
    for m in range(2):
        for e in range(paid.shape[1]):
            aim = (knobs.demand_long[e] - knobs.demand_short[e]) * paid[m, e]
            state.thrift[m, e] += thrift * (aim - state.thrift[m, e])
    for i in range(chain.inside.shape[0]):
        aim = (knobs.mine_long - knobs.mine_short) * basket(chain, paths, level, t, i)
        state.mines[i] += share_of_step(dt, knobs.mine_response_y) * (aim - state.mines[i])
        for s in range(1, wished.shape[0]):
            if limit[s, i] > 0.0 and wished[s, i] > TARGET_USE * limit[s, i] and paths.running[t, s, i] >= 1.0:
                state.plants[s, i] += (
                    dt / knobs.expansion_y * min(math.log(wished[s, i] / (TARGET_USE * limit[s, i])), 1.0)
                )


@njit(cache=True)
def basket(chain: Chain, paths: Paths, level: Array, t: int, i: int) -> float:
    """Logarithm of the price of what bloc ``i`` mines over that of the base year, price floors counted.

    ``level`` (2, 15) are the prices over those of the base year.
    """
    now, base = 0.0, 0.0
    m = INSIDE if chain.inside[i] else OUTSIDE
    for e in range(chain.worth.shape[0]):
        worth = chain.worth[e] * chain.output[0, i, e]
        base += worth
        now += worth * max(level[m, e], paths.floor[t, i, e])
    return math.log(now / base) if base > 0.0 and now > 0.0 else 0.0


@njit(cache=True)
def limits(chain: Chain, knobs: Knobs, paths: Paths, t: int, level: Array, growth: Array, limit: Array) -> None:
    """Most that every stage of every bloc (6, N) can make, t/y."""
    for s in range(limit.shape[0]):
        for i in range(limit.shape[1]):
            room = math.exp(knobs.mine_short * basket(chain, paths, level, t, i)) if s == 0 else knobs.headroom
            limit[s, i] = chain.capacity[s, i] * growth[s, i] * room * paths.running[t, s, i]
