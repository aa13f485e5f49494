"""The tables of a simulation: fans by year, differences, drivers, and the box of a case."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from didymium.ensemble.columns import TIME
from didymium.ensemble.fans import FAN
from didymium.ensemble.series import Series, Source, by_year, fan, steps_from
from didymium.report.numbers import amount, bare_percent, joined
from didymium.report.page import Cell, TableData
from didymium.report.simulation import (
    LOWEST,
    STANDING,
    Driver,
    Found,
    Report,
    extreme,
    name_of,
    scale_of,
    unit_of,
    year_name,
)
from didymium.words import Say
from didymium.world import World

__all__ = [
    "beyond_lines",
    "box_table",
    "case_words",
    "driver_table",
    "fan_table",
    "quantile_name",
    "span_words",
    "standing_words",
    "stopped_words",
    "tables",
    "unpriced_words",
    "year_table",
]

SHORTAGES = ("unmet", "unmet_world")

LEAST = 1e-3
"""What is smaller, in the unit of its row, is noise beside the bands, and told as smaller than this."""


def tables(world: World, report: Report, say: Say) -> Iterator[tuple[str, TableData, str]]:
    """Every table with its title and the note below it, empty where none is needed."""
    result = report.result
    drawn = result.store is not None
    several = fan_table if drawn else year_table
    levels = several(world, say, result.source, report.shown, report)
    yield (
        say(
            "simulate.table.fans" if drawn else "simulate.table.once",
            step=say(f"simulate.step.{result.task.scenario.step}"),
        ),
        levels,
        "\n".join(
            filter(
                None,
                (
                    _arrears_note(world, say, report, levels),
                    stopped_words(say, report),
                    standing_words(say, report),
                    unpriced_words(say, report),
                ),
            )
        ),
    )
    if result.difference is not None:
        title = say("simulate.table.difference", name=result.against)
        yield title, several(world, say, result.difference, report.shared, report), ""
    for driver in report.drivers:
        name = name_of(world, say, driver.series)
        title = say("simulate.table.drivers", what=name, extreme=_extreme(say, driver.series))
        yield title, driver_table(say, driver), ""
    if report.box is not None:
        yield case_words(say, report.wish, report.box), box_table(say, report.box), ""


def _arrears_note(world: World, say: Say, report: Report, table: TableData) -> str:
    """What a shortage below zero means, where the table shows one."""
    short = {name_of(world, say, s) for s in report.shown if s.output in SHORTAGES}
    below = any(str(cell).startswith("\u2212") for row in table.rows if row[0] in short for cell in row)
    return say("simulate.arrears") if below else ""


def stopped_words(say: Say, report: Report) -> str:
    """Who the makers stopped are, and why their share is not that of goods that did not come."""
    return say("simulate.stopped") if any(s.output == "stopped" for s in report.shown) else ""


def standing_words(say: Say, report: Report) -> str:
    """What is meant by home-made and by dependence, where they are shown."""
    return say("simulate.standing") if any(s.output in STANDING for s in report.shown) else ""


def unpriced_words(say: Say, report: Report) -> str:
    """Why the prices of some elements are not told."""
    gaps = list(report.unpriced)
    return say("simulate.unpriced", elements=joined(say, gaps), base=report.base) if gaps else ""


def quantile_name(say: Say, share: float) -> str:
    """The heading of a quantile."""
    return say("number.percent", value=f"{100 * share:g}")


def fan_table(world: World, say: Say, source: Source, shown: tuple[Series, ...], report: Report) -> TableData:
    """A row per series and year of ``report``: median and the bounds of the middle 50 and 90 %."""
    rows: list[tuple[Cell, ...]] = []
    within = steps_from(source.coords[TIME], report.since)
    for line in shown:
        values = source.members(line) * scale_of(source.outputs, line)
        years, means = by_year(values, source.coords[TIME])
        name, unit = name_of(world, say, line), unit_of(source, line, say)
        for year in (y for y in report.years if y in years):
            quantiles = fan(means[:, years.index(year)])
            rows.append((name, unit, year_name(say, year, report.since), *_numbers(say, quantiles)))
        rows.append((name, unit, _extreme(say, line), *_numbers(say, fan(extreme(line, values[:, within])))))
    heads = tuple(quantile_name(say, q) for q in FAN)
    return TableData(
        (say("simulate.column.series"), say("page.unit"), say("simulate.column.when"), *heads), tuple(rows)
    )


def year_table(world: World, say: Say, source: Source, shown: tuple[Series, ...], report: Report) -> TableData:
    """A row per series of a single run: means of the years of ``report``, and the extreme."""
    rows: list[tuple[Cell, ...]] = []
    some, within = report.years, steps_from(source.coords[TIME], report.since)
    for line in shown:
        values = source.members(line) * scale_of(source.outputs, line)
        years, means = by_year(values, source.coords[TIME])
        name, unit = name_of(world, say, line), unit_of(source, line, say)
        ends = extreme(line, values[:, within])
        cells = [*(means[0, years.index(y)] if y in years else np.nan for y in some), ends[0]]
        rows.append((name, unit, *_numbers(say, cells), _extreme(say, line)))
    names = (year_name(say, y, report.since) for y in some)
    columns = (say("simulate.column.series"), say("page.unit"), *names, say("simulate.column.extreme"))
    return TableData((*columns, say("simulate.column.which")), tuple(rows))


def span_words(say: Say, report: Report) -> str:
    """What the years shown are, where the scenario starts after its base year."""
    if report.base >= report.since:
        return ""
    start = report.result.task.scenario.start
    return say("simulate.span", start=f"{start:%Y-%m}", base=report.base, year=report.since)


def beyond_lines(world: World, say: Say, report: Report) -> list[str]:
    """Which prices leave all that the model was held against, and what that means."""
    lines: list[str] = []
    for b in report.beyond:
        if b.bound is None:
            continue
        what, bound, peak = name_of(world, say, b.series), amount(say, b.bound), amount(say, b.peak)
        if report.result.store is None:
            lines.append(say("simulate.beyond.once", what=what, bound=bound, month=b.first[:7], peak=peak))
        else:
            share = bare_percent(say, b.share)
            lines.append(say("simulate.beyond.runs", what=what, bound=bound, share=share, month=b.first[:7], peak=peak))
    if lines:
        lines.append(say("simulate.beyond.why"))
    if unheld := list(dict.fromkeys(dict(b.series.at)["element"] for b in report.beyond if b.bound is None)):
        lines.append(say("simulate.beyond.unheld", elements=joined(say, unheld)))
    return lines


def driver_table(say: Say, driver: Driver) -> TableData:
    """A row per parameter that matters: the share of variance that it explains alone."""
    rows = tuple(
        (name, *(f"{100 * max(x, 0.0):.0f}" for x in (first, low, high))) for name, first, low, high in driver.largest()
    )
    bounds = (quantile_name(say, q) for q in (FAN[0], FAN[-1]))
    columns = (say("simulate.column.parameter"), say("simulate.column.share"), *bounds)
    return TableData(columns, rows, ("", "%", "%", "%"), stacked=True)


def box_table(say: Say, found: Found) -> TableData:
    """A row per input that the box bounds, the surest first."""
    rows = tuple(
        (name, say.data(unit), _bound(say, low), _bound(say, high), f"{p:.2g}")
        for name, unit, low, high, p in found.limits
    )
    heads = ("parameter", "from", "to", "chance")
    name, low, high, p = (say(f"simulate.column.{head}") for head in heads)
    return TableData((name, say("page.unit"), low, high, p), rows, stacked=True)


def case_words(say: Say, wish: str, found: Found) -> str:
    """What the box says, in a sentence."""
    shares = {"share": found.share, "coverage": found.box.coverage, "density": found.box.density}
    return say("simulate.table.box", case=wish, **{k: f"{100 * v:.0f}" for k, v in shares.items()})


def _extreme(say: Say, line: Series) -> str:
    return say("simulate.lowest" if line.output in LOWEST else "simulate.highest")


def _numbers(say: Say, values: object) -> tuple[str, ...]:
    return tuple(_number(say, float(v)) for v in values)  # type: ignore[attr-defined]


def _number(say: Say, value: float) -> str:
    if not 0 < abs(value) < LEAST:
        return amount(say, value)
    return (
        say("number.below", value=amount(say, LEAST)) if value > 0 else say("number.above", value=amount(say, -LEAST))
    )


def _bound(say: Say, value: float) -> str:
    return amount(say, value) if math.isfinite(value) else say("number.gap")
