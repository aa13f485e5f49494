"""The page of a plant: what it makes, its cascades, what it takes and costs, and what plain formulae miss."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from didymium import __version__
from didymium.report.numbers import amount, percent, style_of
from didymium.report.page import FigureBlock, Page, Section, SourceEntry, Stat, TableData, render_page
from didymium.report.page_parts import page_words, source_entries
from didymium.report.plant_figures import (
    Drawn,
    acid_figure,
    doubt_figure,
    nine_figure,
    profile_figure,
    start_figure,
    tree_figure,
)
from didymium.report.plant_polish import polish_lines, polish_table
from didymium.report.plant_tables import (
    capital_table,
    equipment_table,
    estimate_table,
    feed_table,
    formulae_table,
    need_table,
    operating_table,
    product_table,
)
from didymium.report.plant_words import assay_of, assay_words, folded, remark_text, span
from didymium.separation.economics import Estimate
from didymium.separation.factors import factors
from didymium.separation.margins import acid_map, nine_curve, stage_doubt
from didymium.separation.plant import oxide_masses
from didymium.separation.plant_data import Plant
from didymium.separation.polish import polish_estimates
from didymium.separation.sizing import installed_range
from didymium.separation.tree import Circuit
from didymium.words import Say
from didymium.world import World

__all__ = ["command_of", "hardest_circuit", "headline", "plant_page"]

DEFAULT_RECOVERY = 0.99
"""What ``didymium plant`` takes where no recovery is given."""

LEAST_SHOWN = 1e-6
"""Mole share below which an element of a cascade's feed is left out of its table."""

PROFILES = 3
"""Cascades whose profile is drawn: those with the most stages."""

ACID_ERRORS = (-0.02, -0.01, -0.005, -0.002, -0.001, 0.0, 0.001, 0.002, 0.005, 0.01, 0.02)
ORGANIC_ERRORS = (-0.01, -0.005, -0.002, 0.0, 0.002, 0.005, 0.01)
NINES = (2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0)


@dataclass(frozen=True)
class _Context:
    world: World
    plant: Plant
    say: Say
    command: str

    def block(self, drawn: Drawn, key: str, caption: str, sources: Iterable[str], note: str = "") -> FigureBlock:
        """A figure block; sources that the page does not list are left out."""
        pair = drawn.pair
        return FigureBlock(
            key=key,
            svg_wide=pair.wide if pair else "",
            svg_narrow=pair.narrow if pair else "",
            caption=caption,
            unit="",
            table=drawn.table,
            source_keys=tuple(sorted(set(sources) & self.known)),
            note=note,
            reproduce=self.command,
        )

    @property
    def known(self) -> set[str]:
        """Keys of all sources that the page lists."""
        return {s.key for s in plant_sources(self.world, self.plant)}


def command_of(plant: Plant) -> str:
    """The command that makes this plant again."""
    wanted = ",".join(f"{p.name}:{100 * p.asked_purity:.10g}" for p in plant.products if p.asked_purity is not None)
    command = f"didymium plant --feed {plant.feed} --products {wanted} --capacity {plant.capacity_t_reo_per_y:.12g}"
    if plant.recovery_asked != DEFAULT_RECOVERY:
        command += f" --recovery {100 * plant.recovery_asked:.10g}"
    return command if plant.tree.task.side else command + " --no-yttrium-side"


def headline(plant: Plant, say: Say) -> str:
    """The plant in one sentence, the recovery to as many digits as it was asked for."""
    asked = f"{100 * plant.recovery_asked:.10g}"
    return say(
        "plant.headline",
        feed=plant.feed_name,
        capacity=amount(say, plant.capacity_t_reo_per_y),
        cascades=len(plant.circuits),
        stages=plant.stages,
        recovery=percent(say, plant.recovery, digits=max(1, len(asked.partition(".")[2]))),
    )


def hardest_circuit(plant: Plant) -> Circuit | None:
    """The cascade with the most stages; None for a plant without cascades."""
    return max(plant.circuits, key=lambda c: c.design.stages, default=None)


def plant_sources(world: World, plant: Plant) -> tuple[SourceEntry, ...]:
    """Sources of the world tables, then those of the separation figures."""
    cited = source_entries(world, plant.sources)
    have = {s.key for s in cited}
    own: dict[str, SourceEntry] = {}
    for e in (*plant.estimates, *plant.operating, *plant.capital, plant.months_to_purity):
        if e.source and e.source not in have and e.source not in own:
            own[e.source] = SourceEntry(e.source, e.title, "", str(e.year or ""), e.address, e.grade)
    return (*cited, *own.values())


def plant_page(world: World, plant: Plant, say: Say) -> str:
    """The page as HTML: self-contained, with every figure's table and sources."""
    context = _Context(world, plant, say, command_of(plant))
    sections = [_products(context), _tree(context)]
    hardest = hardest_circuit(plant)
    if hardest is not None:
        sections += [_inside(context), _missed(context, hardest)]
    if plant.polish:
        sections.append(_polish(context))
    sections += [_costs(context), _standing(context)]
    page = Page(
        title=say("plant.title"),
        headline=headline(plant, say),
        lede=say("plant.lede").strip(),
        sections=tuple(sections),
        sources=plant_sources(world, plant),
        words=page_words(say),
        lang=say.lang,
        stats=_stats(plant, say),
        footer=(say("race.footer.none_needed"), say("plant.footer", version=__version__)),
        style=style_of(say),
    )
    return render_page(page)


def _stats(plant: Plant, say: Say) -> tuple[Stat, ...]:
    capital, months = plant.capital[0], plant.months_to_purity
    time, unit = span(months.low, months.high, say)
    held = installed_range(plant.inventory.total_t)
    return (
        Stat(str(plant.mixer_settlers), "", say("plant.stat.units")),
        Stat(_range(capital, say, 1e6), say("plant.unit.musd", year=capital.year or "–"), say("plant.stat.capital")),
        Stat("–".join(amount(say, x) for x in held), "t REO", say("plant.stat.inventory")),
        Stat(time, unit, say("plant.stat.months")),
    )


def _range(e: Estimate, say: Say, scale: float) -> str:
    if e.low is None or e.high is None:
        return amount(say, None if e.value is None else e.value / scale)
    return f"{amount(say, e.low / scale)}–{amount(say, e.high / scale)}"


def _factor_sources(plant: Plant) -> list[str]:
    """Sources of the separation factors, whose keys name a pair."""
    return [e.source for e in plant.estimates if "/" in e.key]


def _products(c: _Context) -> Section:
    say = c.say
    table = product_table(c.plant, say)
    caption = say("plant.products.caption", feed=c.plant.feed_name)
    warnings = tuple(remark_text(w, say) for w in c.plant.warnings)
    block = c.block(Drawn(None, table), "plant-products", caption, c.plant.sources, say("plant.products.note"))
    feed = c.block(
        Drawn(None, feed_table(c.plant.assay, c.plant.tree.task.moles, say)),
        "plant-feed",
        say("plant.feed.caption", feed=c.plant.feed_name),
        c.plant.sources & {assay_of(c.world, c.plant).text("source")},
        assay_words(c.world, c.plant, say),
    )
    return Section("products", say("plant.section.products"), warnings, (block, feed))


def _tree(c: _Context) -> Section:
    say = c.say
    block = c.block(
        tree_figure(c.plant, say),
        "plant-tree",
        say("plant.tree.caption"),
        _factor_sources(c.plant),
        say("plant.tree.note"),
    )
    return Section("tree", say("plant.section.tree"), (), (block,))


def _inside(c: _Context) -> Section:
    say = c.say
    longest = sorted(c.plant.circuits, key=lambda x: -x.design.stages)[:PROFILES]
    factor_sources = _factor_sources(c.plant)
    blocks = [
        c.block(
            profile_figure(x, say, f"plant-profile-{k}"),
            f"plant-profile-{k}",
            say("plant.profile.caption", cut=x.design.task.name),
            factor_sources,
        )
        for k, x in enumerate(longest, 1)
    ]
    start = start_figure(c.plant, say)
    if start is not None:
        blocks.append(
            c.block(start, "plant-start", say("plant.start.caption"), factor_sources, say("plant.start.note"))
        )
    return Section("inside", say("plant.section.inside"), (), tuple(blocks))


def _missed(c: _Context, hardest: Circuit) -> Section:
    design, say = hardest.design, c.say
    cut = design.task.name
    spread = factors(hardest.extractant).sd_ln(design.task.light_key, design.task.heavy_key)
    sources = [e.source for e in c.plant.estimates]
    figures = (
        (nine_figure(nine_curve(design.task, design.feed_kmol_per_h, NINES), say), "nine"),
        (acid_figure(acid_map(design, ACID_ERRORS, ORGANIC_ERRORS), cut, say), "acid"),
        (doubt_figure(stage_doubt(design, spread), design.stages, cut, say), "doubt"),
    )
    blocks = tuple(
        c.block(drawn, f"plant-{name}", say(f"plant.{name}.caption", cut=cut), sources, say(f"plant.{name}.note"))
        for drawn, name in figures
    )
    table = Drawn(None, formulae_table(c.plant, say))
    beside = c.block(
        table, "plant-formulae", say("plant.formulae.caption"), _factor_sources(c.plant), say("plant.formulae.note")
    )
    words = (say("plant.missed", cut=cut, error=f"{100 * math.expm1(spread):.2g}").strip(),)
    return Section("missed", say("plant.section.missed"), words, (_case(c, hardest), *blocks, beside))


def _polish(c: _Context) -> Section:
    say = c.say
    drawn = Drawn(None, folded(polish_table(c.plant, say), say))
    sources = [e.source for e in polish_estimates(c.plant.polish)]
    block = c.block(drawn, "plant-polish", say("plant.polish.caption"), sources, say("plant.polish.note"))
    return Section("polish", say("plant.section.polish"), polish_lines(c.plant, say), (block,))


def _case(c: _Context, hardest: Circuit) -> FigureBlock:
    """The feed of the cascade that is looked at, and where it comes from."""
    say, task, masses = c.say, hardest.design.task, oxide_masses(c.world)
    total = math.fsum(x * masses[e] for e, x in task.feed.items())
    kept = {e: x for e, x in task.feed.items() if x > LEAST_SHOWN}
    shares = {e: x * masses[e] / total for e, x in kept.items()}
    before = next((p for p in c.plant.circuits if hardest in (p.light, p.heavy)), None)
    if before is None:
        whence = assay_words(c.world, c.plant, say)
    else:
        outlet = say(f"plant.outlet.{'raffinate' if before.light is hardest else 'organic'}")
        whence = say("plant.case.sent", outlet=outlet, cut=before.design.task.name)
    note = say("plant.case.note", whence=whence, fed=say(f"plant.fed.{task.feed_in}"))
    caption = say("plant.case.caption", cut=task.name)
    keys = {assay_of(c.world, c.plant).text("source")}
    return c.block(Drawn(None, feed_table(shares, kept, say)), "plant-case", caption, keys, note)


def _costs(c: _Context) -> Section:
    say, plant = c.say, c.plant
    tables: tuple[tuple[str, TableData, list[str]], ...] = (
        ("capital", capital_table(plant, say), [e.source for e in plant.capital]),
        ("operating", operating_table(plant, say), [e.source for e in plant.operating]),
        ("needs", folded(need_table(plant, say), say), [p.source for p in plant.inventory.prices.values()]),
    )
    blocks = tuple(
        c.block(
            Drawn(None, table), f"plant-{name}", say(f"plant.{name}.caption"), keys, say(f"plant.{name}.note").strip()
        )
        for name, table, keys in tables
    )
    return Section("costs", say("plant.section.costs"), (), blocks)


def _standing(c: _Context) -> Section:
    say = c.say
    block = c.block(
        Drawn(None, estimate_table(c.plant, say)),
        "plant-figures",
        say("plant.figures.caption"),
        [e.source for e in c.plant.estimates],
    )
    equipment = c.block(
        Drawn(None, equipment_table(c.plant, say)), "plant-equipment", say("plant.equipment.caption"), ()
    )
    return Section("figures", say("plant.section.figures"), (), (equipment, block))
