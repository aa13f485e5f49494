"""A separation plant as data: what the market and the roadmap take as a process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from didymium.separation.economics import Estimate
from didymium.separation.exchange_check import ExchangeCheck
from didymium.separation.polish import Polish
from didymium.separation.prices import OxidePrice
from didymium.separation.remarks import Remark
from didymium.separation.sizing import Equipment
from didymium.separation.startup import StartUp
from didymium.separation.three_outlets import ThreeOutlets
from didymium.separation.tree import Circuit, Tree, circuits

__all__ = ["Inventory", "Plant", "ProductLine", "Reagents"]


@dataclass(frozen=True)
class ProductLine:
    """One product as made: mass share of its own elements in REO, share recovered, tonnes a year, kind of outlet.

    ``asked_purity`` is None for what is left over between products and is sold as a concentrate.
    """

    name: str
    elements: tuple[str, ...]
    asked_purity: float | None
    purity: float
    recovery: float
    output_t_reo_per_y: float
    impurities: Mapping[str, float]


@dataclass(frozen=True)
class Reagents:
    """Stoichiometric needs per tonne of REO fed: hydrochloric acid and sodium hydroxide (100 %), water."""

    acid_t_per_t: float
    base_t_per_t: float
    water_m3_per_t: float
    energy: Estimate
    base_cost: Estimate
    acid_cost: Estimate


@dataclass(frozen=True)
class Inventory:
    """What a full plant holds: t REO by element, its worth (share of tonnage priced), organic and its extractant."""

    rare_earth_t: Mapping[str, float]
    worth_usd: float
    priced_share: float
    prices: Mapping[str, OxidePrice]
    solvent_m3: float
    solvent_value: Estimate

    @property
    def total_t(self) -> float:
        """t REO held."""
        return sum(self.rare_earth_t.values())


@dataclass(frozen=True)
class Plant:
    """A plant that meets its slate by converged cascades, as a process for the market and the roadmap.

    ``recovery`` is the share of the asked elements that leaves in their products. ``capital`` and ``operating`` hold
    figures side by side, each with its definition and the year of its money; the first is the model's own.
    ``months_to_fill`` is hold-up over feed along the longest path, ``months_to_purity`` comes from the dynamics,
    ``exchange`` each cut with the full ion exchange where constants are known, ``middle_draws`` pairs of cuts that one
    cascade with three outlets could replace, ``polish`` the products whose last nine a displacement column could make.
    """

    feed: str
    feed_name: str
    products: tuple[ProductLine, ...]
    capacity_t_reo_per_y: float
    assay: Mapping[str, float]
    tree: Tree
    recovery: float
    recovery_asked: float
    capital: tuple[Estimate, ...]
    operating: tuple[Estimate, ...]
    reagents: Reagents
    inventory: Inventory
    months_to_fill: float
    months_to_purity: Estimate
    start_up: tuple[StartUp, ...]
    equipment: tuple[Equipment, ...]
    estimates: tuple[Estimate, ...]
    sources: frozenset[str]
    warnings: tuple[Remark, ...]
    exchange: tuple[ExchangeCheck, ...] = ()
    middle_draws: tuple[ThreeOutlets, ...] = ()
    polish: tuple[Polish, ...] = ()

    @property
    def circuits(self) -> tuple[Circuit, ...]:
        """Every cascade, parents first."""
        return tuple(circuits(self.tree.root))

    @property
    def stages(self) -> int:
        """Extraction and scrub stages of all cascades."""
        return sum(c.design.stages for c in self.circuits)

    @property
    def mixer_settlers(self) -> int:
        """Mixer-settlers of all cascades, stripping included."""
        return sum(c.design.size.mixer_settlers for c in self.circuits)
