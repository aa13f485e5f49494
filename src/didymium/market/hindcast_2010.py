"""The export quotas of 2010 to 2014: prices FOB China fitted from July 2010 to 2012 and scored from 2013 to 2015.

Averages of a year, values at its end and single days are kept apart: each is compared with its like. The level is the
average of the first quarter of 2010, before the quota of the second half was cut. What left China went at prices FOB,
so all trade outside pays the price outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from didymium.chain.reconcile import base_year
from didymium.chain.structure import Array
from didymium.market.fit import Bounded
from didymium.market.hindcast import Fold, Series
from didymium.market.hindcast_case import History
from didymium.market.observed import oxide_of, prices_seen
from didymium.market.scenario_paths import links_of
from didymium.market.scene import Scene, prepare
from didymium.market.simulate import Run
from didymium.world import ELEMENTS, WORLD, Row, World
from didymium.world.scenario import Scenario, load_scenario
from didymium.world.scenario_events import Quota

__all__ = ["PARAMETERS", "PRICED", "Case2010", "case_2010", "level_of", "prices_2010", "with_halves"]

SCENARIO = "quota-2010"
PRICED = ("La", "Ce", "Nd", "Eu", "Tb", "Dy")
FIRST, LAST = "2010-03", "2015-12"
LEVEL = "2010-Q1"
CUT_EVENT = "2010_07_china_quota"
SECOND_HALF = "export_quota_second_half_2010"

PARAMETERS = (
    Bounded("price_cover", "1", 0.3, 3),
    Bounded("price_shortage", "1", 0.3, 4),
    Bounded("price_adjust", "d", 10, 180),
    Bounded("caution", "1", 0.05, 3),
    Bounded("caution_decay", "d", 90, 1460),
    Bounded("demand_light_short", "1", -0.5, -0.1),
    Bounded("demand_magnet_short", "1", -0.4, -0.05),
    Bounded("demand_heavy_short", "1", -0.6, -0.1),
)

LEFT, GOODS = "left.CHN", "rare earths (compounds and metals, gross weight)"
"""What left China of the goods that the quota counts: seen by year, never fitted."""

FOLDS = (Fold("to-2012", "2010-07", "2012-12", LAST),)
FIXED = {"spot_share": 1.0}


@dataclass(frozen=True, kw_only=True)
class Case2010(History):
    """Monthly steps, and prices by series, period and element."""

    observed: Series
    counted: NDArray[np.intp]
    """Links that the quota counts."""

    sigma: float
    """Standard error of the logarithm of a price."""

    @cached_property
    def units(self) -> Mapping[str, str]:
        """USD/kg, and t a year for what left."""
        return dict.fromkeys(self.observed, "USD/kg") | {LEFT: "t"}

    @cached_property
    def level_from(self) -> Mapping[str, str]:
        """The first quarter of 2010 FOB; at home the first day seen."""
        return {s: level_of(s, seen) for s, seen in self.observed.items() if s != LEFT}

    @cached_property
    def fitted(self) -> frozenset[str]:
        """All prices FOB."""
        return frozenset(s for s in self.observed if s.startswith("fob"))

    @cached_property
    def scatter(self) -> Mapping[str, float]:
        """The same for all prices."""
        return {s: self.sigma for s in self.observed if s != LEFT}

    def predict(self, values: Mapping[str, float]) -> Series:
        """Prices of a run with ``values``, all else at its median, and what left."""
        run = self.scene.run({**FIXED, **values})
        per_y = self.scene.calendar.steps_per_y
        left = run.record.shipped[:, self.counted].sum(axis=(1, 2)).reshape(-1, per_y).sum(axis=1)
        years = {str(self.scene.model.year + k): float(t) for k, t in enumerate(left)}
        return {s: self._series(run, s) for s in self.observed if s != LEFT} | {LEFT: years}

    def _series(self, run: Run, series: str) -> dict[str, float]:
        place, element, kind = series.split(".")
        over_base = run.record.price[:, 0 if place == "home" else 1, ELEMENTS.index(element)]
        start = self.level_from[series]
        quarter = place == "fob"
        level = self.observed[series][start] / (over_base[:3].mean() if quarter else self._at(over_base, start))
        years = [str(y) for y in range(2010, 2016)]
        periods = set(self.observed[series])
        periods |= set(years if kind == "annual" else [f"{y}-12" for y in years] if kind == "year_end" else ())
        found = {p: float(level * self._at(over_base, p)) for p in sorted(periods)}
        return found | ({FIRST: self.observed[series][FIRST]} if quarter else {})

    def _at(self, over_base: Array, period: str) -> float:
        """The mean of a year, or the step of a month."""
        year, _, rest = period.partition("-")
        first = (int(year) - self.scene.model.year) * self.scene.calendar.steps_per_y
        if not rest:
            return float(over_base[first : first + self.scene.calendar.steps_per_y].mean())
        return float(over_base[first + (int(rest[:2]) - 1) * self.scene.calendar.steps_per_y // 12])

    def residuals(self, predicted: Series, fold: Fold) -> Array:
        """(observed - predicted)/sigma in logarithms of what the window holds."""
        return np.array([apart for _, apart in self.misfits(predicted, fold)])


def case_2010(world: World) -> Case2010:
    """The case; raises SolveError or RecordError when the base year 2010 does not close."""
    scenario = load_scenario(SCENARIO, world)
    flows = base_year(world, scenario.base_year)
    scene = prepare(world, with_halves(world, prepare(world, scenario, flows), scenario), flows)
    observed, sources = prices_2010(world)
    sources.add(world.assumption(SECOND_HALF).text("source"))
    for row in world.rows("trade", flow="export", reporter="CHN", partner=WORLD, product=GOODS):
        if len(row.text("period")) == 4:
            observed.setdefault(LEFT, {})[row.text("period")] = row.number("quantity_t")
            sources.add(row.text("source"))
    counted = links_of(scene.model, "CHN", None, _whole(scenario).forms)
    scatter = world.assumption("scatter_price_fob")
    sources.add(scatter.text("source"))
    return Case2010(
        name="2010",
        folds=FOLDS,
        parameters=PARAMETERS,
        scene=scene,
        sources=scene.sources | sources,
        observed=observed,
        counted=counted,
        sigma=scatter.number("value"),
    )


def prices_2010(world: World) -> tuple[dict[str, dict[str, float]], set[str]]:
    """Prices in USD/kg by series and period, each with that of its level, and their sources.

    An element without a price of its level is left out.
    """
    observed: dict[str, dict[str, float]] = {}
    sources: set[str] = set()
    for element in PRICED:
        rows = [r for r in world.rows("prices", material=oxide_of(world, element)) if _is_fob(r)]
        level = next((r.number("price_usd_per_kg") for r in rows if r.text("period") == LEVEL), None)
        if level is None:
            continue
        for row in rows:
            kind, period = row.text("frequency").replace("-", "_"), row.text("period")
            if kind in ("annual", "year_end", "spot") and "2010" <= period <= LAST and not _unsure(row):
                line = observed.setdefault(f"fob.{element}.{kind}", {FIRST: level})
                line.setdefault(period, row.number("price_usd_per_kg"))
                sources.add(row.text("source"))
        for p in prices_seen(world, element, date(2011, 1, 1), date(2015, 12, 31)):
            observed.setdefault(f"home.{element}.spot", {}).setdefault(p.day.isoformat()[:7], p.usd_per_kg)
            sources.add(p.source)
    return observed, sources


def level_of(series: str, seen: Iterable[str]) -> str:
    """The period of the level of a price: the first quarter of 2010 FOB; at home the first day ``seen``."""
    return FIRST if series.startswith("fob") else min(seen)


def _is_fob(row: Row) -> bool:
    return row.text("market") == "FOB China"


def _unsure(row: Row) -> bool:
    """Whether a single price lacks its day."""
    return row.text("frequency") == "spot" and len(row.text("observed_on")) != 10


def with_halves(world: World, scene: Scene, scenario: Scenario) -> Scenario:
    """``scenario`` with the quota of 2010 in halves: what had left by July, and the cut quota of the second half."""
    whole = _whole(scenario)
    model = scene.model
    counted = links_of(model, whole.exporter, None, whole.forms)
    half = 0.5 * float(model.links.offered[counted].sum())
    second = whole.model_copy(
        update={
            "event": CUT_EVENT,
            "start": date(2010, 7, 1),
            "tonnes_per_y": half + world.assumption(SECOND_HALF).number("value"),
            "assumed": True,
        }
    )
    return scenario.model_copy(update={"events": (*scenario.events, second)})


def _whole(scenario: Scenario) -> Quota:
    return next(e for e in scenario.events if isinstance(e, Quota) and e.start == date(2010, 1, 1))
