"""Figures of a plant: tree of cuts, profiles, what a nine costs, how sharp the acid is, doubt in the factor."""

from __future__ import annotations

import math
from dataclasses import dataclass

from didymium.report.figures.frame import FigurePair
from didymium.report.figures.palette import ACCENT, BLOC_HUES, LINE_HUES, MUTED
from didymium.report.numbers import amount, style_of
from didymium.report.page import Cell, TableData
from didymium.report.plant_charts import Axis, HeatData, Line, LinesData, draw_heat, draw_lines
from didymium.report.plant_tree_figure import TreeNode, TreePictureData, draw_tree
from didymium.report.plant_words import purity_percent
from didymium.separation.margins import AcidMap, NinePoint, StageDoubt
from didymium.separation.plant_data import Plant
from didymium.separation.tree import Circuit, Leaf
from didymium.words import Say
from didymium.world import ELEMENTS

__all__ = [
    "Drawn",
    "acid_figure",
    "doubt_figure",
    "nine_figure",
    "profile_figure",
    "start_figure",
    "tree_figure",
    "tree_table",
]

HUES = dict(zip(ELEMENTS, LINE_HUES, strict=True))
TRACE = 1e-6
POWERS = ("1", "0.1", "0.01", "0.001", "10⁻⁴", "10⁻⁵", "10⁻⁶")
BANDS = (0.9999, 0.999, 0.995, 0.99, 0.95)


@dataclass(frozen=True)
class Drawn:
    """A figure and the table beside it; no figure where there is nothing to draw."""

    pair: FigurePair | None
    table: TableData


def _columns(say: Say, *names: str) -> tuple[str, ...]:
    return tuple(say(f"plant.column.{n}") for n in names)


def tree_figure(plant: Plant, say: Say) -> Drawn:
    """The tree of cuts with stages and reflux, and a table with everything that a cascade takes."""
    data = TreePictureData(
        "plant-tree",
        say("plant.tree.caption"),
        say("plant.tree.description", n=len(plant.circuits)),
        _node(plant, plant.tree.root, say),
        say("plant.empty"),
    )
    return Drawn(draw_tree(data), tree_table(plant, say))


def tree_table(plant: Plant, say: Say) -> TableData:
    """Every cascade: what it cuts, with which extractant, stages, reflux, purities and what it holds."""
    rows: list[tuple[Cell, ...]] = []
    for c in plant.circuits:
        d, size = c.design, c.design.size
        rows.append(
            (
                d.task.name,
                say(f"plant.extractant.{c.extractant}"),
                say(f"plant.fed.{d.task.feed_in}"),
                round(100 * math.fsum(c.stream.values()), 2),
                d.extraction_stages,
                d.scrub_stages,
                round(d.task.key_beta, 3),
                round(d.organic_flow, 4),
                round(d.organic_flow / d.minimum_organic_flow, 3),
                purity_percent(d.purity_raffinate),
                purity_percent(d.purity_organic),
                round(size.held_days_of_feed, 2),
            )
        )
    names = ("cut", "extractant", "fed", "share", "n", "m", "beta", "s", "reflux", "raffinate", "organic", "held")
    units = ("", "", "", "mol %", "", "", "", "mol/mol", "", "mol %", "mol %", say("plant.unit.days"))
    return TableData(_columns(say, *names), tuple(rows), units)


def _node(plant: Plant, node: Circuit | Leaf, say: Say) -> TreeNode:
    if isinstance(node, Leaf):
        product = plant.products[node.product]
        asked = product.asked_purity is not None
        made = amount(say, product.output_t_reo_per_y)
        notes = (say("number.percent", value=purity_percent(product.purity)), say("plant.tree.output", t=made))
        return TreeNode(product.name, notes, math.fsum(node.stream.values()), product=True, asked=asked)
    d = node.design
    stages = say("plant.tree.stages", n=d.extraction_stages, m=d.scrub_stages)
    notes = (stages, say("plant.tree.organic", s=amount(say, d.organic_flow)))
    share = math.fsum(node.stream.values())
    return TreeNode(d.task.name, notes, share, (_node(plant, node.light, say), _node(plant, node.heavy, say)))


def profile_figure(circuit: Circuit, say: Say, key: str) -> Drawn:
    """Mole share of every element in the organic, stage by stage."""
    d = circuit.design
    organic = d.steady.organic / d.steady.organic.sum(axis=1, keepdims=True)
    stages = tuple(float(j + 1) for j in range(d.stages))
    lines = []
    for i, element in enumerate(d.task.feed):
        ys = organic[:, i]
        kept = [(x, float(y)) for x, y in zip(stages, ys, strict=True) if y > TRACE]
        if len(kept) > 1:
            xs, shown = zip(*kept, strict=True)
            lines.append(Line(element, HUES[element], xs, shown))
    data = LinesData(
        key,
        say("plant.profile.caption", cut=d.task.name),
        say("plant.profile.description", cut=d.task.name),
        Axis(say("plant.profile.x")),
        # Room above one, so that the label of the feed stage does not lie on a line.
        Axis(say("plant.profile.y"), "log", (TRACE, 3.0), tuple((10.0**-k, p) for k, p in enumerate(POWERS))),
        tuple(lines),
        say("plant.empty"),
        verticals=((float(d.extraction_stages), say("plant.profile.feed")),),
        style=style_of(say),
    )
    rows = tuple((int(x), *(float(v) for v in row)) for x, row in zip(stages, organic, strict=True))
    names = (say("plant.column.stage"), *d.task.feed)
    return Drawn(draw_lines(data), TableData(names, rows, ("", *("mol/mol" for _ in d.task.feed))))


def nine_figure(points: tuple[NinePoint, ...], say: Say) -> Drawn:
    """What each further nine costs in stages, hold-up and capital, as multiples of the first purity that is drawn."""
    xs = tuple(p.nines for p in points)
    values = {
        "stages": [float(p.design.stages) for p in points],
        "held": [p.design.size.held_days_of_feed for p in points],
        "capital": [p.capital.known() for p in points],
        "base": [p.design.base_mol_per_mol for p in points],
    }
    hues = {"stages": ACCENT, "held": BLOC_HUES["CHN"], "capital": BLOC_HUES["EUU"], "base": MUTED}
    lines = tuple(
        Line(say(f"plant.nine.{name}"), hues[name], xs, tuple(v / ys[0] for v in ys), marks=True)
        for name, ys in values.items()
        if ys
    )
    data = LinesData(
        "plant-nine",
        say("plant.nine.caption", cut=points[0].design.task.name if points else "–"),
        say("plant.nine.description"),
        Axis(say("plant.nine.x"), ticks=tuple((n, f"{n:g}N") for n in xs)),
        Axis(say("plant.nine.y", first=f"{xs[0]:g}N" if xs else "–")),
        lines,
        say("plant.empty"),
        style=style_of(say),
    )
    rows = tuple(
        (
            f"{p.nines:g}N",
            purity_percent(p.purity),
            p.design.extraction_stages,
            p.design.scrub_stages,
            p.design.organic_flow,
            p.design.size.held_days_of_feed,
            p.capital.known() / 1e6,
            p.capital.low / 1e6 if p.capital.low is not None else None,
            p.capital.high / 1e6 if p.capital.high is not None else None,
        )
        for p in points
    )
    names = ("nines", "purity", "n", "m", "s", "held", "capital", "low", "high")
    money = say("plant.unit.musd", year=points[0].capital.year or "–") if points else ""
    units = ("", "%", "", "", "mol/mol", say("plant.unit.days"), money, money, money)
    return Drawn(draw_lines(data), TableData(_columns(say, *names), rows, units))


def acid_figure(found: AcidMap, cut: str, say: Say) -> Drawn:
    """The worse of the two purities where scrub acid and organic flow are a little off."""
    worst = tuple(
        tuple(min(float(found.raffinate[i, j]), float(found.organic[i, j])) for i in range(len(found.acid_errors)))
        for j in range(len(found.organic_errors))
    )
    bands = [(least, say("plant.acid.at_least", purity=purity_percent(least))) for least in BANDS]
    bands.append((-math.inf, say("plant.acid.below", purity=purity_percent(BANDS[-1]))))
    data = HeatData(
        "plant-acid",
        say("plant.acid.caption", cut=cut),
        say("plant.acid.description", cut=cut),
        say("plant.acid.x"),
        say("plant.acid.y"),
        tuple(_signed(100 * e) for e in found.acid_errors),
        tuple(_signed(100 * e) for e in found.organic_errors),
        worst,
        tuple(bands),
        say("plant.acid.absent"),
        style_of(say),
    )
    rows = tuple(
        (100 * float(a), 100 * float(o), _gap(found.raffinate[i, j]), _gap(found.organic[i, j]))
        for i, a in enumerate(found.acid_errors)
        for j, o in enumerate(found.organic_errors)
    )
    names = _columns(say, "acid_error", "organic_error", "raffinate", "organic")
    return Drawn(draw_heat(data), TableData(names, rows, ("%", "%", "mol %", "mol %")))


def _signed(value: float) -> str:
    return f"{value:+.2g}".replace("-", "−") if value else "0"


def _gap(value: float) -> float | None:
    return None if math.isnan(value) else 100 * float(value)


def doubt_figure(doubt: StageDoubt, designed: int, cut: str, say: Say) -> Drawn:
    """Stages needed, as a cumulative share of draws of the separation factor."""
    n = len(doubt.factors)
    stages = [float(x) for x in doubt.stages]
    shares = [100 * (i + 1) / n for i in range(len(stages))]
    data = LinesData(
        "plant-doubt",
        say("plant.doubt.caption", cut=cut),
        say("plant.doubt.description", cut=cut),
        Axis(say("plant.doubt.x")),
        Axis(say("plant.doubt.y"), domain=(0.0, 100.0)),
        (Line(say("plant.doubt.line", n=n), ACCENT, tuple(stages), tuple(shares), steps=True),) if stages else (),
        say("plant.empty"),
        verticals=((float(designed), say("plant.doubt.designed", n=designed)),),
        style=style_of(say),
    )
    rows = [(int(s), share) for s, share in zip(stages, shares, strict=True)]
    names = _columns(say, "stages", "draws")
    return Drawn(draw_lines(data), TableData(names, tuple(rows), ("", "%")))


def start_figure(plant: Plant, say: Say) -> Drawn | None:
    """Purity of each cascade's products against time from feed-filled stages; None where it was not simulated."""
    if not plant.start_up:
        return None
    lines, rows = [], []
    for k, run in enumerate(plant.start_up):
        hue = LINE_HUES[k % len(LINE_HUES)]
        days = tuple(float(d) for d in run.days)
        worst = tuple(max(float(1 - p), 1e-6) for p in run.purity)
        lines.append(Line(run.name, hue, days[1:], worst[1:]))
        rows += [(run.name, d, 100 * float(p)) for d, p in zip(days, run.purity, strict=True)]
    data = LinesData(
        "plant-start",
        say("plant.start.caption"),
        say("plant.start.description"),
        Axis(say("plant.start.x"), "log"),
        Axis(say("plant.start.y"), "log", ticks=tuple((10.0**-k, f"{10.0 ** (2 - k):g}") for k in range(7))),
        tuple(lines),
        say("plant.empty"),
        style=style_of(say),
    )
    names = _columns(say, "cut", "day", "purity")
    return Drawn(draw_lines(data), TableData(names, tuple(rows), ("", say("plant.unit.days"), "mol %")))
