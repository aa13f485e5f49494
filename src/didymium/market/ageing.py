"""Goods in use by year of entry: what retires in a year does so evenly over its steps, and part of it is collected."""

from __future__ import annotations

from didymium.market.compiled import leaf
from didymium.market.structure import Chain, Record, State, Work

__all__ = ["begin_year", "retire"]


@leaf
def begin_year(chain: Chain, state: State, year: int) -> None:
    """Sets what retires and is collected in year number ``year``, from the inflows of the years before it."""
    retiring, collecting, inflow = state.retiring, state.collecting, state.inflow
    for i in range(retiring.shape[0]):
        for e in range(retiring.shape[1]):
            retiring[i, e] = chain.past_leaving[year, i, e]
            collecting[i, e] = chain.past_collected[year, i, e]
        for age in range(1, min(year, chain.leave.shape[1]) + 1):
            leave, collected = chain.leave[i, age - 1], chain.collected[i, age - 1]
            for e in range(retiring.shape[1]):
                retiring[i, e] += inflow[year - age, i, e] * leave
                collecting[i, e] += inflow[year - age, i, e] * collected


@leaf
def retire(chain: Chain, state: State, record: Record, work: Work, t: int, year: int, dt: float) -> None:
    """Puts goods into use and takes out what retires; ``scrap`` receives what is collected."""
    retiring, collecting, used = state.retiring, state.collecting, record.used
    for i in range(retiring.shape[0]):
        for e in range(retiring.shape[1]):
            state.inflow[year, i, e] += used[t, i, e]
            state.in_use[i, e] += used[t, i, e] - retiring[i, e] * dt
            work.scrap[i, e] += collecting[i, e] * dt
            record.lost[t, e] += (retiring[i, e] - collecting[i, e]) * dt
