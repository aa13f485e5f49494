"""The steady state of a cascade: Newton from a start, from a small cascade by stage insertion, or by relaxation in
time.

Three roads, each used only when the one before has failed: (1) Newton from a similar steady state; (2) a cascade of few
stages solved first, the contents of its stages stretched over more, and so on; (3) at any level, implicit Euler steps
of
growing length from stages filled with feed, which follow the plant as it would settle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from didymium.errors import DidymiumError, SolveError, counted
from didymium.separation.layout import Layout, law_arrays, layout_of
from didymium.separation.result import steady_result
from didymium.separation.structure import Array, Cascade, Steady, with_feed

__all__ = ["Solver", "State", "checked", "filled", "solver_of", "steady_state"]

STEP_CAP = 3.0
NEWTON_LIMIT, START_LIMIT, STEP_LIMIT = 60, 10, 60
MOST_STEPS = 200
COLD_STEP, WARM_STEP, LONG_STEP = 0.3, 12.0, 1e3
ROUGH, OPEN, CLOSED = 1e-3, 1e-4, 1e-12
NUDGES = (1e-8, -1e-7, 1e-7)
"""Relative changes of the acid tried where a cut is exact to the last digit."""

Found = tuple[Array, Array, Array]


class State(NamedTuple):
    """Scalars and content by stage: ln h and ln F, aqueous and organic mol/L."""

    s: Array
    x: Array
    y: Array


@dataclass
class Solver:
    """One cascade as arrays with its compiled kernels; ``iterations`` counts every Newton step spent on it."""

    law: Any
    kernels: Any
    tolerance: float
    iterations: int = 0
    residual: float = math.inf

    def arrays(self, lay: Layout, hold: float = 0.0, before: Array | None = None) -> tuple[Any, Any, Array]:
        """Flows, totals and source as the kernels take them; ``hold`` and ``before`` as in ``newton``."""
        k = self.kernels
        aq, org = lay.down + lay.drawn_aq, lay.up + lay.drawn_org
        flows = k.Flows(lay.down, lay.up, lay.drawn_aq, lay.drawn_org, hold * aq, hold * org)
        totals = k.Totals(lay.anion, lay.sulfate, lay.dimer / lay.metal if lay.metal.any() else lay.dimer)
        return flows, totals, lay.source if before is None else lay.source + hold * before

    def newton(
        self,
        lay: Layout,
        s: Array,
        hold: float,
        before: Array | None,
        limit: int,
        tolerance: float,
        guess: Array | None = None,
    ) -> tuple[bool, Array, Array]:
        """Newton in place on ``s``; ``hold`` is stage volume per time step over flow (zero at steady state).

        With a ``guess`` of the aqueous concentrations, scalars and concentrations move together first.
        """
        k = self.kernels
        flows, totals, source = self.arrays(lay, hold, before)
        x, d = np.empty_like(source), np.empty_like(source)
        problem = (self.law, flows, totals, source)
        if guess is None:
            return self._spend(k.newton(*problem, s, x, d, limit, tolerance, STEP_CAP)), x, d
        x[:, :] = guess
        if not self._spend(k.newton_open(*problem, s, x, d, limit, OPEN, STEP_CAP)):
            return False, x, d
        opened = s.copy(), x.copy()
        if self._spend(k.newton(*problem, s, x, d, START_LIMIT, tolerance, STEP_CAP)):
            return True, x, d
        # Closing the balances exactly can blow up a long cascade; then they must be closed as they stand.
        s[:, :], x[:, :] = opened
        self._spend(k.newton_open(*problem, s, x, d, START_LIMIT, CLOSED, STEP_CAP))
        gap = np.empty_like(x)
        k.open_balances(flows, d, source, x, gap)
        leads_on = before is not None or tolerance > self.tolerance
        closed = (np.abs(gap).sum(axis=0) <= (1e-8 if leads_on else 0.5 * self.tolerance) * source.sum(axis=0)).all()
        return bool(closed and self.residual <= tolerance), x, d

    def step(
        self, flows: Any, s: Array, source: Array, totals: tuple[Array, Array, Array]
    ) -> tuple[Array | None, Array]:
        """One implicit step in time, its hold-up in ``flows`` and the content it starts from in ``source``."""
        x, d = np.empty_like(source), np.empty_like(source)
        k = self.kernels
        done = self._spend(
            k.newton(self.law, flows, k.Totals(*totals), source, s, x, d, STEP_LIMIT, self.tolerance, STEP_CAP)
        )
        return (x if done else None), d

    def _spend(self, outcome: tuple[int, float]) -> bool:
        self.iterations += abs(outcome[0])
        self.residual = outcome[1]
        return outcome[0] >= 0


def solver_of(cascade: Cascade, tolerance: float) -> Solver:
    """The compiled solver for the chemistry of ``cascade``."""
    from didymium.separation import kernels

    return Solver(kernels.Law(*law_arrays(cascade.chemistry)), kernels, tolerance)


def steady_state(cascade: Cascade, start: Steady | None, tolerance: float) -> Steady:
    """The converged steady state; raises SolveError with stage, residual and cure when there is none."""
    lay = layout_of(cascade)
    solver = solver_of(cascade, tolerance)
    found = None if start is None else from_start(cascade, lay, solver, start)
    try:
        return checked(cascade, lay, solver, found or by_insertion(cascade, lay, solver))
    except SolveError as error:
        nudged = _nudged(cascade, solver)
        if nudged is None:
            raise error
        return nudged


def _nudged(cascade: Cascade, solver: Solver) -> Steady | None:
    """A full organic that takes a group of elements to the last digit, solved with acid off by far less than is known.

    Exactly there the front has no place to stand in double precision. The answer's cascade holds the acid used, and a
    warning says so; None where it does not help.
    """
    sour = [k for k, f in enumerate(cascade.feeds) if f.acid > 0]
    if not cascade.chemistry.saturated or not sour:
        return None
    for share in NUDGES:
        moved = with_feed(cascade, sour[-1], acid=cascade.feeds[sour[-1]].acid * (1.0 + share))
        try:
            lay = layout_of(moved)
            found = checked(moved, lay, solver, by_insertion(moved, lay, solver))
        except DidymiumError:
            continue
        text = f"the cut is exact to the last digit: the acid of feed {sour[-1] + 1} is {share:+.0e} of itself off"
        return replace(found, warnings=(*found.warnings, text))
    return None


def checked(cascade: Cascade, lay: Layout, solver: Solver, found: Found) -> Steady:
    """What was found as a steady state; raises SolveError where a balance does not close."""
    s, x, d = found
    tolerance = solver.tolerance
    steady = steady_result(cascade, lay, s, x, d, solver.iterations)
    worst = max(steady.balances, key=lambda name: steady.balances[name])
    if not steady.balances[worst] <= tolerance:
        raise SolveError(
            f"the balance of {worst} closes only to {steady.balances[worst]:.1e}",
            where=f"cascade of {counted(cascade.n_stages, 'stage')}",
            expected=f"{tolerance:g}",
            cure="less reflux for so little feed, fewer stages, or a wider tolerance=",
        )
    return steady


def from_start(cascade: Cascade, lay: Layout, solver: Solver, start: Steady) -> Found | None:
    """The steady state from that of a similar cascade, or None where it does not lead there."""
    if start.cascade.chemistry.components != cascade.chemistry.components:
        return None
    n = cascade.n_stages
    at, to = np.linspace(0.0, 1.0, start.cascade.n_stages), np.linspace(0.0, 1.0, n)
    state = State(*(_between(to, at, a) for a in (start.ln_scalars, start.aqueous, start.organic)))
    s = state.s.copy()
    done, x, d = solver.newton(lay, s, 0.0, None, START_LIMIT, 0.01 * solver.tolerance, guess=state.x)
    if done:
        return s, x, d
    try:
        return relaxed(cascade, lay, solver, np.arange(n), state, WARM_STEP, most=30)
    except SolveError:
        return None


def levels(key: Array, coarsest: int = 3) -> list[np.ndarray[Any, np.dtype[np.intp]]]:
    """Stages kept at each level, coarse to fine: all key stages, between two of them few, then four times as many."""
    keys: list[int] = np.flatnonzero(key).tolist()
    longest = max((b - a for a, b in pairwise(keys)), default=1)
    out, between = [], coarsest
    while True:
        parts = [np.linspace(a, b, min(b - a, between + 1) + 1).round().astype(np.intp) for a, b in pairwise(keys)]
        out.append(np.unique(np.concatenate([keys, *parts])))
        if between + 1 >= longest:
            return out
        between = between * 4 if between * 6 < longest else longest


def picked(lay: Layout, at: np.ndarray[Any, np.dtype[np.intp]]) -> Layout:
    """The layout with only the stages ``at``, which include every key stage."""
    return Layout(*(getattr(lay, f.name)[at] for f in fields(lay)))


def by_insertion(cascade: Cascade, lay: Layout, solver: Solver) -> Found:
    """The steady state from a small cascade by inserting stages.

    What is stretched is the content of the stages, not only the scalars: a few implicit steps in time let the fronts
    take their width again, where Newton would start from compositions that a slightly wrong scalar has blown up.
    """
    s, x, d = np.empty((0, 2)), np.empty(0), np.empty(0)
    before = np.empty(0, dtype=np.intp)
    for at in levels(lay.key):
        part = picked(lay, at)
        if len(s):
            state, first = State(*(_between(at, before, a) for a in (s, x, d * x))), WARM_STEP
        else:
            state, first = filled(cascade, part, solver), COLD_STEP
        s, x, d = relaxed(cascade, part, solver, at, state, first)
        before = at
    return s, x, d


def _between(at: Any, before: Any, a: Array) -> Array:
    """The columns of ``a``, known at ``before``, read at ``at`` on straight lines."""
    if len(at) == len(before):
        return a.copy()
    k = np.clip(np.searchsorted(before, at, side="right") - 1, 0, max(len(before) - 2, 0))
    above = np.minimum(k + 1, len(before) - 1)
    share = ((at - before[k]) / np.maximum(before[above] - before[k], 1e-300))[:, None]
    return np.asarray((1.0 - share) * a[k] + share * a[above])


def filled(cascade: Cascade, lay: Layout, solver: Solver) -> State:
    """Stages filled with the mean feed, with room for an equilibrium to exist."""
    c = cascade.chemistry.constants
    z = lay.source.sum(axis=0)
    z = z / z.sum() if z.sum() > 0 else np.full(len(c), 1.0 / len(c))
    if cascade.chemistry.saturated:
        s = np.column_stack([np.zeros(len(lay.key)), np.full(len(lay.key), -solver.law.ln_k.mean())])
        return State(s, np.outer(lay.metal, z), np.outer(lay.dimer, z))
    protons, dimers = np.array([k.protons for k in c]), np.array([k.dimers for k in c])
    s = np.column_stack([np.log(0.5 * lay.anion), np.log(0.5 * lay.dimer)])
    # A component that does not answer to acid cannot be pushed out of the organic, so that none is put into it.
    loose = np.array([0.5 if k.ph_slope > 0 else 0.0 for k in c])
    x = np.outer(0.5 * lay.anion, z / max(float(protons @ z), 1e-30))
    return State(s, x, np.outer(lay.dimer, loose * z / (dimers @ z)))


def relaxed(cascade: Cascade, lay: Layout, solver: Solver, at: Any, state: State, step: float, most: int = 0) -> Found:
    """The steady state as the end of implicit Euler steps that grow while they converge.

    Now and then Newton tries the steady state itself, to ``solver.tolerance`` only where no stage is left out.
    """
    aq, org = (lay.down + lay.drawn_aq)[:, None], (lay.up + lay.drawn_org)[:, None]
    whole = len(at) == cascade.n_stages
    exact, still = (0.01 * solver.tolerance, 0.5 * solver.tolerance) if whole else (1e-6, 1e-7)
    s, tried = state.s, 0.0
    x, y = _roomy(cascade, lay, state)
    for _ in range(most or MOST_STEPS):
        spent, slow = solver.iterations, step >= LONG_STEP
        held, accuracy = aq * x + org * y, 0.01 * solver.tolerance if slow else ROUGH
        for guess in (None, x) if slow else (None,):
            trial = s.copy()
            done, tx, td = solver.newton(lay, trial, 1.0 / step, held, STEP_LIMIT, accuracy, guess)
            if done:
                break
        else:
            step /= 5.0
            continue
        moved = float(np.abs(trial - s).max())
        drift = np.abs(aq * (tx - x) + org * (td * tx - y)).sum(axis=0) / step
        s, x, y, spent = trial, tx, td * tx, solver.iterations - spent
        if slow and (drift <= still * lay.source.sum(axis=0)).all():
            return s, tx, td
        if ((moved < 0.1 and step > 10.0) or slow or step == WARM_STEP) and step > tried:
            trial, tried = s.copy(), 10 * step
            limit = 12 if moved > 1e-3 else NEWTON_LIMIT
            done, tx, td = solver.newton(lay, trial, 0.0, None, limit, exact, x)
            if done:
                return trial, tx, td
        step *= 20.0 if spent <= 4 else (3.0 if spent <= 10 else 1.5)
    raise _lost(cascade, lay, solver, at, x, y)


def _roomy(cascade: Cascade, lay: Layout, state: State) -> tuple[Array, Array]:
    """The content scaled so that each stage has the metal of a full organic, or room for acid and free dimer."""
    constants = cascade.chemistry.constants
    if cascade.chemistry.saturated:
        by_aq, by_org = lay.metal / state.x.sum(axis=1), lay.dimer / state.y.sum(axis=1)
    else:
        charge, bound = state.x @ [c.protons for c in constants], state.y @ [c.dimers for c in constants]
        by_aq = np.minimum(1.0, 0.98 * lay.anion / np.maximum(charge, 1e-300))
        by_org = np.minimum(1.0, 0.98 * lay.dimer / np.maximum(bound, 1e-300))
    return state.x * by_aq[:, None], state.y * by_org[:, None]


def _lost(cascade: Cascade, lay: Layout, solver: Solver, at: Any, x: Array, y: Array) -> SolveError:
    """The error that says where: the stage across which most still changes is where the front has not settled."""
    change = np.abs(np.diff(y, axis=0, prepend=y[:1])).sum(axis=1) / lay.dimer
    return SolveError(
        f"no steady state after {solver.iterations} Newton steps (relative residual {solver.residual:.1e})",
        where=f"cascade of {counted(cascade.n_stages, 'stage')}, "
        f"hardest near stage {int(at[int(np.argmax(change))]) + 1}",
        expected=f"residual below {solver.tolerance:g}",
        cure="start from a solved cascade with nearby flows (start=), or move organic flow or scrub acid a little: "
        "a product that takes a group of elements to the last digit leaves the front nowhere to stand",
    )
