# mypy: disallow-untyped-decorators=False
# mypy: disable-error-code="import-untyped,import-not-found,no-untyped-call,untyped-decorator"
"""The market kernel: one member, all steps, compiled. The order within a step is that of the design."""

from __future__ import annotations

import numpy as np
from numba import njit

from didymium.chain.structure import Array
from didymium.market.ageing import begin_year, retire
from didymium.market.making import make_all
from didymium.market.orders import appetite, plan_all, share_of_step, supplier_growth
from didymium.market.pricing import cover, limits, move_prices, paid_prices, respond
from didymium.market.shipping import arrive, licence_office, openness, permit, ship
from didymium.market.structure import Chain, Knobs, Links, Paths, Record, State

__all__ = ["advance"]


@njit(cache=True)
def _public_stocks(paths: Paths, state: State, t: int, dt: float) -> None:
    """Buys into and releases from public stocks."""
    for k in range(paths.reserve_form.shape[0]):
        f, i, rate = paths.reserve_form[k], paths.reserve_bloc[k], paths.reserve_rate[t, k]
        for e in range(paths.reserve_what.shape[1]):
            mass = rate * paths.reserve_what[k, e] * dt
            mass = min(mass, state.feed[f, i, e]) if mass > 0.0 else max(mass, -state.reserve[f, i, e])
            state.feed[f, i, e] -= mass
            state.reserve[f, i, e] += mass


@njit(cache=True)
def _in_stock(state: State, out: Array) -> None:
    """Everything (15,) in stock, in transit, in reserve and in use, t."""
    for i in range(state.in_use.shape[0]):
        out += state.in_use[i]
        for f in range(state.made.shape[0]):
            for e in range(out.shape[0]):
                out[e] += state.made[f, i, e] + state.transit[f, i, e] + state.reserve[f, i, e]
                if f < state.feed.shape[0]:
                    out[e] += state.feed[f, i, e]


@njit(cache=True)
def advance(chain: Chain, links: Links, knobs: Knobs, paths: Paths, state: State, record: Record) -> None:
    """Runs all steps of ``paths``; ``state`` moves on and ``record``, which starts at zero, is filled in."""
    n, elements = chain.final_use.shape
    steps, dt = paths.use_index.shape[0], 1.0 / paths.steps_per_y
    use, paid, years = np.zeros((n, elements)), np.zeros((2, elements)), np.zeros((2, elements))
    growth, limit, wished = np.zeros((6, n)), np.zeros((6, n)), np.zeros((6, n))
    plan, intake = np.zeros((6, n, elements)), np.zeros((5, n, elements))
    orders, allowed = np.zeros((links.form.shape[0], elements)), np.zeros((links.form.shape[0], elements))
    level = np.exp(state.price)
    scrap, passed = np.zeros((n, elements)), np.ones(elements)
    learn = share_of_step(dt, knobs.expect_y)
    for t in range(steps):
        year = t // paths.steps_per_y
        if t % paths.steps_per_y == 0:
            begin_year(chain, state, year)
            state.quota_used[:] = 0.0
        wanted = record.other_wanted[t]
        paid_prices(knobs, state, paid)
        appetite(chain, knobs, paths, state, t, paid, use, wanted)
        supplier_growth(paths, state, t, growth)
        limits(chain, knobs, paths, t, level, growth, limit)
        intake[:] = 0.0
        plan_all(
            chain, links, knobs, paths, state, t, dt, level, use, wanted, limit, growth, orders, plan, wished, intake
        )
        arrive(links, state, t, record.used[t])
        licence_office(links, knobs, paths, state, t, dt)
        permit(links, paths, state, t, dt, orders, allowed)
        ship(chain, links, knobs, paths, state, t, dt, orders, allowed, record.used[t], record.shipped[t])
        _public_stocks(paths, state, t, dt)
        scrap[:] = 0.0
        retire(chain, state, year, dt, record.used[t], scrap, record.lost[t])
        make_all(
            chain,
            knobs,
            state,
            dt,
            learn,
            plan,
            limit,
            intake,
            wanted,
            scrap,
            record.output[t],
            record.other[t],
            record.mined[t],
            record.lost[t],
        )
        cover(chain, state, intake, wanted, years)
        openness(chain, links, orders, record.shipped[t], dt, passed)
        move_prices(knobs, state, dt, years, passed)
        respond(chain, knobs, paths, state, t, dt, paid, level, wished, limit)
        record.wanted[t] = use * dt
        record.other_wanted[t] *= dt
        record.paid[t] = np.exp(paid[1])
        level[:] = np.exp(state.price)
        record.price[t] = level
        record.feed[t] = state.feed
        record.licensed[t] = state.licence[:, 0]
        _in_stock(state, record.stock[t])
