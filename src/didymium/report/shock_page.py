"""The page of a firm's shock: output, which part, when it stops, what would have helped, and what it stands on."""

from __future__ import annotations

import math

from didymium import __version__
from didymium.ensemble.firm_shock import Shock
from didymium.market.firm_read import figures
from didymium.report.numbers import amount, percent, style_of
from didymium.report.page import FigureBlock, Page, Section, Stat, TableData, render_page
from didymium.report.page_parts import page_words, source_entries
from didymium.report.plant_figures import Drawn
from didymium.report.remarks import remark_text
from didymium.report.shock_figures import output_figure, stock_figure, stop_figure
from didymium.report.shock_rows import first_stops, lost_units, quantiles, stop_chance
from didymium.report.shock_tables import (
    figure_table,
    firm_unit,
    headline,
    how_made,
    key_table,
    part_names,
    part_table,
    remedy_table,
    weeks_text,
)
from didymium.words import Say
from didymium.world import World

__all__ = ["shock_page"]


def shock_page(world: World, shock: Shock, say: Say, command: str) -> str:
    """The page as HTML: self-contained; ``command`` makes its numbers again."""
    own = frozenset(f.source for f in figures(shock.firm) if f.source)

    def block(key: str, drawn: Drawn, sources: frozenset[str] = frozenset()) -> FigureBlock:
        pair = drawn.pair
        return FigureBlock(
            key=f"shock-{key}",
            svg_wide=pair.wide if pair else "",
            svg_narrow=pair.narrow if pair else "",
            caption=say(f"shock.{key}.caption"),
            unit="",
            table=drawn.table,
            source_keys=tuple(sorted(sources)),
            note=say(f"shock.{key}.note"),
            reproduce=command,
        )

    def table(key: str, data: TableData, sources: frozenset[str] = frozenset()) -> FigureBlock:
        return block(key, Drawn(None, data), sources)

    cited = shock.sources
    course = (block("output", output_figure(shock, say), cited), table("course", key_table(shock, say), cited))
    parts = (table("parts", part_table(shock, say), own), block("stocks", stock_figure(shock, say), cited))
    helped = (table("remedies", remedy_table(shock, say), cited), block("stop", stop_figure(shock, say), cited))
    stands = (table("figures", figure_table(shock, say), own),)
    warnings = tuple(remark_text(r, say) for r in shock.remarks)
    told = say.data(shock.firm.note or "")
    note = (told,) if told and (say.lang == "en" or told != shock.firm.note) else ()
    page = Page(
        title=say("shock.title"),
        headline=headline(shock, say),
        lede=say("shock.lede").strip(),
        sections=(
            Section("course", say("shock.section.course"), (how_made(shock, say), *warnings), course),
            Section("parts", say("shock.section.parts"), (), parts),
            Section("remedies", say("shock.section.remedies"), (), helped),
            Section("figures", say("shock.section.figures"), note, stands),
        ),
        sources=source_entries(world, shock.sources),
        words=page_words(say),
        lang=say.lang,
        stats=_stats(shock, say),
        footer=(say("race.footer.none_needed"), say("shock.footer", version=__version__)),
        style=style_of(say),
    )
    return render_page(page)


def _stats(shock: Shock, say: Say) -> tuple[Stat, ...]:
    o = shock.outcome
    firsts, lost = first_stops(shock), quantiles(lost_units(shock, o.lost), (0.5,))[0]
    first = quantiles(firsts, (0.5,))[0] if len(firsts) else math.inf
    stopped = o.binding[o.binding >= 0]
    binds = part_names(shock, say)[int(max(set(stopped), key=list(stopped).count))] if len(stopped) else ""
    return (
        Stat(percent(say, stop_chance(o.first_stop)), "", say("shock.stat.chance")),
        Stat(weeks_text(say, first, shock), say("shock.unit.weeks"), say("shock.stat.first")),
        Stat(amount(say, lost), firm_unit(shock, say), say("shock.stat.lost")),
        Stat(binds or say("number.gap"), "", say("shock.stat.binding")),
    )
