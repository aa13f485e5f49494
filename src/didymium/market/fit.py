"""Fitting a few bounded parameters: maximum a posteriori, and its spread from the curvature.

Parameters are moved on the whole line by a logistic map of their bounds (in logarithms where the bounds are all above
zero and far apart), with a weak prior at the middle of the range. Residuals are in standard errors. Method: Laplace
approximation (MacKay 2003, Information Theory, Inference, and Learning Algorithms, ch. 27), its draws weighted by
what their own runs give.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from didymium.chain.structure import Array
from didymium.errors import SolveError

__all__ = ["Bounded", "Draw", "Fitted", "fit", "quantiles", "weights_of"]

PRIOR_SD = 1.5
"""Standard deviation of the prior on the logistic scale: nearly flat within the bounds."""

FAR_APART = 5.0

STEP = 0.1
"""Step of the differences by which slopes are taken: wide enough to see past the kinks that min and max leave."""

SEARCH_STEPS = 25

WIDER, STILL = 1.2, 0.1
"""By how much draws of the next round are wider than those weighted, and the part of the old spread that stays."""


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
            return self.low * math.exp(math.log(self.high / self.low) * share)
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

    def draws(self, n: int, seed: int) -> list[Draw]:
        """``n`` draws from the approximation, seeded."""
        rng = np.random.default_rng(seed)
        root = np.linalg.cholesky(self.covariance + 1e-12 * np.eye(len(self.at)))
        whites = rng.standard_normal((n, len(self.at)))
        found = []
        for white in whites:
            u = self.at + root @ white
            values = {p.name: p.value(float(x)) for p, x in zip(self.parameters, u, strict=True)}
            found.append(Draw(values, u, 0.5 * float(white @ white) - 0.5 * float(u @ u) / PRIOR_SD**2))
        return found

    def drawn_to(self, draws: Sequence[Draw], weights: Array) -> Fitted:
        """The approximation moved to the mean and covariance of weighted ``draws``, somewhat widened.

        Method: population Monte Carlo (Cappe et al. 2004, J. Comput. Graph. Stat. 13, 907).
        """
        places = np.array([d.at for d in draws])
        mean = weights @ places
        apart = places - mean
        wider: Array = WIDER * (weights[:, None] * apart).T @ apart + STILL * np.diag(np.diag(self.covariance))
        return replace(self, at=mean, covariance=wider)


@dataclass(frozen=True)
class Draw:
    """Values by name, their place on the whole line, and the logarithm of the prior over the density drawn from."""

    values: dict[str, float]
    at: Array
    log_ratio: float


def weights_of(draws: Sequence[Draw], residuals: Sequence[Array]) -> Array:
    """Weights (n,) that turn draws from the approximation into draws from the posterior; they sum to one.

    ``residuals`` are those of each draw, in standard errors. Importance sampling (Rubin 1988, Bayesian Statistics 3,
    395): where the curvature at the best point says little of the tails, the runs themselves do.
    """
    log = np.array([d.log_ratio - 0.5 * float(r @ r) for d, r in zip(draws, residuals, strict=True)])
    raw = np.exp(log - log.max())
    shares: Array = raw / raw.sum()
    return shares


def quantiles(values: Array, weights: Array, shares: Sequence[float]) -> tuple[float, ...]:
    """Weighted quantiles of ``values`` (n,), straight lines between the middles of the steps."""
    order = np.argsort(values)
    middles = np.cumsum(weights[order]) - 0.5 * weights[order]
    return tuple(float(q) for q in np.interp(shares, middles, values[order]))


def fit(
    parameters: tuple[Bounded, ...],
    residuals: Callable[[dict[str, float]], Array],
    *,
    starts: int = 6,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> Fitted:
    """The best of ``starts`` searches; ``residuals`` gives (observed - fitted)/sigma for values by name.

    ``progress`` is told the share done. Raises SolveError when no search ends in finite residuals.
    """
    from scipy.optimize import least_squares
    from scipy.stats import qmc

    runs, begun, most = 0, 0, SEARCH_STEPS * (len(parameters) + 2)

    def full(u: Array) -> Array:
        nonlocal runs
        runs += 1
        if progress is not None:
            progress(min((k + min((runs - begun) / most, 1)) / starts, 1))
        values = {p.name: p.value(float(x)) for p, x in zip(parameters, u, strict=True)}
        return np.concatenate([residuals(values), u / PRIOR_SD])

    def slope(u: Array) -> Array:
        # Scipy's own differences take a step in proportion to u, so none at the middle of a range.
        at = full(u)
        return np.stack([(full(u + STEP * side) - at) / STEP for side in np.eye(len(u))], axis=1)

    places = qmc.Sobol(len(parameters), seed=seed).random_base2(math.ceil(math.log2(max(starts, 2))))
    places = np.clip(places, 0.02, 0.98)
    best = None
    for k in range(starts):
        begun = runs
        u0 = np.zeros(len(parameters)) if k == 0 else np.log(places[k] / (1 - places[k]))
        found = least_squares(full, u0, jac=slope, bounds=(-6, 6), max_nfev=SEARCH_STEPS, xtol=1e-4, ftol=1e-5)
        if np.isfinite(found.cost) and (best is None or found.cost < best.cost):
            best = found
    if best is None:
        raise SolveError("the fit found no finite residual", cure="look at the observations for gaps or zeros")
    jacobian = slope(np.asarray(best.x))
    covariance: Array = np.linalg.inv(jacobian.T @ jacobian).astype(np.float64)
    return Fitted(parameters, np.asarray(best.x), covariance, float(best.cost), runs)
