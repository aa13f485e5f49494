"""The reconciled base year: who made, shipped and used what, with residuals and uncertainty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from didymium.chain.structure import FORMS, Array, Recipes
from didymium.errors import UnknownName
from didymium.world import ELEMENTS

__all__ = ["Flows", "Residual", "basket_weights"]

_STAGE_OF_FORM = dict(zip(FORMS, ("mine", "crack", "separate", "metal", "magnet", "assemble"), strict=True))
OUTPUT_FORM = {stage: form for form, stage in _STAGE_OF_FORM.items()}


@dataclass(frozen=True)
class Residual:
    """An observation beside what the balance made of it; ``z`` is the distance in standard errors."""

    key: str
    kind: str
    place: str
    partner: str
    basket: str
    form: str
    observed: float
    fitted: float
    unit: str
    z: float
    grade: str
    sources: tuple[str, ...]
    where: str


def basket_weights(basket: tuple[str, ...]) -> Array:
    """Ones (15,) for the elements of ``basket``, all of them when it is empty; raises UnknownName."""
    for element in basket:
        if element not in ELEMENTS:
            raise UnknownName("element", element, ELEMENTS)
    return np.array([1.0 if not basket or e in basket else 0.0 for e in ELEMENTS])


@dataclass(frozen=True)
class Flows:
    """Flows of one year in t REO-equivalent per year.

    ``trade[form]`` has shape (from, to, 15) with home flows on the diagonal; node quantities have shape (blocs, 15).
    ``unreported`` holds (bloc, element) that are mined but whose assays do not state the element: a gap, carried as
    nothing in the balance but never to be shown as zero.
    ``sigma`` holds standard errors of outputs for (stage, bloc, basket name).
    """

    year: int
    blocs: tuple[str, ...]
    trade: Mapping[str, Array]
    nodes: Mapping[str, Array]
    recipes: Recipes
    residuals: tuple[Residual, ...]
    sigma: Mapping[tuple[str, str, str], float]
    capacity_unknown: tuple[tuple[str, str], ...]
    unreported: frozenset[tuple[str, str]]
    solver: Mapping[str, float]
    sources: frozenset[str]

    def output(self, stage: str) -> Array:
        """What ``stage`` makes, (blocs, 15); raises UnknownName for a stage that is not in the chain."""
        if stage == "mine":
            return self.nodes["mine"]
        if stage not in OUTPUT_FORM:
            raise UnknownName("stage", stage, OUTPUT_FORM)
        made: Array = self.trade[OUTPUT_FORM[stage]].sum(axis=1)
        if stage == "separate":
            made = made + self.nodes["stock_oxide"]
        return made

    def use(self) -> Array:
        """Final use of goods with magnets, (blocs, 15)."""
        used: Array = self.trade["product"].sum(axis=0)
        return used

    def share(self, stage: str, basket: tuple[str, ...] = (), weights: Array | None = None) -> Array:
        """Share (blocs,) of the world output of ``stage`` on a basket; ``weights`` (15,) default to t REO."""
        w = basket_weights(basket) * (1.0 if weights is None else weights)
        made = self.output(stage) @ w
        total = made.sum()
        return made / total if total > 0 else np.zeros_like(made)

    def imbalance(self) -> float:
        """Largest imbalance of any node and element relative to its throughput (1 kg/y at least)."""
        y, t, n = self.recipes.yields, self.trade, self.nodes
        into = {form: a.sum(axis=0) for form, a in t.items()}
        out = {form: a.sum(axis=1) for form, a in t.items()}
        pairs = (
            (n["mine"], out["concentrate"] + n["stock_concentrate"]),
            (y["crack"] * into["concentrate"], out["mixed"]),
            (y["separate"] * (into["mixed"] - n["unseparated"]) + n["recycled"], out["oxide"] + n["stock_oxide"]),
            (into["oxide"], n["feed_metal"] + n["other_use"]),
            (y["metal"] * n["feed_metal"], out["metal"]),
            (y["magnet"] * into["metal"], out["magnet"]),
            ((1 - y["magnet"]) * into["metal"], out["scrap"]),
            (into["scrap"], n["recycled"] / y["recycle"] + n["scrap_lost"]),
            (y["assemble"] * into["magnet"], out["product"]),
        )
        return max(float(np.max(np.abs(a - b) / np.maximum(np.abs(a), 1e-3))) for a, b in pairs)

    def worst(self, n: int = 10) -> tuple[Residual, ...]:
        """The ``n`` observations that had to give most, in standard errors."""
        return tuple(sorted(self.residuals, key=lambda r: -abs(r.z))[:n])
