"""The page of the race."""

from __future__ import annotations

from didymium import __version__
from didymium.chain.flows import Residual
from didymium.chain.outlook import HORIZON_Y, binding_stages
from didymium.clocks import PipelineRow, project_records
from didymium.ensemble.store import Store
from didymium.report.figures import FigurePair
from didymium.report.flow_figure import flow_note, flow_picture, flow_table
from didymium.report.inside_table import inside_caption, inside_table
from didymium.report.numbers import amount, bare_percent, joined, percent, style_of, year_or
from didymium.report.page import Cell, FigureBlock, Page, Section, Stat, TableData, render_page
from didymium.report.page_parts import page_words, source_entries
from didymium.report.race_figures import (
    ahead_picture,
    pipeline_picture,
    pipeline_table,
    share_picture,
    share_table,
)
from didymium.report.race_table import headline, lede, race_table_data
from didymium.report.residual_words import delta, residual_label, share_sentences
from didymium.report.standing import AHEAD_YEAR, GROUPS, TARGET_YEAR, Race, clock_sources, unlimited_plants
from didymium.words import Say
from didymium.world import World

__all__ = ["capacity_block", "pipeline_block", "race_page", "residual_block"]


def race_page(
    world: World, race: Race, say: Say, *, element: str = "Nd", seed: int = 0, inside: Store | None = None
) -> str:
    """The page as HTML: self-contained, with every figure's table and sources; ``inside`` adds the inside view."""
    command = f"didymium race --element {element} --seed {seed}"
    sections = (
        _race_section(world, race, say, command, inside),
        _share_section(world, race, say, command),
        _flow_section(world, race, say, element, command),
        _alone_section(world, race, say, command),
        Section("pipeline", say("section.pipeline"), (), (pipeline_block(world, race.live, say, command),)),
        Section(
            "quality",
            say("section.quality"),
            (),
            (residual_block(world, race.worst, say, command), capacity_block(world, race, say, command)),
        ),
    )
    page = Page(
        title=say("race.title"),
        headline=headline(world, race, say),
        lede=lede(race, say),
        sections=sections,
        sources=source_entries(world, race.sources),
        words=page_words(say),
        lang=say.lang,
        stats=_stats(world, race, say),
        footer=(
            say("race.footer.caution").strip(),
            say("race.footer.none_needed"),
            say("race.footer.tool", version=__version__, year=race.flows.year, seed=seed),
        ),
        style=style_of(say),
    )
    return render_page(page)


def _stats(world: World, race: Race, say: Say) -> tuple[Stat, ...]:
    china = race.of("CHN")
    name = world.place_name("CHN", say.lang)
    i = race.flows.blocs.index("CHN")
    mined = float(race.flows.share("mine")[i])
    live = len(race.live)
    expected = f"{sum(r.probability_by for r in race.live):.0f}"
    unit = "%"

    return (
        Stat(bare_percent(say, mined), unit, say("race.stat.mine", name=name)),
        Stat(bare_percent(say, china.groups["ndpr"].shares["separate"]), unit, say("race.stat.separate", name=name)),
        Stat(bare_percent(say, china.groups["ndpr"].shares["magnet"]), unit, say("race.stat.magnet", name=name)),
        Stat(str(live), "", say("race.stat.live", expected=expected, year=TARGET_YEAR)),
    )


def _figure(pair: FigurePair | None, **more: object) -> FigureBlock:
    wide, narrow = (pair.wide, pair.narrow) if pair else ("", "")
    return FigureBlock(svg_wide=wide, svg_narrow=narrow, **more)  # type: ignore[arg-type]


def _race_section(world: World, race: Race, say: Say, command: str, inside: Store | None) -> Section:
    blocks = tuple(
        _figure(
            None,
            key=f"race-{group}",
            caption=say("figure.race.caption", group=say(f"group.{group}")),
            unit="",
            table=race_table_data(world, race, group, say),
            source_keys=_outlook_sources(world, race, group),
            note=say("figure.race.note").strip(),
            reproduce=f"{command} --csv",
        )
        for group in GROUPS
    )
    if inside is None:
        return Section("race", say("section.race"), (), blocks)
    block = _figure(
        None,
        key="race-inside",
        caption=inside_caption(inside, say),
        unit="",
        table=inside_table(world, inside, say),
        source_keys=tuple(sorted(race.flows.sources)),
        note=say("inside.read"),
        reproduce=command,
    )
    return Section("race", say("section.race"), (), (*blocks, block))


def _outlook_sources(world: World, race: Race, group: str) -> tuple[str, ...]:
    """Flows, demand, ramp-up, plants and projects: what dependence ahead and the first year stand on."""
    return tuple(sorted(clock_sources(world).union(*(s.groups[group].outlook.sources for s in race.standings))))


def _share_section(world: World, race: Race, say: Say, command: str) -> Section:
    blocks = tuple(
        _figure(
            share_picture(world, race, group, say),
            key=f"shares-{group}",
            caption=say("figure.shares.caption", group=say(f"group.{group}")),
            unit="%",
            table=share_table(world, race, group, say),
            source_keys=tuple(sorted(race.flows.sources)),
            note=say("figure.shares.note") if group == "ndpr" else "",
            reproduce=f"{command} --json",
        )
        for group in GROUPS
    )
    return Section("stages", say("section.stages"), share_sentences(world, race.flows, say), blocks)


def _flow_section(world: World, race: Race, say: Say, element: str, command: str) -> Section:
    block = _figure(
        flow_picture(world, race.flows, element, say),
        key=f"flow-{element}",
        caption=say("figure.sankey.caption", element=element, year=race.flows.year),
        unit="t REO/y",
        table=flow_table(world, race.flows, element, say),
        source_keys=tuple(sorted(race.flows.sources)),
        note=flow_note(race.flows, element, say),
        reproduce=command,
    )
    return Section("flows", say("section.flows"), (), (block,))


def _alone_section(world: World, race: Race, say: Say, command: str) -> Section:
    steps = race.standings[0].groups["ndpr"].outlook.growth.steps
    grows = [
        say("figure.ahead.growth", year=year, rate=percent(say, rate, digits=1), formula=formula)
        for year, rate, formula in steps
    ]
    note = say("figure.ahead.note", horizon=HORIZON_Y, growth=joined(say, grows))
    blocks = tuple(
        _figure(
            ahead_picture(world, race, group, say),
            key=f"ahead-{group}",
            caption=say("figure.ahead.caption", group=say(f"group.{group}"), year=AHEAD_YEAR),
            unit="%",
            table=_alone_table(world, race, group, say),
            source_keys=_outlook_sources(world, race, group),
            note=note.strip(),
            reproduce=f"{command} --csv",
        )
        for group in GROUPS
    )
    return Section("ahead", say("section.alone"), (), blocks)


def _alone_table(world: World, race: Race, group: str, say: Say) -> TableData:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            world.place_name(s.bloc, say.lang),
            *(round(100 * float(v), 1) for v in o.dependence[[2, 1, 3, 0, 4], o.years.index(AHEAD_YEAR)]),
            year_or(say, o.first_year, race.flows.year, HORIZON_Y) if s.groups[group].in_use else say("number.gap"),
            round(100 * o.reached, 1),
            joined(say, [say(f"noun_stage.{stage}") for stage in binding_stages(o)]),
            len(o.imputed),
        )
        for s in race.standings
        for o in (s.groups[group].outlook,)
    )
    bands = ("median", "low50", "high50", "low90", "high90")
    columns = [say("table.bloc"), *(say(f"table.dependence_{n}", year=AHEAD_YEAR) for n in bands)]
    columns += [say("race.columns.first_year"), *(say(f"table.{n}") for n in ("reached", "binding", "imputed"))]
    return TableData(tuple(columns), rows, ("", "%", "%", "%", "%", "%", "", "%", "", ""))


def pipeline_block(world: World, rows: tuple[PipelineRow, ...], say: Say, command: str) -> FigureBlock:
    """Live projects as a figure with its table and the sources of every project that the clocks learn from."""
    records = project_records(world)
    note = say("figure.pipeline.note", n=len(records), censored=sum(r.actual_start_y is None for r in records))
    return _figure(
        pipeline_picture(world, rows, say),
        key="pipeline",
        caption=say("figure.pipeline.caption", year=TARGET_YEAR),
        unit=say("figure.pipeline.axis"),
        table=pipeline_table(world, rows, say),
        source_keys=tuple(sorted(clock_sources(world))),
        note=note.strip(),
        reproduce=command,
    )


def residual_block(world: World, residuals: tuple[Residual, ...], say: Say, command: str) -> FigureBlock:
    """The figures that had to give, as a table."""
    names = ("figure", "observed", "fitted", "unit", "delta", "z", "grade", "source", "where")
    rows = tuple(
        (
            residual_label(world, r, say),
            amount(say, r.observed),
            amount(say, r.fitted),
            r.unit,
            delta(r, say),
            round(r.z, 2),
            r.grade,
            "; ".join(world.source(s).text("title") for s in r.sources),
            r.where,
        )
        for r in residuals
    )
    return FigureBlock(
        key="residuals",
        svg_wide="",
        svg_narrow="",
        caption=say("figure.residuals.caption"),
        unit="",
        table=TableData(tuple(say(f"table.{n}") for n in names), rows, ("",) * len(names)),
        source_keys=tuple(sorted({s for r in residuals for s in r.sources})),
        note=say("figure.residuals.note").strip(),
        reproduce=f"{command} --json",
    )


def capacity_block(world: World, race: Race, say: Say, command: str) -> FigureBlock:
    """Where the balance carries an output without a published capacity."""
    plants = unlimited_plants(world, race.flows)
    rows = tuple(
        (
            say(f"stage.{stage}"),
            world.place_name(bloc, say.lang),
            "; ".join(r.text("name") for r in listed) or say("number.gap"),
        )
        for (stage, bloc), listed in plants.items()
    )
    return FigureBlock(
        key="capacity",
        svg_wide="",
        svg_narrow="",
        caption=say("figure.capacity.caption"),
        unit="",
        table=TableData(tuple(say(f"table.{n}") for n in ("stage", "bloc", "plants")), rows),
        source_keys=tuple(sorted({r.text("source") for listed in plants.values() for r in listed})),
        note=say("figure.capacity.note"),
        reproduce=f"{command} --json",
    )
