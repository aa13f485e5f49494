"""Months until a plant's products meet their purities, and how it takes an upset and a shutdown, cascade by cascade.

Each stage holds the flow of both phases over its residence time; the run itself is that of ``dynamics``. The scrub acid
is trimmed step by step by what the stages hold, as an operator would; at the acid of the design from the first hour, a
surplus leaves only as impurity.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from didymium.separation.cascade import Cascade
from didymium.separation.design import CutDesign
from didymium.separation.dynamics import HoldUp, Moment, Transient, inventory_of, simulate
from didymium.separation.economics import Estimate, estimate
from didymium.separation.phases import Phase, shutdown_phases, start_up_phases, upset_phases
from didymium.separation.sizing import installed_range
from didymium.separation.specification import scrub_feed
from didymium.separation.structure import Steady, with_feed
from didymium.separation.tree import Circuit, Leaf, Tree

__all__ = ["StartUp", "months_to_purity", "shut_down", "start_up", "upset"]

Array = npt.NDArray[np.float64]

NEAR = 2.0
"""A product counts as made when what strays is within this factor of what may; the last of it takes far longer."""

TRIM = 0.1
"""Most by which the trim of the scrub acid moves a product flow, as a share of the smaller flow."""

RTOL, FINE_RTOL = 3e-3, 3e-4
"""Error of a step over each stage's metal; days to purity move by a few per cent from the first to a thousandth. On
full reflux the last stage holds so little metal that only the finer one leaves it any."""

LONGEST_DAYS = 365.0
DAYS_PER_MONTH = 365.25 / 12


@dataclass(frozen=True)
class StartUp:
    """One cascade in time: days, mole purity of both outlets, days until both are made and stay so.

    ``days_to_purity`` is infinite where a year does not do it.
    """

    name: str
    days: Array
    raffinate: Array
    organic: Array
    days_to_purity: float

    @property
    def purity(self) -> Array:
        """The worse of the two outlets."""
        return np.minimum(self.raffinate, self.organic)


def start_up(
    design: CutDesign,
    mode: str = "normal",
    *,
    reflux_days: float | None = None,
    residence_days: float | None = None,
    trimmed: bool = True,
) -> StartUp:
    """Follow ``design`` from stages filled with its feed until both products are made, or a year.

    ``mode`` is "normal", "full_reflux" or "partial" for the first ``reflux_days`` (by default the days of feed that the
    cascade holds). ``residence_days`` of a mixer-settler follows from the sizing figures unless it is given.
    ``trimmed`` lets the scrub acid send out what the stages hold too much of; without it the design's acid is kept from
    the first hour, and a surplus leaves only as impurity. Raises SolveError where a time step does not converge.
    """
    first = design.size.held_days_of_feed if reflux_days is None else reflux_days
    first = 0.0 if mode == "normal" else first
    phases = start_up_phases(design.steady, mode, reflux_for=first, then_for=LONGEST_DAYS - first)
    return _followed(design, phases, None, residence_days, trimmed, first)


def upset(design: CutDesign, scrub_acid: float, days: float, *, residence_days: float | None = None) -> StartUp:
    """``design`` from its steady state, scrub acid off by the factor ``scrub_acid`` for ``days``, until it recovers."""
    phases = upset_phases(design.steady, scrub_acid=scrub_acid, upset_for=days, then_for=LONGEST_DAYS - days)
    return _followed(design, phases, design.steady, residence_days, True, days)


def shut_down(design: CutDesign, days: float, *, residence_days: float | None = None) -> StartUp:
    """``design`` kept on full reflux for ``days``, its feed stopped, then run again until both products are made."""
    # What m stages in series pass on to the feed stage arrives spread by the square root of m.
    first = (design.scrub_stages + 5 * design.scrub_stages**0.5) * _residence_days(residence_days)
    phases = shutdown_phases(design.steady, shut_for=days, reflux_first=first)
    phases.append(Phase(design.steady.cascade, LONGEST_DAYS - first - days))
    return _followed(design, phases, design.steady, residence_days, True, first + days, FINE_RTOL)


def _residence_days(given: float | None) -> float:
    if given is not None:
        return given
    return (estimate("mixer_residence").known() + estimate("settler_residence").known()) / 60 / 24


def _followed(
    design: CutDesign,
    phases: Sequence[Phase],
    start: Steady | None,
    residence_days: float | None,
    trimmed: bool,
    settled: float,
    rtol: float = RTOL,
) -> StartUp:
    """The run of ``phases`` from ``start``, stopped when both products have been made half as long again.

    Before day ``settled`` nothing counts as made.
    """
    steady, residence = design.steady, _residence_days(residence_days)
    volumes = residence * steady.aqueous_flow, residence * steady.organic_flow
    holdup = HoldUp(volumes[0].tolist(), volumes[1].tolist())
    operator = _Operator(design, inventory_of(steady, holdup), trimmed, settled)
    run = simulate(phases, holdup, start=start, rtol=rtol, tolerance=1e-9, operator=operator)
    purities = _purities(design, run)
    bad = np.flatnonzero([not operator.made(p) for p in purities.T])
    made = float(run.times[bad[-1] + 1]) if len(bad) and bad[-1] + 1 < len(run.times) else np.inf
    made = made if len(bad) else settled
    return StartUp(design.task.name, run.times, purities[0], purities[1], made)


def _purities(design: CutDesign, run: Transient) -> Array:
    task = design.task
    return np.array([run.purity("raffinate", *task.light), run.purity("organic", *task.heavy)])


class _Operator:
    """Trims the scrub acid by what the stages hold, and stops the run some time after both products are made."""

    def __init__(self, design: CutDesign, held: dict[str, float], trimmed: bool, settled: float) -> None:
        task = design.task
        self.design, self.trimmed, self.settled = design, trimmed, settled
        self.heavy = np.isin(list(task.feed), task.heavy)
        self.target = sum(held[e] for e in task.heavy)
        self.most = TRIM * min(task.exit_a, 1 - task.exit_a, design.scrub_flow)
        self.wanted = NEAR * (1 - task.purity_raffinate), NEAR * (1 - task.purity_organic)
        self.scrub = scrub_feed(design.steady.cascade)
        self.since = np.inf

    def made(self, purities: Array) -> bool:
        """Whether both outlets are within ``NEAR`` of their impurity."""
        return all(1 - p <= w for p, w in zip(purities, self.wanted, strict=True))

    def __call__(self, cascade: Cascade, now: Moment) -> Cascade | None:
        metal = now.composition["raffinate"], now.composition["organic"]
        light, heavy = float(metal[0][~self.heavy].sum()), float(metal[1][self.heavy].sum())
        purities = np.array([light / metal[0].sum(), heavy / metal[1].sum()])
        on_grade = now.time >= self.settled and self.made(purities)
        self.since = min(self.since, now.time) if on_grade else np.inf
        if now.time > 1.5 * self.since:
            return None
        if not self.trimmed or cascade is not self.design.steady.cascade:
            return cascade
        surplus = float(now.inventory[self.heavy].sum()) - self.target
        out = min(max(surplus / self.design.size.held_days_of_feed, -self.most), self.most)
        acid = cascade.feeds[self.scrub].acid * (1 - out / self.design.scrub_flow)
        return with_feed(cascade, self.scrub, acid=acid)


def months_to_purity(tree: Tree, runs: Sequence[StartUp]) -> Estimate:
    """Months until every product of ``tree`` is made: cascades of the longest path one after another.

    The low end lets all cascades start together, each with the feed it will have; the high end has as many
    mixer-settlers for one ideal stage as plants have installed. ``runs`` are in the order of ``circuits``.
    """
    longest = _path(tree.root, iter(runs))
    together = max((r.days_to_purity for r in runs), default=0.0)
    definition = "from feed-filled stages to twice the impurity allowed; the rest takes far longer"
    if not np.isfinite(longest):
        slow = [r.name for r in runs if not np.isfinite(r.days_to_purity)]
        return Estimate(
            "months_to_purity",
            None,
            "month",
            definition,
            "D",
            note=f"{', '.join(slow)} does not get there in a year",
        )
    return Estimate(
        "months_to_purity",
        longest / DAYS_PER_MONTH,
        "month",
        definition,
        "D",
        together / DAYS_PER_MONTH,
        installed_range(longest)[1] / DAYS_PER_MONTH,
        None,
        "derived",
        "Derived by didymium",
        "",
        "simulated; constant separation factors, 25 min a stage; high end: units installed; commissioning is not in it",
    )


def _path(node: Circuit | Leaf, runs: Iterator[StartUp]) -> float:
    """Days along the longest path below ``node``; ``runs`` come parents first, as ``circuits`` walks the tree."""
    if isinstance(node, Leaf):
        return 0.0
    own = next(runs).days_to_purity
    return own + max(_path(node.light, runs), _path(node.heavy, runs))
