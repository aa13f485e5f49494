"""Months until a plant's products meet their purities: every cascade followed from stages filled with its feed.

Each stage holds the flow of both phases over its residence time. The scrub acid is trimmed piece by piece by what the
stages hold, as an operator would; at the acid of the design from the first hour, a surplus leaves only as impurity.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from didymium.separation.cascade import Cascade
from didymium.separation.design import CutDesign, cascade_of
from didymium.separation.dynamics import Contents, HoldUp, Phase, inventory_of, simulate
from didymium.separation.economics import Estimate, estimate
from didymium.separation.tree import Circuit, Leaf, Tree

__all__ = ["StartUp", "months_to_purity", "start_up"]

Array = npt.NDArray[np.float64]

NEAR = 2.0
"""A product counts as made when what strays is within this factor of what may; the last of it takes far longer."""

TRIM = 0.1
"""Most by which the trim of the scrub acid moves a product flow, as a share of the smaller flow."""

GROWTH = 1.1
LONGEST_DAYS = 365.0
DAYS_PER_MONTH = 365.25 / 12


@dataclass(frozen=True)
class StartUp:
    """One cascade from feed-filled stages: days, mole purity of both outlets (the worse), days until both are made.

    ``days_to_purity`` is infinite where a year do not do it.
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


def start_up(design: CutDesign, *, residence_days: float | None = None, trimmed: bool = True) -> StartUp:
    """Follow ``design`` from stages filled with its feed until both products are made, or a year.

    ``residence_days`` of a mixer-settler follows from the sizing figures unless it is given. ``trimmed`` lets the scrub
    acid send out what the stages hold too much of; without it the design's acid is kept from the first hour, and a
    surplus leaves only as impurity. Raises SolveError where a time step does not converge.
    """
    if residence_days is None:
        residence_days = (estimate("mixer_residence").known() + estimate("settler_residence").known()) / 60 / 24
    run = _Run(design, residence_days, trimmed)
    wanted = NEAR * (1 - design.task.purity_raffinate), NEAR * (1 - design.task.purity_organic)
    # The trim is set once a piece, and a piece longer than the turnover would make it swing.
    longest = design.size.held_days_of_feed if trimmed else LONGEST_DAYS
    days, purities, step, made = [0.0], [_feed_purities(design)], residence_days / 2, float("inf")
    while days[-1] < LONGEST_DAYS and days[-1] <= 1.5 * made:
        purities.append(run.step(step))
        days.append(days[-1] + step)
        on_grade = all(1 - p <= w for p, w in zip(purities[-1], wanted, strict=True))
        made = min(made, days[-1]) if on_grade else float("inf")
        step = max(step, min((GROWTH - 1) * days[-1], longest))
    low, high = (np.array(p) for p in zip(*purities, strict=True))
    return StartUp(design.task.name, np.array(days), low, high, made)


def _feed_purities(design: CutDesign) -> tuple[float, float]:
    return 1 - design.task.feed_heavy, design.task.feed_heavy


class _Run:
    """One cascade in time, piece by piece, so that its acid can be trimmed between pieces."""

    def __init__(self, design: CutDesign, residence_days: float, trimmed: bool) -> None:
        self.design, self.trimmed = design, trimmed
        steady = design.steady
        aqueous, organic = residence_days * steady.aqueous_flow, residence_days * steady.organic_flow
        self.holdup = HoldUp(aqueous.tolist(), organic.tolist())
        names = list(design.task.feed)
        self.heavy = np.isin(names, design.task.heavy)
        held = inventory_of(steady, self.holdup)
        self.target = sum(held[e] for e in design.task.heavy)
        self.surplus = design.task.feed_heavy * sum(held.values()) - self.target
        self.most = TRIM * min(design.task.exit_a, 1 - design.task.exit_a, design.scrub_flow)
        self.contents: Contents | None = None

    def step(self, days: float) -> tuple[float, float]:
        """Two steps of the dynamics over ``days``; the purity of the raffinate and of the organic at the end."""
        cascade = self.trimmed_cascade() if self.trimmed else self.design.steady.cascade
        run = simulate([Phase(cascade, days)], self.holdup, start=self.contents, steps=2, tolerance=1e-9)
        self.contents = run.end
        self.surplus = float(run.inventory[-1][self.heavy].sum()) - self.target
        task = self.design.task
        return float(run.purity("raffinate", *task.light)[-1]), float(run.purity("organic", *task.heavy)[-1])

    def trimmed_cascade(self) -> Cascade:
        """The cascade with scrub acid that lets the surplus of the heavy group out, or keeps it in, within a tenth."""
        out = min(max(self.surplus / self.design.size.held_days_of_feed, -self.most), self.most)
        factor = 1 - out / self.design.scrub_flow
        stages = (self.design.extraction_stages, self.design.scrub_stages)
        return cascade_of(self.design.task, self.design.organic_flow, *stages, acid_factor=factor)


def months_to_purity(tree: Tree, runs: dict[str, StartUp]) -> Estimate:
    """Months until every product of ``tree`` is made: cascades of the longest path one after another.

    The low end lets all cascades start together, each with the feed it will have. ``runs`` are by name of the cut.
    """
    longest = _path(tree.root, runs)
    together = max((r.days_to_purity for r in runs.values()), default=0.0)
    definition = "from feed-filled stages to twice the impurity allowed; the rest takes far longer"
    if not np.isfinite(longest):
        slow = [r.name for r in runs.values() if not np.isfinite(r.days_to_purity)]
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
        longest / DAYS_PER_MONTH,
        None,
        "derived",
        "Derived by didymium",
        "",
        "simulated; constant separation factors, ideal stages, 25 min a stage; delays of commissioning are not in it",
    )


def _path(node: Circuit | Leaf, runs: dict[str, StartUp]) -> float:
    if isinstance(node, Leaf):
        return 0.0
    own = runs[node.design.task.name].days_to_purity
    return own + max(_path(node.light, runs), _path(node.heavy, runs))
