# mypy: disallow-untyped-decorators=False
# mypy: disable-error-code="import-untyped,import-not-found,no-untyped-call,untyped-decorator"
"""Compiled kernels of Newton steps on the two scalars of each stage (ln h, ln F).

The step couples all stages through the compositions; it comes from a block-tridiagonal elimination with one small block
per stage, of the components that are more than traces there. Imported only inside functions: numba is slow to load.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from didymium.separation.balances import (
    REORDER,
    Flows,
    Law,
    Totals,
    closed,
    compositions,
    distribution,
    fallen,
    left_open,
    metal_left,
    open_balances,
    pivots,
    residuals,
    risen,
)
from didymium.separation.structure import Array

__all__ = [
    "Flows",
    "Law",
    "Totals",
    "Work",
    "compositions",
    "correction",
    "distribution",
    "fallen",
    "left_open",
    "metal_left",
    "newton",
    "newton_open",
    "open_balances",
    "pivots",
    "residuals",
    "risen",
    "tangent",
    "workspace",
]

TRACE, FINE_TRACE, PATIENCE = 1e-6, 1e-8, 8
"""Share of a stage's metal, in both phases, below which a component does not move the scalars there; the finer one
once Newton has taken ``PATIENCE`` steps."""

Counts = np.ndarray[Any, np.dtype[np.int64]]


class Work(NamedTuple):
    """Arrays that a Newton run needs: the Jacobian as factored (``inverse`` holds that of each stage's pivot block),
    residuals, steps and trial values.
    """

    rest: Array
    e: Array
    g: Array
    t: Array
    inverse: Array
    v: Array
    r: Array
    gap: Array
    ds: Array
    dx: Array
    next_ds: Array
    next_dx: Array
    old_d: Array


@njit(cache=True, error_model="numpy")
def workspace(n: int, m: int) -> Work:
    """The arrays for ``n`` stages and ``m`` components; residuals, gaps and steps are zero."""
    return Work(
        np.empty((n, m)),
        np.empty((n, m, 2)),
        np.zeros((n, 2, 2)),
        np.empty((n, 2, m)),
        np.empty((n, m, m)),
        np.empty((n, m)),
        np.zeros((n, 2)),
        np.zeros((n, m)),
        np.zeros((n, 2)),
        np.zeros((n, m)),
        np.zeros((n, 2)),
        np.zeros((n, m)),
        np.empty((n, m)),
    )


@njit(cache=True, error_model="numpy", fastmath=REORDER)
def invert(a: Array) -> None:
    """The inverse of a small square matrix in place, by Gauss-Jordan without pivoting."""
    m = a.shape[0]
    for k in range(m):
        p = 1.0 / a[k, k]
        a[k, k] = 1.0
        for c in range(m):
            a[k, c] *= p
        for i in range(m):
            if i != k:
                f = a[i, k]
                a[i, k] = 0.0
                for c in range(m):
                    a[i, c] -= f * a[k, c]


@njit(cache=True, error_model="numpy")
def local(law: Law, totals: Totals, s: Array, d: Array, x: Array, j: int, e: Array, g: Array) -> None:
    """Derivatives at stage ``j``: ``e`` is d ln D / d(ln h, ln F) by component, ``g`` the 2 x 2 of the local
    equations.
    """
    h, f = math.exp(s[j, 0]), math.exp(s[j, 1])
    by_f = 1.0 - 0.5 * law.activity * math.sqrt(f)
    g[0, 0] = h + totals.sulfate[j] * h * law.ka2 / (law.ka2 + h) ** 2
    g[1, 0], g[1, 1] = 0.0, law.free * f
    for i in range(d.shape[1]):
        e[i, 0] = -(law.ph_slope[i] + law.ph_slope_per_dimer[i] * f)
        e[i, 1] = law.dimer_slope[i] * by_f - law.ph_slope_per_dimer[i] * f * s[j, 0]
        bound = law.dimers[i] * d[j, i] * x[j, i]
        g[1, 0] += bound * e[i, 0]
        g[1, 1] += bound * e[i, 1]
    if law.free == 0.0:
        g[1, 0], g[1, 1] = 0.0, 1.0


@njit(cache=True, error_model="numpy")
def responses(law: Law, totals: Totals, s: Array, d: Array, x: Array, e: Array, g: Array, t: Array) -> None:
    """Eliminate the scalars of every stage: delta s = u - t delta x, and delta y = (D - e t) delta x + e u.

    On return ``e`` (stages x components x 2) is y times d ln D / d s.
    """
    n, m = d.shape
    for j in range(n):
        local(law, totals, s, d, x, j, e[j], g[j])
        bound, loose = 0.0, 0.0
        for i in range(m):
            bound += law.dimers[i] * d[j, i] * x[j, i]
            loose += law.dimers[i] * x[j, i]
        for i in range(m):
            slope = law.dimers[i] * d[j, i]
            if law.free == 0.0:
                slope = slope / bound - law.dimers[i] / loose
            t[j, 0, i] = law.protons[i] / g[j, 0, 0]
            t[j, 1, i] = (slope - g[j, 1, 0] * t[j, 0, i]) / g[j, 1, 1]
            e[j, i, 0] *= d[j, i] * x[j, i]
            e[j, i, 1] *= d[j, i] * x[j, i]


@njit(cache=True, error_model="numpy")
def active(law: Law, totals: Totals, d: Array, x: Array, trace: float, j: int, which: Counts) -> int:
    """List in ``which`` the components whose share at stage ``j`` can move its scalars; returns how many."""
    count, loose = 0, 0.0
    for i in range(d.shape[1]):
        loose += x[j, i]
    bound = totals.dimer[j] if law.free > 0.0 else totals.dimer[j] * loose
    for i in range(d.shape[1]):
        if law.dimers[i] * d[j, i] * x[j, i] > trace * bound or x[j, i] > trace * loose:
            which[count] = i
            count += 1
    return count


@njit(cache=True, error_model="numpy", fastmath=REORDER)
def factor(law: Law, flows: Flows, totals: Totals, d: Array, x: Array, trace: float, w: Work) -> None:
    """Block elimination from stage 1 up: the inverse of each pivot block.

    Traces move no scalar, so that their rows stay those of their own balance: only the active components make a block.
    """
    n, m = d.shape
    p, q, ratio, block = np.empty(m), np.empty(m), np.zeros((m, m)), np.empty((m, m))
    which, e, t = np.empty(m, np.int64), w.e, w.t
    for j in range(n):
        lift = flows.up[j] + flows.drawn_org[j] + flows.hold_org[j]
        drop = flows.down[j] + flows.drawn_aq[j] + flows.hold_aq[j]
        count = active(law, totals, d, x, trace, j, which)
        b = block[:count, :count]
        for row in range(count):
            i = which[row]
            e0, e1 = lift * e[j, i, 0], lift * e[j, i, 1]
            for col in range(count):
                k = which[col]
                b[row, col] = -e0 * t[j, 0, k] - e1 * t[j, 1, k] - flows.down[j] * ratio[i, k]
            b[row, row] += drop + lift * d[j, i]
        invert(b)
        full = w.inverse[j]
        full[:, :] = 0.0
        ratio[:, :] = 0.0
        for i in range(m):
            full[i, i] = 1.0 / (lift * d[j, i] + w.rest[j, i])
            ratio[i, i] = flows.up[j] * d[j, i] * full[i, i]
        p[:count] = 0.0
        q[:count] = 0.0
        for row in range(count):
            t0, t1 = t[j, 0, which[row]], t[j, 1, which[row]]
            for col in range(count):
                p[col] += t0 * b[row, col]
                q[col] += t1 * b[row, col]
        for row in range(count):
            i = which[row]
            dd, e0, e1 = flows.up[j] * d[j, i], flows.up[j] * e[j, i, 0], flows.up[j] * e[j, i, 1]
            for col in range(count):
                k = which[col]
                full[i, k] = b[row, col]
                ratio[i, k] = dd * b[row, col] - e0 * p[col] - e1 * q[col]


@njit(cache=True, error_model="numpy", fastmath=REORDER)
def correction(flows: Flows, d: Array, w: Work, r: Array, gap: Array, ds: Array, dx: Array) -> float:
    """The step that a factored Jacobian gives for residuals ``r`` and balances open by ``gap``.

    The step of the scalars goes to ``ds``, that of the aqueous concentrations to ``dx``; returns the norm of the first.
    """
    n, m = d.shape
    carry, u, rhs = np.zeros(m), np.empty(2), np.empty(m)
    v, e, g, t, inverse = w.v, w.e, w.g, w.t, w.inverse
    for j in range(n):
        u[0] = -r[j, 0] / g[j, 0, 0]
        u[1] = (-r[j, 1] - g[j, 1, 0] * u[0]) / g[j, 1, 1]
        lift = flows.up[j] + flows.drawn_org[j] + flows.hold_org[j]
        for i in range(m):
            rhs[i] = gap[j, i] + carry[i] - lift * (e[j, i, 0] * u[0] + e[j, i, 1] * u[1])
        p, q = u[0], u[1]
        for i in range(m):
            total = 0.0
            for k in range(m):
                total += inverse[j, i, k] * rhs[k]
            v[j, i] = total
            p -= t[j, 0, i] * total
            q -= t[j, 1, i] * total
        ds[j, 0], ds[j, 1] = u[0], u[1]
        for i in range(m):
            carry[i] = flows.up[j] * (d[j, i] * v[j, i] + e[j, i, 0] * p + e[j, i, 1] * q)
    square = 0.0
    carry[:] = 0.0
    for j in range(n - 1, -1, -1):
        above = flows.down[j + 1] if j + 1 < n else 0.0
        for i in range(m):
            total = 0.0
            for k in range(m):
                total += inverse[j, i, k] * carry[k]
            rhs[i] = v[j, i] + above * total
        for i in range(m):
            carry[i] = rhs[i]
            dx[j, i] = rhs[i]
            ds[j, 0] -= t[j, 0, i] * carry[i]
            ds[j, 1] -= t[j, 1, i] * carry[i]
        square += ds[j, 0] ** 2 + ds[j, 1] ** 2
    return math.sqrt(square)


@njit(cache=True, error_model="numpy")
def tangent(law: Law, flows: Flows, totals: Totals, s: Array, d: Array, x: Array, taken: int, w: Work) -> None:
    """Factor the Jacobian at ``s`` and ``x`` after ``taken`` steps; ``w.rest`` holds the pivots."""
    responses(law, totals, s, d, x, w.e, w.g, w.t)
    factor(law, flows, totals, d, x, TRACE if taken < PATIENCE else FINE_TRACE, w)


@njit(cache=True, error_model="numpy")
def deviation(a: Array, b: Array, share: float) -> float:
    """The Euclidean norm of ``a - share b``."""
    square = 0.0
    for j in range(a.shape[0]):
        square += (a[j, 0] - share * b[j, 0]) ** 2 + (a[j, 1] - share * b[j, 1]) ** 2
    return math.sqrt(square)


@njit(cache=True, error_model="numpy")
def first_step(flows: Flows, d: Array, w: Work) -> float:
    """The step of a Jacobian just factored, with ``d`` kept for the next; its norm, not finite where it fails."""
    w.old_d[:, :] = d
    return correction(flows, d, w, w.r, w.gap, w.ds, w.dx)


@njit(cache=True, error_model="numpy")
def next_step(flows: Flows, residual: float, w: Work) -> float:
    """The step that the same Jacobian would take after a trial with ``residual``; infinite where the trial failed."""
    return correction(flows, w.old_d, w, w.r, w.gap, w.next_ds, w.next_dx) if residual <= 1e300 else np.inf


@njit(cache=True, error_model="numpy")
def newton(
    law: Law,
    flows: Flows,
    totals: Totals,
    source: Array,
    s: Array,
    x: Array,
    d: Array,
    limit: int,
    tolerance: float,
    cap: float,
) -> tuple[int, float]:
    """Newton from ``s`` in place, damped by the natural monotonicity test (Deuflhard, Newton Methods, 2004, NLEQ-ERR).

    Progress is measured by the step that the same Jacobian would take next, not by the residual, which rises while a
    front moves. Returns iterations (negative when it did not converge) and the residual; ``x`` and ``d`` hold the last
    compositions and distribution ratios.
    """
    w = workspace(*x.shape)
    trial = np.empty_like(s)
    step, size, next_size, easy = 1.0, 0.0, 0.0, True
    now = closed(law, flows, totals, source, s, d, x, w.rest, w.r)
    for it in range(limit):
        if now <= tolerance:
            return it, now
        tangent(law, flows, totals, s, d, x, it, w)
        before = size
        size = first_step(flows, d, w)
        if not size <= 1e300:
            return -it - 1, now
        step = 1.0 if easy else min(1.0, step * before * next_size / (deviation(w.next_ds, w.ds, 1.0) * size + 1e-300))
        step = min(max(step, 1e-3), cap / np.abs(w.ds).max())
        for _ in range(12):
            trial[:, :] = s + step * w.ds
            new = closed(law, flows, totals, source, trial, d, x, w.rest, w.r)
            easy = new <= (1.0 - 0.75 * step) * now
            if easy or new <= tolerance:
                break
            next_size = next_step(flows, new, w)
            if next_size <= (1.0 - 0.25 * step) * size:
                break
            better = 0.5 * size * step * step / (deviation(w.next_ds, w.ds, 1.0 - step) + 1e-300)
            step = min(max(better, 0.1 * step), 0.5 * step) if new <= 1e300 else 0.2 * step
        if not new <= 1e300:
            return -it - 1, now
        s[:, :] = trial
        now = new
    return (limit, now) if now <= tolerance else (-limit - 1, now)


@njit(cache=True, error_model="numpy")
def newton_open(
    law: Law,
    flows: Flows,
    totals: Totals,
    source: Array,
    s: Array,
    x: Array,
    d: Array,
    limit: int,
    tolerance: float,
    cap: float,
) -> tuple[int, float]:
    """Newton on scalars and compositions together, from ``s`` and ``x`` whose balances may be open.

    A scalar slightly wrong over many stages blows up the compositions that close the balances exactly; here both move
    together, as in multiple shooting. Same returns as ``newton``; the caller closes the balances after it.
    """
    w = workspace(*x.shape)
    trial, new_x = np.empty_like(s), np.empty_like(x)
    step = 1.0
    now = left_open(law, flows, totals, source, s, d, x, w.gap, w.r)
    for it in range(limit):
        pivots(flows, d, w.rest)
        tangent(law, flows, totals, s, d, x, it, w)
        size = first_step(flows, d, w)
        if not size <= 1e300:
            return -it - 1, now
        if size <= tolerance:
            return it, now
        step = min(1.0, 10.0 * step, cap / np.abs(w.ds).max())
        for _cut in range(6):
            trial[:, :] = s + step * w.ds
            new_x[:, :] = np.maximum(x + step * w.dx, 0.05 * x)
            now = left_open(law, flows, totals, source, trial, d, new_x, w.gap, w.r)
            next_size = next_step(flows, now, w)
            if next_size <= (1.0 - 0.25 * step) * size:
                break
            step *= 0.4
        if not now <= 1e300:
            return -it - 1, now
        s[:, :] = trial
        x[:, :] = new_x
        if next_size <= 0.1 * size:  # the step of the same Jacobian is as good as a new one
            s += w.next_ds
            x[:, :] = np.maximum(x + w.next_dx, 0.05 * x)
            step = 1.0
            now = left_open(law, flows, totals, source, s, d, x, w.gap, w.r)
            if next_size <= tolerance:
                return it + 1, now
    return -limit - 1, now
