"""The licences of April 2025, fitted on one window of months and scored on another.

Two folds: fitted to June 2025 and scored from July to October, and fitted to September and scored on October. Both go
on to March 2026, so that later figures can be held against them. Parameters are the same for all months.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from didymium.chain.structure import Array
from didymium.market.fit import Bounded, Fitted, fit
from didymium.market.observed import PRODUCT, Export, PriceSeen, monthly_exports, prices_seen
from didymium.market.scene import Scene, prepare
from didymium.market.simulate import Run
from didymium.market.structure import MAGNET
from didymium.world import ELEMENTS, WORLD, World
from didymium.world.scenario import load_scenario

__all__ = ["FOLDS", "PARAMETERS", "PRICED", "Case", "Fold", "Prediction", "case_2025", "exported", "fit_fold"]

SCENARIO = "licences-2025-04"
EVENT = "2025_04_04_china_export_licence"
PRICED = ("Dy", "Tb")

CONTROL = "2025-04"
LAST_MONTH = "2026-03"

SIGMA_WORLD, SIGMA_PARTNER, SIGMA_INSIDE, SIGMA_OUTSIDE = 0.12, 0.35, 0.05, 0.25
"""Standard errors of logarithms: months scatter by about an eighth around the year, small partners by a third."""

PARAMETERS = (
    Bounded(f"{EVENT}.grace_days", "d", 0, 21),
    Bounded(f"{EVENT}.reviews_per_week", "1/week", 10, 300),
    Bounded(f"{EVENT}.review_days", "d", 2, 60),
    Bounded(f"{EVENT}.also_held_share", "1", 0.05, 0.95),
    Bounded(f"{EVENT}.also_held_days", "d", 10, 90),
    Bounded("heavy_share", "1", 0.2, 0.8),
    Bounded("price_shortage", "1", 0.3, 4),
    Bounded("price_cover", "1", 0.3, 3),
)


@dataclass(frozen=True)
class Fold:
    """A window: months fitted, up to the last of them, and months scored."""

    name: str
    fitted_to: str
    scored: tuple[str, ...]


FOLDS = (
    Fold("to-june", "2025-06", ("2025-07", "2025-08", "2025-09", "2025-10")),
    Fold("to-september", "2025-09", ("2025-10",)),
)


@dataclass(frozen=True)
class Prediction:
    """One run seen as the statistics see it.

    ``exports`` holds gross t of magnets a month by partner (WLD for all), ``prices`` by (element, place) the price over
    that of the base year at every step; places are inside, outside (the ask) and paid (outside, by volume).
    """

    exports: Mapping[str, Mapping[str, float]]
    prices: Mapping[tuple[str, str], Array]


@dataclass(frozen=True)
class Case:
    """The scenario made ready, in weekly steps, and what was observed."""

    scene: Scene
    exports: tuple[Export, ...]
    prices: tuple[PriceSeen, ...]
    gross_per_reo: float
    """Gross t of magnets per t REO-equivalent, times the ratio of the observed to the modelled exports of 2024."""

    sources: frozenset[str]

    @cached_property
    def months(self) -> NDArray[np.str_]:
        """Month of each step."""
        days = self.scene.calendar
        return np.array([days.begins(t).isoformat()[:7] for t in range(days.steps)])

    @cached_property
    def partners(self) -> tuple[str, ...]:
        """The world and the partners that are blocs of their own."""
        seen = {e.partner for e in self.exports}
        return (WORLD, *(b for b in self.scene.model.blocs if b in seen))

    def observed(self, partner: str) -> dict[str, float]:
        """Gross t by month to one partner."""
        return {e.month: e.tonnes for e in self.exports if e.partner == partner}

    def predict(self, values: Mapping[str, float]) -> Prediction:
        """The statistics of a run with ``values``, all else at its median."""
        run = self.scene.run(values)
        prices: dict[tuple[str, str], Array] = {}
        for e in PRICED:
            k = ELEMENTS.index(e)
            prices[e, "inside"], prices[e, "outside"] = run.record.price[:, 0, k], run.record.price[:, 1, k]
            prices[e, "paid"] = run.record.paid[:, k]
        tonnes = exported(self.scene, run) * self.gross_per_reo
        by_partner = {WORLD: tonnes.sum(axis=1)} | {b: tonnes[:, i] for i, b in enumerate(self.scene.model.blocs)}
        return Prediction({b: self._by_month(by_partner[b]) for b in self.partners}, prices)

    def _by_month(self, tonnes: Array) -> dict[str, float]:
        """Tonnes of the steps that begin in each month, scaled to a twelfth of a year."""
        per_month = self.scene.calendar.steps_per_y / 12
        return {str(m): float(tonnes[self.months == m].mean() * per_month) for m in np.unique(self.months)}

    def step_of(self, day: date) -> int:
        """The step that holds ``day``."""
        days = self.scene.calendar
        return int(np.searchsorted(days.edges, (day - date(days.year, 1, 1)).days, side="right")) - 1

    def residuals(self, values: Mapping[str, float], to: str) -> Array:
        """(observed - predicted)/sigma in logarithms, of what was seen from the control to the end of month ``to``."""
        predicted = self.predict(values)
        found = []
        for e in self.exports:
            if CONTROL <= e.month <= to and e.partner in self.partners:
                error = np.log(e.tonnes / max(predicted.exports[e.partner][e.month], 1.0))
                found.append(error / SIGMA_WORLD if e.partner == WORLD else tamed(error / SIGMA_PARTNER))
        for seen, start in self.price_pairs():
            if CONTROL <= seen.day.isoformat()[:7] <= to:
                series = predicted.prices[seen.element, "inside" if seen.inside else "outside"]
                ratio = series[self.step_of(seen.day)] / series[self.step_of(start.day)]
                sigma = SIGMA_INSIDE if seen.inside else SIGMA_OUTSIDE
                found.append(np.log(seen.usd_per_kg / start.usd_per_kg / ratio) / sigma)
        return np.array(found)

    def price_pairs(self) -> list[tuple[PriceSeen, PriceSeen]]:
        """Every price after the first of its element and place, with that first one."""
        first: dict[tuple[str, bool], PriceSeen] = {}
        found = []
        for p in self.prices:
            start = first.setdefault((p.element, p.inside), p)
            if start is not p:
                found.append((p, start))
        return found


def tamed(z: float) -> float:
    """A residual whose square grows as its size beyond one (pseudo-Huber): single partners were treated by politics."""
    return float(np.sign(z) * np.sqrt(2 * (np.sqrt(1 + z * z) - 1)))


def exported(scene: Scene, run: Run) -> Array:
    """Magnets that left China (steps, blocs), t REO-equivalent a step, by where they went."""
    links, blocs = scene.model.links, scene.model.blocs
    china = blocs.index("CHN")
    found = np.zeros((len(run.record.shipped), len(blocs)))
    for k in np.flatnonzero((links.form == MAGNET) & (links.origin == china) & (links.to != china)):
        found[:, links.to[k]] += run.record.shipped[:, k].sum(axis=1)
    return found


def case_2025(world: World) -> Case:
    """The case, with the level of exports set to that of the whole year 2024 and nothing after it."""
    scenario = load_scenario(SCENARIO, world).model_copy(update={"step": "week"})
    scene = prepare(world, scenario)
    exports = tuple(e for e in monthly_exports(world) if "2024-01" <= e.month <= LAST_MONTH)
    prices = tuple(p for e in PRICED for p in _one_a_month(prices_seen(world, e, date(2025, 3, 1), date(2026, 3, 31))))
    total = world.rows("trade", flow="export", reporter="CHN", partner=WORLD, product=PRODUCT, period="2024")
    base = exported(scene, scene.run())[: scene.calendar.steps_per_y].sum()
    sources = {p.source for p in prices} | {e.source for e in exports} | {r.text("source") for r in total}
    return Case(scene, exports, prices, total[0].number("quantity_t") / float(base), scene.sources | sources)


def _one_a_month(seen: tuple[PriceSeen, ...]) -> list[PriceSeen]:
    """The first price of each month and place: days of one month tell the same thing."""
    first: dict[tuple[str, bool], PriceSeen] = {}
    for p in seen:
        first.setdefault((p.day.isoformat()[:7], p.inside), p)
    return list(first.values())


def fit_fold(case: Case, fold: Fold, progress: Callable[[int], None] | None = None) -> Fitted:
    """The parameters fitted to what was seen up to the last month of ``fold``."""
    return fit(PARAMETERS, lambda values: case.residuals(values, fold.fitted_to), progress=progress)
