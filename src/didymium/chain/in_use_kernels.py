# mypy: disallow-untyped-decorators=False
# mypy: disable-error-code="import-untyped,import-not-found,no-untyped-call,untyped-decorator"
"""Compiled sums over vintages. Imported only inside functions: numba is slow to load."""

from __future__ import annotations

from numba import njit

from didymium.chain.structure import Array

__all__ = ["left_by_year", "left_in_year"]


@njit(cache=True)
def left_by_year(inflow: Array, leave: Array, out: Array) -> None:
    """``out`` (classes, years, cells): what leaves in every year of ``inflow``; ``leave`` (classes, ages)."""
    out[:] = 0.0
    for c in range(inflow.shape[0]):
        for t in range(inflow.shape[1]):
            for age in range(min(t + 1, leave.shape[1])):
                share = leave[c, age]
                if share != 0.0:
                    came, left = inflow[c, t - age], out[c, t]
                    for k in range(came.size):
                        left[k] += share * came[k]


@njit(cache=True)
def left_in_year(cohorts: Array, last: int, leave: Array, out: Array) -> None:
    """``out`` (classes, blocs, elements): what leaves in the year of vintage number ``last`` of ``cohorts``.

    ``cohorts`` (classes, blocs, vintages, elements) may hold room for vintages to come: after ``last`` none is read.
    """
    out[:] = 0.0
    for c in range(cohorts.shape[0]):
        for b in range(cohorts.shape[1]):
            for age in range(min(last + 1, leave.shape[1])):
                share = leave[c, age]
                if share != 0.0:
                    for e in range(cohorts.shape[3]):
                        out[c, b, e] += share * cohorts[c, b, last - age, e]
