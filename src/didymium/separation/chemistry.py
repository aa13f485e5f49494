"""Equilibrium between an acidic extractant and an aqueous salt: what distributes, how strongly, and how sure that is.

Every component, metal or saponifying cation, exchanges protons for dimers of the extractant::

    M(p+) + s (HA)2  =  M(A)p.(HA)2s-p + p H+
    log10 D = log_k + n (log10 F - A sqrt(F)) + (a + b F) pH

F is the free dimer in mol/L after loading, pH is -log10 of the proton *concentration*. The stoichiometry (p, s) fills
the extractant and releases the acid; the apparent exponents (a, n) are what was measured, and need not equal it. Sodium
and ammonium are components like any other, with p = s = 1: a saponified extractant is one loaded with them.

The limit of a fully loaded extractant with constant separation factors is the same equation with a = 0, n = 1 and no
free
dimer: D_i = beta_i phi, with one scalar phi per stage that makes the organic full.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from didymium.errors import DidymiumError, UnknownName

__all__ = [
    "COUNTER_IONS",
    "Chemistry",
    "Constant",
    "Extractant",
    "chemistry_of",
    "constant_beta",
    "range_warnings",
    "separation_factor",
]

Medium = Literal["chloride", "nitrate", "sulfate"]

COUNTER_IONS = ("Na", "NH4")
"""Cations that saponify the extractant; they are carried as components and left out of purities."""

_MEDIA = ("chloride", "nitrate", "sulfate")
_KA2_SULFATE = 10**-1.99


@dataclass(frozen=True)
class Constant:
    """How one component distributes: log10 K on the dimer basis in mol/L, exponents, stoichiometry, doubt, source."""

    component: str
    log_k: float
    ph_slope: float = 3.0
    dimer_slope: float = 3.0
    protons: float = 3.0
    dimers: float = 3.0
    ph_slope_per_dimer: float = 0.0
    sd_log_k: float = 0.0
    basis: str = ""
    source_title: str = ""
    source_address: str = ""
    grade: str = "D"


@dataclass(frozen=True)
class Extractant:
    """One extractant in one medium: its constants, where they hold, and how the dimer departs from ideality.

    ``ph_range`` and ``dimer_range_mol_per_l`` are the ranges of the measurement, ``activity_slope`` is A in
    log10 of the dimer's activity coefficient = -A sqrt(F).
    """

    key: str
    name: str
    medium: Medium
    constants: Mapping[str, Constant]
    ph_range: tuple[float, float] = (-math.inf, math.inf)
    dimer_range_mol_per_l: tuple[float, float] = (0.0, math.inf)
    activity_slope: float = 0.0
    level_known: bool = True
    """False when only separation factors were measured: pH and loading computed from it mean nothing."""
    note: str = ""


@dataclass(frozen=True)
class Chemistry:
    """What the cascade solver needs to know of the two phases; plain data, one entry per component in ``constants``.

    ``dimer_mol_per_l`` is the total extractant as dimer; ``saponified`` the moles of base per mole of monomer (at most
    0.5)
    carried by fresh organic as ``counter_ion``. ``saturated`` marks the constant-separation-factor limit, where
    ``loading_mol_per_l`` of metal always fill the organic.
    """

    constants: tuple[Constant, ...]
    medium: Medium = "chloride"
    dimer_mol_per_l: float = 0.5
    saponified: float = 0.0
    counter_ion: str = ""
    saturated: bool = False
    loading_mol_per_l: float = 1.0
    activity_slope: float = 0.0
    ph_range: tuple[float, float] = (-math.inf, math.inf)
    dimer_range_mol_per_l: tuple[float, float] = (0.0, math.inf)
    ka2_mol_per_l: float = _KA2_SULFATE
    extractant: str = ""
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        _check(self)

    @property
    def components(self) -> tuple[str, ...]:
        """The names of the components, in the order of every array of results."""
        return tuple(c.component for c in self.constants)

    def index(self, component: str) -> int:
        """The place of ``component``; raises UnknownName with the nearest valid name."""
        if component not in self.components:
            raise UnknownName("component", component, self.components)
        return self.components.index(component)


def _check(chemistry: Chemistry) -> None:
    names = chemistry.components
    if not names or len(set(names)) != len(names):
        raise DidymiumError(f"components {names!r} must be named once each", expected="at least one component")
    if chemistry.medium not in _MEDIA:
        raise UnknownName("medium", chemistry.medium, _MEDIA)
    if not (chemistry.dimer_mol_per_l > 0 and chemistry.loading_mol_per_l > 0):
        raise DidymiumError(
            f"extractant of {chemistry.dimer_mol_per_l} mol/L with loading {chemistry.loading_mol_per_l} mol/L",
            expected="both above zero",
        )
    if not 0 <= chemistry.saponified < 0.5:
        raise DidymiumError(
            f"saponified fraction {chemistry.saponified} of the monomer",
            expected="0 <= fraction < 0.5, since each dimer holds one cation",
        )
    if chemistry.saponified and chemistry.counter_ion not in names:
        raise UnknownName("saponifying component", chemistry.counter_ion, names)
    for c in chemistry.constants:
        values = (c.log_k, c.ph_slope, c.dimer_slope, c.protons, c.dimers, c.ph_slope_per_dimer)
        if not all(math.isfinite(v) for v in values) or c.dimers <= 0 or c.protons < 0:
            raise DidymiumError(
                f"constants of {c.component} are {values!r}",
                expected="finite numbers, dimers above zero, protons not below zero",
            )


def constant_beta(
    components: Sequence[str],
    beta: Mapping[str, float] | Sequence[float],
    *,
    loading_mol_per_l: float = 1.0,
    sd_log_beta: float = 0.0,
) -> Chemistry:
    """The limit of constant separation factors in a full organic phase.

    ``beta`` is the extractability of each component relative to any common reference, so that the separation factor of
    A over B is ``beta[A] / beta[B]``. ``loading_mol_per_l`` of metal fill the organic at every stage; three moles of
    acid
    strip one mole of metal. Raises DidymiumError unless every beta is finite and above zero.
    """
    values = [beta[c] for c in components] if isinstance(beta, Mapping) else list(beta)
    if len(values) != len(components):
        raise DidymiumError(f"{len(values)} separation factors for {len(components)} components")
    bad = [f"{c}: {b}" for c, b in zip(components, values, strict=True) if not (math.isfinite(b) and b > 0)]
    if bad:
        raise DidymiumError(f"separation factors {', '.join(bad)}", expected="finite and above zero")
    constants = tuple(
        Constant(c, math.log10(b), ph_slope=0.0, dimer_slope=1.0, protons=3.0, dimers=1.0, sd_log_k=sd_log_beta)
        for c, b in zip(components, values, strict=True)
    )
    return Chemistry(constants, saturated=True, loading_mol_per_l=loading_mol_per_l, extractant="constant beta")


def chemistry_of(
    extractant: Extractant,
    components: Sequence[str],
    *,
    dimer_mol_per_l: float = 0.5,
    saponified: float = 0.0,
    counter_ion: str = "",
) -> Chemistry:
    """The chemistry of ``components`` with ``extractant`` at a strength and a degree of saponification.

    The counter-ion is appended as a component when the organic is saponified. Raises UnknownName for a component that
    the extractant's data lack, and DidymiumError when only its separation factors are known.
    """
    if not extractant.level_known:
        raise DidymiumError(
            f"{extractant.key}: only separation factors are known, no extraction constants",
            cure="use constant_beta with separation_factor of this extractant",
        )
    counter_ion = counter_ion or ("Na" if saponified else "")
    names = [*components, *([counter_ion] if counter_ion and counter_ion not in components else [])]
    for name in names:
        if name not in extractant.constants:
            raise UnknownName(f"component of {extractant.key}", name, extractant.constants)
    return Chemistry(
        tuple(extractant.constants[n] for n in names),
        medium=extractant.medium,
        dimer_mol_per_l=dimer_mol_per_l,
        saponified=saponified,
        counter_ion=counter_ion,
        activity_slope=extractant.activity_slope,
        ph_range=extractant.ph_range,
        dimer_range_mol_per_l=extractant.dimer_range_mol_per_l,
        extractant=extractant.key,
        notes=(extractant.note,) if extractant.note else (),
    )


def separation_factor(
    of: Chemistry | Extractant, over: tuple[str, str], *, ph: float = 0.0, free_dimer_mol_per_l: float = 1.0
) -> tuple[float, float]:
    """The separation factor of ``over[0]`` to ``over[1]`` and its standard deviation in log10 units.

    pH and free dimer matter only where the two exponents differ.
    """
    found = {c.component: c for c in of.constants} if isinstance(of, Chemistry) else dict(of.constants)
    for name in over:
        if name not in found:
            raise UnknownName("component", name, found)
    a, b = found[over[0]], found[over[1]]
    sd = math.hypot(a.sd_log_k, b.sd_log_k)
    return 10 ** (log_d(a, of, ph, free_dimer_mol_per_l) - log_d(b, of, ph, free_dimer_mol_per_l)), sd


def log_d(constant: Constant, of: Chemistry | Extractant, ph: float, free_dimer_mol_per_l: float) -> float:
    """log10 of the distribution ratio of one component at a pH and a free dimer concentration in mol/L."""
    f = free_dimer_mol_per_l
    strength = constant.dimer_slope * (math.log10(f) - of.activity_slope * math.sqrt(f))
    return constant.log_k + strength + (constant.ph_slope + constant.ph_slope_per_dimer * f) * ph


def range_warnings(chemistry: Chemistry, ph: tuple[float, float]) -> list[str]:
    """Sentences saying where a computed pH (lowest, highest) or the strength leaves the range of the
    data; else empty.
    """
    out = list(chemistry.notes)
    low, high = chemistry.ph_range
    if ph[0] < low or ph[1] > high:
        out.append(
            f"pH runs from {ph[0]:.2f} to {ph[1]:.2f}; the constants of {chemistry.extractant} "
            f"were measured from {low:g} to {high:g}"
        )
    low, high = chemistry.dimer_range_mol_per_l
    if not chemistry.saturated and not low <= chemistry.dimer_mol_per_l <= high:
        out.append(
            f"{chemistry.dimer_mol_per_l:g} mol/L dimer; the constants of {chemistry.extractant} "
            f"were measured from {low:g} to {high:g} mol/L"
        )
    return out
