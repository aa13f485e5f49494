"""How long products stay in use: lifetime distributions, survival, hazards and what leaves at each age.

Years are whole, as in flodym and ODYM: row k of a table is the share of the inflow of a year that is still there at the
end of the k-th year after it. When in its year the inflow came is ``inflow_at``: at the start, in the middle, at the
end, or uniformly through it (the integral, in closed form).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from didymium.chain.structure import Array
from didymium.errors import DidymiumError, TableError, UnknownName
from didymium.world import Row, World

__all__ = [
    "FAMILIES",
    "INFLOW_AT",
    "Lifetime",
    "ProductLife",
    "hazards",
    "product_lives",
    "retirement_table",
    "survival",
    "survival_table",
]

FAMILIES = ("weibull", "normal", "lognormal", "fixed")
INFLOW_AT = {"start": 1.0, "middle": 0.5, "end": 0.0}
"""Age at the end of the year of the inflow, when all of it came at one moment."""

SHAPE_ASSUMED = "lifetime_shape"
"""The row of the assumptions table that holds the Weibull shape of products without a stated distribution."""


@dataclass(frozen=True)
class Lifetime:
    """A lifetime distribution: ``mean_y`` in years, and its spread.

    ``spread`` is the shape of a Weibull, the standard deviation in years of a normal or lognormal, and 0 of a fixed
    lifetime. A normal is not cut at zero: as in flodym, what would leave before it came leaves in its first year.
    """

    family: str
    mean_y: float
    spread: float = 0.0

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise UnknownName("lifetime distribution", self.family, FAMILIES)
        if not (0 < self.mean_y < math.inf):
            raise DidymiumError(f"a mean lifetime of {self.mean_y} years", expected="a positive number of years")
        if self.family == "fixed" and self.spread != 0:
            raise DidymiumError(f"a fixed lifetime with spread {self.spread}", expected="spread 0")
        if self.family != "fixed" and not (0 < self.spread < math.inf):
            raise DidymiumError(
                f"a {self.family} lifetime with spread {self.spread}",
                expected="a positive Weibull shape, or standard deviation in years",
            )


@dataclass(frozen=True)
class ProductLife:
    """A row of the lifetimes table. ``collection`` is the share collected at end of life, None where nobody states it.

    ``spread_assumed`` says that the table states no distribution and the assumption of the project stands in;
    ``spread_range`` is the stated (or assumed) range of the spread.
    """

    product: str
    lifetime: Lifetime
    spread_assumed: bool
    spread_range: tuple[float, float]
    collection: float | None
    grade: str
    sources: frozenset[str]


def product_lives(world: World) -> dict[str, ProductLife]:
    """The lifetimes table by product; the middle of a range of shapes is taken.

    Raises TableError when a distribution lacks its parameter or a product stands twice, and UnknownName when the world
    lacks the assumption.
    """
    found: dict[str, ProductLife] = {}
    for row in world.rows("lifetimes"):
        if row.text("product") in found:
            raise TableError(
                f"{row.text('product')!r} stands twice", where=f"lifetimes.csv:{row.line}", expected="one row a product"
            )
        found[row.text("product")] = _product_life(world, row)
    return found


def _product_life(world: World, row: Row) -> ProductLife:
    family, sources, grade = row.text("distribution"), {row.text("source")}, row.text("grade")
    assumed = not family
    if assumed:
        shape = world.assumption(SHAPE_ASSUMED)
        family, middle = "weibull", shape.number("value")
        spread = (shape.optional("low") or middle, shape.optional("high") or middle)
        sources.add(shape.text("source"))
        grade = max(grade, shape.text("grade"))
    else:
        low, high = {"weibull": ("shape_low", "shape_high"), "fixed": ("", "")}.get(family, ("sd_y", "sd_y"))
        spread = (_parameter(row, low), _parameter(row, high))
        middle = (spread[0] + spread[1]) / 2
    collected = row.optional("collection_pct")
    return ProductLife(
        product=row.text("product"),
        lifetime=Lifetime(family, row.number("mean_y"), middle),
        spread_assumed=assumed,
        spread_range=spread,
        collection=None if collected is None else collected / 100,
        grade=grade,
        sources=frozenset(sources),
    )


def _parameter(row: Row, column: str) -> float:
    if not column:
        return 0.0
    value = row.optional(column)
    if value is None:
        raise TableError(
            f"a {row.text('distribution')} lifetime without {column}",
            where=f"lifetimes.csv:{row.line}, {column}",
            expected="its parameter",
            cure="fill the cell, or leave the distribution empty",
        )
    return value


def survival(lifetime: Lifetime, age_y: ArrayLike) -> Array:
    """Share still in use at age ``age_y`` (any shape, years), the parameters as in scipy.stats.

    Sources: weibull_min, norm and lognorm of scipy.stats; a fixed lifetime is left when its age is reached.
    """
    age = np.asarray(age_y, dtype=float)
    return _FAMILY[lifetime.family][0](lifetime, age)


def years_lived(lifetime: Lifetime, age_y: ArrayLike) -> Array:
    """Mean years spent in use up to age ``age_y``: the integral of survival from 0, in closed form."""
    age = np.asarray(age_y, dtype=float)
    return _FAMILY[lifetime.family][1](lifetime, age)


def survival_table(lifetime: Lifetime, years: int, inflow_at: str = "uniform") -> Array:
    """Share (years,) of a year's inflow still in use at the end of year 0, 1, ... after it.

    ``inflow_at``: start, middle or end of the year (flodym's words), or uniform through it. Raises UnknownName.
    """
    k = np.arange(years, dtype=float)
    if inflow_at == "uniform":
        through = np.diff(years_lived(lifetime, np.arange(years + 1.0)))
        # Differences of an integral end in rounding of its size; survival neither rises nor leaves 0 to 1.
        return np.minimum.accumulate(np.clip(through, 0.0, 1.0))
    if inflow_at not in INFLOW_AT:
        raise UnknownName("time of the inflow", inflow_at, ("uniform", *INFLOW_AT))
    return survival(lifetime, k + INFLOW_AT[inflow_at])


def hazards(table: Array) -> Array:
    """Share (years,) of what a year began with that leaves in it, from a survival table; 1 where there was nothing."""
    before = np.concatenate([[1.0], table[:-1]])
    kept: Array = np.divide(table, before, out=np.zeros_like(table), where=before > 0)
    return 1.0 - kept


def retirement_table(lifetime: Lifetime, years: int, inflow_at: str = "uniform") -> Array:
    """Share (years,) of a year's inflow that leaves in year 0, 1, ... after it; the last bin takes what is left.

    It sums to 1, so that nothing stays for ever. Raises DidymiumError for less than one year.
    """
    if years < 1:
        raise DidymiumError(f"a retirement table of {years} years", expected="one year or more")
    staying = np.concatenate([[1.0], survival_table(lifetime, years - 1, inflow_at), [0.0]])
    return -np.diff(staying)


def _weibull_scale(life: Lifetime) -> float:
    return life.mean_y / math.gamma(1 + 1 / life.spread)


def _weibull_sf(life: Lifetime, age: Array) -> Array:
    left: Array = np.exp(-((np.maximum(age, 0.0) / _weibull_scale(life)) ** life.spread))
    return left


def _weibull_lived(life: Lifetime, age: Array) -> Array:
    from scipy.special import gammainc

    late: Array = np.maximum(age, 0.0)
    lived: Array = late * _weibull_sf(life, late)
    lived += life.mean_y * gammainc(1 + 1 / life.spread, (late / _weibull_scale(life)) ** life.spread)
    return lived


def _normal_sf(life: Lifetime, age: Array) -> Array:
    from scipy.special import ndtr

    left: Array = ndtr((life.mean_y - age) / life.spread)
    return left


def _normal_lived(life: Lifetime, age: Array) -> Array:
    def primitive(a: Array) -> Array:
        z = (a - life.mean_y) / life.spread
        density = np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
        area: Array = life.spread * (z * _normal_sf(life, a) - density)
        return area

    return primitive(age) - primitive(np.zeros_like(age))


def _log_parameters(life: Lifetime) -> tuple[float, float]:
    """Mean and standard deviation of the logarithm, from those of the lifetime."""
    variance = math.log1p((life.spread / life.mean_y) ** 2)
    return math.log(life.mean_y) - variance / 2, math.sqrt(variance)


def _lognormal_z(life: Lifetime, age: Array) -> tuple[Array, float]:
    mu, sigma = _log_parameters(life)
    with np.errstate(divide="ignore"):
        return (np.log(np.maximum(age, 0.0)) - mu) / sigma, sigma


def _lognormal_sf(life: Lifetime, age: Array) -> Array:
    from scipy.special import ndtr

    left: Array = ndtr(-_lognormal_z(life, age)[0])
    return left


def _lognormal_lived(life: Lifetime, age: Array) -> Array:
    from scipy.special import ndtr

    z, sigma = _lognormal_z(life, age)
    left: Array = np.maximum(age, 0.0) * _lognormal_sf(life, age) + life.mean_y * ndtr(z - sigma)
    return left


def _fixed_sf(life: Lifetime, age: Array) -> Array:
    return np.where(age < life.mean_y, 1.0, 0.0)


def _fixed_lived(life: Lifetime, age: Array) -> Array:
    return np.clip(age, 0.0, life.mean_y)


_Law = Callable[[Lifetime, Array], Array]
_FAMILY: dict[str, tuple[_Law, _Law]] = {
    "weibull": (_weibull_sf, _weibull_lived),
    "normal": (_normal_sf, _normal_lived),
    "lognormal": (_lognormal_sf, _lognormal_lived),
    "fixed": (_fixed_sf, _fixed_lived),
}
"""Survival and its integral from 0, by family."""
