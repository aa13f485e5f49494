"""The page of the hindcast: what was predicted beside what came, with bands, for every window."""

from __future__ import annotations

from collections.abc import Callable

from didymium import __version__
from didymium.market.hindcast import Line, Point, Sheet
from didymium.report import hindcast_table as table
from didymium.report.figures import DotRow, DotsData, DotsWords, FigurePair, RivalMark, draw_dots
from didymium.report.numbers import amount, percent, style_of
from didymium.report.page import FigureBlock, Page, Section, Stat, TableData, render_page
from didymium.report.page_parts import page_words, source_entries
from didymium.words import Say
from didymium.world import WORLD, World

__all__ = ["hindcast_page"]


def hindcast_page(world: World, sheets: tuple[Sheet, ...], say: Say) -> str:
    """The page as HTML: self-contained, with every figure's table and sources."""
    page = Page(
        title=say("hindcast.title"),
        headline=say("hindcast.headline"),
        lede=say("hindcast.lede").strip(),
        sections=tuple(_section(world, s, say) for s in sheets),
        sources=source_entries(world, frozenset().union(*(s.sources for s in sheets))),
        words=page_words(say),
        lang=say.lang,
        stats=tuple(stat for s in sheets if (stat := _stat(world, s, say)) is not None),
        footer=(say("hindcast.footer", version=__version__),),
        style=style_of(say),
    )
    return render_page(page)


def _stat(world: World, sheet: Sheet, say: Say) -> Stat | None:
    """The error of the first series that is scored."""
    line = next((line for line in sheet.lines if line.score is not None), None)
    if line is None or line.score is None:
        return None
    label = say("hindcast.stat", series=table.series_words(world, line.series, say), fold=table.fold_words(sheet, say))
    return Stat(percent(say, line.score.mape, digits=1), "", label)


def _section(world: World, sheet: Sheet, say: Say) -> Section:
    key = f"{sheet.case}-{sheet.fold.name}"
    exports = [line for line in sheet.lines if line.series.startswith("exports.")]
    prices: dict[str, list[Line]] = {}
    for line in sheet.lines:
        kind, *_, what = line.series.split(".")
        if kind in ("price", "paid", "fob", "home"):
            prices.setdefault(what if kind in ("fob", "home") else "prices", []).append(line)
    figures: list[FigureBlock] = []
    if exports:
        everything = [line for line in exports if line.series == f"exports.{WORLD}"]
        others = [line for line in exports if line.series != f"exports.{WORLD}"]
        figures.append(_figure(world, sheet, everything, "world", say, lambda p: p.period >= sheet.fold.start))
        figures.append(_figure(world, sheet, others, "partners", say, _held))
    figures += [_figure(world, sheet, lines, name, say, _held) for name, lines in prices.items()]
    figures += [
        _table(sheet, "score", table.score_rows(world, sheet, say), say),
        _table(sheet, "check", table.check_rows(world, sheet, say), say),
        _table(sheet, "parameter", table.parameter_rows(sheet, say), say),
    ]
    paragraphs = tuple(table.loss_lines(world, sheet, say))
    return Section(f"case-{key}", table.fold_words(sheet, say), paragraphs, tuple(f for f in figures if f.table.rows))


def _held(p: Point) -> bool:
    return p.observed is not None and p.used not in ("before", "level")


def _figure(
    world: World, sheet: Sheet, lines: list[Line], name: str, say: Say, shown: Callable[[Point], bool]
) -> FigureBlock:
    """One row per prediction: the point with its bands, and what came as a mark."""
    several = len(lines) > 1
    unit = say.data(lines[0].unit) if lines else ""
    points = [(line, p) for line in lines for p in line.points if shown(p)]
    rows = tuple(
        DotRow(
            label=_label(world, line.series, say) if several else p.period,
            sublabel=_sub(p, several, say),
            bloc=line.series.split(".")[1] if several and name == "partners" else "",
            point=p.predicted,
            band50=p.band50,
            band90=p.band90,
            rivals=() if p.observed is None else (RivalMark(p.observed, amount(say, p.observed), p.period),),
        )
        for line, p in points
    )
    pair = _draw(f"{name}-{sheet.case}-{sheet.fold.name}", say(f"hindcast.figure.caption_{name}"), unit, rows, say)
    body = tuple(
        (
            table.series_words(world, line.series, say),
            p.period,
            say(f"hindcast.used.{p.used}"),
            p.observed,
            *(float(f"{v:.4g}") for v in (p.predicted, *p.band50, *p.band90)),
        )
        for line, p in points
    )
    names = ("series", "period", "use", "seen", "model", "low50", "high50", "low90", "high90")
    return FigureBlock(
        key=f"{name}-{sheet.case}-{sheet.fold.name}",
        svg_wide=pair.wide,
        svg_narrow=pair.narrow,
        caption=say(f"hindcast.figure.caption_{name}"),
        unit=unit,
        table=TableData(tuple(say(f"hindcast.column.{n}") for n in names), body, ("", "", "", *(unit,) * 6)),
        source_keys=tuple(sorted(sheet.sources)),
        note=say("hindcast.figure.note").strip(),
        reproduce=_command(sheet),
    )


def _label(world: World, series: str, say: Say) -> str:
    """The place alone where the caption says the rest."""
    kind, *rest = series.split(".")
    return world.place_name(rest[0], say.lang) if kind == "exports" else table.series_words(world, series, say)


def _sub(p: Point, several: bool, say: Say) -> str:
    use = say(f"hindcast.used.{p.used}")
    return say("hindcast.figure.sub", period=p.period, use=use) if several else use


def _draw(key: str, title: str, unit: str, rows: tuple[DotRow, ...], say: Say) -> FigurePair:
    words = "hindcast.figure."
    return draw_dots(
        DotsData(
            key=f"f-{key}",
            title=title,
            description=say(words + "description"),
            rows=rows,
            axis_label=unit,
            words=DotsWords(
                point=say("hindcast.column.model"),
                band50=say("figure.pipeline.band50"),
                band90=say("figure.pipeline.band90"),
                rival=say("hindcast.column.seen"),
                absent="",
                empty=say("figure.shares.empty"),
            ),
            scale="log" if unit == "USD/kg" else "linear",
            style=style_of(say),
        )
    )


def _table(sheet: Sheet, name: str, rows: list[list[str | float | int | None]], say: Say) -> FigureBlock:
    return FigureBlock(
        key=f"{name}-{sheet.case}-{sheet.fold.name}",
        svg_wide="",
        svg_narrow="",
        caption=say(f"hindcast.table.{name}"),
        unit="",
        table=TableData(tuple(table.columns(name, say)), tuple(tuple(row) for row in rows), stacked=True),
        source_keys=tuple(sorted(sheet.sources)),
        reproduce=_command(sheet),
    )


def _command(sheet: Sheet) -> str:
    case = sheet.case.removesuffix("_no_deadline")
    left_out = " --no-deadline" if case != sheet.case else ""
    return f"didymium hindcast --case {case}{left_out} --seed {sheet.seed}"
