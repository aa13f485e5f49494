"""Fitting a few bounded parameters: maximum a posteriori, and its spread from the curvature.

Parameters are moved on the whole line by a logistic map of their bounds (in logarithms where the bounds are all above
zero and far apart), with a weak prior at the middle of the range. Residuals are in standard errors. Method: Laplace
approximation (MacKay 2003, Information Theory, Inference, and Learning Algorithms, ch. 27).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from didymium.chain.structure import Array
from didymium.errors import SolveError

__all__ = ["Bounded", "Fitted", "fit"]

PRIOR_SD = 1.5
"""Standard deviation of the prior on the logistic scale: nearly flat within the bounds."""

FAR_APART = 5.0

STEP = 0.02
"""Step of the differences by which slopes are taken: the kernel is smooth only down to kinks of min and max."""


@dataclass(frozen=True)
class Bounded:
    """A parameter to fit: its name, unit and bounds."""

    name: str
    unit: str
    low: float
    high: float

    @property
    def logarithmic(self) -> bool:
        """Whether the range is wide enough to be walked in logarithms."""
        return self.low > 0 and self.high / self.low >= FAR_APART

    def value(self, u: float) -> float:
        """The value at ``u`` on the whole line."""
        share = 1 / (1 + math.exp(-u))
        if self.logarithmic:
            return self.low * (self.high / self.low) ** share
        return self.low + (self.high - self.low) * share


@dataclass(frozen=True)
class Fitted:
    """The best values, the covariance on the logistic scale, and how many runs it took."""

    parameters: tuple[Bounded, ...]
    at: Array
    covariance: Array
    cost: float
    runs: int

    @property
    def values(self) -> dict[str, float]:
        """Best value of each parameter by name."""
        return {p.name: p.value(float(u)) for p, u in zip(self.parameters, self.at, strict=True)}

    def draws(self, n: int, seed: int) -> list[dict[str, float]]:
        """``n`` draws from the posterior, seeded."""
        rng = np.random.default_rng(seed)
        root = np.linalg.cholesky(self.covariance + 1e-12 * np.eye(len(self.at)))
        found = self.at + rng.standard_normal((n, len(self.at))) @ root.T
        return [{p.name: p.value(float(x)) for p, x in zip(self.parameters, u, strict=True)} for u in found]

    def spread(self, name: str, share: float = 0.9, n: int = 2000, seed: int = 0) -> tuple[float, float]:
        """The central interval of a parameter that holds ``share`` of the posterior."""
        k = [p.name for p in self.parameters].index(name)
        rng = np.random.default_rng(seed)
        u = self.at[k] + math.sqrt(self.covariance[k, k]) * rng.standard_normal(n)
        low, high = np.quantile(u, [(1 - share) / 2, (1 + share) / 2])
        return self.parameters[k].value(float(low)), self.parameters[k].value(float(high))


def fit(
    parameters: tuple[Bounded, ...],
    residuals: Callable[[dict[str, float]], Array],
    *,
    starts: int = 6,
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
) -> Fitted:
    """The best of ``starts`` searches; ``residuals`` gives (observed - fitted)/sigma for values by name.

    Raises SolveError when no search ends in finite residuals.
    """
    from scipy.optimize import least_squares
    from scipy.stats import qmc

    runs = 0

    def full(u: Array) -> Array:
        nonlocal runs
        runs += 1
        if progress is not None:
            progress(runs)
        values = {p.name: p.value(float(x)) for p, x in zip(parameters, u, strict=True)}
        return np.concatenate([residuals(values), u / PRIOR_SD])

    places = np.clip(qmc.Sobol(len(parameters), seed=seed).random_base2(math.ceil(math.log2(starts))), 0.02, 0.98)
    best = None
    for k in range(starts):
        u0 = np.zeros(len(parameters)) if k == 0 else np.log(places[k] / (1 - places[k]))
        found = least_squares(full, u0, diff_step=STEP, x_scale=1.0, bounds=(-6, 6), max_nfev=25, xtol=1e-4, ftol=1e-5)
        if np.isfinite(found.cost) and (best is None or found.cost < best.cost):
            best = found
    if best is None:
        raise SolveError("the fit found no finite residual", cure="look at the observations for gaps or zeros")
    slope = np.asarray(best.jac)
    covariance = np.linalg.inv(slope.T @ slope)
    return Fitted(parameters, best.x, covariance, float(best.cost), runs)
