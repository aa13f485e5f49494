"""A counter-current cascade and its steady state, as data.

Stages are numbered from 1. Organic enters at stage 1 and moves up, aqueous enters above and moves down: the raffinate
leaves stage 1, the loaded organic leaves stage N. Flows are volumes per any unit of time, the same throughout;
concentrations are mol/L.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from didymium.errors import DidymiumError, UnknownName
from didymium.separation.chemistry import COUNTER_IONS, Chemistry

__all__ = ["Cascade", "Draw", "Feed", "Outlet", "Steady"]

Phase = Literal["aqueous", "organic"]
Array = npt.NDArray[np.float64]

MAX_STAGES = 2000
MAX_COMPONENTS = 20


@dataclass(frozen=True)
class Feed:
    """A stream that enters a stage: either ``flow_aq`` or ``flow_org`` is above zero, and the composition is of that
    phase.

    ``composition`` is mol/L by component (absent means none), ``acid`` the total strong acid in mol/L, bisulfate
    included
    (below zero for a base). ``sulfate`` is total sulfate in mol/L; left out, it follows from electroneutrality.
    An organic feed brings the chemistry's extractant strength unless ``dimer`` says otherwise, in mol/L.
    """

    stage: int
    flow_aq: float = 0.0
    flow_org: float = 0.0
    composition: Mapping[str, float] = field(default_factory=dict)
    acid: float = 0.0
    sulfate: float | None = None
    dimer: float | None = None
    name: str = ""


@dataclass(frozen=True)
class Draw:
    """A side draw of one phase leaving ``stage``: a ``flow`` or a ``fraction`` of what leaves it,
    exactly one of them.
    """

    stage: int
    phase: Phase
    flow: float | None = None
    fraction: float | None = None
    name: str = ""


@dataclass(frozen=True)
class Cascade:
    """A cascade: stages, chemistry, the organic that enters stage 1, any feeds and side draws.

    ``organic_in`` is what the entering organic carries, mol/L by component; the counter-ion of a saponified chemistry
    is
    added by itself unless it is named here. In a saturated chemistry (constant separation factors) the entering organic
    carries base for ``loading_mol_per_l`` of metal, less the metal it already holds.
    """

    n_stages: int
    chemistry: Chemistry
    organic_flow: float
    organic_in: Mapping[str, float] = field(default_factory=dict)
    feeds: tuple[Feed, ...] = ()
    draws: tuple[Draw, ...] = ()

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True)
class Outlet:
    """A stream that leaves: its phase, stage, volume flow, mol/L by component, and total acid in mol/L
    (aqueous only).
    """

    name: str
    phase: Phase
    stage: int
    flow: float
    composition: Array
    acid: float


@dataclass(frozen=True)
class Steady:
    """A converged steady state; arrays run over stages (first axis) and components (second).

    ``recoveries[outlet]`` is the share of what enters that leaves there, ``purities[outlet]`` the mole share among
    metals,
    counter-ions left out; ``balances`` the relative closure of every component, of the extractant, of acid and of
    charge.
    """

    cascade: Cascade
    aqueous: Array
    organic: Array
    ph: Array
    free_dimer: Array
    aqueous_flow: Array
    organic_flow: Array
    ln_scalars: Array
    outlets: Mapping[str, Outlet]
    recoveries: Mapping[str, Array]
    purities: Mapping[str, Array]
    balances: Mapping[str, float]
    iterations: int
    warnings: tuple[str, ...] = ()
    converged: Literal[True] = True

    def purity(self, outlet: str, *components: str) -> float:
        """The mole share of ``components`` together among the metals of ``outlet``."""
        return float(sum(_of(self.purities, outlet)[self.cascade.chemistry.index(c)] for c in components))

    def recovery(self, outlet: str, component: str) -> float:
        """The share of ``component`` entering that leaves in ``outlet``."""
        return float(_of(self.recoveries, outlet)[self.cascade.chemistry.index(component)])


def _of(found: Mapping[str, Array], outlet: str) -> Array:
    if outlet not in found:
        raise UnknownName("outlet", outlet, found)
    return found[outlet]


def metals(chemistry: Chemistry) -> npt.NDArray[np.bool_]:
    """True for the components that count in a purity: all but the saponifying cations."""
    return np.array([c not in COUNTER_IONS for c in chemistry.components])


def with_feed(cascade: Cascade, index: int, **changes: Any) -> Cascade:
    """The same cascade with fields of feed ``index`` changed."""
    feeds = list(cascade.feeds)
    feeds[index] = replace(feeds[index], **changes)
    return replace(cascade, feeds=tuple(feeds))


def _check(cascade: Cascade) -> None:
    if not 1 <= cascade.n_stages <= MAX_STAGES:
        raise DidymiumError(f"{cascade.n_stages} stages", expected=f"1 to {MAX_STAGES}")
    if len(cascade.chemistry.components) > MAX_COMPONENTS:
        raise DidymiumError(f"{len(cascade.chemistry.components)} components", expected=f"at most {MAX_COMPONENTS}")
    if not (math.isfinite(cascade.organic_flow) and cascade.organic_flow > 0):
        raise DidymiumError(f"organic flow {cascade.organic_flow}", expected="a finite flow above zero")
    _check_composition(cascade, cascade.organic_in, "organic_in")
    for k, feed in enumerate(cascade.feeds, 1):
        _check_feed(cascade, feed, f"feed {feed.name or k}")
    for k, draw in enumerate(cascade.draws, 1):
        _check_draw(cascade, draw, f"draw {draw.name or k}")


def _check_stage(cascade: Cascade, stage: int, where: str) -> None:
    if not 1 <= stage <= cascade.n_stages:
        raise DidymiumError(f"stage {stage}", where=where, expected=f"1 to {cascade.n_stages}")


def _check_composition(cascade: Cascade, composition: Mapping[str, float], where: str) -> None:
    names = cascade.chemistry.components
    for name, value in composition.items():
        if name not in names:
            raise UnknownName("component", name, names, where=where)
        if not (math.isfinite(value) and value >= 0):
            raise DidymiumError(
                f"{name} is {value} mol/L", where=where, expected="a finite concentration, not below zero"
            )


def _check_feed(cascade: Cascade, feed: Feed, where: str) -> None:
    _check_stage(cascade, feed.stage, where)
    flows = (feed.flow_aq, feed.flow_org)
    if not all(math.isfinite(f) and f >= 0 for f in flows) or (flows[0] > 0) == (flows[1] > 0):
        raise DidymiumError(
            f"flow_aq {feed.flow_aq}, flow_org {feed.flow_org}", where=where, expected="exactly one of them above zero"
        )
    _check_composition(cascade, feed.composition, where)
    if not math.isfinite(feed.acid):
        raise DidymiumError(f"acid is {feed.acid} mol/L", where=where, expected="a finite concentration")
    if feed.flow_org > 0 and feed.acid:
        raise DidymiumError("an organic feed carries no strong acid", where=where, cure="give the acid an aqueous feed")


def _check_draw(cascade: Cascade, draw: Draw, where: str) -> None:
    _check_stage(cascade, draw.stage, where)
    if draw.phase not in ("aqueous", "organic"):
        raise UnknownName("phase", draw.phase, ("aqueous", "organic"), where=where)
    if (draw.flow is None) == (draw.fraction is None):
        raise DidymiumError("a draw has a flow or a fraction", where=where, expected="exactly one of them")
    value = draw.flow if draw.fraction is None else draw.fraction
    if value is None or not (math.isfinite(value) and value >= 0) or (draw.fraction is not None and value > 1):
        raise DidymiumError(
            f"draw of {value}", where=where, expected="a flow not below zero, or a fraction between 0 and 1"
        )
