"""The flow picture: layers of blocs joined by bands as thick as the flow, left to right, or top down on a phone."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from didymium.report.figures.frame import NARROW_PX, WIDE_PX, FigurePair, blank, canvas, text, two_part
from didymium.report.figures.palette import MUTED, OTHER_HUE, bloc_hue
from didymium.report.figures.sankey_layout import (
    FlowLink,
    FlowNode,
    Layout,
    PlacedNode,
    Ribbon,
    Stub,
    lay_out,
    merge_small,
)
from didymium.report.svg import (
    Element,
    NumberStyle,
    el,
    fit_text,
    format_number,
    format_percent,
    text_width,
)

__all__ = ["FlowLink", "FlowNode", "SankeyData", "draw_sankey"]

BAR_PX = 13.0
SIZE = 12.0
SMALL = 11.0
HEAD_PX = 50.0
LABEL_GAP = 5.0
STUB_PX = 15.0
LINE_PX = 17.0
TALL_PX = 36.0
NARROW_BAR = 12.0
NARROW_PITCH = 138.0


@dataclass(frozen=True)
class SankeyData:
    """Layered flows: ``layers`` are the headings in order, values share ``unit`` (a rate, such as t REO/y).

    ``key`` is an id; ``title`` and ``description`` name the picture for readers who cannot see it. Nodes under
    ``merge_below_pct`` of their layer, and those beyond the ``keep`` largest, are merged into ``other_label``;
    the phone variant keeps fewer.
    """

    key: str
    title: str
    description: str
    layers: tuple[str, ...]
    nodes: tuple[FlowNode, ...]
    links: tuple[FlowLink, ...]
    unit: str
    other_label: str
    loss_label: str
    recycle_label: str
    empty_label: str
    merge_below_pct: float = 0.5
    keep: int = 12
    narrow_merge_below_pct: float = 3.0
    narrow_keep: int = 4
    style: NumberStyle = field(default_factory=NumberStyle)


def draw_sankey(data: SankeyData) -> FigurePair:
    """The flow picture for desk and phone. Raises DidymiumError on unknown ends or impossible values."""
    return FigurePair(_draw_wide(data), _draw_narrow(data))


# --- words on things ----------------------------------------------------------------------------------


def _value(data: SankeyData, value: float) -> str:
    return format_number(value, data.style)


def _names(data: SankeyData) -> dict[str, str]:
    """Node key -> label and layer, for hover text."""
    names = {n.key: f"{n.label} ({data.layers[n.layer]})" for n in data.nodes if 0 <= n.layer < len(data.layers)}
    names.update({f"other:{i}": f"{data.other_label} ({layer})" for i, layer in enumerate(data.layers)})
    return names


def _name(node: FlowNode, room: float, size: float) -> str:
    """The label if it fits, else the short one, else as much as fits."""
    if text_width(node.label, size, bold=True) <= room:
        return node.label
    return fit_text(node.short or node.label, room, size, bold=True)


def _link_hover(data: SankeyData, link: FlowLink, names: dict[str, str]) -> str:
    end = link.label or data.loss_label if link.kind == "loss" else names[link.target]
    kind = f"{link.label or data.recycle_label}: " if link.kind == "recycle" else ""
    return f"{kind}{names[link.source]} → {end}, {_value(data, link.value)} {data.unit}"


def _node_hover(data: SankeyData, p: PlacedNode, total: float) -> str:
    share = format_percent(100 * p.value / total, data.style)
    lines = [f"{p.node.label} ({data.layers[p.node.layer]}): {_value(data, p.value)} {data.unit}, {share}"]
    lines += [f"{label}: {_value(data, value)} {data.unit}" for label, value in p.members]
    return "\n".join(lines)


def _hues(layout: Layout) -> dict[str, str]:
    return {p.node.key: bloc_hue(p.node.bloc) if p.node.bloc else OTHER_HUE for p in layout.nodes}


def _feet(data: SankeyData, layout: Layout) -> dict[int, list[tuple[str, str]]]:
    """Per layer, the lines that name what its loss and recycle stubs carry: label, then value and unit."""
    layer_of = {p.node.key: p.node.layer for p in layout.nodes}
    sums: dict[tuple[int, str, str], float] = defaultdict(float)
    for stub in layout.stubs:
        if not stub.outward:
            continue
        label = stub.link.label or (data.loss_label if stub.link.kind == "loss" else data.recycle_label)
        if stub.link.kind == "recycle":
            label = f"↩ {label} → {data.layers[layer_of[stub.link.target]]}"
        sums[layer_of[stub.node], stub.link.kind, label] += stub.link.value
    feet: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for (layer, _, label), value in sums.items():
        feet[layer].append((label, f"{_value(data, value)} {data.unit}"))
    return feet


# --- desk ---------------------------------------------------------------------------------------------


def _draw_wide(data: SankeyData) -> str:
    nodes, links, members = merge_small(
        data.nodes, data.links, below_pct=data.merge_below_pct, keep=data.keep, other_label=data.other_label
    )
    key = f"{data.key}-wide"
    if not nodes:
        return blank(key, data.title, data.description, data.empty_label, WIDE_PX)
    crowd = max(sum(1 for n in nodes if n.layer == i) for i in range(len(data.layers)))
    along = max(430.0, LINE_PX * crowd * 1.9 + 120)
    layout = lay_out(nodes, links, len(data.layers), along, lambda _n, _v: LINE_PX, members)
    pitch = (WIDE_PX - BAR_PX - min(185.0, WIDE_PX / (len(data.layers) + 0.5))) / max(len(data.layers) - 1, 1)
    room = min(pitch, WIDE_PX - pitch * (len(data.layers) - 1)) - BAR_PX - 2 * LABEL_GAP
    xs = [i * pitch for i in range(len(data.layers))]
    names, hues = _names(data), _hues(layout)
    body = [_ribbon_wide(data, r, xs, names, hues) for r in layout.ribbons]
    body += [_stub_wide(data, s, xs, layout, names, hues) for s in layout.stubs]
    body += [_bar(p, xs[p.node.layer], HEAD_PX + p.start, BAR_PX, p.size, hues, data, layout) for p in layout.nodes]
    for i, heading in enumerate(data.layers):
        body += _heading_wide(data, heading, layout.layer_totals[i], xs[i], room + BAR_PX)
    for p in layout.nodes:
        body += _label_wide(data, p, layout.layer_totals[p.node.layer], xs[p.node.layer], room)
    feet, foot_lines = _feet_wide(data, layout, xs, HEAD_PX + along + 24, room + BAR_PX)
    height = HEAD_PX + along + 14 + (foot_lines * 15 + 8 if foot_lines else 0)
    return canvas(key, data.title, data.description, (WIDE_PX, math.ceil(height)), body + feet)


def _heading_wide(data: SankeyData, heading: str, total: float, x: float, room: float) -> list[Element]:
    amount = f"{_value(data, total)} {data.unit}" if total else data.empty_label
    return [
        text(x, 14, fit_text(heading, room, 13, bold=True), size=13, bold=True),
        text(x, 31, fit_text(amount, room, SMALL), size=SMALL, colour=MUTED),
    ]


def _bar(
    p: PlacedNode,
    x: float,
    y: float,
    width: float,
    height: float,
    hues: dict[str, str],
    data: SankeyData,
    layout: Layout,
) -> Element:
    hover = el("title", _node_hover(data, p, layout.layer_totals[p.node.layer]))
    return el(
        "rect", hover, x=x, y=y, width=max(width, 1), height=max(height, 1), fill=hues[p.node.key], class_="flow-node"
    )


def _label_wide(data: SankeyData, p: PlacedNode, total: float, x: float, room: float) -> list[Element]:
    """Name, value and share right of the bar; on two lines where the bar is tall enough."""
    left, middle = x + BAR_PX + LABEL_GAP, HEAD_PX + p.slot_start + p.slot_size / 2
    share = format_percent(100 * p.value / total, data.style)
    amount = f"{_value(data, p.value)} · {share}"
    if p.slot_size >= TALL_PX:
        name = _name(p.node, room, 13)
        return [
            text(left, middle - 3, name, size=13, bold=True, halo=True),
            text(left, middle + 13, amount, size=SIZE, halo=True),
        ]
    name = _name(p.node, room - 6 - text_width(amount, SMALL), SIZE)
    return [two_part(left, middle + 4, name, amount, (SIZE, SMALL))]


def _ribbon_wide(
    data: SankeyData, r: Ribbon, xs: Sequence[float], names: dict[str, str], hues: dict[str, str]
) -> Element:
    upper, lower = "", ""
    for (la, a), (lb, b) in pairwise(r.stations):
        x0, x1 = xs[la] + BAR_PX, xs[lb]
        ya, yb, mid = HEAD_PX + a, HEAD_PX + b, (x0 + x1) / 2
        start = f"M{x0:.1f} {ya:.2f}" if not upper else f"L{x0:.1f} {ya:.2f}"
        upper += f"{start}C{mid:.1f} {ya:.2f} {mid:.1f} {yb:.2f} {x1:.1f} {yb:.2f}"
        ya, yb = ya + r.thickness, yb + r.thickness
        lower = f"L{x1:.1f} {yb:.2f}C{mid:.1f} {yb:.2f} {mid:.1f} {ya:.2f} {x0:.1f} {ya:.2f}" + lower
    return _band(upper + lower + "Z", r, hues[r.link.source], _link_hover(data, r.link, names))


def _band(path: str, r: Ribbon, hue: str, hover: str) -> Element:
    thin = hue if r.thickness < 0.8 else None
    return el(
        "path", el("title", hover), d=path, fill=hue, stroke=thin, stroke_width=0.8, class_="flow-link", opacity=0.42
    )


def _stub_wide(
    data: SankeyData, s: Stub, xs: Sequence[float], layout: Layout, names: dict[str, str], hues: dict[str, str]
) -> Element:
    """A loss tapers away; a recycle link leaves, or comes back, as a dashed arrow."""
    layer = next(p.node.layer for p in layout.nodes if p.node.key == s.node)
    y0, y1 = HEAD_PX + s.start, HEAD_PX + s.start + max(s.thickness, 1.5)
    x = xs[layer] + BAR_PX if s.outward else xs[layer]
    tip = x + STUB_PX if s.outward else x - STUB_PX
    return _stub(s, (x, y0), (x, y1), (tip, (y0 + y1) / 2), hues[s.link.source], _link_hover(data, s.link, names))


def _stub(
    s: Stub, a: tuple[float, float], b: tuple[float, float], tip: tuple[float, float], hue: str, hover: str
) -> Element:
    path = "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in (a, tip, b)) + "Z"
    dashed = s.link.kind == "recycle" and s.thickness >= 4
    return el(
        "path",
        el("title", hover),
        d=path,
        fill="none" if dashed else hue,
        opacity=None if dashed else 0.6,
        stroke=hue if dashed else None,
        stroke_width=1.5 if dashed else None,
        stroke_dasharray="3 2" if dashed else None,
        pointer_events="all",
        class_="flow-stub",
    )


def _feet_wide(
    data: SankeyData, layout: Layout, xs: Sequence[float], top: float, room: float
) -> tuple[list[Element], int]:
    out: list[Element] = []
    most = 0
    for layer, lines in _feet(data, layout).items():
        for n, (label, amount) in enumerate(lines):
            y = top + n * 30
            out.append(text(xs[layer], y, fit_text(label, room, SMALL), size=SMALL, colour=MUTED))
            out.append(text(xs[layer], y + 14, fit_text(amount, room, SMALL), size=SMALL))
        most = max(most, 2 * len(lines))
    return out, most


# --- phone --------------------------------------------------------------------------------------------


def _draw_narrow(data: SankeyData) -> str:
    nodes, links, members = merge_small(
        data.nodes,
        data.links,
        below_pct=data.narrow_merge_below_pct,
        keep=data.narrow_keep,
        other_label=data.other_label,
    )
    key = f"{data.key}-narrow"
    if not nodes:
        return blank(key, data.title, data.description, data.empty_label, NARROW_PX)
    crowd = [sum(1 for n in nodes if n.layer == i) for i in range(len(data.layers))]
    totals = _totals(nodes, links, len(data.layers))

    def label_room(n: FlowNode, value: float) -> float:
        share = format_percent(100 * value / totals[n.layer], data.style)
        cap = min(84.0, NARROW_PX * 0.8 / crowd[n.layer])
        return min(cap, max(text_width(n.short or n.label, SMALL, bold=True), text_width(share, SMALL)) + 8)

    layout = lay_out(nodes, links, len(data.layers), NARROW_PX, label_room, members)
    names, hues, feet = _names(data), _hues(layout), _feet(data, layout)
    foot_px = [15.0 * len(feet.get(i, [])) for i in range(len(data.layers))]
    ys = [24.0]
    for px in foot_px[:-1]:
        ys.append(ys[-1] + NARROW_PITCH + px)
    body = [_ribbon_narrow(data, r, ys, names, hues) for r in layout.ribbons]
    body += [_stub_narrow(data, s, ys, layout, names, hues) for s in layout.stubs]
    body += [_bar(p, p.start, ys[p.node.layer], p.size, NARROW_BAR, hues, data, layout) for p in layout.nodes]
    for i, y in enumerate(ys):
        body += _heading_narrow(data, i, layout.layer_totals[i], y)
        for n, (label, amount) in enumerate(feet.get(i, [])):
            line = fit_text(f"{label}: {amount}", NARROW_PX - 2, SMALL)
            body.append(text(0, y + NARROW_BAR + 47 + 15 * n, line, size=SMALL, colour=MUTED, halo=True))
    for p in layout.nodes:
        body += _label_narrow(data, p, totals[p.node.layer], ys[p.node.layer])
    height = ys[-1] + NARROW_BAR + 38 + foot_px[-1]
    return canvas(key, data.title, data.description, (NARROW_PX, math.ceil(height)), body)


def _totals(nodes: Sequence[FlowNode], links: Sequence[FlowLink], n_layers: int) -> list[float]:
    into: dict[str, float] = defaultdict(float)
    out: dict[str, float] = defaultdict(float)
    for link in links:
        out[link.source] += link.value
        into[link.target] += link.value if link.kind != "loss" else 0.0
    return [math.fsum(max(into[n.key], out[n.key]) for n in nodes if n.layer == i) for i in range(n_layers)]


def _heading_narrow(data: SankeyData, layer: int, total: float, y: float) -> list[Element]:
    amount = f"{_value(data, total)} {data.unit}" if total else data.empty_label
    heading = fit_text(data.layers[layer], NARROW_PX * 0.55, 13, bold=True)
    left = text_width(heading, 13, bold=True) + 8
    return [
        text(0, y - 8, heading, size=13, bold=True, halo=True),
        text(left, y - 8, fit_text(amount, NARROW_PX - left, SMALL), size=SMALL, colour=MUTED, halo=True),
    ]


def _label_narrow(data: SankeyData, p: PlacedNode, total: float, y: float) -> list[Element]:
    """Name over share, centred under the bar, within the node's own slot."""
    middle, room = p.slot_start + p.slot_size / 2, p.slot_size - 4
    name = _name(p.node, room, SMALL)
    share = format_percent(100 * p.value / total, data.style)
    if p.slot_size > 110:
        share = f"{_value(data, p.value)} · {share}"
    return [
        text(middle, y + NARROW_BAR + 14, name, size=SMALL, anchor="middle", bold=True, halo=True),
        text(middle, y + NARROW_BAR + 28, fit_text(share, room + 4, SMALL), size=SMALL, anchor="middle", halo=True),
    ]


def _ribbon_narrow(
    data: SankeyData, r: Ribbon, ys: Sequence[float], names: dict[str, str], hues: dict[str, str]
) -> Element:
    left, right = "", ""
    for (la, a), (lb, b) in pairwise(r.stations):
        y0, y1 = ys[la] + NARROW_BAR, ys[lb]
        mid = (y0 + y1) / 2 + 8
        start = f"M{a:.2f} {y0:.1f}" if not left else f"L{a:.2f} {y0:.1f}"
        left += f"{start}C{a:.2f} {mid:.1f} {b:.2f} {mid:.1f} {b:.2f} {y1:.1f}"
        a, b = a + r.thickness, b + r.thickness
        right = f"L{b:.2f} {y1:.1f}C{b:.2f} {mid:.1f} {a:.2f} {mid:.1f} {a:.2f} {y0:.1f}" + right
    return _band(left + right + "Z", r, hues[r.link.source], _link_hover(data, r.link, names))


def _stub_narrow(
    data: SankeyData, s: Stub, ys: Sequence[float], layout: Layout, names: dict[str, str], hues: dict[str, str]
) -> Element:
    layer = next(p.node.layer for p in layout.nodes if p.node.key == s.node)
    x0, x1 = s.start, s.start + max(s.thickness, 1.5)
    y = ys[layer] + NARROW_BAR if s.outward else ys[layer]
    tip = y + STUB_PX if s.outward else y - STUB_PX
    return _stub(s, (x0, y), (x1, y), ((x0 + x1) / 2, tip), hues[s.link.source], _link_hover(data, s.link, names))
