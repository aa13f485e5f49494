# mypy: disallow-untyped-decorators=False
# mypy: disable-error-code="import-untyped,import-not-found,no-untyped-call,untyped-decorator"
"""Compiled kernels of equilibrium and balances: what each stage holds for given scalars, and how far from closing.

Given the two scalars of each stage (ln h, ln F), the balance of each component is linear and tridiagonal over stages;
it is solved exactly and without subtraction, so that compositions stay positive and close at every iterate. Two local
equations remain per stage: charge (acid + metal = anions, which do not extract) and extractant (free + bound = total).
Imported only inside functions: numba is slow to load.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from didymium.separation.structure import Array

__all__ = [
    "REORDER",
    "Flows",
    "Law",
    "Totals",
    "closed",
    "compositions",
    "distribution",
    "fallen",
    "left_open",
    "metal_left",
    "open_balances",
    "pivots",
    "residuals",
    "risen",
]

REORDER = {"reassoc", "contract"}


class Law(NamedTuple):
    """The equilibrium as arrays over components, with the activity slope times ln 10 and 1.0 or 0.0
    for a free dimer.
    """

    ln_k: Array
    dimer_slope: Array
    ph_slope: Array
    ph_slope_per_dimer: Array
    protons: Array
    dimers: Array
    activity: float
    free: float
    ka2: float


class Flows(NamedTuple):
    """By stage: flow to the stage below (aqueous) and above (organic), drawn off, and hold-up per time step."""

    down: Array
    up: Array
    drawn_aq: Array
    drawn_org: Array
    hold_aq: Array
    hold_org: Array


class Totals(NamedTuple):
    """By stage, mol/L: charge of the anions, sulfate, extractant; what no equilibrium moves.

    In a full organic ``dimer`` is instead the ratio of all metal in the organic to all metal in the aqueous.
    """

    anion: Array
    sulfate: Array
    dimer: Array


@njit(cache=True, error_model="numpy")
def distribution(law: Law, s: Array, d: Array) -> None:
    """Distribution ratios into ``d`` (stages x components) from the scalars ``s`` (stages x ln h, ln F)."""
    for j in range(d.shape[0]):
        f = math.exp(s[j, 1])
        strength = s[j, 1] - law.activity * math.sqrt(f)
        for i in range(d.shape[1]):
            slope = law.ph_slope[i] + law.ph_slope_per_dimer[i] * f
            d[j, i] = math.exp(law.ln_k[i] + law.dimer_slope[i] * strength - slope * s[j, 0])


@njit(cache=True, error_model="numpy", fastmath=REORDER)
def compositions(flows: Flows, d: Array, source: Array, x: Array, rest: Array) -> None:
    """Aqueous concentrations into ``x`` that close every component balance; positive by construction.

    The pivot is kept as its part that rises and the ``rest``, so that the elimination never subtracts.
    """
    n, m = d.shape
    for j in range(n):
        drop = flows.drawn_aq[j] + flows.hold_aq[j]
        for i in range(m):
            if j == 0:
                rest[0, i] = drop + flows.down[0]
                x[0, i] = source[0, i]
            else:
                stay = (flows.drawn_org[j - 1] + flows.hold_org[j - 1]) * d[j - 1, i]
                rise = flows.up[j - 1] * d[j - 1, i]
                share = 1.0 / (rise + stay + rest[j - 1, i])
                rest[j, i] = drop + flows.down[j] * (stay + rest[j - 1, i]) * share
                x[j, i] = source[j, i] + rise * share * x[j - 1, i]
    for j in range(n - 1, -1, -1):
        lift = flows.up[j] + flows.drawn_org[j] + flows.hold_org[j]
        for i in range(m):
            above = flows.down[j + 1] * x[j + 1, i] if j + 1 < n else 0.0
            x[j, i] = (x[j, i] + above) / (lift * d[j, i] + rest[j, i])


@njit(cache=True, error_model="numpy")
def residuals(law: Law, totals: Totals, s: Array, d: Array, x: Array, r: Array) -> float:
    """Charge and extractant residuals into ``r``, mol/L; returns the largest relative one."""
    worst = 0.0
    for j in range(d.shape[0]):
        h, f = math.exp(s[j, 0]), math.exp(s[j, 1])
        charge, bound, free = 0.0, 0.0, 0.0
        for i in range(d.shape[1]):
            charge += law.protons[i] * x[j, i]
            bound += law.dimers[i] * d[j, i] * x[j, i]
            free += law.dimers[i] * x[j, i]
        acid = h + totals.sulfate[j] * h / (law.ka2 + h)
        r[j, 0] = acid + charge - totals.anion[j]
        if law.free > 0.0:
            r[j, 1] = f + bound - totals.dimer[j]
            b = abs(r[j, 1]) / totals.dimer[j]
        else:  # the logarithm of the mean distribution ratio is nearly linear in ln phi
            r[j, 1] = math.log(bound / free / totals.dimer[j])
            b = abs(r[j, 1])
        a = abs(r[j, 0]) / totals.anion[j]
        if not (a <= 1e300 and b <= 1e300):
            return np.inf
        worst = max(worst, a, b)
    return worst


@njit(cache=True, error_model="numpy")
def open_balances(flows: Flows, d: Array, source: Array, x: Array, gap: Array) -> None:
    """What enters each stage less what leaves it and stays, by component, into ``gap``."""
    n, m = d.shape
    for j in range(n):
        lift = flows.up[j] + flows.drawn_org[j] + flows.hold_org[j]
        drop = flows.down[j] + flows.drawn_aq[j] + flows.hold_aq[j]
        for i in range(m):
            total = source[j, i] - (drop + lift * d[j, i]) * x[j, i]
            if j + 1 < n:
                total += flows.down[j + 1] * x[j + 1, i]
            if j > 0:
                total += flows.up[j - 1] * d[j - 1, i] * x[j - 1, i]
            gap[j, i] = total


@njit(cache=True, error_model="numpy")
def pivots(flows: Flows, d: Array, rest: Array) -> None:
    """The part of each component's pivot that does not rise, as ``compositions`` keeps it, into ``rest``."""
    n, m = d.shape
    for j in range(n):
        drop = flows.drawn_aq[j] + flows.hold_aq[j]
        for i in range(m):
            if j == 0:
                rest[0, i] = drop + flows.down[0]
            else:
                stay = (flows.drawn_org[j - 1] + flows.hold_org[j - 1]) * d[j - 1, i] + rest[j - 1, i]
                rest[j, i] = drop + flows.down[j] * stay / (stay + flows.up[j - 1] * d[j - 1, i])


@njit(cache=True, error_model="numpy")
def passed_on(on: Array, drawn: Array, hold: Array, steady: Array, held: Array, falls: bool) -> Array:
    """One implicit step of what only flows one way, ``falls`` with the aqueous or rises with the organic; ``steady`` is
    where it tends, ``held`` where it starts.
    """
    n = len(steady)
    new = np.empty(n)
    lag = 0.0
    for k in range(n):
        j = n - 1 - k if falls else k
        out = on[j] + drawn[j]
        new[j] = (out * steady[j] + lag + hold[j] * held[j]) / (out + hold[j])
        lag = on[j] * (new[j] - steady[j])
    return new


@njit(cache=True, error_model="numpy")
def fallen(flows: Flows, steady: Array, held: Array) -> Array:
    """One implicit step of what only flows down with the aqueous."""
    return passed_on(flows.down, flows.drawn_aq, flows.hold_aq, steady, held, True)


@njit(cache=True, error_model="numpy")
def risen(flows: Flows, steady: Array, held: Array) -> Array:
    """One implicit step of what only flows up with the organic."""
    return passed_on(flows.up, flows.drawn_org, flows.hold_org, steady, held, False)


@njit(cache=True, error_model="numpy")
def metal_left(flows: Flows, dimer: Array, entering: Array) -> Array:
    """Total aqueous metal of a full organic one step on; ``entering`` is feed and content by stage, all components."""
    n = len(dimer)
    metal = np.empty(n)
    for j in range(n - 1, -1, -1):
        total = entering[j] - (flows.up[j] + flows.drawn_org[j] + flows.hold_org[j]) * dimer[j]
        if j + 1 < n:
            total += flows.down[j + 1] * metal[j + 1]
        if j > 0:
            total += flows.up[j - 1] * dimer[j - 1]
        metal[j] = total / (flows.down[j] + flows.drawn_aq[j] + flows.hold_aq[j])
    return metal


@njit(cache=True, error_model="numpy")
def closed(
    law: Law, flows: Flows, totals: Totals, source: Array, s: Array, d: Array, x: Array, rest: Array, r: Array
) -> float:
    """Distribution ratios, compositions that close every balance, and residuals at ``s``; returns the largest one."""
    distribution(law, s, d)
    compositions(flows, d, source, x, rest)
    return residuals(law, totals, s, d, x, r)


@njit(cache=True, error_model="numpy")
def left_open(
    law: Law, flows: Flows, totals: Totals, source: Array, s: Array, d: Array, x: Array, gap: Array, r: Array
) -> float:
    """Distribution ratios, open balances and residuals at ``s`` and ``x``; returns the largest residual."""
    distribution(law, s, d)
    open_balances(flows, d, source, x, gap)
    return residuals(law, totals, s, d, x, r)
