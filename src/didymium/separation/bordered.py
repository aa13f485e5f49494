"""A purity as one more equation of the cascade and one setting as one more unknown: bordered Newton.

The border is one column (how residuals and balances move with the setting) and one row (how the purity moves with the
outlet). Both right-hand sides go through the same block elimination; the Schur complement is one number. Source of the
method: Govaerts, Numerical Methods for Bifurcations of Dynamical Equilibria, SIAM 2000, ch. 3 (block elimination).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from didymium.errors import DidymiumError
from didymium.separation.layout import Layout, layout_of
from didymium.separation.newton import STEP_CAP, Solver, checked, solver_of
from didymium.separation.structure import Array, Cascade, Steady, metals

__all__ = ["Spot", "bordered"]

LIMIT, CUTS, POLISHES = 40, 8, 3
SHORT_STEP, MOST_SHORT = 0.05, 5
"""Steps below this share of Newton's that are taken before the search is left to others."""
NUDGE = 1e-6
"""Change of the setting's logarithm from which the border's column is taken; residuals are nearly linear in it."""
SETTING_CAP = 0.3
SETTLED = 1e-8
FARTHEST = 8.0
"""Most by which one step lets ln(odds) fall."""
PURITY_TOLERANCE = 1e-9
"""Largest error of ln(odds) at which a purity counts as met."""


@dataclass(frozen=True)
class Spot:
    """Where a purity is asked: outlet, its stage (from 0) and phase, the components together, their mole share."""

    outlet: str
    names: tuple[str, ...]
    purity: float
    stage: int
    organic: bool
    own: Array
    others: Array

    @classmethod
    def of(cls, state: Steady, outlet: str, names: tuple[str, ...], purity: float) -> Spot:
        """The spot of an outlet that ``state`` has."""
        chemistry, out = state.cascade.chemistry, state.outlets[outlet]
        own = np.isin(chemistry.components, names)
        others = metals(chemistry) & ~own
        return cls(
            outlet, names, purity, out.stage - 1, out.phase == "organic", own.astype(float), others.astype(float)
        )

    def short(self, x: Array, d: Array) -> float:
        """ln(odds asked / odds had): above zero where the outlet is not pure enough."""
        c = d[self.stage] * x[self.stage] if self.organic else x[self.stage]
        odds = float(self.own @ c) / max(float(self.others @ c), 1e-300)
        return math.log(self.purity / (1.0 - self.purity)) - math.log(max(odds, 1e-300))

    def gain(self, x: Array, d: Array, e: Array, ds: Array, dx: Array) -> float:
        """How much ln(odds) grows along a step of scalars and concentrations; ``e`` is dy/ds at constant x."""
        j = self.stage
        c, dc = (d[j] * x[j], d[j] * dx[j] + e[j] @ ds[j]) if self.organic else (x[j], dx[j])
        return float(self.own @ dc / (self.own @ c) - self.others @ dc / max(float(self.others @ c), 1e-300))


def bordered(
    at: Callable[[float], Cascade], log_setting: float, first: Steady, spot: Spot, tolerance: float
) -> Steady | None:
    """The steady state that meets ``spot``, from ``first`` at ``log_setting``; None where Newton does not get there."""
    run = _Run(at, solver_of(first.cascade, tolerance), spot, log_setting, first)
    for _ in range(POLISHES):
        if not run.converges():
            return None
        found = run.polished()
        if found is not None:
            return found
    return None


class _Run:
    """The iterate (scalars, concentrations, logarithm of the setting) with its factored Jacobian and border."""

    def __init__(
        self, at: Callable[[float], Cascade], solver: Solver, spot: Spot, log_setting: float, first: Steady
    ) -> None:
        self.at, self.solver, self.spot, self.z = at, solver, spot, log_setting
        self.s, self.x = first.ln_scalars.copy(), first.aqueous.copy()
        self.d = np.empty_like(self.x)
        self.w = solver.kernels.workspace(*self.x.shape)
        self.border_ds, self.border_dx = np.empty_like(self.s), np.empty_like(self.x)
        self.border_gain = 0.0

    def converges(self) -> bool:
        """Damped bordered Newton with open balances, by the natural monotonicity test."""
        crawled = 0
        for _ in range(LIMIT):
            if self._look(self.z, self.s, self.x, self.d) is None or not self._factor():
                return False
            self.base = short = self.spot.short(self.x, self.d)
            ds, dx, dz, size = self._step(self.x, self.d)
            if not math.isfinite(size):
                return False
            if size <= SETTLED and abs(short) <= SETTLED:
                self._move(1.0, ds, dx, dz)
                return True
            crawled += self._damped(ds, dx, dz, size) < SHORT_STEP
            if crawled > MOST_SHORT:
                return False
        return False

    def _damped(self, ds: Array, dx: Array, dz: float, size: float) -> float:
        """Move along the step as far as the next one of the same Jacobian gets shorter; the share of it taken."""
        base = self.s.copy(), self.x.copy(), self.z, self.d.copy()
        share = min(1.0, STEP_CAP / max(float(np.abs(ds).max()), 1e-300), SETTING_CAP / max(abs(dz), 1e-300))
        for _ in range(CUTS):
            self.s, self.x, self.z = base[0].copy(), base[1].copy(), base[2]
            self._move(share, ds, dx, dz)
            if self._look(self.z, self.s, self.x, self.d) is not None:
                following = self._step(base[1], base[3])[3]
                if following <= (1.0 - 0.25 * share) * size:
                    return share
            share *= 0.4
        return 0.0

    def _move(self, share: float, ds: Array, dx: Array, dz: float) -> None:
        self.s += share * ds
        self.x = np.maximum(self.x + share * dx, 0.05 * self.x)
        self.z += share * dz

    def _arrays(self, z: float) -> tuple[Any, Any, Array]:
        return self.solver.arrays(layout_of(self.at(math.exp(z))))

    def _look(self, z: float, s: Array, x: Array, d: Array) -> float | None:
        """Residuals and open balances into the workspace; None where the plant cannot run at this setting."""
        try:
            self.arrays = self._arrays(z)
        except DidymiumError:
            return None
        found = self.solver.kernels.left_open(self.solver.law, *self.arrays, s, d, x, self.w.gap, self.w.r)
        return found if found <= 1e300 else None

    def _factor(self) -> bool:
        """The Jacobian and the border's column through it; False where the setting cannot move or does nothing."""
        k, w, law = self.solver.kernels, self.w, self.solver.law
        self.flows, totals, _ = self.arrays
        flows = self.flows
        k.pivots(flows, self.d, w.rest)
        k.tangent(law, flows, totals, self.s, self.d, self.x, k.PATIENCE, w)
        r, gap = np.empty_like(w.r), np.empty_like(w.gap)
        try:
            nudged = self._arrays(self.z + NUDGE)
        except DidymiumError:
            return False
        k.left_open(law, *nudged, self.s, np.empty_like(self.d), self.x, gap, r)
        column = (r - w.r) / NUDGE, (gap - w.gap) / NUDGE
        self.solver.iterations += 1
        k.correction(flows, self.d, w, *column, self.border_ds, self.border_dx)
        self.border_gain = self.spot.gain(self.x, self.d, w.e, self.border_ds, self.border_dx)
        return math.isfinite(self.border_gain) and self.border_gain != 0.0

    def _step(self, x: Array, d: Array) -> tuple[Array, Array, float, float]:
        """Step of scalars, concentrations and setting, and its norm.

        The Jacobian is the one factored at ``x`` and ``d``; residuals and purity are those of the iterate.
        """
        w = self.w
        self.solver.kernels.correction(self.flows, d, w, w.r, w.gap, w.ds, w.dx)
        wanted = self._wanted(self.spot.short(self.x, self.d))
        dz = (wanted - self.spot.gain(x, d, w.e, w.ds, w.dx)) / self.border_gain
        ds, dx = w.ds + dz * self.border_ds, w.dx + dz * self.border_dx
        return ds, dx, dz, math.sqrt(float((ds * ds).sum()) + dz * dz)

    def _wanted(self, short: float) -> float:
        """The residual of the purity, as a change of ln(odds) where the Jacobian was factored.

        Too impure, the impurity itself is followed, which past the front falls in proportion to the setting; too pure,
        its logarithm is, ``FARTHEST`` at most in one step.
        """
        if self.base > 0:
            return math.exp(min(short - self.base, 50.0)) - math.exp(-self.base)
        return short - min(self.base + FARTHEST, 0.0)

    def polished(self) -> Steady | None:
        """The steady state at the setting found, balances closed; None where that moves the purity away."""
        cascade = self.at(math.exp(self.z))
        lay: Layout = layout_of(cascade)
        done, x, d = self.solver.newton(lay, self.s, 0.0, None, 10, 0.01 * self.solver.tolerance, self.x)
        self.x, self.d = x, d
        if not done or abs(self.spot.short(x, d)) > PURITY_TOLERANCE:
            return None
        return checked(cascade, lay, self.solver, (self.s, x, d))
