"""Three outlets from one cascade: light from the raffinate, heavy from the organic, a concentrate drawn in the middle.

It pays where the middle is scarce: one cascade and a small one for the concentrate instead of two large ones. The draw
is aqueous and lies in the scrub section. All flows follow from balance once the share of the middle in its concentrate
is chosen; what is left to find is stages, by rigorous cascades.

Source: Zhang, Zhao and Schreiner, Separation Hydrometallurgy of Rare Earth Elements, Springer 2016 (the Gd/Eu/Sm case).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from didymium.errors import DidymiumError, SolveError, UnknownName
from didymium.separation.cascade import Cascade, Draw, Feed, Steady, solve
from didymium.separation.chemistry import constant_beta

__all__ = ["MiddleDesign", "MiddleTask", "design_middle", "judge_middle", "middle_cascade"]

Stages = tuple[int, int, int]
"""Stages up to the feed, from there up to the draw, and above the draw."""

DRAW = "middle"


@dataclass(frozen=True)
class MiddleTask:
    """Three groups, the flows of the three outlets (mol per mol of feed), and what the two pure ones may hold.

    ``raffinate`` and ``organic`` are their flows, ``purity_raffinate`` and ``purity_organic`` their mole purities; the
    draw takes the rest.
    """

    feed: Mapping[str, float]
    beta: Mapping[str, float]
    light: tuple[str, ...]
    middle: tuple[str, ...]
    heavy: tuple[str, ...]
    raffinate: float
    organic: float
    purity_raffinate: float
    purity_organic: float

    def __post_init__(self) -> None:
        named = (*self.light, *self.middle, *self.heavy)
        for element in named:
            if element not in self.feed or element not in self.beta:
                raise UnknownName("element of the feed", element, self.feed)
        if sorted(named) != sorted(self.feed) or abs(math.fsum(self.feed.values()) - 1) > 1e-9:
            raise DidymiumError("the three groups are not the feed", expected="each element once, mole fractions of 1")
        if not all(0 < p < 1 for p in (self.purity_raffinate, self.purity_organic)):
            raise DidymiumError("a purity of 100 % cannot be made", expected="purities above 0 and below 1")
        if not (self.raffinate > 0 and self.organic > 0 and self.draw > 0):
            raise DidymiumError(
                f"outlets of {self.raffinate:.4g}, {self.draw:.4g} and {self.organic:.4g} mol per mol",
                expected="three flows above zero",
                cure="a richer concentrate leaves more for the pure products",
            )

    @property
    def draw(self) -> float:
        """Flow of the middle draw."""
        return 1 - self.raffinate - self.organic


@dataclass(frozen=True)
class MiddleDesign:
    """A three-outlet cascade that meets its purities; ``steady.outlets`` has raffinate, organic and middle."""

    task: MiddleTask
    steady: Steady
    organic_flow: float
    stages: Stages

    @property
    def total_stages(self) -> int:
        """All stages."""
        return sum(self.stages)

    @property
    def middle_share(self) -> float:
        """Mole share of the middle group in the draw."""
        return self.steady.purity(DRAW, *self.task.middle)


def middle_cascade(task: MiddleTask, organic_flow: float, stages: Stages) -> Cascade:
    """The cascade: feed into stage n, aqueous draw at stage n + d, scrub acid at the top."""
    n, draw_at, top = stages[0], stages[0] + stages[1], sum(stages)
    scrub = organic_flow - task.organic
    if scrub <= task.draw:
        raise SolveError(
            f"the reflux is below the minimum: S = {organic_flow:.4g} mol per mol of feed",
            expected=f"S above {task.organic + task.draw:.4g}, so that the scrub section carries the draw",
        )
    order = tuple(task.feed)
    feeds = (
        Feed(stage=n, flow_aq=1.0, composition=dict(task.feed), name="feed"),
        Feed(stage=top, flow_aq=1.0, acid=3 * scrub, name="scrub"),
    )
    draw = Draw(stage=draw_at, phase="aqueous", fraction=task.draw / scrub, name=DRAW)
    return Cascade(top, constant_beta(order, task.beta), organic_flow, feeds=feeds, draws=(draw,))


def judge_middle(
    task: MiddleTask, organic_flow: float, stages: Stages, start: Steady | None = None
) -> tuple[Steady, float]:
    """The rigorous steady state, and the impurity of the worse of the two pure outlets over what it may be."""
    steady = solve(middle_cascade(task, organic_flow, stages), start=start)
    low = (1 - steady.purity("raffinate", *task.light)) / (1 - task.purity_raffinate)
    high = (1 - steady.purity("organic", *task.heavy)) / (1 - task.purity_organic)
    return steady, max(low, high)


def design_middle(task: MiddleTask, organic_flow: float, *, most_stages: int = 300) -> MiddleDesign:
    """The fewest stages found, by rigorous cascades, that meet ``task`` at ``organic_flow`` S.

    Stages are added in ever smaller steps to the section where they help most, then taken away wherever they are not
    missed. Raises SolveError naming how far ``most_stages`` come.
    """
    last: list[Steady] = []

    def at(stages: Stages) -> float:
        steady, excess = judge_middle(task, organic_flow, stages, last[-1] if last else None)
        last.append(steady)
        return excess

    found: Stages = (8, 8, 16)
    excess = at(found)
    while excess > 1:
        step = max(1, min(12, round(3 * math.log(excess))))
        options = [_moved(found, k, step) for k in range(3)]
        excess, found = min((at(option), option) for option in options)
        if sum(found) > most_stages:
            raise SolveError(
                f"three outlets: {sum(found)} stages at S = {organic_flow:.4g} leave {excess:.3g} times the impurity",
                expected=f"at most {100 * (1 - task.purity_raffinate):.3g} % in the raffinate and "
                f"{100 * (1 - task.purity_organic):.3g} % in the organic",
                cure="more reflux, a poorer concentrate, or more stages",
            )
    found = _fewer(at, found)
    steady, _ = judge_middle(task, organic_flow, found)
    return MiddleDesign(task, steady, organic_flow, found)


def _moved(stages: Stages, section: int, by: int) -> Stages:
    changed = [s + by if k == section else s for k, s in enumerate(stages)]
    return (changed[0], changed[1], changed[2])


def _fewer(at: Callable[[Stages], float], found: Stages) -> Stages:
    """Stages taken away one by one, also by moving one between sections, while the task stays met."""
    for by in (4, 2, 1, 1):
        improved = True
        while improved:
            improved = False
            options = [_moved(found, k, -by) for k in range(3)]
            options += [_moved(_moved(found, i, -by - 1), j, 1) for i in range(3) for j in range(3) if i != j]
            for option in options:
                if min(option) >= 1 and at(option) <= 1:
                    found, improved = option, True
                    break
    return found
