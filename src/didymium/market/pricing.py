"""Prices of each element inside and outside China, and the slow answers of demand and supply to them.

A price is drawn to the level at which stocks, measured in years of use, would be held: the theory of storage (Working
1949; Deaton and Laroque 1992, Rev. Econ. Stud. 59, 1) with a constant elasticity. Oxide and metal ordered from inside
that are not let out raise the price outside at once. Arbitrage draws the two prices together only as
far as goods may pass, that of the market with the smaller stock the further.
"""

from __future__ import annotations

import math

from didymium.market.compiled import leaf, share_of_step
from didymium.market.structure import INSIDE, MAGNET, OUTSIDE, OXIDE, Chain, Knobs, Paths, State, Work

__all__ = ["cover", "limits", "move_prices", "paid_prices", "respond"]

LEAST_SHUT = 0.01
"""Share of orders that stays out even of an open market. A guard: prices meet within days at any such number."""

LEAST_COVER = 0.01
"""Part of its first cover below which a stock raises the price no further. A guard: an empty stock has no logarithm."""


@leaf
def cover(chain: Chain, state: State, work: Work) -> None:
    """Stocks over use in each market, in years: oxide, metal and magnets, on the way too; at rest without use."""
    elements = work.use.shape[1]
    use, stock = work.rows, work.stock
    for m in range(2):
        for e in range(elements):
            use[m, e] = stock[m, e] = 0.0
    for i in range(chain.inside.shape[0]):
        m = INSIDE if chain.inside[i] else OUTSIDE
        for e in range(elements):
            use[m, e] += work.intake[MAGNET, i, e] + work.other[i, e]
        for f in range(OXIDE, MAGNET + 1):
            for e in range(elements):
                stock[m, e] += state.feed[f, i, e] + state.made[f, i, e] + state.transit[f, i, e]
    for m in range(2):
        for e in range(elements):
            work.years[m, e] = stock[m, e] / use[m, e] if use[m, e] > 0.0 else state.cover[m, e]


@leaf
def paid_prices(knobs: Knobs, state: State, work: Work) -> None:
    """What is paid on average: inside the price, outside mostly the price at the origin."""
    spot = knobs.spot_share
    for e in range(work.paid.shape[1]):
        inside, ask = state.price[INSIDE, e], state.price[OUTSIDE, e]
        work.paid[INSIDE, e] = inside
        work.paid[OUTSIDE, e] = math.log(spot * math.exp(ask) + (1.0 - spot) * math.exp(inside))


@leaf
def move_prices(knobs: Knobs, state: State, work: Work, dt: float) -> None:
    """One step of both prices, from covers and from what was let out of what was ordered from inside."""
    price, rest = state.price, state.cover
    move, fade = share_of_step(dt, knobs.price_adjust_y), share_of_step(dt, knobs.caution_decay_y)
    for e in range(price.shape[1]):
        shut = 1.0 - work.passed[e]
        state.caution[e] = max(state.caution[e] * (1.0 - fade), shut)
        for m in range(2):
            target = knobs.price_shortage * shut if m == OUTSIDE else 0.0
            # Users outside who mean to hold more do not take what they hoard for plenty.
            held = rest[m, e] * (1.0 + knobs.caution * state.caution[e] if m == OUTSIDE else 1.0)
            if held > 0.0:
                target -= knobs.price_cover * math.log(max(work.years[m, e] / held, LEAST_COVER))
            price[m, e] += move * (target - price[m, e])
        # Goods that are cheaper outside may always go in.
        open_ = work.passed[e] if price[OUTSIDE, e] > price[INSIDE, e] else 1.0
        together = 1.0 - math.exp(-knobs.arbitrage_per_y * open_ / (1.0 - open_ + LEAST_SHUT) * dt)
        whole = work.stock[INSIDE, e] + work.stock[OUTSIDE, e]
        far = work.stock[INSIDE, e] / whole if whole > 0.0 else 1.0
        gap = together * (price[INSIDE, e] - price[OUTSIDE, e])
        price[OUTSIDE, e] += far * gap
        price[INSIDE, e] -= (1.0 - far) * gap


@leaf
def respond(chain: Chain, knobs: Knobs, paths: Paths, state: State, work: Work, t: int, dt: float) -> None:
    """Slow answers: thrift and substitution by users, mines that grow or close, plants that are enlarged."""
    thrift = share_of_step(dt, knobs.thrift_y)
    for m in range(2):
        for e in range(work.paid.shape[1]):
            aim = (knobs.demand_long[e] - knobs.demand_short[e]) * work.paid[m, e]
            state.thrift[m, e] += thrift * (aim - state.thrift[m, e])
    grow = share_of_step(dt, knobs.mine_response_y)
    for i in range(chain.inside.shape[0]):
        aim = (knobs.mine_long - knobs.mine_short) * _basket(chain, paths, work, t, i)
        state.mines[i] += grow * (aim - state.mines[i])
        for s in range(1, work.wished.shape[0]):
            full = knobs.target_use * work.limit[s, i]
            if full > 0.0 and work.wished[s, i] > full and paths.running[t, s, i] >= 1.0:
                state.plants[s, i] += dt / knobs.expansion_y * min(math.log(work.wished[s, i] / full), 1.0)


@leaf
def _basket(chain: Chain, paths: Paths, work: Work, t: int, i: int) -> float:
    """Logarithm of the price of what bloc ``i`` mines over that of the base year, price floors counted."""
    now, base = 0.0, 0.0
    if chain.capacity[0, i] <= 0.0:
        return 0.0
    m = INSIDE if chain.inside[i] else OUTSIDE
    for e in range(chain.worth.shape[0]):
        worth = chain.worth[e] * chain.output[0, i, e]
        base += worth
        now += worth * max(work.level[m, e], paths.floor[t, i, e])
    return math.log(now / base) if base > 0.0 and now > 0.0 else 0.0


@leaf
def limits(chain: Chain, knobs: Knobs, paths: Paths, work: Work, t: int) -> None:
    """Most that every stage of every bloc can make, t/y."""
    for s in range(work.limit.shape[0]):
        for i in range(work.limit.shape[1]):
            room = math.exp(knobs.mine_short * _basket(chain, paths, work, t, i)) if s == 0 else knobs.headroom
            work.limit[s, i] = chain.capacity[s, i] * work.growth[s, i] * room * paths.running[t, s, i]
