"""Charts of a plant that the figure kit lacks: lines over a plane, and a map of shaded cells."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from didymium.report.figures.axes import Kind, Scale, axis_remark, axis_ticks, break_mark, fitted, is_cut, scale_of
from didymium.report.figures.frame import (
    NARROW_PX,
    WIDE_PX,
    FigurePair,
    LegendItem,
    Shape,
    blank,
    canvas,
    draw_legend,
    hatch,
    hatch_fill,
    near_edge,
    text,
)
from didymium.report.figures.palette import ACCENT, GRID, INK, MUTED, PAPER
from didymium.report.svg import Element, NumberStyle, el, fit_text, format_number, text_width

__all__ = ["Axis", "Band", "HeatData", "Line", "LinesData", "draw_heat", "draw_lines"]

PLOT_PX = 330.0
LEFT_PX = 62.0
FOOT_PX = 52.0

MOST_EMPTY = 0.6
"""An axis that goes up starts at zero unless more than this share of it would be empty below the lines."""


@dataclass(frozen=True)
class Axis:
    """An axis: its label with the unit, linear or logarithmic, its domain (None fits), its own ticks with labels."""

    label: str
    scale: Kind = "linear"
    domain: tuple[float, float] | None = None
    ticks: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True)
class Line:
    """One line: its label, hue, points in order, and whether it is drawn with marks, as steps or dashed."""

    label: str
    hue: str
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    marks: bool = False
    steps: bool = False
    dashed: bool = False


@dataclass(frozen=True)
class Band:
    """The area between ``lows`` and ``highs``, lighter than a line of its hue."""

    label: str
    hue: str
    xs: tuple[float, ...]
    lows: tuple[float, ...]
    highs: tuple[float, ...]
    opacity: float = 0.2


@dataclass(frozen=True)
class LinesData:
    """Lines on one plane over bands; ``verticals`` are labelled upright lines such as the feed stage."""

    key: str
    title: str
    description: str
    x: Axis
    y: Axis
    lines: tuple[Line, ...]
    empty: str
    verticals: tuple[tuple[float, str], ...] = ()
    style: NumberStyle = field(default_factory=NumberStyle)
    bands: tuple[Band, ...] = ()


@dataclass(frozen=True)
class HeatData:
    """Cells shaded by value over two axes of errors; NaN is hatched. ``bands`` are (least value, label), best first."""

    key: str
    title: str
    description: str
    x_label: str
    y_label: str
    xs: tuple[str, ...]
    ys: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    bands: tuple[tuple[float, str], ...]
    absent: str
    style: NumberStyle = field(default_factory=NumberStyle)


def draw_lines(data: LinesData) -> FigurePair:
    """The chart for desk and phone. Raises DidymiumError for values that a logarithmic axis cannot show."""
    return FigurePair(_lines(data, f"{data.key}-wide", WIDE_PX), _lines(data, f"{data.key}-narrow", NARROW_PX))


def _lines(data: LinesData, key: str, width: float) -> str:
    lines = [line for line in data.lines if line.xs]
    if not lines:
        return blank(key, data.title, data.description, data.empty, width)
    items = [LegendItem(line.label, _shape(line), line.hue) for line in lines if line.label]
    items += [
        LegendItem(band.label, "band" if band.opacity > 0.2 else "pale_band", band.hue)
        for band in data.bands
        if band.label
    ]
    legend, legend_height = draw_legend(items, 4, 2, width - 8)
    top = legend_height + 28
    scales = _scales(data, lines, (LEFT_PX, width - 16), (top + PLOT_PX, top))
    body: list[Element] = [*legend, *(_band_area(band, scales) for band in data.bands)]
    body += _grid(data, scales, (LEFT_PX, width - 16), (top, top + PLOT_PX))
    for at, label in data.verticals:
        x = scales[0](at)
        shown = fit_text(label, width - 40, 11)
        start, anchor = near_edge(x, shown, 11, width - 8)
        body.append(el("path", d=f"M{x:.2f} {top:.2f}V{top + PLOT_PX:.2f}", stroke=MUTED, stroke_dasharray="3 4"))
        body.append(text(start, top + 11, shown, size=11, anchor=anchor, colour=MUTED, halo=True))
    for line in lines:
        body += _line(line, scales)
    return canvas(key, data.title, data.description, (width, top + PLOT_PX + FOOT_PX), body)


Scales = tuple[Scale, Scale]


def _scales(data: LinesData, lines: Sequence[Line], across: tuple[float, float], up: tuple[float, float]) -> Scales:
    def scale(axis: Axis, values: Sequence[float], pixels: tuple[float, float], *, zero: bool = False) -> Scale:
        domain = axis.domain or fitted(values, axis.scale, data.key, air=0.03, zero=zero)
        return scale_of(axis.scale, domain, pixels)

    xs = [v for line in lines for v in line.xs] + [v for band in data.bands for v in band.xs]
    ys = [v for line in lines for v in line.ys] + [v for b in data.bands for v in (*b.lows, *b.highs)]
    return scale(data.x, xs, across), scale(data.y, ys, up, zero=min(ys) <= MOST_EMPTY * max(ys))


def _grid(data: LinesData, scales: Scales, across: tuple[float, float], up: tuple[float, float]) -> list[Element]:
    (left, right), (top, bottom) = across, up
    out: list[Element] = []
    count = 7 if right - left > 500 else 4
    for value, label in _ticks(data.y, scales[1], 6, data.style):
        y = scales[1](value)
        out.append(el("path", d=f"M{left:.2f} {y:.2f}H{right:.2f}", stroke=GRID if value else MUTED))
        out.append(text(left - 6, y + 4, label, size=11, anchor="end", colour=MUTED))
    for value, label in _ticks(data.x, scales[0], count, data.style):
        x = scales[0](value)
        out.append(el("path", d=f"M{x:.2f} {bottom:.2f}v5", stroke=MUTED))
        out.append(text(x, bottom + 18, label, size=11, anchor="middle", colour=MUTED))
    out.append(el("path", d=f"M{left:.2f} {bottom:.2f}H{right:.2f}", stroke=MUTED))
    out.append(text(right, bottom + 38, fit_text(data.x.label, right - left, 12), anchor="end", colour=INK))
    out.append(text(left, top - 8, fit_text(data.y.label, right - left, 12), colour=INK, halo=True))
    return out + _cut(data, scales[1], across, up)


def _cut(data: LinesData, scale: Scale, across: tuple[float, float], up: tuple[float, float]) -> list[Element]:
    """The break mark of a cut axis at its foot, and what it starts at, beside the label of either axis."""
    if not is_cut(scale):
        return []
    (left, right), (top, bottom) = across, up
    remark = axis_remark(scale, data.style)
    below = text_width(remark, 11) + 12 + text_width(data.x.label, 12) <= right - left
    x, y = (left, bottom + 38) if below else (right, top - 8)
    words = text(x, y, remark, size=11, anchor="start" if below else "end", colour=MUTED)
    return [break_mark(left, bottom, remark, upright=True), words]


def _ticks(axis: Axis, scale: Scale, count: int, style: NumberStyle) -> list[tuple[float, str]]:
    if axis.ticks:
        low, high = sorted(scale.domain)
        return [(v, label) for v, label in axis.ticks if low <= v <= high]
    return [(v, format_number(v, style)) for v in axis_ticks(axis.scale, scale.domain, count)]


def _line(line: Line, scales: Scales) -> list[Element]:
    points = [(scales[0](x), scales[1](y)) for x, y in zip(line.xs, line.ys, strict=True)]
    path = f"M{points[0][0]:.2f} {points[0][1]:.2f}"
    for x, y in points[1:]:
        path += f"H{x:.2f}V{y:.2f}" if line.steps else f"L{x:.2f} {y:.2f}"
    dashes = "5 4" if line.dashed else None
    out = [el("path", d=path, fill="none", stroke=line.hue, stroke_width=2, stroke_dasharray=dashes)]
    if line.marks:
        out += [el("circle", cx=x, cy=y, r=4, fill=line.hue, stroke=PAPER) for x, y in points]
    return out


def _shape(line: Line) -> Shape:
    return "disc" if line.marks else "dashes" if line.dashed else "swatch"


def _band_area(band: Band, scales: Scales) -> Element:
    upper = [(scales[0](x), scales[1](y)) for x, y in zip(band.xs, band.highs, strict=True)]
    lower = [(scales[0](x), scales[1](y)) for x, y in zip(band.xs, band.lows, strict=True)]
    path = "L".join(f"{x:.2f} {y:.2f}" for x, y in [*upper, *reversed(lower)])
    return el("path", d=f"M{path}Z", fill=band.hue, opacity=band.opacity)


def draw_heat(data: HeatData) -> FigurePair:
    """The map for desk and phone; rows from the bottom up."""
    return FigurePair(_heat(data, f"{data.key}-wide", WIDE_PX), _heat(data, f"{data.key}-narrow", NARROW_PX))


def _opacity(rank: int, count: int) -> float:
    return round(1.0 - 0.82 * rank / max(count - 1, 1), 2)


def _band(data: HeatData, value: float) -> int:
    return next((i for i, (least, _) in enumerate(data.bands) if value >= least), len(data.bands) - 1)


def _heat(data: HeatData, key: str, width: float) -> str:
    legend, legend_height = draw_legend(_heat_items(data), 4, 2, width - 8)
    left, top = LEFT_PX, legend_height + 32
    cell_w = (width - left - 10) / len(data.xs)
    cell_h = min(cell_w, 34.0)
    body: list[Element] = [el("defs", hatch(key)), *legend]
    for i, row in enumerate(reversed(data.values)):
        for j, value in enumerate(row):
            fill = hatch_fill(key) if math.isnan(value) else ACCENT
            shade = None if math.isnan(value) else _opacity(_band(data, value), len(data.bands))
            x, y = left + j * cell_w, top + i * cell_h
            words = data.absent if math.isnan(value) else f"{100 * value:.5g}"
            name = el("title", f"{data.xs[j]}, {data.ys[len(data.ys) - 1 - i]}: {words}")
            body.append(el("rect", name, x=x, y=y, width=cell_w - 1, height=cell_h - 1, fill=fill, opacity=shade))
    bottom = top + cell_h * len(data.ys)
    each = 1 if width > 500 else 2
    for j, label in enumerate(data.xs):
        if j % each == 0:
            body.append(text(left + (j + 0.5) * cell_w, bottom + 15, label, size=10, anchor="middle", colour=MUTED))
    for i, label in enumerate(reversed(data.ys)):
        body.append(text(left - 5, top + (i + 0.62) * cell_h, label, size=10, anchor="end", colour=MUTED))
    body.append(text(left, top - 7, fit_text(data.y_label, width - left, 12)))
    body.append(text(width - 10, bottom + 36, fit_text(data.x_label, width - left, 12), anchor="end"))
    return canvas(key, data.title, data.description, (width, bottom + 48), body)


def _heat_items(data: HeatData) -> list[LegendItem]:
    shades = [_opacity(i, len(data.bands)) for i in range(len(data.bands))]
    return [LegendItem(label, "swatch", ACCENT, a) for a, (_, label) in zip(shades, data.bands, strict=True)]
