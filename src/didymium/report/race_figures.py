"""Figures of the race: shares by stage with rivals, the year of standing alone, the pipeline against the clocks."""

from __future__ import annotations

import math

from didymium.chain.outlook import HORIZON_Y
from didymium.clocks import PipelineRow
from didymium.clocks.start import NOW_Y
from didymium.report.figures import (
    DotRow,
    DotsData,
    DotsWords,
    FigurePair,
    Interval,
    ProjectRow,
    RivalMark,
    Share,
    ShareBarsData,
    ShareRow,
    TimelineData,
    TimelineWords,
    draw_dots,
    draw_share_bars,
    draw_timeline,
)
from didymium.report.numbers import amount, percent, style_of, year_or
from didymium.report.page import TableData
from didymium.report.standing import AHEAD_YEAR, SHOWN_STAGES, TARGET_YEAR, GroupStanding, Race
from didymium.words import Say
from didymium.world import World

__all__ = ["ahead_picture", "pipeline_picture", "pipeline_table", "share_picture", "share_table"]

SMALL_SHARE = 0.01


def _rivals(world: World, race: Race, stage: str, group: str) -> tuple[RivalMark, ...]:
    """Published shares of China that the balance is held against; one mark per value."""
    if group != "ndpr":
        return ()
    found: dict[float, RivalMark] = {}
    for row in world.rows("shares", stage=stage, year=race.flows.year, place="CHN", kind="history"):
        if row.text("basis") in ("magnet_basket", "sintered_magnet") and row.text("grade") < "D":
            value = row.number("share_pct")
            title = world.source(row.text("source")).text("title")
            label = f"{row.text('publisher').split(' (')[0]} {value:g} %"
            found.setdefault(value, RivalMark(value, label, f"{title}; {row.text('grade')}"))
    return tuple(found.values())


def share_picture(world: World, race: Race, group: str, say: Say) -> FigurePair:
    """Stacked shares of every stage for one basket, small blocs together."""
    rows = []
    for stage in SHOWN_STAGES:
        by_bloc = {s.bloc: v for s in race.standings if math.isfinite(v := s.groups[group].shares[stage])}
        big = [(b, v) for b, v in sorted(by_bloc.items(), key=lambda x: -x[1]) if v >= SMALL_SHARE]
        shares = [Share(b, world.place_name(b, say.lang), 100 * v) for b, v in big]
        rest = 100 - sum(s.share_pct for s in shares)
        if rest > 0.05 and shares:
            shares.append(Share("", say("figure.shares.unknown"), rest))
        total = sum(v for s in race.standings if math.isfinite(v := s.groups[group].output_t[stage]))
        rivals = _rivals(world, race, stage, group) if stage != "use" else ()
        rows.append(ShareRow(say(f"stage.{stage}"), amount(say, total, "t REO/y"), tuple(shares), rivals))
    title = say("figure.shares.title", group=say(f"group.{group}"), year=race.flows.year)
    return draw_share_bars(
        ShareBarsData(
            key=f"shares-{group}",
            title=title,
            description=say("figure.shares.axis"),
            rows=tuple(rows),
            axis_label=say("figure.shares.axis"),
            unknown_label=say("figure.shares.unknown"),
            rival_label=say("figure.shares.rivals", name=world.place_name("CHN", say.lang)),
            empty_label=say("figure.shares.empty"),
            style=style_of(say),
        )
    )


def share_table(world: World, race: Race, group: str, say: Say) -> TableData:
    """Output and share of every bloc and stage, with the standard error of the output."""
    rows = []
    for standing in race.standings:
        g = standing.groups[group]
        for stage in SHOWN_STAGES:
            if g.output_t[stage] > 0.5:
                sigma = g.sigma_t[stage]
                rows.append(
                    (
                        world.place_name(standing.bloc, say.lang),
                        say(f"stage.{stage}"),
                        round(g.output_t[stage], 1),
                        round(sigma, 1) if math.isfinite(sigma) else None,
                        round(100 * g.shares[stage], 2),
                    )
                )
    names = ("bloc", "stage", "made", "sigma", "share")
    return TableData(tuple(say(f"table.{n}") for n in names), tuple(rows), ("", "", "t REO/y", "t REO/y", "%"))


def ahead_picture(world: World, race: Race, group: str, say: Say) -> FigurePair:
    """Dependence in the year looked ahead to, with bands, beside the base year; one row per bloc."""
    words = "figure.ahead."
    return draw_dots(
        DotsData(
            key=f"ahead-{group}",
            title=say(words + "caption", group=say(f"group.{group}"), year=AHEAD_YEAR),
            description=say(words + "description"),
            rows=tuple(_ahead_row(world, s.bloc, s.groups[group], race.flows.year, say) for s in race.standings),
            axis_label=say(words + "axis"),
            words=DotsWords(
                point=say(words + "point", year=AHEAD_YEAR),
                band50=say("figure.pipeline.band50"),
                band90=say("figure.pipeline.band90"),
                rival=say(words + "base", year=race.flows.year),
                absent=say(words + "absent"),
                empty=say("figure.shares.empty"),
            ),
            domain=(0.0, 100.0),
            style=style_of(say),
        )
    )


def _ahead_row(world: World, bloc: str, g: GroupStanding, base_year: int, say: Say) -> DotRow:
    o = g.outlook
    label = world.place_name(bloc, say.lang)
    if not g.in_use:
        return DotRow(label, bloc=bloc, state="absent", state_label=say("figure.ahead.absent"))
    q05, q25, q50, q75, q95 = (100 * float(v) for v in o.dependence[:, o.years.index(AHEAD_YEAR)])
    sub = say("figure.ahead.sub", year=year_or(say, o.first_year, base_year, HORIZON_Y))
    mark = RivalMark(100 * g.dependence, str(base_year), percent(say, g.dependence, digits=1))
    return DotRow(label, sub, bloc, q50, (q25, q75), (q05, q95), (mark,))


def pipeline_picture(world: World, rows: tuple[PipelineRow, ...], say: Say) -> FigurePair:
    """Live projects over time, the likeliest first."""
    words = "figure.pipeline."
    drawn = tuple(_project_row(world, r, say) for r in rows)
    return draw_timeline(
        TimelineData(
            key="pipeline",
            title=say(words + "title"),
            description=say(words + "caption", year=TARGET_YEAR),
            rows=drawn,
            years=(2014.0, 2042.0),
            now=NOW_Y,
            target=TARGET_YEAR + 1.0,
            words=TimelineWords(
                announced=say(words + "announced"),
                promised=say(words + "promised"),
                current=say(words + "current"),
                realised=say(words + "realised"),
                band50=say(words + "band50"),
                band90=say(words + "band90"),
                median=say(words + "median"),
                now=say(words + "now"),
                target=say(words + "target", year=TARGET_YEAR),
                probability=say(words + "probability", year=TARGET_YEAR),
                unknown=say(words + "unknown"),
                empty=say(words + "empty"),
            ),
            style=style_of(say),
        )
    )


def _project_row(world: World, r: PipelineRow, say: Say) -> ProjectRow:
    record = r.record
    place = world.place_name(record.country, say.lang)
    stages = (say(f"stage.{s}") for s in record.stages)
    hover = world.source(record.source).text("title")
    return ProjectRow(
        label=record.name or record.project,
        sublabel=say("number.comma").join((place, *stages)),
        bloc=record.bloc,
        announced=record.announced_y,
        promised_start=record.promised_start_y,
        current_promise=record.current_start_y,
        interval=Interval(r.band90[0], r.band50[0], r.median_start_y, r.band50[1], r.band90[1]),
        # A promise further ahead makes a start by then very unlikely, not impossible.
        probability=max(r.probability_by, 1e-6),
        hover=hover,
    )


def pipeline_table(world: World, rows: tuple[PipelineRow, ...], say: Say) -> TableData:
    """The same as a table."""

    def year(value: float | None) -> str:
        return say("number.gap") if value is None else f"{value:.1f}"

    def start(value: float | None) -> str:
        return say("figure.pipeline.beyond") if value is None else f"{value:.1f}"

    body = tuple(
        (
            r.record.name or r.record.project,
            world.place_name(r.record.country, say.lang),
            year(r.record.announced_y),
            year(r.record.promised_start_y),
            year(r.record.current_start_y),
            *(start(y) for y in (r.median_start_y, *r.band50, *r.band90)),
            percent(say, max(r.probability_by, 1e-6), digits=1),
            r.record.source,
        )
        for r in rows
    )
    names = ("project", "country", "announced", "promised", "current", "median", "low50", "high50", "low90", "high90")
    columns = (*(say(f"table.{n}") for n in names), say("table.probability", year=TARGET_YEAR), say("table.source"))
    return TableData(columns, body)
