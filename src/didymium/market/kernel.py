"""The market kernel: one member, all steps, compiled. The order within a step is that of the design."""

from __future__ import annotations

import math
from collections.abc import Callable

from didymium.market.ageing import begin_year, retire
from didymium.market.compiled import entry, leaf, share_of_step, version
from didymium.market.making import make, recycle
from didymium.market.orders import appetite, plan_all, supplier_growth
from didymium.market.permits import licence_office, openness, permit
from didymium.market.pricing import cover, limits, move_prices, paid_prices, respond
from didymium.market.shipping import arrive, ship
from didymium.market.structure import MAGNET, PRODUCT, Chain, Knobs, Links, Paths, Record, State, Work

__all__ = ["advance"]

Advance = Callable[[Chain, Links, Knobs, Paths, State, Record, Work], None]


@leaf
def _public_stocks(paths: Paths, state: State, t: int, dt: float) -> None:
    """Buys into and releases from public stocks."""
    feed, reserve = state.feed, state.reserve
    for k in range(paths.reserve_form.shape[0]):
        f, i, rate = paths.reserve_form[k], paths.reserve_bloc[k], paths.reserve_rate[t, k]
        for e in range(paths.reserve_what.shape[1]):
            mass = rate * paths.reserve_what[k, e] * dt
            mass = min(mass, feed[f, i, e]) if mass > 0.0 else max(mass, -reserve[f, i, e])
            feed[f, i, e] -= mass
            reserve[f, i, e] += mass


@leaf
def _rest(chain: Chain, state: State, work: Work) -> None:
    """Cover at the start: the level of stocks at which the prices of the base year rest."""
    for i in range(chain.inside.shape[0]):
        for e in range(chain.worth.shape[0]):
            work.other[i, e] = chain.other_use[i, e]
            work.intake[MAGNET, i, e] = state.expected[PRODUCT, i, e] / chain.yields[PRODUCT, i, e]
    cover(chain, state, work)
    for m in range(2):
        for e in range(chain.worth.shape[0]):
            state.cover[m, e] = work.years[m, e]


@leaf
def _write(state: State, record: Record, work: Work, t: int, dt: float) -> None:
    """Records the step, and everything in stock, in transit, in reserve and in use."""
    n, elements = work.use.shape
    for i in range(n):
        for e in range(elements):
            record.wanted[t, i, e] = work.use[i, e] * dt
            record.other_wanted[t, i, e] = work.other[i, e] * dt
            record.stock[t, e] += state.in_use[i, e]
        for f in range(state.made.shape[0]):
            for e in range(elements):
                record.stock[t, e] += state.made[f, i, e] + state.transit[f, i, e] + state.reserve[f, i, e]
        for f in range(state.feed.shape[0]):
            for e in range(elements):
                record.feed[t, f, i, e] = state.feed[f, i, e]
                record.stock[t, e] += state.feed[f, i, e]
    for e in range(elements):
        record.paid[t, e] = math.exp(work.paid[1, e])
        for m in range(2):
            work.level[m, e] = math.exp(state.price[m, e])
            record.price[t, m, e] = work.level[m, e]
    # Written in one go: shipping passes over links by maker, and rows in that order would wait for memory.
    for link in range(work.sent.shape[0]):
        for e in range(elements):
            record.shipped[t, link, e] = work.sent[link, e]
    for link in range(state.licence.shape[0]):
        record.licensed[t, link] = state.licence[link, 0]


def _compile(version: str) -> Advance:
    """The loop over steps; Numba's cache looks at the file of ``advance`` and at its closure, hence ``version``."""

    @entry
    def advance(
        chain: Chain, links: Links, knobs: Knobs, paths: Paths, state: State, record: Record, work: Work
    ) -> None:
        """Runs all steps of ``paths``; ``state`` moves on and ``record``, as ``new_record`` makes it, is filled in."""
        version  # noqa: B018
        dt = 1.0 / paths.steps_per_y
        _rest(chain, state, work)
        for t in range(paths.use_index.shape[0]):
            year = t // paths.steps_per_y
            if t % paths.steps_per_y == 0:
                begin_year(chain, state, year)
                for q in range(state.quota_used.shape[0]):
                    state.quota_used[q] = 0.0
            paid_prices(knobs, state, work)
            appetite(chain, knobs, paths, state, work, t)
            supplier_growth(paths, state, work, t)
            limits(chain, knobs, paths, work, t)
            licence_office(links, knobs, paths, state, work, t, dt)
            plan_all(chain, links, knobs, paths, state, record, work, t, dt)
            arrive(links, state, record, t)
            permit(links, paths, state, work, t, dt)
            _public_stocks(paths, state, t, dt)
            for f in range(PRODUCT + 1):
                make(chain, links, knobs, state, record, work, f, t, dt)
                ship(links, knobs, paths, state, record, work, f, t, dt)
            retire(chain, state, record, work, t, year, dt)
            recycle(chain, state, record, work, t, share_of_step(dt, knobs.expect_y), dt)
            cover(chain, state, work)
            openness(chain, links, paths, work, t, dt)
            move_prices(knobs, state, work, dt)
            respond(chain, knobs, paths, state, work, t, dt)
            _write(state, record, work, t, dt)

    return advance


advance = _compile(version())
