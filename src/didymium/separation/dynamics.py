"""A cascade in time: start-up, upset and shutdown with the hold-up of its stages.

The same equations as at steady state, with accumulation, by the variable-step second-order backward differentiation
formula (BDF2, L-stable; Hairer and Wanner, Solving ODEs II, 1996, ch. V): every step is one solve of the steady kernel
with
hold-up over step length added to the flows. The anions, the sulfate and the extractant flow without equilibrium and
take
the same step by substitution.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from didymium.errors import DidymiumError, SolveError, UnknownName, counted
from didymium.separation.layout import Layout, layout_of
from didymium.separation.newton import Solver, filled, solver_of
from didymium.separation.phases import Phase
from didymium.separation.result import outlets_of
from didymium.separation.structure import Array, Cascade, Steady

__all__ = ["HoldUp", "Moment", "Operator", "Phase", "Transient", "inventory_of", "simulate", "time_to_purity"]

_SMALLEST = 1e-9


@dataclass(frozen=True)
class HoldUp:
    """Volume of each phase held in a stage: one number for all stages or one per stage, in the volume unit of the
    flows.
    """

    aqueous: float | Sequence[float]
    organic: float | Sequence[float]


class Moment(NamedTuple):
    """What an operator sees: time, mol/L at each outlet, mol of each component held in all stages."""

    time: float
    composition: Mapping[str, Array]
    inventory: Array


Operator = Callable[[Cascade, Moment], Cascade | None]
"""Given the phase's cascade, the one to run until the next step (with other flows or acid at most), or None to stop."""


@dataclass(frozen=True)
class Transient:
    """A run in time. ``composition[outlet]`` is times x components in mol/L, ``flow[outlet]`` volume per time,
    ``inventory`` times x components in mol held in all stages; ``end`` holds scalars and contents to go on from.
    """

    components: tuple[str, ...]
    times: Array
    composition: Mapping[str, Array]
    flow: Mapping[str, Array]
    inventory: Array
    end: Contents
    steps: int
    iterations: int

    def purity(self, outlet: str, *names: str) -> Array:
        """The mole share of ``names`` together among the metals of ``outlet``, by time."""
        if outlet not in self.composition:
            raise UnknownName("outlet", outlet, self.composition)
        metal = self.composition[outlet] * np.array([c not in ("Na", "NH4") for c in self.components])
        total = metal.sum(axis=1)
        part = sum(metal[:, self.components.index(n)] for n in names)
        return np.asarray(np.divide(part, total, out=np.zeros_like(total), where=total > 0))


@dataclass(frozen=True)
class Contents:
    """What stages hold: scalars (ln h, ln F), aqueous and organic mol/L, and the totals that no equilibrium moves."""

    s: Array
    x: Array
    y: Array
    anion: Array
    sulfate: Array
    dimer: Array


def inventory_of(state: Steady, holdup: HoldUp) -> dict[str, float]:
    """Moles of each component held in all stages at a steady state."""
    aq, org = _volumes(holdup, state.cascade.n_stages)
    held = aq @ state.aqueous + org @ state.organic
    return dict(zip(state.cascade.chemistry.components, held.tolist(), strict=True))


def time_to_purity(run: Transient, component: str, outlet: str, purity: float) -> float:
    """The time after which ``component`` in ``outlet`` stays at ``purity`` or above; nan when it has not got there."""
    had = run.purity(outlet, component)
    below = np.flatnonzero(had < purity)
    if not len(below):
        return float(run.times[0])
    k = int(below[-1])
    if k + 1 >= len(had):
        return math.nan
    a, b = (math.log(max(1.0 - p, 1e-300)) for p in (had[k], had[k + 1]))
    share = (a - math.log(1.0 - purity)) / (a - b) if a != b and purity < 1 else 1.0
    return float(run.times[k] + min(max(share, 0.0), 1.0) * (run.times[k + 1] - run.times[k]))


def simulate(
    phases: Sequence[Phase],
    holdup: HoldUp,
    *,
    start: Steady | Contents | None = None,
    steps: int | None = None,
    rtol: float = 1e-3,
    tolerance: float = 1e-10,
    operator: Operator | None = None,
) -> Transient:
    """Run ``phases`` one after another from ``start`` (default: stages filled with feed).

    With ``steps`` the whole run is cut into that many equal steps; without, the step follows the error, held below
    ``rtol`` of each stage's metal. An ``operator`` is asked before every step what to run, and may stop. Raises
    DidymiumError for phases that do not fit together, SolveError when a step fails.
    """
    _check(phases)
    first = phases[0].cascade
    solver = solver_of(first, tolerance)
    lay = layout_of(first)
    contents = _initial(first, lay, solver, start)
    march = _March(solver, *_volumes(holdup, first.n_stages), rtol, contents)
    total = sum(p.duration for p in phases)
    for phase in phases:
        fixed = None if steps is None else phase.duration / max(1, round(steps * phase.duration / total))
        if not march.through(phase, fixed, operator):
            break
    return march.result(first.chemistry.components)


def _check(phases: Sequence[Phase]) -> None:
    if not phases:
        raise DidymiumError("no phases to run", expected="at least one")
    first = phases[0].cascade
    for k, p in enumerate(phases, 1):
        if not (math.isfinite(p.duration) and p.duration > 0):
            raise DidymiumError(f"duration {p.duration}", where=f"phase {k}", expected="a finite time above zero")
        if p.cascade.n_stages != first.n_stages or p.cascade.chemistry != first.chemistry:
            raise DidymiumError("other stages or chemistry", where=f"phase {k}", expected="those of phase 1")


def _volumes(holdup: HoldUp, n: int) -> tuple[Array, Array]:
    out = []
    for name, value in (("aqueous", holdup.aqueous), ("organic", holdup.organic)):
        v = (
            np.broadcast_to(np.asarray(value, dtype=float), (n,)).copy()
            if np.ndim(value) == 0
            else np.array(value, float)
        )
        if v.shape != (n,) or not (np.isfinite(v).all() and (v > 0).all()):
            raise DidymiumError(f"{name} hold-up", expected=f"one volume above zero, or {n} of them")
        out.append(v)
    return out[0], out[1]


def _initial(cascade: Cascade, lay: Layout, solver: Solver, start: Steady | Contents | None) -> Contents:
    if isinstance(start, Contents):
        return start
    if start is None:
        state = filled(cascade, lay, solver)
        return Contents(state.s, state.x, state.y, lay.anion, lay.sulfate, lay.dimer)
    if start.cascade.n_stages != cascade.n_stages or start.cascade.chemistry != cascade.chemistry:
        raise DidymiumError("the start has other stages or chemistry", expected="a steady state of the same plant")
    own = layout_of(start.cascade)
    return Contents(start.ln_scalars, start.aqueous, start.organic, own.anion, own.sulfate, own.dimer)


class _March:
    """The state of a run: contents now and before, the step, and what has been recorded."""

    def __init__(self, solver: Solver, aq: Array, org: Array, rtol: float, contents: Contents) -> None:
        self.solver, self.aq, self.org, self.rtol = solver, aq, org, rtol
        self.now, self.before, self.last_step = contents, None, 0.0  # type: Contents, Contents | None, float
        self.time, self.steps = 0.0, 0
        self.times: list[float] = []
        self.rows: list[dict[str, tuple[float, Array]]] = []
        self.held: list[Array] = []

    def through(self, phase: Phase, fixed: float | None, operator: Operator | None) -> bool:
        """Run one phase with equal steps of ``fixed``, or with steps that follow the error; False when stopped."""
        lay = layout_of(phase.cascade)
        end = self.time + phase.duration
        turnover = float(np.min((self.aq + self.org) / (lay.down + lay.drawn_aq + lay.up + lay.drawn_org)))
        step = fixed or min(0.05 * turnover, phase.duration)
        self.before = None
        if not self.times:
            self._record(phase.cascade, lay)
        asked = -1
        while self.time < end * (1 - 1e-12):
            if operator is not None and asked != self.steps:
                cascade, asked = operator(phase.cascade, self._moment()), self.steps
                if cascade is None:
                    return False
                lay = layout_of(cascade)
            step = min(step, end - self.time)
            tried = self._try(lay, step)
            error = math.inf if tried is None else self._error(tried, step)
            if tried is None or (fixed is None and error > 2.0 * self.rtol and step > _SMALLEST * phase.duration):
                if tried is None and step < _SMALLEST * phase.duration:
                    raise SolveError(
                        f"no step from time {self.time:g} (relative residual {self.solver.residual:.1e})",
                        where=f"cascade of {counted(phase.cascade.n_stages, 'stage')}",
                        cure="more steps, or a smaller change between phases",
                    )
                if tried is None:
                    self.before = None  # implicit Euler does not swing below zero where a front of metal leaves
                step *= 0.3
                continue
            self.before, self.now, self.last_step = self.now, tried, step
            self.time, self.steps = self.time + step, self.steps + 1
            self._record(phase.cascade, lay)
            if fixed is None:
                step *= min(1.8, max(0.3, 0.9 * math.sqrt(self.rtol / max(error, 1e-300))))
            else:
                step = fixed
        return True

    def _moment(self) -> Moment:
        return Moment(self.time, {n: c for n, (_, c) in self.rows[-1].items()}, self.held[-1])

    def _weights(self, step: float) -> tuple[float, float]:
        """Implicit share of the step and weight of the state before the last (BDF2; implicit Euler at first)."""
        if self.before is None:
            return 1.0, 0.0
        w = step / self.last_step
        return (1 + w) / (1 + 2 * w), w * w / (1 + 2 * w)

    def _mixed(self, name: str, weight: float) -> Array:
        now = np.asarray(getattr(self.now, name))
        if self.before is None:
            return now
        return np.asarray((1 + weight) * now - weight * np.asarray(getattr(self.before, name)))

    def _try(self, lay: Layout, step: float) -> Contents | None:
        """The contents one step on, or None when Newton does not get there."""
        share, weight = self._weights(step)
        aq, org = self.aq / (share * step), self.org / (share * step)
        kernels = self.solver.kernels
        flows = kernels.Flows(lay.down, lay.up, lay.drawn_aq, lay.drawn_org, aq, org)
        dimer = kernels.risen(flows, lay.dimer, self._mixed("dimer", weight))
        held = aq[:, None] * self._mixed("x", weight) + org[:, None] * self._mixed("y", weight)
        if lay.metal.any():
            anion, sulfate = lay.anion, lay.sulfate
            ratio = dimer / kernels.metal_left(flows, dimer, held.sum(axis=1) + lay.source.sum(axis=1))
        else:
            anion = kernels.fallen(flows, lay.anion, self._mixed("anion", weight))
            sulfate = kernels.fallen(flows, lay.sulfate, self._mixed("sulfate", weight))
            ratio = dimer
        if not (ratio.min() > 0 and np.isfinite(ratio).all()):
            return None
        s = self._predicted(step)
        x, d = self.solver.step(flows, s, lay.source + held, (anion, sulfate, ratio))
        return None if x is None else Contents(s, x, d * x, anion, sulfate, dimer)

    def _predicted(self, step: float) -> Array:
        if self.before is None:
            return self.now.s.copy()
        change = self.now.s - self.before.s
        return self.now.s + np.clip(change * min(step / self.last_step, 1.0), -0.5, 0.5)

    def _error(self, tried: Contents, step: float) -> float:
        """The step's distance from a straight continuation, relative to each stage's metal."""
        old = self.aq[:, None] * self.now.x + self.org[:, None] * self.now.y
        new = self.aq[:, None] * tried.x + self.org[:, None] * tried.y
        slope = np.zeros_like(old)
        if self.before is not None:
            was = self.aq[:, None] * self.before.x + self.org[:, None] * self.before.y
            slope = (old - was) * (step / self.last_step)
        gap = np.abs(new - old - slope).max(axis=1) / np.maximum(new.sum(axis=1), 1e-300)
        return float(gap.max()) * (0.3 if self.before is not None else 1.0)

    def _record(self, cascade: Cascade, lay: Layout) -> None:
        zero = np.zeros(cascade.n_stages)
        found = outlets_of(cascade, lay, self.now.x, self.now.y, zero)
        self.times.append(self.time)
        self.rows.append({n: (o.flow, o.composition.copy()) for n, o in found.items()})
        self.held.append(self.aq @ self.now.x + self.org @ self.now.y)

    def result(self, components: tuple[str, ...]) -> Transient:
        """What was recorded, as a Transient."""
        names = [n for n in self.rows[0] if all(n in row for row in self.rows)]
        return Transient(
            components,
            np.array(self.times),
            {n: np.array([row[n][1] for row in self.rows]) for n in names},
            {n: np.array([row[n][0] for row in self.rows]) for n in names},
            np.array(self.held),
            self.now,
            self.steps,
            self.solver.iterations,
        )
