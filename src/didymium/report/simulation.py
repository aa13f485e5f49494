"""A simulation put together for people: which series head it, their fans, what drives them, where shortages crowd."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from didymium.chain.structure import FORMS, STAGES
from didymium.ensemble.columns import TIME, pick
from didymium.ensemble.dataset import Where, read_drawn
from didymium.ensemble.market_task import MarketTask
from didymium.ensemble.prim import Box, discover, limit_p_value
from didymium.ensemble.sensitivity import Indices, first_order
from didymium.ensemble.series import Difference, Series, Source, Stored, Wish, by_year, fan, interest, steps_from
from didymium.ensemble.store import Store
from didymium.ensemble.task import Array, Output
from didymium.report.price_reach import Beyond
from didymium.words import Say
from didymium.world import World
from didymium.world.scenario_fields import Shows

__all__ = [
    "DRIVEN",
    "STANDING",
    "Driver",
    "Found",
    "Report",
    "Result",
    "box_record",
    "driver_records",
    "drivers",
    "extreme",
    "found_box",
    "headlines",
    "name_of",
    "scale_of",
    "shown_years",
    "unit_of",
    "year_name",
    "year_records",
]

ELEMENTS = ("Nd", "Dy", "Tb")
BLOCS = ("USA", "EUU", "IND")
STAGES_SHOWN = ("separate", "metal", "magnet")
BASKETS_SHOWN = ("ndpr",)
LEAST_YEARS, MOST_YEARS = 4, 5
SLOW = ("demand", "partnership")
"""Kinds of events that turn no year into another."""

LEAST_RUNS = 128
"""Members below which the drivers of a result are chance."""

LEAST_SHARE = 0.02
"""Lower bound of a share of variance from which on a parameter is named."""

DRIVEN = (
    Series("price_ask", (("element", "Dy"),)),
    Series("exports", (("form", "magnet"),)),
    Series("unmet_world"),
)
"""Series whose extremes are asked for their drivers."""

LOWEST = frozenset({"exports", "magnet_exports", "cover", "licensed", "dependence"})
"""Series whose extreme is their lowest."""

STANDING = ("magnets", "home_made", "dependence")
"""Series that say how far a bloc stands alone."""


def headlines(
    coords: Mapping[str, tuple[str, ...]], where: Where, shows: Shows, kept: Collection[str]
) -> tuple[Series, ...]:
    """The series that head the result: prices inside and asked outside, exports, shortage, and how blocs stand alone.

    Of outputs that only some scenarios have, those that are ``kept``. ``where`` picks labels before what the scenario
    ``shows``; blocs that neither names are told the shortage alone.
    Raises UnknownName for a dimension or label that is not there.
    """
    picked = pick(coords, where)

    def chosen(dim: str, named: tuple[str, ...]) -> tuple[str, ...]:
        return picked[dim] if dim in where else tuple(label for label in named if label in picked[dim])

    elements, blocs = chosen("element", shows.elements or ELEMENTS), chosen("bloc", shows.blocs or BLOCS)
    named = blocs if shows.blocs or "bloc" in where else ()
    prices = [Series(f"price_{side}", (("element", e),)) for e in elements for side in ("inside", "ask")]
    shortage = [Series(o, (("bloc", b),)) for o in ("unmet", "stopped") if o in kept for b in blocs]
    rest = (Series("exports", (("form", "magnet"),)), Series("china_share", (("stage", "magnet"),)))
    standing = [
        series
        for b in named
        for series in (
            Series("magnets", (("bloc", b),)),
            *(Series("home_made", (("stage", s), ("bloc", b))) for s in chosen("stage", STAGES_SHOWN)),
            *(Series("dependence", (("bloc", b), ("basket", k))) for k in chosen("basket", BASKETS_SHOWN)),
        )
    ]
    return (*prices, *rest, Series("unmet_world"), *shortage, *standing)


def name_of(world: World, say: Say, series: Series) -> str:
    """The name of a series for people."""
    at = dict(series.at)
    what = at.get("element", "")
    if "bloc" in at:
        what = world.place_name(at["bloc"], say.lang)
    words = {"what": what}
    if "stage" in at and "bloc" in at:
        words["form"] = say(f"form.{FORMS[STAGES.index(at['stage'])]}")
    if "basket" in at:
        words["basket"] = say(f"group.{at['basket']}")
    return say(f"simulate.series.{series.output}", **words)


def by_year_names(times: tuple[str, ...]) -> tuple[int, ...]:
    """The calendar years of dates."""
    return tuple(sorted({int(t[:4]) for t in times}))


def year_name(say: Say, year: int, since: int) -> str:
    """A calendar year; one before ``since`` is the base year."""
    return str(year) if year >= since else say("simulate.base_year", year=year)


def unit_of(source: Source, series: Series, say: Say) -> str:
    """Its unit for people: shares in per cent, differences of them in percentage points."""
    unit = source.outputs[series.output].unit
    if unit == "1":
        return say("simulate.points") if isinstance(source, Difference) else "%"
    return say.data(unit)


def scale_of(outputs: Mapping[str, Output], series: Series) -> float:
    """What turns its values into that unit."""
    return 100.0 if outputs[series.output].unit == "1" else 1.0


def extreme(series: Series, values: Array) -> Array:
    """The lowest value of each member (members,) for those in ``LOWEST``, the highest for all else.

    Gaps do not count; where there is nothing else, the extreme is one.
    """
    found: Array = (np.fmin if series.output in LOWEST else np.fmax).reduce(values, axis=1)
    return found


def shown_years(years: tuple[int, ...], eventful: frozenset[int]) -> tuple[int, ...]:
    """Some years from the first to the last: those that are ``eventful`` and those after, or evenly spread."""
    after = {y + 1 for y in eventful}
    chosen = sorted({years[0], years[-1]} | ((eventful | after) & set(years)))
    of = chosen if len(chosen) >= LEAST_YEARS else years
    at = np.unique(np.linspace(0, len(of) - 1, min(len(of), MOST_YEARS)).round().astype(int))
    return tuple(of[i] for i in at)


def year_records(source: Source, series: tuple[Series, ...], since: int) -> list[dict[str, object]]:
    """A record per series and calendar year, and one for the extreme: means of the year, with their fans.

    The years are the base year and those from ``since`` on, in which the extreme is sought.
    """
    records: list[dict[str, object]] = []
    times = source.coords[TIME]
    for line in series:
        values = source.members(line)
        years, means = by_year(values, times)
        ends = extreme(line, values[:, steps_from(times, since)])
        kept = [k for k, year in enumerate(years) if k == 0 or year >= since]
        columns = np.column_stack([means[:, kept], ends])
        whens = (*(str(years[k]) for k in kept), "lowest" if line.output in LOWEST else "highest")
        head = {"output": line.output, "unit": source.outputs[line.output].unit} | dict(line.at)
        for when, of in zip(whens, columns.T, strict=True):
            q05, q25, q50, q75, q95 = (float(q) for q in fan(of))
            records.append(head | {"when": when, "q05": q05, "q25": q25, "median": q50, "q75": q75, "q95": q95})
    names = list(dict.fromkeys(k for r in records for k in r))
    order = [n for n in names if n not in ("when", "q05", "q25", "median", "q75", "q95")]
    return [{n: r.get(n) for n in (*order, "when", "q05", "q25", "median", "q75", "q95")} for r in records]


@dataclass(frozen=True)
class Result:
    """What was run: the members, and where there is another scenario its members and what they differ by."""

    task: MarketTask
    source: Source
    store: Store | None = None
    other: Source | None = None
    difference: Source | None = None
    against: str = ""


@dataclass(frozen=True)
class Driver:
    """Shares of variance (first-order Sobol' indices) of the extreme of a series that each parameter explains."""

    series: Series
    indices: Indices
    parameters: tuple[str, ...]

    def largest(self, count: int = 6) -> list[tuple[str, float, float, float]]:
        """(parameter, index, low, high) of those that matter most."""
        order = np.argsort(-self.indices.first)[:count]
        i = self.indices
        return [
            (self.parameters[k], float(i.first[k]), float(i.first_low[k]), float(i.first_high[k]))
            for k in order
            if i.first_low[k] > LEAST_SHARE
        ]


def drivers(store: Store, since: int) -> tuple[Driver, ...]:
    """What drives the extremes of ``DRIVEN`` from the year ``since`` on.

    None below 128 members, where chance drives them.
    """
    stored = Stored(store)
    _, draws = read_drawn(store, stored.among)
    if len(draws) < LEAST_RUNS or not draws.shape[1]:
        return ()
    names = tuple(name for name, _, _ in store.manifest.parameters)
    within = steps_from(stored.coords[TIME], since)
    return tuple(Driver(s, first_order(draws, extreme(s, stored.members(s)[:, within])), names) for s in DRIVEN)


@dataclass(frozen=True)
class Found:
    """Scenario discovery: the wish, how many members have it, and the box of inputs in which they crowd.

    ``limits`` are (parameter, unit, low, high, p value), infinite where there is no bound; the p value is the chance of
    as many cases inside if that limit did not matter.
    """

    share: float
    box: Box
    limits: tuple[tuple[str, str, float, float, float], ...]


def found_box(store: Store, wish: Wish, where: Where | None, since: int) -> Found:
    """The box of ``wish`` from the year ``since`` on. Raises DidymiumError where no member or every member has it."""
    stored = Stored(store)
    _, draws = read_drawn(store, stored.among)
    hits = interest(stored, wish, where, since)
    box, _ = discover(draws, hits)
    limits = []
    for limit in box.limits:
        name, unit, _ = store.manifest.parameters[limit.parameter]
        limits.append((name, unit, limit.low, limit.high, limit_p_value(draws, hits, box, limit.parameter)))
    return Found(float(hits.mean()), box, tuple(sorted(limits, key=lambda row: row[-1])))


@dataclass(frozen=True)
class Report:
    """A result with the series that head it, what drives it, and the box of the case that was asked for."""

    result: Result
    shown: tuple[Series, ...]
    drivers: tuple[Driver, ...] = ()
    box: Found | None = None
    wish: str = ""
    beyond: tuple[Beyond, ...] = ()

    @property
    def base(self) -> int:
        """The year whose flows the run starts from."""
        return self.result.task.scenario.base_year

    @property
    def since(self) -> int:
        """The year in which the scenario starts; years between it and the base year are not shown."""
        return self.result.task.scenario.start.year

    @property
    def years(self) -> tuple[int, ...]:
        """The years that tables for people show: some from the start of the scenario on, after the base year."""
        scenario = self.result.task.scenario
        begun = frozenset(e.start.year for e in scenario.happenings if e.kind not in SLOW)
        over = frozenset(e.end.year for e in scenario.happenings if e.end is not None)
        run = tuple(y for y in by_year_names(self.result.source.coords[TIME]) if y >= self.since)
        return (*((self.base,) if self.base < self.since else ()), *shown_years(run, begun | over))

    @property
    def unpriced(self) -> tuple[str, ...]:
        """Elements shown of which the tables hold no price near the base year."""
        prices = dict.fromkeys(s.at for s in self.shown if s.output.startswith("price_"))
        empty = (at for at in prices if np.isnan(self.result.source.members(Series("price_base", at))).all())
        return tuple(dict(at)["element"] for at in empty)

    @property
    def shared(self) -> tuple[Series, ...]:
        """The series shown that the other scenario has too."""
        held = self.result.difference.outputs if self.result.difference is not None else {}
        return tuple(s for s in self.shown if s.output in held)


def driver_records(drivers: tuple[Driver, ...]) -> list[dict[str, object]]:
    """A flat record per result and parameter that matters."""
    return [
        {"output": d.series.output, **dict(d.series.at), "parameter": p, "first_order": first, "low": low, "high": high}
        for d in drivers
        for p, first, low, high in d.largest()
    ]


def box_record(found: Found) -> dict[str, object]:
    """The box for programs; null where there is no bound."""
    return {
        "share": found.share,
        "coverage": found.box.coverage,
        "density": found.box.density,
        "mass": found.box.mass,
        "limits": [
            {"parameter": name, "unit": unit, "low": low, "high": high, "p_value": p}
            for name, unit, low, high, p in found.limits
        ],
    }
