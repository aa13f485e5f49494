"""Whether the figures of a scenario's policies can be meant: orders of magnitude beside prices, output and time.

Nothing is refused here: a policy may be as odd as it likes. What is unusual is remarked on, with where it is written,
what is usual and what that is taken from. Figures that are distributions are judged by their medians.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from didymium.chain.reconcile import base_year
from didymium.market.base_prices import base_prices
from didymium.market.behaviour import read_behaviour
from didymium.market.build import build_model
from didymium.market.plausible import TIMES_USUAL, Remark, Usual, usual_in
from didymium.world import ELEMENTS, World
from didymium.world.distributions import centre
from didymium.world.scenario import Scenario, ScenarioFile, Way, load_scenario, scenarios
from didymium.world.scenario_events import Event, PriceFloor, Stockpile, Tariff

__all__ = ["scenario_remarks"]

LEAST_PERCENT = 1.0
"""A duty above nothing and below this is taken for a share typed for per cent."""

FLOOR_TIMES = 10.0
"""A floor above so many times the price is taken for another unit: USD a tonne are a thousand times."""

MONTHS_PER_Y, KG_PER_T = 12.0, 1000.0

Found = tuple[Way, str, dict[str, str | float]]


def scenario_remarks(world: World, file: ScenarioFile) -> tuple[Remark, ...]:
    """All that is unusual in a scenario, in the order of its events and policies."""
    scenario = file.scenario
    found = list(_span(scenario, world))
    for part in ("events", "policies"):
        for k, event in enumerate(getattr(scenario, part)):
            found += [((part, k, field), key, values) for field, key, values in _event(event, scenario, world)]
    return tuple(Remark(file.where(path), key, values) for path, key, values in found)


def _span(scenario: Scenario, world: World) -> Iterator[Found]:
    """A span beside those of the shipped scenarios, years from the base year."""
    years = _years(scenario)
    longest, name = _longest(world)
    if years > TIMES_USUAL * longest:
        yield ("end",), "span", {"years": years, "times": years / longest, "usual": longest, "sample": name}


@lru_cache(maxsize=1)
def _longest(world: World) -> tuple[int, str]:
    """Years and name of the longest shipped scenario: all of them are read, once where two scenarios are compared."""
    return max((_years(load_scenario(n, world)), n) for n in scenarios())


def _years(scenario: Scenario) -> int:
    return scenario.end.year - scenario.base_year + 1


def _event(event: Event, scenario: Scenario, world: World) -> Iterator[tuple[str, str, dict[str, str | float]]]:
    if isinstance(event, Tariff) and 0 < (percent := centre(event.percent)) < LEAST_PERCENT:
        yield "percent", "tariff", {"value": percent, "hundredfold": 100 * percent}
    if isinstance(event, PriceFloor):
        prices = base_prices(world, scenario.base_year)
        priced = [prices[e] for e in event.elements or ELEMENTS if e in prices]
        dearest = max(priced, key=lambda p: p.usd_per_kg, default=None)
        floor = centre(event.usd_per_kg)
        if dearest is not None and floor > FLOOR_TIMES * dearest.usd_per_kg:
            usual: dict[str, str | float] = {"element": dearest.element, "period": dearest.period}
            times = floor / dearest.usd_per_kg
            yield "usd_per_kg", "floor", {**usual, "floor_usd": floor, "usual_usd": dearest.usd_per_kg, "times": times}
    if isinstance(event, Stockpile):
        made = _usual(world, scenario.base_year)
        elements = event.elements or ELEMENTS
        world_t = sum(made.made_t_reo(event.form, e) for e in elements)
        year_t = centre(event.tonnes) * MONTHS_PER_Y / max(centre(event.over_months), MONTHS_PER_Y)
        if year_t > world_t:
            masses = {"year_kg": year_t * KG_PER_T, "world_kg": world_t * KG_PER_T}
            said = "" if event.elements is None else " ".join(elements)
            names: dict[str, str | float] = {"elements": said, "form": event.form, "year": str(scenario.base_year)}
            yield "tonnes", "stockpile" if said else "stockpile_all", {**names, **masses}


def _usual(world: World, year: int) -> Usual:
    return usual_in(world, build_model(world, base_year(world, year), read_behaviour(world), years=1))
