# mypy: disallow-untyped-decorators=False
# mypy: disable-error-code="import-untyped,import-not-found,no-untyped-call,untyped-decorator"
"""Goods in use by year of entry: what retires in a year does so evenly over its steps, and part of it is collected."""

from __future__ import annotations

from numba import njit

from didymium.chain.structure import Array
from didymium.market.structure import Chain, State

__all__ = ["begin_year", "retire"]


@njit(cache=True)
def begin_year(chain: Chain, state: State, year: int) -> None:
    """Sets what retires and is collected in year number ``year``, from the inflows of the years before it."""
    for i in range(state.retiring.shape[0]):
        for e in range(state.retiring.shape[1]):
            state.retiring[i, e] = chain.past_leaving[year, i, e]
            state.collecting[i, e] = chain.past_collected[year, i, e]
            for age in range(1, min(year, chain.leave.shape[1]) + 1):
                state.retiring[i, e] += state.inflow[year - age, i, e] * chain.leave[i, age - 1]
                state.collecting[i, e] += state.inflow[year - age, i, e] * chain.collected[i, age - 1]


@njit(cache=True)
def retire(chain: Chain, state: State, year: int, dt: float, used: Array, scrap: Array, lost: Array) -> None:
    """Puts ``used`` (N, 15), t, into use, takes out what retires; ``scrap`` receives what is collected."""
    for i in range(used.shape[0]):
        for e in range(used.shape[1]):
            state.inflow[year, i, e] += used[i, e]
            state.in_use[i, e] += used[i, e] - state.retiring[i, e] * dt
            scrap[i, e] += state.collecting[i, e] * dt
            lost[e] += (state.retiring[i, e] - state.collecting[i, e]) * dt
