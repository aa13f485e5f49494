"""The licences of April 2025, fitted on one window of months and scored on another.

Two folds: fitted to June 2025 and scored from July to October, and fitted to September and scored on October. Both go
on to March 2026, so that later figures can be held against them. Parameters are the same for all months. The level is
that of 2024 (exports) and of the last price before the control; nothing seen after the window of a fold enters it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from didymium.chain.structure import Array
from didymium.market.fit import Bounded
from didymium.market.hindcast import Fold, Series
from didymium.market.hindcast_case import History
from didymium.market.observed import PRODUCT, PriceSeen, monthly_exports, prices_seen
from didymium.market.scene import Scene, prepare
from didymium.market.shortage import Covers, first_stop_weeks, licensed_share, read_covers
from didymium.market.simulate import Run
from didymium.market.structure import MAGNET
from didymium.world import ELEMENTS, WORLD, World
from didymium.world.scenario import load_scenario
from didymium.world.scenario_events import Event

__all__ = ["CONTROL", "PARAMETERS", "Case2025", "by_month", "case_2025", "exported", "prices_2025"]

SCENARIO = "licences-2025-04"
EVENT = "2025_04_04_china_export_licence"
CONTROL = date(2025, 4, 4)
SHOCK = "2025-04"
FIRST_MONTH, LAST_MONTH = "2025-01", "2026-03"
FIRST_PRICE = {"Dy": date(2025, 3, 1), "Tb": date(2025, 3, 1), "Y": date(2025, 1, 1)}
FITTED_PRICES = ("Dy", "Tb")
"""Yttrium is not fitted: the price outside was first seen five months into the licences."""

SCATTERS = ("exports_world", "exports_partner", "price_inside", "price_outside")

RECOVERED = 0.9
PAID = {"China domestic": "inside", "FOB China": "outside"}
STOPPED = {
    "2025_05_20_ford_plant_halt": "USA",
    "2025_05_26_suzuki_plant_halt": "JPN",
    "2025_06_04_clepa_plant_halt": "EUU",
}
"""First stops of plants that were reported, by bloc."""

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

FOLDS = (Fold("to-june", SHOCK, "2025-06", "2025-10"), Fold("to-september", SHOCK, "2025-09", "2025-10"))


@dataclass(frozen=True, kw_only=True)
class Case2025(History):
    """Weekly steps, and what was observed.

    ``gross_per_reo`` is gross t of magnets per t REO-equivalent, times the ratio of the observed to the modelled
    exports of 2024. ``sigma`` holds standard errors of logarithms by ``SCATTERS``. ``seen_prices`` are by element, then
    in time order. ``covers`` are the stocks of the makers of goods.
    """

    seen_exports: Mapping[str, Mapping[str, float]]
    seen_prices: tuple[PriceSeen, ...]
    seen_once: Series
    gross_per_reo: float
    sigma: Mapping[str, float]
    covers: Covers

    @cached_property
    def months(self) -> NDArray[np.str_]:
        """Month of each step."""
        days = self.scene.calendar
        return np.array([days.begins(t).isoformat()[:7] for t in range(days.steps)])

    @cached_property
    def partners(self) -> tuple[str, ...]:
        """The world and the partners that are blocs of their own."""
        return (WORLD, *(b for b in self.scene.model.blocs if b in self.seen_exports))

    @cached_property
    def _prices(self) -> Mapping[str, Mapping[str, PriceSeen]]:
        return by_month(self.seen_prices)

    @cached_property
    def observed(self) -> Series:
        """Everything seen, fitted or not."""
        exports = {f"exports.{b}": seen for b, seen in self.seen_exports.items() if b in self.partners}
        prices = {s: {m: p.usd_per_kg for m, p in seen.items()} for s, seen in self._prices.items()}
        return {**exports, **prices, **self.seen_once, **self._timing_seen()}

    def _timing_seen(self) -> dict[str, dict[str, float]]:
        """Each timing under the month in which it was seen."""
        return {s: {_month_at(v): v} for s, v in self._timing(self.seen_exports[WORLD]).items()}

    def _timing(self, exports: Mapping[str, float]) -> dict[str, float]:
        """Months after the control of the fewest exports, and of the first after it that are back near those of 2024.

        Without a recovery in the months there are, one month later is the least that can be said.
        """
        enough = RECOVERED * self.seen_exports[WORLD]["2024"] / 12
        after = sorted(m for m in exports if m >= SHOCK and len(m) == 7)
        trough = min(after, key=lambda m: exports[m])
        back = [m for m in after if m > trough and exports[m] >= enough]
        return {
            "month.trough": _months_on(trough),
            "month.recovery": _months_on(back[0]) if back else _months_on(after[-1]) + 1,
        }

    @cached_property
    def level_from(self) -> Mapping[str, str]:
        """First month of each price."""
        return {s: min(seen) for s, seen in self._prices.items()}

    @cached_property
    def fitted(self) -> frozenset[str]:
        """Exports to the world and to partners, prices of dysprosium and terbium."""
        prices = {s for s in self._prices if s.split(".")[1] in FITTED_PRICES}
        return frozenset(prices | {f"exports.{b}" for b in self.partners})

    @cached_property
    def scatter(self) -> Mapping[str, float]:
        """Exports and prices; prices paid scatter as those at home."""
        found = {f"exports.{b}": self.sigma["exports_partner"] for b in self.partners}
        found[f"exports.{WORLD}"] = self.sigma["exports_world"]
        found |= {s: self.sigma["price_inside" if s.endswith("inside") else "price_outside"] for s in self._prices}
        return found | {s: self.sigma["price_inside"] for s in self.seen_once if s.startswith("paid.")}

    @cached_property
    def units(self) -> Mapping[str, str]:
        """Units by series."""
        kinds = {
            "exports": "t",
            "price": "USD/kg",
            "paid": "USD/kg",
            "licensed": "1",
            "stop": "week",
            "month": "month",
        }
        return {s: kinds[s.split(".")[0]] for s in self.predict({})}

    def predict(self, values: Mapping[str, float]) -> Series:
        """The statistics of a run with ``values``, all else at its median."""
        run = self.scene.run(values)
        tonnes = exported(self.scene, run) * self.gross_per_reo
        by_partner = {WORLD: tonnes.sum(axis=1)} | {b: tonnes[:, i] for i, b in enumerate(self.scene.model.blocs)}
        found: dict[str, Mapping[str, float]] = {f"exports.{b}": self._by_month(by_partner[b]) for b in self.partners}
        found |= {s: self._price(run, s) for s in self._prices}
        timing = self._timing(found[f"exports.{WORLD}"])
        found |= {s: dict.fromkeys(seen, timing[s]) for s, seen in self._timing_seen().items()}
        for s, seen in self.seen_once.items():
            kind, *what = s.split(".")
            if kind == "paid":
                found[s] = {year: self._paid(run, what[0], what[1], int(year)) for year in seen}
            elif kind == "licensed":
                share = licensed_share(self.scene, run, MAGNET, what[0])
                found[s] = {day: float(share[self.step_of(date.fromisoformat(day))]) for day in seen}
        weeks = first_stop_weeks(self.scene, run, self.step_of(CONTROL), self.covers)
        found |= {s: dict.fromkeys(seen, weeks[s[5:]]) for s, seen in self.seen_once.items() if s.startswith("stop.")}
        return found

    def _by_month(self, tonnes: Array) -> dict[str, float]:
        """Tonnes of the steps that begin in each month, scaled to a twelfth of a year."""
        per_month = self.scene.calendar.steps_per_y / 12
        months = [str(m) for m in np.unique(self.months) if FIRST_MONTH <= m <= LAST_MONTH]
        return {m: float(tonnes[self.months == m].mean() * per_month) for m in months}

    def _price(self, run: Run, series: str) -> dict[str, float]:
        """USD/kg by month, on the day of the price seen or else in the middle, from the level of the first one seen."""
        _, element, place = series.split(".")
        over_base = run.record.price[:, 0 if place == "inside" else 1, ELEMENTS.index(element)]
        seen = self._prices[series]
        first = seen[self.level_from[series]]
        level = first.usd_per_kg / float(over_base[self.step_of(first.day)])
        found = {}
        for month in (str(m) for m in np.unique(self.months) if self.level_from[series] <= m <= LAST_MONTH):
            day = seen[month].day if month in seen else date.fromisoformat(f"{month}-15")
            found[month] = level * float(over_base[self.step_of(day)])
        return found

    def _paid(self, run: Run, element: str, place: str, year: int) -> float:
        """USD/kg paid on average of a year, from the level of the first price seen inside."""
        k, inside = ELEMENTS.index(element), f"price.{element}.inside"
        paid = run.record.paid[:, k] if place == "outside" else run.record.price[:, 0, k]
        first = self._prices[inside][self.level_from[inside]]
        level = first.usd_per_kg / float(run.record.price[self.step_of(first.day), 0, k])
        a, b = self.step_of(date(year, 1, 1)), self.step_of(date(year, 12, 31))
        return level * float(paid[a : b + 1].mean())

    def step_of(self, day: date) -> int:
        """The step that holds ``day``."""
        days = self.scene.calendar
        return int(np.searchsorted(days.edges, (day - date(days.year, 1, 1)).days, side="right")) - 1

    def residuals(self, predicted: Series, fold: Fold) -> Array:
        """(observed - predicted)/sigma in logarithms, of what was seen from the control to the end of the window."""
        single = {f"exports.{b}" for b in self.partners if b != WORLD}
        return np.array([tamed(apart) if s in single else apart for s, apart in self.misfits(predicted, fold)])


def prices_2025(world: World) -> tuple[PriceSeen, ...]:
    """Prices of single days that the case holds the model against."""
    return tuple(p for e, first in FIRST_PRICE.items() for p in prices_seen(world, e, first, date(2026, 3, 31)))


def by_month(prices: Iterable[PriceSeen]) -> dict[str, dict[str, PriceSeen]]:
    """First price of each month by series: days of one month tell the same thing."""
    found: dict[str, dict[str, PriceSeen]] = {}
    for p in prices:
        series = f"price.{p.element}.{'inside' if p.inside else 'outside'}"
        found.setdefault(series, {}).setdefault(p.day.isoformat()[:7], p)
    return found


def _months_on(month: str) -> float:
    return float((int(month[:4]) - CONTROL.year) * 12 + int(month[5:7]) - CONTROL.month)


def _month_at(months_on: float) -> str:
    years, month = divmod(CONTROL.month - 1 + round(months_on), 12)
    return f"{CONTROL.year + years}-{month + 1:02d}"


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


def case_2025(world: World, *, deadline: bool = True) -> Case2025:
    """The case, with the level of exports set to that of the whole year 2024 and nothing after it.

    Without ``deadline`` the rule that applications are decided within 45 working days is left out.
    """
    scenario = load_scenario(SCENARIO, world).model_copy(update={"step": "week"})
    if not deadline:
        scenario = scenario.model_copy(update={"events": tuple(_open_ended(e) for e in scenario.events)})
    scene = prepare(world, scenario)
    total = world.rows("trade", flow="export", reporter="CHN", partner=WORLD, product=PRODUCT, period="2024")
    base = exported(scene, scene.run())[: scene.calendar.steps_per_y].sum()
    exports: dict[str, dict[str, float]] = {WORLD: {"2024": total[0].number("quantity_t")}}
    months = [e for e in monthly_exports(world) if "2024-01" <= e.month <= LAST_MONTH]
    for e in months:
        exports.setdefault(e.partner, {})[e.month] = e.tonnes
    prices = prices_2025(world)
    once, sources = _seen_once(world)
    sources |= {p.source for p in prices} | {e.source for e in months} | {r.text("source") for r in total}
    name = "2025" if deadline else "2025_no_deadline"
    per_reo = exports[WORLD]["2024"] / float(base)
    scatters = {s: world.assumption(f"scatter_{s}") for s in SCATTERS}
    sources |= {r.text("source") for r in scatters.values()}
    sigma = {s: r.number("value") for s, r in scatters.items()}
    return Case2025(
        name=name,
        folds=FOLDS,
        parameters=PARAMETERS,
        scene=scene,
        sources=scene.sources | sources,
        seen_exports=exports,
        seen_prices=prices,
        seen_once=once,
        gross_per_reo=per_reo,
        sigma=sigma,
        covers=read_covers(world),
    )


def _open_ended(event: Event) -> Event:
    gone = {"statutory_working_days": None}
    return event.model_copy(update=gone) if event.kind == "export_licence" else event


def _seen_once(world: World) -> tuple[Series, frozenset[str]]:
    """Prices paid in 2025 by volume, applications approved in Europe, weeks to the first stops; and their sources."""
    found: dict[str, dict[str, float]] = {}
    sources = set()
    oxides = {r.text("oxide"): r.text("element") for r in world.rows("elements")}
    for row in world.rows("prices", period="2025", frequency="annual"):
        element, place = oxides.get(row.text("material")), PAID.get(row.text("market"))
        if element in FIRST_PRICE and place is not None:
            found[f"paid.{element}.{place}"] = {"2025": row.number("price_usd_per_kg")}
            sources.add(row.text("source"))
    for row in world.rows("licences", group="European suppliers (CLEPA)", metric="approved"):
        found.setdefault("licensed.EUU", {})[row.text("date")] = row.number("value") / 100
        sources.add(row.text("source"))
    for row in world.rows("events", kind="plant_halt"):
        if row.text("event") in STOPPED:
            day = row.text("start")
            weeks = (date.fromisoformat(day) - CONTROL) / timedelta(days=7)
            found[f"stop.{STOPPED[row.text('event')]}"] = {day: weeks}
            sources.add(row.text("source"))
    return found, frozenset(sources)
