"""Inverse design of one cut: purities in; stages, flows, acid and base out. Theory seeds, the rigorous cascade judges.

At a product split fixed by balance, what strays into the raffinate falls with every stage added, and what strays into
the organic is then within its allowance too; so one steady state answers for a trial (n, m, S). The reflux is the one
of least comparison cost by the closed formulae; stage numbers are the fewest that the rigorous cascade accepts at it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from didymium.errors import DidymiumError, SolveError, counted
from didymium.separation.cascade import Cascade, Feed, Steady, solve
from didymium.separation.chemistry import constant_beta
from didymium.separation.sizing import CascadeSize, Duty, FeedVolume, comparison_cost, size_cascade
from didymium.separation.task import LEAST_FLOW, CutTask, binary_of, minimum_organic_flow
from didymium.separation.theory import (
    binary_stages,
    fenske_stages,
    minimum_reflux,
    optimum_ratios,
    short_stages,
)

__all__ = ["ClosedForms", "CutDesign", "Trial", "cascade_of", "cheapest_reflux", "design_cut", "judge", "seed_duty"]

MOST_STAGES = 400
"""Stages above which a cut counts as infeasible, unless asked otherwise."""

REFLUX_RANGE = (1.1, 4.0)
"""Organic flow over its minimum within which the cheapest is sought; nearer the pinch, a small error in the
separation factor would make the cut impossible. A choice of this project (grade D); most factors are known worse."""


@dataclass(frozen=True)
class Trial:
    """A rigorous steady state of a task at given stages and reflux; ``excess`` is what strays over what may stray."""

    steady: Steady
    extraction_stages: int
    scrub_stages: int
    excess: float

    @property
    def stages(self) -> int:
        """Extraction and scrub stages."""
        return self.extraction_stages + self.scrub_stages


@dataclass(frozen=True)
class ClosedForms:
    """Fenske's least stages, Xu's optimum S and short stages at it, Smoker's stages at the S designed; two groups.

    None where a formula has no answer at its flows, which lie below its minimum.
    """

    fenske_stages: float
    xu_organic_flow: float
    xu_stages: float | None
    smoker_stages: float | None


@dataclass(frozen=True)
class CutDesign:
    """A cut that meets its purities by a converged cascade; moles per mole of feed."""

    task: CutTask
    steady: Steady
    organic_flow: float
    scrub_flow: float
    extraction_stages: int
    scrub_stages: int
    minimum_organic_flow: float
    feed_kmol_per_h: float
    stripped: bool = True
    """False where the loaded organic goes straight on as the feed of the next cascade."""
    feed_volume: FeedVolume | None = None

    @property
    def stages(self) -> int:
        """Extraction and scrub stages."""
        return self.extraction_stages + self.scrub_stages

    @property
    def duty(self) -> Duty:
        """What the cascade does, for sizing."""
        return Duty(
            self.feed_kmol_per_h,
            self.organic_flow,
            self.scrub_flow,
            self.extraction_stages,
            self.scrub_stages,
            self.task.exit_a,
            self.task.feed_in,
            self.stripped,
            self.feed_volume,
        )

    @property
    def closed(self) -> ClosedForms:
        """What closed formulae say of the cut."""
        cut = binary_of(self.task)
        ratios = optimum_ratios(cut)
        return ClosedForms(
            fenske_stages(cut.beta, cut.purity_a, cut.purity_b),
            ratios.organic_flow,
            _total(lambda: short_stages(cut, ratios)),
            _total(lambda: binary_stages(cut, self.organic_flow)),
        )

    @property
    def size(self) -> CascadeSize:
        """Volumes, what it holds, acid, base and water."""
        return size_cascade(self.duty)

    def outlet(self, name: str) -> dict[str, float]:
        """Moles of each element leaving by ``raffinate`` or ``organic`` per mole of feed."""
        out = self.steady.outlets[name]
        return {e: float(out.flow * x) for e, x in zip(self.task.feed, out.composition, strict=True)}

    @property
    def purity_organic(self) -> float:
        """Mole share of the heavy group in the organic product, as computed."""
        return self.steady.purity("organic", *self.task.heavy)

    @property
    def purity_raffinate(self) -> float:
        """Mole share of the light group in the raffinate, as computed."""
        return self.steady.purity("raffinate", *self.task.light)

    @property
    def base_mol_per_mol(self) -> float:
        """Base to saponify per mole of feed."""
        return self.size.base_kmol_per_h / self.feed_kmol_per_h


def _total(stages: Callable[[], tuple[float, float]]) -> float | None:
    try:
        return sum(stages())
    except SolveError:
        return None


def scrub_flow(task: CutTask, organic_flow: float) -> float:
    """W that belongs to S when the product split is the one asked for."""
    extra = 1.0 if task.feed_in == "organic" else 0.0
    return organic_flow + extra - task.exit_a


def cascade_of(task: CutTask, organic_flow: float, n: int, m: int, *, acid_factor: float = 1.0) -> Cascade:
    """The cascade of ``task``: n extraction and m scrub stages, one mole of feed per unit time into stage n.

    ``acid_factor`` multiplies the scrub acid, to see what an error in it does.
    """
    chemistry = constant_beta(tuple(task.feed), task.beta)
    acid = 3 * scrub_flow(task, organic_flow) * acid_factor
    phase = {"flow_org": 1.0} if task.feed_in == "organic" else {"flow_aq": 1.0}
    feeds = (
        Feed(stage=n, composition=dict(task.feed), name="feed", **phase),
        Feed(stage=n + m, flow_aq=1.0, acid=acid, name="scrub"),
    )
    return Cascade(n + m, chemistry, organic_flow, feeds=feeds)


def judge(task: CutTask, organic_flow: float, n: int, m: int, start: Steady | None = None) -> Trial:
    """The rigorous steady state at (S, n, m) with the product split asked for; raises SolveError, never a guess."""
    steady = solve(cascade_of(task, organic_flow, n, m), start=start)
    raffinate = steady.outlets["raffinate"]
    names = list(task.feed)
    stray = float(raffinate.flow * sum(raffinate.composition[names.index(e)] for e in task.heavy))
    return Trial(steady, n, m, stray / task.heavy_in_raffinate)


def seed_duty(
    task: CutTask,
    reflux: float,
    feed_kmol_per_h: float = 1.0,
    lowest: float | None = None,
    feed_volume: FeedVolume | None = None,
) -> tuple[Duty, tuple[float, float]]:
    """The duty at ``reflux`` (S over its minimum) by closed formulae, and its stage numbers as fractions.

    ``lowest`` is the minimum where it is known already.
    """
    binary = binary_of(task)
    stages = binary_stages(binary, reflux * max(minimum_reflux(binary), LEAST_FLOW))
    s = reflux * (minimum_organic_flow(task) if lowest is None else lowest)
    n, m = math.ceil(stages[0]), max(1, math.ceil(stages[1]))
    w = scrub_flow(task, s)
    return Duty(feed_kmol_per_h, s, w, n, m, task.exit_a, task.feed_in, feed_volume=feed_volume), stages


def cheapest_reflux(task: CutTask, feed_kmol_per_h: float = 1.0, feed_volume: FeedVolume | None = None) -> float:
    """S over its minimum at which stages and reagents together cost least, by closed formulae."""
    from scipy.optimize import minimize_scalar

    lowest = minimum_organic_flow(task)

    def cost(log_reflux: float) -> float:
        return comparison_cost(*seed_duty(task, math.exp(log_reflux), feed_kmol_per_h, lowest, feed_volume))

    low, high = (math.log(r) for r in REFLUX_RANGE)
    found = minimize_scalar(cost, bounds=(low, high), method="bounded", options={"xatol": 5e-3})
    return math.exp(float(found.x))


def design_cut(
    task: CutTask,
    *,
    feed_kmol_per_h: float = 1.0,
    organic_flow: float | None = None,
    most_stages: int = MOST_STAGES,
    stripped: bool = True,
    feed_volume: FeedVolume | None = None,
) -> CutDesign:
    """The cut of least cost that a converged cascade shows to meet ``task``, at ``organic_flow`` S where it is given.

    Raises SolveError naming the cut and the minimum where S is not above it; naming the purity that ``most_stages``
    reach where the asked one is out of reach; and where the cascade does not converge.
    """
    lowest = minimum_organic_flow(task)
    if organic_flow is not None and organic_flow <= lowest:
        raise SolveError(
            f"cut {task.name}: the reflux is below the minimum: S = {organic_flow:.4g} mol per mol of feed",
            expected=f"S above {lowest:.4g}",
            cure=f"raise S; {1.2 * lowest:.4g} is 1.2 times the minimum",
        )
    if most_stages < 2:
        raise DidymiumError(counted(most_stages, "stage"), expected="at least 2")
    reflux = cheapest_reflux(task, feed_kmol_per_h, feed_volume) if organic_flow is None else organic_flow / lowest
    # The closed minimum takes all but the keys to part fully; where they do not, a little more reflux is needed.
    attempts = (1.0, 1.2, 1.5, 2.0) if organic_flow is None else (1.0,)
    for more in attempts:
        s = reflux * more * lowest
        _, seed = seed_duty(task, reflux * more, feed_kmol_per_h)
        trial = fewest_stages(task, s, seed, most_stages)
        if trial.excess <= 1:
            break
    else:
        raise _out_of_reach(task, trial, s, most_stages)
    return CutDesign(
        task=task,
        steady=trial.steady,
        organic_flow=s,
        scrub_flow=scrub_flow(task, s),
        extraction_stages=trial.extraction_stages,
        scrub_stages=trial.scrub_stages,
        minimum_organic_flow=lowest,
        feed_kmol_per_h=feed_kmol_per_h,
        stripped=stripped,
        feed_volume=feed_volume,
    )


def fewest_stages(task: CutTask, s: float, seed: tuple[float, float], most_stages: int) -> Trial:
    """The fewest stages (n, m) whose rigorous cascade at S meets the task, searched from ``seed``.

    Where ``most_stages`` do not meet it, that trial is returned, its excess above one.
    """
    last: list[Trial] = []

    def at(n: int, m: int) -> Trial:
        trial = judge(task, s, n, m, last[-1].steady if last else None)
        last.append(trial)
        return trial

    share = min(max(seed[0] / (seed[0] + seed[1]), 0.05), 0.95)

    def split(total: int) -> tuple[int, int]:
        n = min(max(1, round(total * share)), total - 1)
        return n, total - n

    found = _least_total(at, split, min(max(2, math.ceil(sum(seed))), most_stages), most_stages)
    return found if found.excess > 1 else _trimmed(at, found)


def _least_total(
    at: Callable[[int, int], Trial], split: Callable[[int], tuple[int, int]], first: int, most: int
) -> Trial:
    """The least total that is good enough, by secant steps on the logarithm of the excess, kept in a bracket."""
    seen: dict[int, Trial] = {}

    def value(total: int) -> float:
        if total not in seen:
            seen[total] = at(*split(total))
        return math.log(max(seen[total].excess, 1e-300))

    low, high, total, slope = 1, most + 1, first, -0.2
    while high - low > 1:
        now = value(total)
        if now <= 0:
            high = total
        else:
            low = total
        if len(seen) >= 2:
            (a, fa), (b, fb) = sorted((k, value(k)) for k in sorted(seen, key=lambda k: abs(k - total))[:2])
            slope = min((fb - fa) / (b - a), -1e-3)
        step = total - now / slope
        total = min(max(math.ceil(step), low + 1), high - 1)
    return seen[high] if high in seen else seen[max(seen)]


def _trimmed(at: Callable[[int, int], Trial], best: Trial) -> Trial:
    """The trial with one stage fewer, again and again, while some move of stages between the sections keeps it good."""
    for _ in range(8):
        n, m = best.extraction_stages, best.scrub_stages
        moves = [(-1, 0), (0, -1), (-3, 2), (2, -3), (-8, 7), (7, -8)]
        tried = (at(n + i, m + j) for i, j in moves if n + i >= 1 and m + j >= 1)
        better = next((trial for trial in tried if trial.excess <= 1), None)
        if better is None:
            return best
        best = better
    return best


def _out_of_reach(task: CutTask, trial: Trial, s: float, most: int) -> SolveError:
    reached = trial.steady.purity("raffinate", *task.light)
    organic = trial.steady.purity("organic", *task.heavy)
    return SolveError(
        f"cut {task.name}: {trial.stages} stages at S = {s:.4g} reach {100 * reached:.5g} % in the raffinate "
        f"and {100 * organic:.5g} % in the organic",
        expected=f"{100 * task.purity_raffinate:.6g} % and {100 * task.purity_organic:.6g} %, "
        f"that is {trial.excess:.3g} times less astray",
        cure=f"more than {most} stages, more reflux, a lower purity, or an extractant whose factor is above "
        f"{task.key_beta:.3g}",
    )
