"""Displacement ion exchange: bands of pure element that chase each other down a column at one speed.

A saturated resin, constant separation factors, plates in series: ``Q dq_k/dt = y_(k-1) - y_k`` with
``y_i = a_i q_i / sum a q``. Time is counted in plate capacities of ligand passed (in which a boundary moves one
plate), length in plates. Element order is as they leave: the fastest, with the largest ``a``, first.

Sources: Spedding, Fulmer, Butler and Powell, J. Am. Chem. Soc. 72 (1950) 2354 (displacement, band volumes); Helfferich
and Klein, Multicomponent Chromatography, Dekker 1970 (coherence, the length of development); Ling and Wang, J.
Chromatogr. A 1389 (2015) 28 (ligand-assisted displacement, yield and productivity).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from didymium.errors import DidymiumError, SolveError

__all__ = [
    "Band",
    "Boundary",
    "DisplacementColumn",
    "DisplacementRun",
    "boundary_slopes",
    "developed_boundary",
    "development_length",
    "displace",
    "integrate_plates",
]

Array = npt.NDArray[np.float64]

LEAST_ALPHA = 1.005
"""Below this the boundary is wider than any column is long: at 1.005 about 2,500 plates on each side."""


def boundary_slopes(alpha: float) -> tuple[float, float]:
    """Decay per plate of the slow element ahead of a developed boundary and of the fast one behind it.

    The non-zero roots of s = (e^s - 1)/alpha and s = alpha (1 - e^-s). Raises DidymiumError where alpha is not above 1.
    """
    _check_alpha(alpha)
    from scipy.optimize import brentq

    # Both roots lie near 2 (alpha - 1) for a small factor; for a large one near ln(alpha) and alpha.
    leading = brentq(lambda s: math.expm1(s) / s - alpha, 1e-12, 2 * math.log(alpha) + 2, xtol=1e-14, rtol=1e-14)
    trailing = brentq(lambda s: -math.expm1(-s) / s - 1 / alpha, 1e-12, alpha + 1, xtol=1e-14, rtol=1e-14)
    return float(leading), float(trailing)


@dataclass(frozen=True)
class Boundary:
    """A developed boundary: ``position`` in plates from the middle, and the slow element's share of the resin there."""

    alpha: float
    position: Array
    slow_fraction: Array

    def width_plates(self, purity: float) -> float:
        """Plates between the two points where either neighbour has ``purity`` (0.5 to 1, not reached)."""
        if not 0.5 < purity < 1:
            raise DidymiumError(f"purity {purity:g}", expected="a fraction above 0.5 and below 1")
        return self.reach_behind(1 - purity) + self.reach_ahead(1 - purity)

    def reach_ahead(self, impurity: float) -> float:
        """Plates ahead of the middle at which the slow element has fallen to ``impurity``."""
        return _reach(impurity, self.slow_fraction, self.position, boundary_slopes(self.alpha)[0])

    def reach_behind(self, impurity: float) -> float:
        """Plates behind the middle at which the fast element has fallen to ``impurity``."""
        return _reach(impurity, 1 - self.slow_fraction[::-1], -self.position[::-1], boundary_slopes(self.alpha)[1])


def _reach(impurity: float, fraction: Array, distance: Array, slope: float) -> float:
    """Where ``fraction``, falling along ``distance``, passes ``impurity``; an exponential of ``slope`` in the tail."""
    kept = fraction > 1e-6
    logs, at = np.log(fraction[kept]), distance[kept]
    target = math.log(impurity)
    if target >= logs[-1]:
        return float(np.interp(-target, -logs, at))
    return float(at[-1] + (logs[-1] - target) / slope)


@lru_cache(maxsize=256)
def developed_boundary(alpha: float) -> Boundary:
    """The boundary of a slow element displacing a fast one, followed until its shape no longer changes.

    Raises DidymiumError where alpha is not above 1.005, and SolveError when the integration does not arrive.
    """
    leading, trailing = boundary_slopes(alpha)
    reach = math.ceil(25 / min(leading, trailing))
    plates, travel = 4 * reach, 2 * reach
    # It starts with both tails right (they are invariant), so that only the middle has to settle.
    position = np.arange(plates, dtype=float) - reach
    decay = np.clip(np.where(position > 0, leading, trailing) * position, -700, 700)
    slow = 1 / (1 + np.exp(decay))
    start = np.stack([1 - slow, slow], axis=1)
    held = integrate_plates((alpha, 1.0), start, lambda t: np.array([0.0, 1.0]), (float(travel),))
    slow = held[-1, :, 1]
    middle = float(np.interp(-0.5, -slow, np.arange(plates, dtype=float)))
    return Boundary(alpha, np.arange(plates, dtype=np.float64) - middle, slow)


def integrate_plates(
    affinities: Sequence[float],
    resin: Array,
    inlet: Callable[[float], Array],
    times: Sequence[float],
    *,
    rtol: float = 1e-8,
) -> Array:
    """Follow plates in series: resin fractions (times, plates, elements) at ``times``, in plate capacities passed.

    ``affinities`` are the a_i for the mobile phase (fast large), ``resin`` (plates, elements) the start, each plate
    summing to one, ``inlet(t)`` the composition entering. A variable-order stiff method with the band of the plates
    integrates all at once. Raises DidymiumError for a resin that does not sum to one, SolveError where it stops short.
    """
    from scipy.integrate import solve_ivp

    a = np.asarray(affinities, dtype=float)
    start = np.asarray(resin, dtype=float)
    if start.ndim != 2 or start.shape[1] != a.size or not np.allclose(start.sum(axis=1), 1, atol=1e-9):
        raise DidymiumError(
            "the resin is not saturated",
            expected="an array (plates, elements) in which every plate sums to one",
            cure="divide each plate by its sum",
        )
    if (a <= 0).any() or min(times) < 0 or list(times) != sorted(times):
        raise DidymiumError("affinities or times out of range", expected="affinities above zero, times rising")
    width = a.size

    def rate(t: float, state: Array) -> Array:
        q = state.reshape(-1, width)
        y = q * a
        y /= y.sum(axis=1, keepdims=True)
        flow: Array = np.empty_like(y)
        flow[0] = inlet(t) - y[0]
        flow[1:] = y[:-1] - y[1:]
        return np.ravel(flow)

    solution = solve_ivp(
        rate,
        (0.0, max(times)),
        start.ravel(),
        method="LSODA",
        t_eval=times,
        rtol=rtol,
        atol=1e-13,
        lband=2 * width - 1,
        uband=width - 1,
        max_step=max(max(times) / 20, 1.0),
    )
    if not solution.success or solution.y.shape[1] != len(times):
        raise SolveError(f"the plates could not be followed: {solution.message}", cure="loosen rtol")
    held: Array = np.asarray(solution.y.T, dtype=float).reshape(len(times), -1, width)
    return held


def development_length(alpha: float) -> float:
    """Bed over band length at which two mixed elements have just parted, without dispersion: alpha/(alpha - 1).

    The mixed zone shrinks between two shocks, the front of speed 1/(u + alpha(1 - u)) and the rear alpha times faster;
    where they meet does not depend on the mixture u (Helfferich and Klein 1970).
    """
    _check_alpha(alpha)
    return alpha / (alpha - 1)


@dataclass(frozen=True)
class DisplacementColumn:
    """A column: resin ``capacity_mol_per_l`` of bed, ``ligand_mol_per_l`` in the eluant, ``plates_per_m``,
    ``velocity_m_per_h`` of eluant over the empty cross-section; rare earth as moles throughout."""

    capacity_mol_per_l: float
    ligand_mol_per_l: float
    plates_per_m: float
    velocity_m_per_h: float

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            if not getattr(self, name) > 0:
                raise DidymiumError(f"{name} = {getattr(self, name):g}", expected="a number above zero")


@dataclass(frozen=True)
class Band:
    """The band of one element: moles in the run, litres of eluate, plates; its pure cut and what is recycled."""

    element: str
    amount_mol: float
    volume_l: float
    length_plates: float
    pure_fraction: float


@dataclass(frozen=True)
class DisplacementRun:
    """One run: bands in the order they leave, bed and time it takes, and what it yields.

    ``productivity_mol_per_l_d`` is pure product per litre of bed per day.
    """

    bands: tuple[Band, ...]
    bed_m: float
    hours: float
    ligand_mol: float
    yield_fraction: float
    productivity_mol_per_l_d: float


def displace(
    column: DisplacementColumn,
    elements: Sequence[str],
    fractions: Sequence[float],
    alphas: Sequence[float],
    band_m: float,
    purity: float,
) -> DisplacementRun:
    """A run that parts ``elements`` (fastest first) from a feed band ``band_m`` long into cuts of ``purity``.

    ``fractions`` are mole fractions of the feed, ``alphas`` the factors of neighbours. The bed is the ideal length of
    development for the closest pair, plus the width of the boundaries, which dispersion adds. A band that is shorter
    than its two boundaries gives no pure cut: its ``pure_fraction`` is 0 and it goes back to the next run. Hours leave
    out loading and regeneration of the bed. Raises DidymiumError for input out of range.
    """
    shares = np.asarray(fractions, dtype=float)
    if len(elements) != shares.size or len(alphas) != shares.size - 1 or shares.size < 2:
        raise DidymiumError("elements, fractions and alphas do not match", expected="n, n and n - 1 of them, n >= 2")
    if (shares <= 0).any() or abs(shares.sum() - 1) > 1e-6:
        raise DidymiumError(f"the feed sums to {shares.sum():g}", expected="fractions above zero that sum to one")
    if not 0.5 < purity < 1 or not band_m > 0:
        raise DidymiumError(f"purity {purity:g}, band {band_m:g} m", expected="0.5 < purity < 1, a band above zero")
    boundaries = [developed_boundary(round(alpha, 6)) for alpha in alphas]
    plates = shares * band_m * column.plates_per_m
    # Per square metre of cross-section: one metre of bed holds 1000 L.
    moles = shares * band_m * 1000 * column.capacity_mol_per_l
    bands = tuple(_band(column, e, moles, plates, boundaries, i, purity) for i, e in enumerate(elements))
    spread = sum(b.width_plates(purity) for b in boundaries) / column.plates_per_m
    bed = band_m * development_length(min(alphas)) + spread
    # The band lies in the bed from the start, so its rear has left when the displacer has passed the bed once.
    ligand = bed * 1000 * column.capacity_mol_per_l
    hours = ligand / (column.ligand_mol_per_l * 1000 * column.velocity_m_per_h)
    pure = sum(b.amount_mol * b.pure_fraction for b in bands)
    return DisplacementRun(
        bands=bands,
        bed_m=bed,
        hours=hours,
        ligand_mol=ligand,
        yield_fraction=pure / float(moles.sum()),
        productivity_mol_per_l_d=pure / (bed * 1000) / (hours / 24),
    )


def _band(
    column: DisplacementColumn,
    element: str,
    moles: Array,
    plates: Array,
    boundaries: Sequence[Boundary],
    i: int,
    purity: float,
) -> Band:
    """The band of element ``i`` and how much of it lies where its own fraction is at least ``purity``.

    Cutting where the local purity is reached keeps the mean of the cut above it.
    """
    # The faster neighbour trails into the front of this band, the slower one leads into its rear.
    front = boundaries[i - 1].reach_behind(1 - purity) if i else 0.0
    rear = boundaries[i].reach_ahead(1 - purity) if i < len(boundaries) else 0.0
    pure = max(0.0, 1 - (front + rear) / plates[i])
    volume = float(moles[i]) / column.ligand_mol_per_l
    return Band(element, float(moles[i]), volume, float(plates[i]), float(pure))


def _check_alpha(alpha: float) -> None:
    if not (math.isfinite(alpha) and alpha >= LEAST_ALPHA):
        raise DidymiumError(
            f"alpha = {alpha:g} separates nothing",
            expected=f"a separation factor of at least {LEAST_ALPHA}",
            cure="choose another complexing agent",
        )
