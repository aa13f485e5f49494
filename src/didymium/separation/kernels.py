# mypy: disallow-untyped-decorators=False
# mypy: disable-error-code="import-untyped,import-not-found,no-untyped-call,untyped-decorator"
"""Compiled kernels of Newton steps on the two scalars of each stage (ln h, ln F).

The step couples all stages through the compositions; it comes from a block-tridiagonal elimination with one small block
per stage, of the components that are more than traces there. Imported only inside functions: numba is slow to load.
"""

from __future__ import annotations

import math

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
    "compositions",
    "correction",
    "distribution",
    "factor",
    "fallen",
    "metal_left",
    "newton",
    "newton_open",
    "open_balances",
    "residuals",
    "responses",
    "risen",
]

TRACE = 1e-8
Counts = np.ndarray[tuple[int], np.dtype[np.int64]]


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
def active(law: Law, totals: Totals, d: Array, x: Array, j: int, which: Counts) -> int:
    """List in ``which`` the components whose share at stage ``j`` can move its scalars; returns how many."""
    count, loose = 0, 0.0
    for i in range(d.shape[1]):
        loose += x[j, i]
    bound = totals.dimer[j] if law.free > 0.0 else totals.dimer[j] * loose
    for i in range(d.shape[1]):
        if law.dimers[i] * d[j, i] * x[j, i] > TRACE * bound or x[j, i] > TRACE * loose:
            which[count] = i
            count += 1
    return count


@njit(cache=True, error_model="numpy", fastmath=REORDER)
def factor(
    law: Law, flows: Flows, totals: Totals, d: Array, x: Array, rest: Array, e: Array, t: Array, inverse: Array
) -> None:
    """Block elimination from stage 1 up: the inverse of each pivot block.

    Traces move no scalar, so that their rows stay those of their own balance: only the active components make a block.
    """
    n, m = d.shape
    p, q, ratio, block = np.empty(m), np.empty(m), np.zeros((m, m)), np.empty((m, m))
    which = np.empty(m, np.int64)
    for j in range(n):
        lift = flows.up[j] + flows.drawn_org[j] + flows.hold_org[j]
        drop = flows.down[j] + flows.drawn_aq[j] + flows.hold_aq[j]
        count = active(law, totals, d, x, j, which)
        b = block[:count, :count]
        for row in range(count):
            i = which[row]
            e0, e1 = lift * e[j, i, 0], lift * e[j, i, 1]
            for col in range(count):
                k = which[col]
                b[row, col] = -e0 * t[j, 0, k] - e1 * t[j, 1, k] - flows.down[j] * ratio[i, k]
            b[row, row] += drop + lift * d[j, i]
        invert(b)
        full = inverse[j]
        full[:, :] = 0.0
        ratio[:, :] = 0.0
        for i in range(m):
            full[i, i] = 1.0 / (lift * d[j, i] + rest[j, i])
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
def correction(
    flows: Flows, d: Array, e: Array, g: Array, t: Array, inverse: Array, r: Array, gap: Array, ds: Array, dx: Array
) -> float:
    """The step that a factored Jacobian gives for residuals ``r`` and balances open by ``gap``.

    The step of the scalars goes to ``ds``, that of the aqueous concentrations to ``dx``; returns the norm of the first.
    """
    n, m = d.shape
    v, carry, u, rhs = np.empty((n, m)), np.zeros(m), np.empty(2), np.empty(m)
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
            ds[j, 0] -= t[j, 0, i] * rhs[i]
            ds[j, 1] -= t[j, 1, i] * rhs[i]
        square += ds[j, 0] ** 2 + ds[j, 1] ** 2
    return math.sqrt(square)


@njit(cache=True, error_model="numpy")
def deviation(a: Array, b: Array, share: float) -> float:
    """The Euclidean norm of ``a - share b``."""
    square = 0.0
    for j in range(a.shape[0]):
        square += (a[j, 0] - share * b[j, 0]) ** 2 + (a[j, 1] - share * b[j, 1]) ** 2
    return math.sqrt(square)


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
    n, m = x.shape
    rest, r, ds, next_ds, trial = (
        np.empty((n, m)),
        np.empty((n, 2)),
        np.empty((n, 2)),
        np.zeros((n, 2)),
        np.empty((n, 2)),
    )
    inverse, t, e, g = np.empty((n, m, m)), np.empty((n, 2, m)), np.empty((n, m, 2)), np.zeros((n, 2, 2))
    old_d, shut, dx = np.empty((n, m)), np.zeros((n, m)), np.empty((n, m))
    step, size, next_size, easy = 1.0, 0.0, 0.0, True
    now = closed(law, flows, totals, source, s, d, x, rest, r)
    for it in range(limit):
        if now <= tolerance:
            return it, now
        responses(law, totals, s, d, x, e, g, t)
        factor(law, flows, totals, d, x, rest, e, t, inverse)
        before = size
        size = correction(flows, d, e, g, t, inverse, r, shut, ds, dx)
        if not size <= 1e300:
            return -it - 1, now
        step = 1.0 if easy else min(1.0, step * before * next_size / (deviation(next_ds, ds, 1.0) * size + 1e-300))
        largest = np.abs(ds).max()
        step = min(max(step, 1e-3), cap / largest)
        old_d[:, :] = d
        for _ in range(12):
            trial[:, :] = s + step * ds
            new = closed(law, flows, totals, source, trial, d, x, rest, r)
            easy = new <= (1.0 - 0.75 * step) * now
            if easy or new <= tolerance:
                break
            next_size = correction(flows, old_d, e, g, t, inverse, r, shut, next_ds, dx) if new <= 1e300 else np.inf
            if next_size <= (1.0 - 0.25 * step) * size:
                break
            better = 0.5 * size * step * step / (deviation(next_ds, ds, 1.0 - step) + 1e-300)
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
    n, m = x.shape
    rest, r, ds, next_ds, trial = (
        np.empty((n, m)),
        np.empty((n, 2)),
        np.empty((n, 2)),
        np.zeros((n, 2)),
        np.empty((n, 2)),
    )
    inverse, t, e, g = np.empty((n, m, m)), np.empty((n, 2, m)), np.empty((n, m, 2)), np.zeros((n, 2, 2))
    old_d, gap, new_x = np.empty((n, m)), np.empty((n, m)), np.empty((n, m))
    dx, next_dx = np.empty((n, m)), np.empty((n, m))
    now = left_open(law, flows, totals, source, s, d, x, gap, r)
    for it in range(limit):
        pivots(flows, d, rest)
        responses(law, totals, s, d, x, e, g, t)
        factor(law, flows, totals, d, x, rest, e, t, inverse)
        size = correction(flows, d, e, g, t, inverse, r, gap, ds, dx)
        if not size <= 1e300:
            return -it - 1, now
        if size <= tolerance:
            return it, now
        step = min(1.0, cap / np.abs(ds).max())
        old_d[:, :] = d
        for _cut in range(6):
            trial[:, :] = s + step * ds
            new_x[:, :] = np.maximum(x + step * dx, 0.05 * x)
            now = left_open(law, flows, totals, source, trial, d, new_x, gap, r)
            next_size = correction(flows, old_d, e, g, t, inverse, r, gap, next_ds, next_dx) if now <= 1e300 else np.inf
            if next_size <= (1.0 - 0.25 * step) * size:
                break
            step *= 0.4
        if not now <= 1e300:
            return -it - 1, now
        s[:, :] = trial
        x[:, :] = new_x
        if next_size <= 0.1 * size:  # the step of the same Jacobian is as good as a new one
            s += next_ds
            x[:, :] = np.maximum(x + next_dx, 0.05 * x)
            now = left_open(law, flows, totals, source, s, d, x, gap, r)
            if next_size <= tolerance:
                return it + 1, now
    return -limit - 1, now
