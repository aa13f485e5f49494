"""The page of a simulation: fans of prices, exports and shortage, what drives them, and the case asked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from didymium import __version__
from didymium.ensemble.columns import TIME
from didymium.ensemble.fans import FAN
from didymium.ensemble.series import Series, Source, by_year, fan
from didymium.ensemble.task import Array
from didymium.report.figures.frame import FigurePair
from didymium.report.figures.palette import LINE_HUES, bloc_hue
from didymium.report.numbers import amount, style_of
from didymium.report.page import Cell, FigureBlock, Page, Section, TableData, render_page
from didymium.report.page_parts import page_words, source_entries
from didymium.report.plant_charts import Axis, Band, Line, LinesData, draw_lines
from didymium.report.simulation import STANDING, Report, name_of, scale_of, unit_of, year_name
from didymium.report.simulation_tables import (
    beyond_lines,
    box_table,
    case_words,
    driver_table,
    fan_table,
    quantile_name,
    span_words,
    standing_words,
    stopped_words,
    unpriced_words,
    year_table,
)
from didymium.words import Say
from didymium.world import World

__all__ = ["simulation_page"]

WHOLE = ("home_made", "dependence")
HUES = {"price_inside": bloc_hue("CHN"), "price_ask": LINE_HUES[1]}


@dataclass(frozen=True)
class _Context:
    world: World
    report: Report
    say: Say
    command: str

    @property
    def keys(self) -> tuple[str, ...]:
        """The sources of every figure: they stand on one model."""
        return tuple(sorted(self.report.result.task.sources))

    def block(self, key: str, pair: FigurePair | None, caption: str, table: TableData, note: str = "") -> FigureBlock:
        """A figure with its data; without a picture the table is shown."""
        wide, narrow = (pair.wide, pair.narrow) if pair else ("", "")
        return FigureBlock(key, wide, narrow, caption, "", table, self.keys, note, self.command)


def simulation_page(world: World, report: Report, say: Say, command: str) -> str:
    """The page as HTML."""
    context = _Context(world, report, say, command)
    task = report.result.task
    read = (
        *((say.data(task.scenario.note),) if task.scenario.note else ()),
        say("simulate.read.prices"),
        *beyond_lines(world, say, report),
        *filter(None, [unpriced_words(say, report)]),
    )
    trade = (say("simulate.read.trade"), *filter(None, [stopped_words(say, report)]))
    sections = [
        Section("prices", say("simulate.section.prices"), read, _prices(context)),
        Section("trade", say("simulate.section.trade"), trade, _trade(context)),
    ]
    if said := standing_words(say, report):
        sections.append(Section("standing", say("simulate.section.standing"), (said,), _standing(context)))
    if report.result.difference is not None:
        sections.append(_difference(context))
    if report.drivers or report.box is not None:
        sections.append(Section("why", say("simulate.section.why"), (say("simulate.read.why"),), _why(context)))
    page = Page(
        title=say("simulate.title", name=task.name),
        headline=say.data(task.scenario.question),
        lede=_lede(context),
        sections=tuple(sections),
        sources=source_entries(world, task.sources),
        words=page_words(say),
        lang=say.lang,
        footer=(say("simulate.caution").strip(), f"didymium {__version__} · {command}"),
        style=style_of(say),
    )
    return render_page(page)


def _lede(context: _Context) -> str:
    """How many runs of which span, and what a single one is not."""
    say, report = context.say, context.report
    store, times = report.result.store, report.result.task.coords[TIME]
    if store is None:
        said = say("simulate.lede_once", start=times[0], end=times[-1], once=say("simulate.once").strip())
    else:
        runs = amount(say, float(store.manifest.runs))
        said = say("simulate.lede", runs=runs, start=times[0], end=times[-1])
    return " ".join(filter(None, (said, span_words(say, report))))


def _prices(context: _Context) -> tuple[FigureBlock, ...]:
    say = context.say
    by_element: dict[str, list[Series]] = {}
    for line in context.report.shown:
        if line.output.startswith("price_") and dict(line.at)["element"] not in context.report.unpriced:
            by_element.setdefault(dict(line.at)["element"], []).append(line)
    return tuple(
        _fan_block(context, f"price-{e}", say("simulate.figure.price", element=e), tuple(lines))
        for e, lines in by_element.items()
    )


def _trade(context: _Context) -> tuple[FigureBlock, ...]:
    say, shown = context.say, context.report.shown
    unmet, stopped = (tuple(s for s in shown if s.output == output) for output in ("unmet", "stopped"))
    return (
        _fan_block(
            context, "exports", say("simulate.figure.exports"), tuple(s for s in shown if s.output == "exports")
        ),
        _fan_block(
            context, "unmet", say("simulate.figure.unmet"), tuple(s for s in shown if s.output == "unmet_world")
        ),
        *(
            _fan_block(context, key, say(f"simulate.figure.{key.replace('-', '_')}"), lines, bands=len(lines) == 1)
            for key, lines in (("unmet-blocs", unmet), ("stopped", stopped))
            if lines
        ),
    )


def _standing(context: _Context) -> tuple[FigureBlock, ...]:
    """Two figures per bloc that is named: what it makes at home, and its dependence."""
    say = context.say
    found: dict[tuple[str, str], list[Series]] = {}
    for line in context.report.shown:
        if line.output in STANDING:
            found.setdefault((line.output, dict(line.at)["bloc"]), []).append(line)
    return tuple(
        _fan_block(
            context,
            f"{output.replace('_', '-')}-{bloc}",
            say(f"simulate.figure.{output}", place=context.world.place_name(bloc, say.lang)),
            tuple(lines),
        )
        for (output, bloc), lines in found.items()
    )


def _difference(context: _Context) -> Section:
    say, result = context.say, context.report.result
    assert result.difference is not None
    several = fan_table if result.store is not None else year_table
    table = several(context.world, say, result.difference, context.report.shared, context.report)
    title = say("simulate.table.difference", name=result.against)
    return Section(
        "difference", title, (say("simulate.read.difference"),), (context.block("difference", None, title, table),)
    )


def _why(context: _Context) -> tuple[FigureBlock, ...]:
    say, report = context.say, context.report
    blocks = []
    for k, driver in enumerate(report.drivers):
        name = name_of(context.world, say, driver.series)
        caption = say("simulate.figure.drivers", what=name)
        blocks.append(context.block(f"drivers-{k + 1}", None, caption, driver_table(say, driver)))
    if report.box is not None:
        caption = case_words(say, report.wish, report.box)
        blocks.append(context.block("case", None, caption, box_table(say, report.box)))
    return tuple(blocks)


def _fan_block(
    context: _Context, key: str, title: str, shown: tuple[Series, ...], *, bands: bool = True
) -> FigureBlock:
    """Medians with their bands over time, and the median of the other scenario where there is one."""
    result, say = context.report.result, context.say
    lines: list[Line] = []
    shades: list[Band] = []
    rows: list[tuple[Cell, ...]] = []
    xs = _times(result.source)
    for k, line in enumerate(shown):
        name = name_of(context.world, say, line)
        hue = _hue(line, k)
        quantiles = fan(result.source.members(line) * scale_of(result.source.outputs, line))
        lines += _drawn(name, hue, xs, quantiles[2])
        if bands and result.store is not None:
            words = ("", "") if k else (say("simulate.band.wide"), say("simulate.band.narrow"))
            for part in _stretches(quantiles[2]):
                within = quantiles[:, part]
                shades.append(Band(words[0], hue, xs[part], tuple(within[0]), tuple(within[4]), 0.16))
                shades.append(Band(words[1], hue, xs[part], tuple(within[1]), tuple(within[3]), 0.3))
                words = ("", "")
        rows += _rows(name, result.source.coords[TIME], quantiles, context)
        if result.other is not None and line.output in result.other.outputs:
            lines += _beside(context, name, line, result.other, hue)
    unit = unit_of(result.source, shown[0], say)
    data = LinesData(
        key=key,
        title=title,
        description=say("simulate.figure.description", title=title),
        x=Axis(say("simulate.axis.year"), ticks=_year_ticks(xs)),
        # Shares of a whole are read from nothing to all.
        y=Axis(unit, domain=(0.0, 100.0) if shown[0].output in WHOLE else None),
        lines=tuple(lines),
        empty=say("number.gap"),
        bands=tuple(shades),
        style=style_of(say),
    )
    columns = (say("simulate.column.series"), say("simulate.column.when"), *(quantile_name(say, q) for q in FAN))
    return context.block(key, draw_lines(data), title, TableData(columns, tuple(rows), ("", "", *[unit] * 5)))


def _hue(line: Series, k: int) -> str:
    """The hue of the ``k``-th line of a figure: of its output or bloc where it has one, else by place."""
    if line.output in STANDING or not line.at:
        return LINE_HUES[k + 1]
    return HUES.get(line.output) or bloc_hue(dict(line.at).get("bloc", ""))


def _stretches(values: Array) -> list[slice]:
    """The parts of a line between its gaps."""
    edges = np.flatnonzero(np.diff(np.isfinite(values).astype(int), prepend=0, append=0))
    return [slice(a, b) for a, b in edges.reshape(-1, 2)]


def _drawn(label: str, hue: str, xs: tuple[float, ...], values: Array, *, dashed: bool = False) -> list[Line]:
    """A line in parts: nothing is drawn across a gap, and the legend names the first."""
    return [
        Line("" if k else label, hue, xs[part], tuple(values[part]), dashed=dashed)
        for k, part in enumerate(_stretches(values))
    ]


def _beside(context: _Context, name: str, line: Series, other: Source, hue: str) -> list[Line]:
    """The median of the other scenario, in the hue of the line that it is beside."""
    values = fan(other.members(line) * scale_of(other.outputs, line))[2]
    say = context.say
    label = say("simulate.band.other", series=name, name=context.report.result.against)
    return _drawn(label, hue, _times(other), values, dashed=True)


def _rows(name: str, times: tuple[str, ...], quantiles: Array, context: _Context) -> list[tuple[Cell, ...]]:
    """Means of calendar years of the bounds drawn: of the base year, and of those of the scenario."""
    years, means = by_year(quantiles, times)
    since = context.report.since
    return [
        (name, year_name(context.say, y, since), *(float(f"{v:.4g}") if np.isfinite(v) else None for v in column))
        for k, (y, column) in enumerate(zip(years, means.T, strict=True))
        if k == 0 or y >= since
    ]


def _times(source: Source) -> tuple[float, ...]:
    """Decimal years of the steps."""
    times = source.coords[TIME]
    per_y = sum(t[:4] == times[0][:4] for t in times)
    return tuple(int(times[0][:4]) + (k + 0.5) / per_y for k in range(len(times)))


def _year_ticks(xs: tuple[float, ...]) -> tuple[tuple[float, str], ...]:
    first, last = int(xs[0]), int(np.ceil(xs[-1]))
    every = max(1, round((last - first) / 5))
    return tuple((float(y), str(y)) for y in range(first, last + 1, every))
