"""Data for the figure tests: a plausible world, ugly inputs, and readers of the drawn markup."""

from __future__ import annotations

import random
from dataclasses import dataclass
from xml.etree import ElementTree

from didymium.report.figures import (
    DotRow,
    DotsData,
    DotsWords,
    FigurePair,
    FlowLink,
    FlowNode,
    Interval,
    ProjectRow,
    RivalMark,
    SankeyData,
    Share,
    ShareBarsData,
    ShareRow,
    TimelineData,
    TimelineWords,
    draw_dots,
    draw_sankey,
    draw_share_bars,
    draw_timeline,
)
from didymium.report.figures.palette import BLOC_HUES, INK
from didymium.report.plant_charts import Axis, Line, LinesData, draw_lines
from didymium.report.svg import Box, text_width

BLOCS = list(BLOC_HUES)
NASTY = 'A very <long> & "quoted" name that\'s far too wide for any column 马来西亚哈萨克斯坦沙特阿拉伯'
CHINESE = "哈萨克斯坦共和国与世界其他地区"
T_WORDS = TimelineWords(*(f"w-{i}" for i in range(12)))
D_WORDS = DotsWords("point", "b50", "b90", "rival", "absent", "empty")


def flows(seed: int, suffix: str = "", layers: int = 5) -> SankeyData:
    """China large, many small flows, losses at every node, recycling, and flows that skip a layer."""
    rng = random.Random(seed)
    nodes = tuple(FlowNode(f"{b}{i}", i, b + suffix, b) for b in BLOCS for i in range(layers))
    links: list[FlowLink] = []
    for i in range(layers - 1):
        for b in BLOCS:
            size = 70_000.0 if b == "CHN" else rng.choice([0.0, 3.0, 80.0, 900.0, 4_000.0])
            for c in rng.sample(BLOCS, 4):
                links.append(FlowLink(f"{b}{i}", f"{c}{i + 1}", size * rng.random()))
            links.append(FlowLink(f"{b}{i}", "", size * 0.05, "loss"))
    links.append(FlowLink(f"CHN{layers - 1}", "CHN1", 3_000.0, "recycle"))
    links.append(FlowLink("USA0", f"USA{layers - 1}", 5_000.0))
    words = ("t REO/y", "other", "losses", "recycling", "no flows")
    return SankeyData(
        "flows", "Flows", "d", tuple(f"Layer {i}{suffix}" for i in range(layers)), nodes, tuple(links), *words
    )


def bars(suffix: str = "") -> ShareBarsData:
    """Six stages, from one bloc to eighteen, one of them half unknown, with crowded rivals."""
    rows = []
    for n, lead in enumerate((70.0, 84.0, 91.0, 93.0, 94.0)):
        rest = (100 - lead) / (len(BLOCS) - 1)
        shares = tuple(Share(b, b + suffix, lead if b == "CHN" else rest) for b in BLOCS)
        rivals = tuple(RivalMark(lead - i, f"IEA {lead - i:g} %{suffix}", "source") for i in range(n + 1))
        rows.append(ShareRow(f"stage {n}{suffix}", "390,000 t", shares, rivals))
    rows.append(ShareRow("half", "", (Share("CHN", "China", 50.0),)))
    return ShareBarsData(
        "shares", "Shares", "d", tuple(rows), "axis, %", "unknown", "rivals", "none", other_label="other"
    )


def pipeline(count: int, suffix: str = "") -> TimelineData:
    """Projects with every combination of gaps, realised and not, inside and outside the axis."""
    rng = random.Random(7)
    rows = []
    for i in range(count):
        start = 2005 + rng.random() * 20
        real = start + 3 if i % 5 == 0 else None
        ends: list[float | None] = [2026 + rng.random() * 3 + k * 4 for k in range(5)]
        interval = None if i % 7 == 3 else Interval(*(None if e is not None and e > 2040 else e for e in ends))
        dates = (None if i % 11 == 4 else start, start + 2, None if i % 3 else start + 9)
        rows.append(ProjectRow(f"project {i}{suffix}", "magnet", BLOCS[i % 18], *dates, real, interval, 0.01 * i))
    return TimelineData("pipeline", "Pipeline", "d", tuple(rows), (2010, 2040), 2025.9, 2027.0, T_WORDS)


def dots(suffix: str = "") -> DotsData:
    """Reserves with rivals orders apart, one row beyond, one absent."""
    rivals = tuple(RivalMark(v, f"{v:g} t{suffix}", "s") for v in (3.8e6, 4e6, 28.5e6, 11.4e6))
    rows = (
        DotRow(
            "Russia" + suffix, "two definitions", "RUS", 3.8e6, (3e6, 5e6), (2e6, None), rivals, value_label="3.8 Mt"
        ),
        DotRow("Kazakhstan", state="beyond", state_label="not before 2050" + suffix, band90=(5e5, None)),
        DotRow("Saudi Arabia", state="absent", state_label="no data" + suffix),
        DotRow("China", bloc="CHN", point=44e6, value_label="44 Mt"),
    )
    return DotsData("reserves", "Reserves", "d", rows, "reserves, t REO", D_WORDS, "log")


def course(suffix: str = "") -> LinesData:
    """Two courses, one dashed, between 92 and 97: so far from zero that the axis is cut."""
    years = (2024.0, 2025.0, 2026.0)
    lines = (
        Line("share" + suffix, INK, years, (95.0, 92.0, 94.0)),
        Line("else" + suffix, INK, years, (97.0, 96.0, 95.0), dashed=True),
    )
    return LinesData("course", "Course", "d", Axis("year" + suffix), Axis("share, %"), lines, "none")


def every_figure() -> dict[str, FigurePair]:
    """Name -> a drawn figure, plain, Chinese and ugly."""
    return {
        "flows": draw_sankey(flows(1)),
        "flows, chinese": draw_sankey(flows(2, CHINESE)),
        "flows, nasty": draw_sankey(flows(3, NASTY)),
        "bars": draw_share_bars(bars()),
        "bars, chinese": draw_share_bars(bars(CHINESE)),
        "bars, nasty": draw_share_bars(bars(NASTY)),
        "pipeline, one": draw_timeline(pipeline(1)),
        "pipeline, sixty": draw_timeline(pipeline(60)),
        "pipeline, nasty": draw_timeline(pipeline(40, NASTY)),
        "dots": draw_dots(dots()),
        "dots, chinese": draw_dots(dots(CHINESE)),
        "dots, nasty": draw_dots(dots(NASTY)),
        "course": draw_lines(course()),
        "course, chinese": draw_lines(course(CHINESE)),
    }


@dataclass(frozen=True)
class Drawn:
    """One line of text as drawn, with its estimated box."""

    content: str
    box: Box


def parsed(svg: str) -> ElementTree.Element:
    """The SVG as a tree; fails if it is not well formed."""
    return ElementTree.fromstring(svg)


def texts(svg: str) -> list[Drawn]:
    """Every text with the box that the width estimate gives it."""
    out = []
    for node in parsed(svg).iter("text"):
        size, x, y = float(node.get("font-size", 0)), float(node.get("x", 0)), float(node.get("y", 0))
        runs = [(node.text or "", size, node.get("font-weight") == "600")]
        runs += [((child.tail or ""), size, node.get("font-weight") == "600") for child in node if child.tag == "title"]
        for span in node.iter("tspan"):
            runs.append((span.text or "", float(span.get("font-size", size)), span.get("font-weight") == "600"))
        width = sum(text_width(t, s, bold=b) for t, s, b in runs) + 6 * (len(list(node.iter("tspan"))) == 2)
        left = {"middle": x - width / 2, "end": x - width}.get(node.get("text-anchor", ""), x)
        content = "".join(t for t, _, _ in runs)
        out.append(Drawn(content, Box(left, y - 0.74 * size, left + width, y + 0.2 * size)))
    return out


def size(svg: str) -> tuple[float, float]:
    """Width and height of the viewBox."""
    numbers = parsed(svg).get("viewBox", "").split()
    return float(numbers[2]), float(numbers[3])
