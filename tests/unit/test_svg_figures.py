"""Figures: numbers are conserved in pixels, labels never meet, gaps are drawn as gaps, bad data is refused."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from didymium.errors import DidymiumError, UnknownName
from didymium.report.figures import (
    DotRow,
    FlowLink,
    FlowNode,
    Interval,
    ProjectRow,
    RivalMark,
    SankeyData,
    Share,
    ShareRow,
    draw_dots,
    draw_sankey,
    draw_share_bars,
    draw_timeline,
)
from didymium.report.figures.frame import rival_lanes
from didymium.report.figures.sankey_layout import Layout, lay_out, merge_small, spread
from didymium.report.plant_charts import LinesData, draw_lines
from didymium.report.svg import NumberStyle
from svg_cases import CHINESE, NASTY, bars, course, dots, every_figure, flows, parsed, pipeline, size, texts

DRAWN = every_figure()
MARKUP = {
    f"{name}, {variant}": getattr(pair, variant) for name, pair in DRAWN.items() for variant in ("wide", "narrow")
}


# --- every figure -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MARKUP)
def test_no_two_labels_meet(name: str) -> None:
    drawn = texts(MARKUP[name])
    assert len(drawn) > 5
    met = [(a.content, b.content) for a, b in itertools.combinations(drawn, 2) if a.box.overlaps(b.box, 0.5)]
    assert not met


@pytest.mark.parametrize("name", MARKUP)
def test_labels_stay_on_the_canvas_and_say_something(name: str) -> None:
    width, height = size(MARKUP[name])
    for t in texts(MARKUP[name]):
        assert t.content.strip()
        assert t.box.x0 >= -1 and t.box.x1 <= width + 12 and t.box.y0 >= -1 and t.box.y1 <= height + 1, t


@pytest.mark.parametrize("name", MARKUP)
def test_a_figure_names_itself_and_takes_its_colours_from_the_page(name: str) -> None:
    root = parsed(MARKUP[name])
    ids = [node.get("id") for node in root.iter() if node.get("id")]
    assert root.get("role") == "img"
    assert root.get("aria-labelledby", "").split() == ids[:2]
    assert [child.tag for child in root][:2] == ["title", "desc"]
    assert len(ids) == len(set(ids))
    assert "var(--ink," in MARKUP[name] and "var(--paper," in MARKUP[name]


@pytest.mark.parametrize("name", MARKUP)
def test_letters_are_large_enough_to_read(name: str) -> None:
    sizes = [float(node.get("font-size", 0)) for node in parsed(MARKUP[name]).iter("text")]
    assert min(sizes) >= 10.5


def test_the_phone_variant_is_as_wide_as_a_phone() -> None:
    assert {size(pair.narrow)[0] for pair in DRAWN.values()} == {360.0}


# --- flows --------------------------------------------------------------------------------------------


def _laid_out(data: SankeyData, **merge: float) -> Layout:
    how = {"below_pct": 0.0, "keep": 99, **merge}
    nodes, links, members = merge_small(data.nodes, data.links, other_label="other", **how)  # type: ignore[arg-type]
    return lay_out(nodes, links, len(data.layers), 2000.0, lambda _n, _v: 14.0, members)


@pytest.mark.parametrize("seed", range(4))
def test_nodes_and_ribbons_are_as_thick_as_their_flow(seed: int) -> None:
    data = flows(seed)
    layout = _laid_out(data)
    out: dict[str, float] = defaultdict(float)
    into: dict[str, float] = defaultdict(float)
    for link in data.links:
        out[link.source] += link.value
        into[link.target] += link.value
    for p in layout.nodes:
        assert p.size == pytest.approx(max(out[p.node.key], into[p.node.key]) * layout.scale_px)
    drawn = sum(r.thickness for r in layout.ribbons) + sum(s.thickness for s in layout.stubs if s.outward)
    assert drawn == pytest.approx(math.fsum(x.value for x in data.links) * layout.scale_px)


@pytest.mark.parametrize("seed", range(4))
def test_ends_of_ribbons_fill_their_nodes_without_overlap(seed: int) -> None:
    layout = _laid_out(flows(seed))
    leaving: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for r in layout.ribbons:
        leaving[r.link.source].append((r.stations[0][1], r.thickness))
    for s in layout.stubs:
        if s.outward:
            leaving[s.node].append((s.start, s.thickness))
    for p in layout.nodes:
        ends = sorted(leaving[p.node.key])
        assert all(a + t <= b + 1e-6 for (a, t), (b, _) in itertools.pairwise(ends))
        if ends:
            assert ends[0][0] == pytest.approx(p.start)
            assert ends[-1][0] + ends[-1][1] <= p.start + p.size + 1e-6


def test_slots_of_a_layer_do_not_overlap_and_hold_their_nodes() -> None:
    layout = _laid_out(flows(5))
    for layer in range(5):
        here = sorted((p for p in layout.nodes if p.node.layer == layer), key=lambda p: p.slot_start)
        assert all(a.slot_start + a.slot_size <= b.slot_start + 1e-6 for a, b in itertools.pairwise(here))
        assert all(p.slot_start - 1e-6 <= p.start and p.slot_size >= p.size for p in here)
        assert here[0].slot_start >= -1e-6 and here[-1].slot_start + here[-1].slot_size <= 2000 + 1e-6


@given(st.integers(0, 50), st.floats(0, 30), st.integers(2, 12))
@settings(max_examples=25, deadline=None)
def test_merging_small_nodes_keeps_every_tonne(seed: int, below_pct: float, keep: int) -> None:
    data = flows(seed, layers=3)
    _, links, members = merge_small(data.nodes, data.links, below_pct=below_pct, keep=keep, other_label="other")
    assert math.fsum(x.value for x in links) == pytest.approx(math.fsum(x.value for x in data.links))
    assert all(len(inside) >= 2 for inside in members.values())


def test_sweeps_untangle_what_can_be_untangled() -> None:
    nodes = [FlowNode(f"{c}{i}", i, c) for c in "abcd" for i in (0, 1)]
    links = [FlowLink(f"{c}0", f"{d}1", 10.0) for c, d in zip("abcd", "dcba", strict=True)]
    links += [FlowLink(f"{c}0", "", float(n), "loss") for n, c in enumerate("dcba")]  # size alone would order abcd
    placed = {p.node.key: p.start for p in lay_out(nodes, links, 2, 400.0, lambda _n, _v: 14.0).nodes}
    left = sorted("abcd", key=lambda c: placed[f"{c}0"])
    right = sorted("dcba", key=lambda c: placed[f"{c}1"])
    partner = dict(zip("abcd", "dcba", strict=True))
    assert [partner[c] for c in left] == right


@given(st.lists(st.tuples(st.floats(-50, 500), st.floats(1, 30)), min_size=1, max_size=15))
def test_spread_keeps_order_and_bounds(items: list[tuple[float, float]]) -> None:
    wanted, sizes = [w for w, _ in items], [s for _, s in items]
    starts = spread(wanted, sizes, [1.0] * len(items), 0.0, 600.0)
    assert starts[0] >= -1e-6 and starts[-1] + sizes[-1] <= 600 + 1e-6
    assert all(a + s <= b + 1e-6 for (a, s), b in zip(zip(starts, sizes, strict=True), starts[1:], strict=False))


def test_spread_leaves_what_already_fits() -> None:
    assert spread([10.0, 50.0], [20.0, 20.0], [1.0, 1.0], 0.0, 100.0) == pytest.approx([10.0, 50.0])


def test_hover_text_says_from_to_value_and_unit() -> None:
    nodes = (FlowNode("a", 0, "China", "CHN"), FlowNode("b", 1, "Japan", "JPN"))
    links = (FlowLink("a", "b", 1234.5), FlowLink("a", "", 100.0, "loss"), FlowLink("b", "a", 50.0, "recycle"))
    words = ("t REO/y", "other", "losses", "recycling", "none")
    pair = draw_sankey(SankeyData("k", "t", "d", ("Mine", "Use"), nodes, links, *words))
    hovers = [node.text for node in parsed(pair.wide).iter("title")]
    assert "China (Mine) → Japan (Use), 1,230 t REO/y" in hovers
    assert "China (Mine) → losses, 100 t REO/y" in hovers
    assert "recycling: Japan (Use) → China (Mine), 50 t REO/y" in hovers
    shown = [t.content for t in texts(pair.wide)]
    assert "losses" in shown and "↩ recycling → Mine" in shown and "50 t REO/y" in shown


def test_a_picture_without_flow_says_so() -> None:
    data = replace(flows(1), links=(FlowLink("CHN0", "USA1", 0.0),))
    for svg in (draw_sankey(data).wide, draw_sankey(data).narrow):
        assert [t.content for t in texts(svg)] == ["no flows"]


def test_one_node_alone_is_drawn() -> None:
    data = replace(flows(1, CHINESE, layers=2), links=(FlowLink("CHN0", "", 5.0, "loss"),))
    assert any("5 · 100%" in t.content for t in texts(draw_sankey(data).wide))


@pytest.mark.parametrize(
    ("link", "error"),
    [
        (FlowLink("CHN0", "nowhere", 1.0), UnknownName),
        (FlowLink("CHN0", "USA1", -1.0), DidymiumError),
        (FlowLink("CHN0", "USA1", math.nan), DidymiumError),
        (FlowLink("CHN2", "USA1", 1.0), DidymiumError),
        (FlowLink("CHN1", "USA2", 1.0, "recycle"), DidymiumError),
    ],
)
def test_impossible_links_are_refused(link: FlowLink, error: type[DidymiumError]) -> None:
    data = flows(1)
    with pytest.raises(error):
        draw_sankey(replace(data, links=(*data.links, link)))


# --- bars ---------------------------------------------------------------------------------------------


def test_segments_of_a_row_fill_the_axis() -> None:
    root = parsed(draw_share_bars(bars()).wide)
    rows: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for node in root.iter("rect"):
        if node.get("class") == "share":
            rows[node.get("y", "")].append((float(node.get("x", 0)), float(node.get("width", 0))))
    full = list(rows.values())[:-1]
    assert len(full) == 5
    axis = 1080 - 20 - 190
    for segments in full:
        assert sum(w for _, w in segments) == pytest.approx(axis, abs=0.3)
        assert segments[0][0] == 190
    assert [sum(w for _, w in s) for s in list(rows.values())[-1:]] == pytest.approx([axis / 2], abs=0.1)


def test_what_is_unknown_is_hatched_and_not_zero() -> None:
    data = replace(bars(), rows=(ShareRow("empty", "", ()),))
    hatched = [n for n in parsed(draw_share_bars(data).wide).iter("rect") if n.get("fill") == "url(#shares-wide-hatch)"]
    assert max(float(n.get("width", 0)) for n in hatched) == 1080 - 20 - 190


def test_small_shares_merge_and_are_named_on_hover() -> None:
    hovers = [n.text or "" for n in parsed(draw_share_bars(bars()).wide).iter("title")]
    merged = next(h for h in hovers if h.startswith("stage 2: other"))
    assert merged.splitlines()[0] == "stage 2: other 9%"
    assert len(merged.splitlines()) == 18


@pytest.mark.parametrize("shares", [(60.0, 50.0), (-1.0, 5.0), (math.nan, 5.0)])
def test_impossible_shares_are_refused(shares: tuple[float, float]) -> None:
    row = ShareRow("r", "", tuple(Share("CHN", "China", s) for s in shares))
    with pytest.raises(DidymiumError, match="shares"):
        draw_share_bars(replace(bars(), rows=(row,)))


@given(st.lists(st.floats(0, 100), min_size=1, max_size=12))
def test_every_rival_keeps_its_place_and_no_two_meet(values: list[float]) -> None:
    rivals = [RivalMark(v, f"source {v:.0f} %", "s") for v in values]
    placed = rival_lanes(rivals, [3 * v for v in values], (0, 300))
    assert sorted(p.x for p in placed) == sorted(3 * v for v in values)
    for a, b in itertools.combinations(placed, 2):
        assert a.lane != b.lane or a.span[1] <= b.span[0] or b.span[1] <= a.span[0]


# --- timeline and dots --------------------------------------------------------------------------------


def test_a_row_without_a_clock_is_hatched_and_a_realised_one_shows_its_year() -> None:
    unknown = ProjectRow("u", "", "USA", 2015, 2020, None)
    realised = ProjectRow("r", "", "USA", 2015, 2020, None, 2021.6)
    svg = draw_timeline(replace(pipeline(1), rows=(unknown, realised))).wide
    assert svg.count('fill="url(#pipeline-wide-hatch)"') == 2  # the row and the legend
    assert [t.content for t in texts(svg)].count("2021") == 1
    assert "0%" not in svg


def test_a_clock_beyond_the_horizon_is_an_arrow_at_the_edge() -> None:
    never = ProjectRow("n", "", "USA", None, None, None, None, Interval(None, None, None, None, None), 0.0)
    svg = draw_timeline(replace(pipeline(1), rows=(never,))).wide
    assert f"{T90}: &gt;2040" in svg


T90 = pipeline(1).words.band90


def test_impossible_timelines_are_refused() -> None:
    with pytest.raises(DidymiumError, match="run backwards"):
        draw_timeline(replace(pipeline(2), years=(2040, 2010)))
    bad = replace(pipeline(1).rows[0], probability=1.2)
    with pytest.raises(DidymiumError, match="probability"):
        draw_timeline(replace(pipeline(1), rows=(bad,)))


def test_absent_is_hatched_and_beyond_is_said_in_words() -> None:
    svg = draw_dots(dots()).narrow
    assert svg.count('fill="url(#reserves-narrow-hatch)"') == 2
    shown = [t.content for t in texts(svg)]
    assert "no data" in shown and "not before 2050" in shown and "44 Mt" in shown


def breaks(svg: str) -> int:
    return sum(node.get("class") == "axis-break" for node in parsed(svg).iter("path"))


def starting_at(*ys: float) -> LinesData:
    line = replace(course().lines[0], ys=ys, xs=tuple(range(len(ys))))
    return replace(course(), lines=(line,), style=NumberStyle(starts_at="from {}"))


def test_an_axis_that_leaves_out_zero_is_marked_and_says_where_it_starts() -> None:
    for svg in (draw_lines(starting_at(95.0, 92.0)).wide, draw_lines(starting_at(95.0, 92.0)).narrow):
        assert breaks(svg) == 1
        assert [t.content for t in texts(svg) if "from" in t.content] == ["from 91.9"]


@pytest.mark.parametrize("ys", [(92.0, 20.0), (10.0, 0.0), (-3.0, 5.0), (-3.0, -2.0)])
def test_an_axis_that_shows_zero_is_not_marked(ys: tuple[float, ...]) -> None:
    svg = draw_lines(starting_at(*ys)).wide
    assert breaks(svg) == 0 and "from" not in svg
    assert "0" in [t.content for t in texts(svg)]


def test_dots_on_a_cut_axis_are_marked_but_years_are_not() -> None:
    rows = (DotRow("a", point=95.0), DotRow("b", point=97.0))
    data = replace(dots(), rows=rows, scale="linear", style=NumberStyle(starts_at="from {}"))
    assert breaks(draw_dots(data).wide) == 0, "an axis of its own starts at zero"
    cut = draw_dots(replace(data, domain=(90.0, 100.0)))
    assert breaks(cut.wide) == breaks(cut.narrow) == 1
    assert "reserves, t REO · from 90" in [t.content for t in texts(cut.wide)]
    assert breaks(draw_dots(replace(data, domain=(2020.0, 2040.0), years=True)).wide) == 0


def test_a_logarithmic_axis_says_so() -> None:
    style = NumberStyle(logarithmic="by tens")
    assert "reserves, t REO · by tens" in [t.content for t in texts(draw_dots(replace(dots(), style=style)).narrow)]


def test_long_names_of_rows_get_room_on_a_desk() -> None:
    name = "Dy oxide, paid in China by volume"
    assert name in [t.content for t in texts(draw_dots(replace(dots(), rows=(DotRow(name, point=3.0),))).wide)]


def test_a_dashed_line_is_dashed_in_the_legend_too() -> None:
    svg = draw_lines(course()).wide
    assert sum(node.get("stroke-dasharray") == "5 4" for node in parsed(svg).iter("path")) == 2


def test_zero_is_refused_on_a_logarithmic_axis() -> None:
    with pytest.raises(DidymiumError, match="logarithmic"):
        draw_dots(replace(dots(), rows=(DotRow("x", point=0.0),)))


def test_the_source_of_a_rival_is_on_hover_and_markup_in_names_is_text() -> None:
    data = replace(dots(NASTY), rows=(DotRow(NASTY, point=2.0, rivals=(RivalMark(3.0, "<b>", NASTY),)),))
    root = parsed(draw_dots(data).wide)
    assert NASTY in [n.text for n in root.iter("title")]
    assert not list(root.iter("b"))


@pytest.mark.parametrize(
    "draw",
    [
        lambda: draw_share_bars(replace(bars(), rows=())),
        lambda: draw_timeline(pipeline(0)),
        lambda: draw_dots(replace(dots(), rows=())),
    ],
)
def test_a_figure_without_rows_says_so(draw: object) -> None:
    pair = draw()  # type: ignore[operator]
    assert len(texts(pair.wide)) == len(texts(pair.narrow)) == 1


def test_a_row_without_a_second_line_leaves_no_empty_text() -> None:
    rows = tuple(replace(row, sublabel="") for row in pipeline(3).rows)
    for svg in (
        draw_timeline(replace(pipeline(1), rows=rows)).wide,
        draw_timeline(replace(pipeline(1), rows=rows)).narrow,
    ):
        assert all(t.content for t in texts(svg))
