"""What figures that people write are held against, and what is said of those that are out of the usual."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from didymium.chain.stoichiometry import metal_fractions
from didymium.chain.structure import FORMS
from didymium.market.base_prices import base_prices
from didymium.market.build import Model
from didymium.world import ELEMENTS, World

__all__ = ["TIMES_USUAL", "Remark", "Usual", "usual_in"]

TIMES_USUAL = 3.0
"""What is so many times the most in what ships with the package is remarked on: days typed for weeks are 7 times."""


@dataclass(frozen=True)
class Remark:
    """Something unusual in a file: ``where`` it is written, which kind, and the values that go into its words.

    Values whose name ends in ``share`` are fractions, in ``kg`` masses, in ``usd`` sums; other numbers are plain.
    """

    where: str
    key: str
    values: Mapping[str, str | float]


@dataclass(frozen=True)
class Usual:
    """What figures are held against: the model of the base year, and what oxides cost, USD per kg of element."""

    world: World
    model: Model
    oxide_usd_per_kg: Mapping[str, float]

    def made_t_reo(self, form: str, element: str) -> float:
        """What the world makes of ``element`` in ``form`` in the base year, t REO."""
        chain, f = self.model.chain, FORMS.index(form)
        return float(chain.output[f, self.model.running[f], ELEMENTS.index(element)].sum())


def usual_in(world: World, model: Model) -> Usual:
    """What is usual in the base year of ``model``."""
    prices, metal = base_prices(world, model.year), metal_fractions(world)
    return Usual(world, model, {e: price.usd_per_kg / metal[e] for e, price in prices.items()})
