"""What closed formulae miss: the cost of a further nine, how sharp the acid is, what doubt in a factor does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from didymium.errors import SolveError
from didymium.separation.cascade import Cascade, Steady, solve
from didymium.separation.design import CutDesign, cascade_of, design_cut, fewest_stages, seed_duty
from didymium.separation.economics import Estimate
from didymium.separation.sizing import circuit_capital, plant_capital
from didymium.separation.task import CutTask, at_purities, minimum_organic_flow

__all__ = ["AcidMap", "NinePoint", "StageDoubt", "acid_map", "nine_curve", "stage_doubt"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class NinePoint:
    """One purity of a cut and what it takes: both products at ``nines``, the design, and the plant capital."""

    nines: float
    design: CutDesign
    capital: Estimate

    @property
    def purity(self) -> float:
        """Mole fraction asked of both products."""
        return 1 - math.pow(10, -self.nines)


def nine_curve(
    task: CutTask, feed_kmol_per_h: float, nines: Sequence[float] = (2, 3, 4, 5), most_stages: int = 400
) -> tuple[NinePoint, ...]:
    """The cut of ``task`` redesigned, each time at least cost, with both products at each of ``nines``.

    Purities that ``most_stages`` do not reach are left out of the end of the curve.
    """
    points: list[NinePoint] = []
    for n in nines:
        purity = 1 - math.pow(10, -n)
        try:
            design = design_cut(
                at_purities(task, purity, purity), feed_kmol_per_h=feed_kmol_per_h, most_stages=most_stages
            )
        except SolveError:
            # The feed may already be purer than two nines on one side, or the last nine out of reach.
            if points:
                break
            continue
        points.append(NinePoint(n, design, plant_capital(circuit_capital(design.size.sections))))
    return tuple(points)


@dataclass(frozen=True)
class AcidMap:
    """Purities of both products where scrub acid and organic flow are off by fractions; NaN where no state exists.

    ``raffinate[i, j]`` and ``organic[i, j]`` belong to ``acid_errors[i]`` and ``organic_errors[j]``.
    """

    acid_errors: Array
    organic_errors: Array
    raffinate: Array
    organic: Array


def acid_map(design: CutDesign, acid_errors: Sequence[float], organic_errors: Sequence[float] = (0.0,)) -> AcidMap:
    """Rigorous purities of ``design`` with its scrub acid and its organic flow a little off, nothing else changed."""
    shape = (len(acid_errors), len(organic_errors))
    raffinate, organic = np.full(shape, np.nan), np.full(shape, np.nan)
    for j, off in enumerate(organic_errors):
        start: Steady | None = design.steady
        for i, error in enumerate(acid_errors):
            try:
                steady = solve(_off(design, error, off), start=start)
            except SolveError:
                continue
            raffinate[i, j] = steady.purity("raffinate", *design.task.light)
            organic[i, j] = steady.purity("organic", *design.task.heavy)
            start = steady
    return AcidMap(np.asarray(acid_errors, float), np.asarray(organic_errors, float), raffinate, organic)


def _off(design: CutDesign, acid_error: float, organic_error: float) -> Cascade:
    exact = cascade_of(
        design.task,
        design.organic_flow,
        design.extraction_stages,
        design.scrub_stages,
        acid_factor=1 + acid_error,
    )
    return replace(exact, organic_flow=design.organic_flow * (1 + organic_error))


@dataclass(frozen=True)
class StageDoubt:
    """Stages a cut needs at its own flows when the factor of its keys is drawn from its doubt; sorted.

    ``stages`` is shorter than ``factors`` by the draws that no number of stages (up to the limit) satisfies.
    """

    sd_ln: float
    factors: Array
    stages: Array

    def quantile(self, q: float) -> float:
        """Stages at quantile ``q`` of all draws; infinite where it falls among those that cannot be."""
        place = q * (len(self.factors) - 1)
        return float(self.stages[math.ceil(place)]) if place <= len(self.stages) - 1 else math.inf


def stage_doubt(
    design: CutDesign, sd_ln: float, *, draws: int = 60, seed: int = 0, most_stages: int = 400
) -> StageDoubt:
    """The stage count of ``design`` as a distribution: the key factor lognormal with ``sd_ln``, flows as designed.

    Every draw is answered by rigorous cascades. Draws are stratified, so that few serve.
    """
    from scipy.stats import norm

    rng = np.random.default_rng(seed)
    places = (np.arange(draws) + rng.random(draws)) / draws
    z = norm.ppf(places)
    found = [_stages_at(design, math.exp(sd_ln * float(x)), most_stages) for x in z]
    counts = np.sort(np.array([n for n in found if n is not None], dtype=float))
    factors = design.task.key_beta * np.exp(sd_ln * z)
    return StageDoubt(sd_ln, factors, counts)


def _stages_at(design: CutDesign, factor: float, most: int) -> int | None:
    """Fewest stages with the heavy key and all above extracted ``factor`` times better; None where none will do."""
    task, s = design.task, design.organic_flow
    middle = math.sqrt(task.beta[task.light_key] * task.beta[task.heavy_key])
    moved = replace(task, beta={e: b * (factor if b > middle else 1.0) for e, b in task.beta.items()})
    try:
        lowest = minimum_organic_flow(moved)
        if s <= lowest * 1.0001:
            return None
        _, seed = seed_duty(moved, s / lowest, design.feed_kmol_per_h, lowest)
        trial = fewest_stages(moved, s, seed, most)
    except SolveError:
        return None
    return trial.stages if trial.excess <= 1 else None
