"""The page of one bloc or country."""

from __future__ import annotations

from didymium import __version__
from didymium.chain.additions import HOME_STAGES
from didymium.chain.reconcile import BASKETS
from didymium.report.brief import Brief
from didymium.report.brief_text import brief_sentences, claim_rows, definition_word, headline
from didymium.report.figures import DotRow, DotsData, DotsWords, RivalMark, draw_dots
from didymium.report.numbers import amount, bare_percent, percent, style_of
from didymium.report.page import FigureBlock, Page, Section, Stat, TableData, render_page
from didymium.report.page_parts import page_words, source_entries
from didymium.report.race_page import pipeline_block, residual_block
from didymium.report.standing import GROUPS, SHOWN_STAGES, TARGET_YEAR
from didymium.report.trade_position import trade_position
from didymium.words import Say
from didymium.world import Belief, World

__all__ = ["brief_page"]


def brief_page(world: World, b: Brief, say: Say, *, seed: int = 0) -> str:
    """The page as HTML, self-contained."""
    command = f"didymium brief {b.place} --seed {seed}"
    name = world.place_name(b.place, say.lang)
    sentences = brief_sentences(world, b, say)
    own = tuple(r for r in b.race.flows.residuals if b.bloc in (r.place, r.partner))
    worst = tuple(sorted(own, key=lambda r: -abs(r.z))[:10])
    sections = [
        Section(
            "position",
            say("section.position"),
            tuple(sentences[1:]),
            (_position(world, b, say, command), _trade(world, b, say, command)),
        ),
        Section("reserves", say("section.reserves"), (), _reserves(world, b, say, command)),
    ]
    if b.live:
        sections.append(
            Section("pipeline", say("section.pipeline"), (), (pipeline_block(world, b.live, say, command),))
        )
    claims = (_claims(b, say),) if b.findings else ()
    sections.append(Section("claims", say("section.claims"), () if claims else (say("brief.claims_none"),), claims))
    if worst:
        sections.append(Section("quality", say("section.quality"), (), (residual_block(world, worst, say, command),)))
    page = Page(
        title=say("brief.title", name=name),
        headline=headline(world, b, say),
        lede=sentences[0],
        sections=tuple(s for s in sections if s.figures or s.paragraphs),
        sources=source_entries(world, b.sources),
        words=page_words(say),
        lang=say.lang,
        stats=_stats(b, say),
        footer=(
            say("race.footer.caution").strip(),
            say("race.footer.tool", version=__version__, year=b.race.flows.year, seed=seed),
        ),
        style=style_of(say),
    )
    return render_page(page)


def _stats(b: Brief, say: Say) -> tuple[Stat, ...]:
    stats = []
    for group in GROUPS:
        g = b.standing.groups[group]
        label = say("race.columns.dependence") + say("page.colon") + say(f"group.{group}")
        stats.append(Stat(bare_percent(say, g.dependence), "%" if g.in_use else "", label))
    expected = f"{sum(r.probability_by for r in b.live):.1f}" if b.live else "0"
    stats.append(Stat(str(len(b.live)), "", say("race.stat.live", expected=expected, year=TARGET_YEAR)))
    return tuple(stats)


def _position(world: World, b: Brief, say: Say, command: str) -> FigureBlock:
    rows = []
    for group in GROUPS:
        g = b.standing.groups[group]
        for stage in SHOWN_STAGES:
            carried = percent(say, g.own_need[stage]) if stage in HOME_STAGES else say("number.gap")
            output, sigma = amount(say, g.output_t[stage]), amount(say, g.sigma_t[stage])
            rows.append(
                (say(f"group.{group}"), say(f"stage.{stage}"), output, sigma, percent(say, g.shares[stage]), carried)
            )
    columns = (say("table.basket"), *(say(f"table.{n}") for n in ("stage", "made", "sigma", "share", "own_need")))
    keys = frozenset[str]().union(*(g.outlook.sources for g in b.standing.groups.values()))
    return FigureBlock(
        key="position",
        svg_wide="",
        svg_narrow="",
        caption=say("brief.own_need.caption", name=world.place_name(b.bloc, say.lang), year=b.race.flows.year),
        unit="",
        table=TableData(columns, tuple(rows), ("", "", "t REO/y", "t REO/y", "", "")),
        source_keys=tuple(sorted(keys)),
        note=say("brief.own_need.note"),
        reproduce=f"{command} --json",
    )


def _trade(world: World, b: Brief, say: Say, command: str) -> FigureBlock:
    names = ("form", "output", "imports", "exports", "net_reliance", "gross_share", "n_minus_1", "hhi")
    rows = tuple(
        (
            say(f"form.{p.form}"),
            amount(say, p.output_t),
            amount(say, p.imports_t),
            amount(say, p.exports_t),
            percent(say, p.net_import_reliance),
            percent(say, p.gross_import_share),
            percent(say, p.n_minus_1_cover),
            amount(say, p.world_hhi),
        )
        for p in trade_position(b.race.flows, b.bloc, BASKETS["ndpr"])
    )
    unit = "t REO/y"
    return FigureBlock(
        key="trade",
        svg_wide="",
        svg_narrow="",
        caption=say("brief.trade.caption", name=world.place_name(b.bloc, say.lang), year=b.race.flows.year),
        unit="",
        table=TableData(tuple(say(f"table.{n}") for n in names), rows, ("", unit, unit, unit, "", "", "", "")),
        source_keys=tuple(sorted(b.race.flows.sources)),
        note=say("brief.trade.note").strip(),
        reproduce=f"{command} --json",
    )


def _reserves(world: World, b: Brief, say: Say, command: str) -> tuple[FigureBlock, ...]:
    own = (_reserve_block(world, b, b.own_reserves, say),) if b.own_reserves else ()
    return own + ((_part_block(world, b, say, command),) if b.part_reserves else ())


def _reserve_block(world: World, b: Brief, belief: Belief, say: Say) -> FigureBlock:
    """Rivals of one belief by definition: a dot for the figure used, marks for the others, on a log axis."""
    used = b.used.figure if b.used else None
    rows = []
    for definition in belief.definitions:
        figures = [f for f in belief.figures if f.definition == definition]
        drawn = [f for f in figures if f.value and f.unit == "t REO"]
        label = definition_word(say, definition)
        if not drawn:
            rows.append(DotRow(label, state="absent", state_label=say("brief.reserves.absent")))
            continue
        # The newest three: a long series of one publisher would bury the others.
        marks = tuple(
            RivalMark(f.value or 0.0, f"{f.publisher} {f.year}", f"{f.publisher}, {f.year}, {f.grade}")
            for f in drawn[:3]
            if f is not used
        )
        point = used.value if used is not None and used.definition == definition else None
        rows.append(DotRow(label, say("brief.reserves.count", n=len(figures)), "", point, rivals=marks))
    words = DotsWords(say("brief.reserves.used"), "", "", say("brief.reserves.rival"), say("brief.reserves.absent"), "")
    caption = say("brief.reserves.caption", name=world.place_name(belief.place, say.lang))
    drawable = any(r.state == "value" for r in rows)
    pair = (
        draw_dots(
            DotsData(
                "reserves",
                caption,
                caption,
                tuple(rows),
                say("brief.reserves.axis"),
                words,
                scale="log",
                style=style_of(say),
            )
        )
        if drawable
        else None
    )
    return FigureBlock(
        key="reserves",
        svg_wide=pair.wide if pair else "",
        svg_narrow=pair.narrow if pair else "",
        caption=caption,
        unit="t REO",
        table=_figure_table(world, (belief,), say),
        source_keys=tuple(sorted(belief.sources)),
        note=say("brief.reserves.note"),
        reproduce=f"didymium data why reserves {belief.place}",
    )


def _part_block(world: World, b: Brief, say: Say, command: str) -> FigureBlock:
    """Countries in the place and deposits, as a table."""
    name = world.place_name(b.place, say.lang)
    return FigureBlock(
        key="deposits",
        svg_wide="",
        svg_narrow="",
        caption=say("brief.reserves.parts", name=name),
        unit="",
        table=_figure_table(world, b.part_reserves, say),
        source_keys=tuple(sorted({s for x in b.part_reserves for s in x.sources})),
        reproduce=f"{command} --json",
    )


def _figure_table(world: World, beliefs: tuple[Belief, ...], say: Say) -> TableData:
    names = ("scope", "definition", "figure", "unit", "publisher", "year", "grade", "source")
    rows = tuple(
        (
            world.place_name(x.place, say.lang),
            definition_word(say, f.definition),
            f.value,
            f.unit,
            f.publisher,
            str(f.year),
            f.grade,
            f.source,
        )
        for x in beliefs
        for f in x.figures
    )
    return TableData(tuple(say(f"table.{n}") for n in names), rows)


def _claims(b: Brief, say: Say) -> FigureBlock:
    names = ("id", "claim", "who", "verdict", "probability_short", "reason")
    return FigureBlock(
        key="claims",
        svg_wide="",
        svg_narrow="",
        caption=say("brief.claims.caption"),
        unit="",
        table=TableData(tuple(say(f"table.{n}") for n in names), tuple(claim_rows(b.findings, say))),
        source_keys=tuple(sorted({s for f in b.findings for s in f.sources})),
        note=say("brief.claims.note", command="didymium check"),
        reproduce="didymium check --core",
    )
