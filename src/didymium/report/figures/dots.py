"""Dots with bands and rivals: one row per thing, point, 50 % and 90 % bands, and figures published elsewhere."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from didymium.report.figures.axes import Kind, Scale, axis_remark, axis_ticks, break_mark, fitted, is_cut, scale_of
from didymium.report.figures.frame import (
    LANE_PX,
    NARROW_PX,
    WIDE_PX,
    FigurePair,
    LegendItem,
    PlacedRival,
    RivalMark,
    blank,
    canvas,
    draw_legend,
    draw_rivals,
    hatch,
    hatch_fill,
    mark,
    rival_lanes,
    text,
    tip,
)
from didymium.report.figures.palette import GRID, INK, MUTED, PAPER, bloc_hue
from didymium.report.svg import (
    Element,
    NumberStyle,
    el,
    fit_text,
    format_number,
    text_width,
)

__all__ = ["DotRow", "DotsData", "DotsWords", "RivalMark", "draw_dots"]

ROW_PX = 34.0
NAME_PX = 12.5
"""Height of the letters of a row's name."""

LEFT_PX, MOST_LEFT_PX = 190.0, 320.0
"""What names of rows take on a desk, and the most that long ones may."""


@dataclass(frozen=True)
class DotRow:
    """One row: point and bands on the axis; an upper end of None is open, beyond the axis.

    ``value_label`` is printed beside what is drawn, such as the point with its unit.

    ``state``: 'value' draws what is given; 'beyond' draws an arrow to the right edge from the lower end of the
    90 % band, with ``state_label`` (e.g. 'not before 2060'); 'absent' draws a hatched strip with ``state_label``.
    """

    label: str
    sublabel: str = ""
    bloc: str = ""
    point: float | None = None
    band50: tuple[float, float | None] | None = None
    band90: tuple[float, float | None] | None = None
    rivals: tuple[RivalMark, ...] = ()
    state: Literal["value", "beyond", "absent"] = "value"
    state_label: str = ""
    value_label: str = ""
    hover: str = ""


@dataclass(frozen=True)
class DotsWords:
    """Words of the legend; an empty one leaves its entry out."""

    point: str
    band50: str
    band90: str
    rival: str
    absent: str
    empty: str


@dataclass(frozen=True)
class DotsData:
    """Rows on one axis named ``axis_label`` with its unit; ``years`` prints ticks without separators.

    ``domain`` None fits the data. A logarithmic axis refuses values of zero or less.
    """

    key: str
    title: str
    description: str
    rows: tuple[DotRow, ...]
    axis_label: str
    words: DotsWords
    scale: Kind = "linear"
    domain: tuple[float, float] | None = None
    years: bool = False
    style: NumberStyle = field(default_factory=NumberStyle)


@dataclass(frozen=True)
class _Frame:
    """Where one variant puts its rows."""

    key: str
    width: float
    left: float
    right: float
    phone: bool
    scale: Scale

    def inside(self, value: float) -> float:
        """The place of a value, held within the frame."""
        return min(max(self.scale(value), self.left), self.right)


def draw_dots(data: DotsData) -> FigurePair:
    """The chart for desk and phone. Raises DidymiumError for values that a logarithmic axis cannot show."""
    domain = data.domain or fitted(_values(data), data.scale, data.key, air=0.06, zero=not data.years)
    longest = max((text_width(row.label, NAME_PX, bold=True) for row in data.rows), default=0.0)
    left = min(max(LEFT_PX, longest + 20), MOST_LEFT_PX)
    wide = _frame(data, f"{data.key}-wide", WIDE_PX, domain, (left, WIDE_PX - 24), phone=False)
    narrow = _frame(data, f"{data.key}-narrow", NARROW_PX, domain, (8, NARROW_PX - 14), phone=True)
    return FigurePair(_draw(data, wide), _draw(data, narrow))


def _frame(
    data: DotsData, key: str, width: float, domain: tuple[float, float], across: tuple[float, float], *, phone: bool
) -> _Frame:
    return _Frame(key, width, *across, phone, scale_of(data.scale, domain, across))


def _values(data: DotsData) -> list[float]:
    out: list[float] = []
    for row in data.rows:
        if row.state == "absent":
            continue
        bands = [v for band in (row.band50, row.band90) if band for v in band]
        out += [v for v in (row.point, *bands, *(r.value for r in row.rivals)) if v is not None]
    return out


def _draw(data: DotsData, frame: _Frame) -> str:
    if not data.rows:
        return blank(frame.key, data.title, data.description, data.words.empty, frame.width)
    legend, top = draw_legend(_legend_items(data, frame), 0, 0, frame.width)
    top += 14
    y, body = top, []
    for i, row in enumerate(data.rows):
        if i:
            body.append(el("path", d=f"M0 {y:.1f}H{frame.width:.0f}", stroke=GRID, stroke_width=0.7))
        drawn, used = _row(data, frame, row, y)
        body += drawn
        y += used
    size = (frame.width, float(math.ceil(y + 40)))
    defs = el("defs", hatch(frame.key))
    return canvas(frame.key, data.title, data.description, size, [defs, *legend, *_axis(data, frame, top, y), *body])


def _legend_items(data: DotsData, frame: _Frame) -> list[LegendItem]:
    w, rows = data.words, data.rows
    wanted = [
        (w.point, "disc", INK, any(r.point is not None for r in rows)),
        (w.band50, "band", MUTED, any(r.band50 for r in rows)),
        (w.band90, "pale_band", MUTED, any(r.band90 for r in rows)),
        (w.rival, "diamond", INK, any(r.rivals for r in rows)),
        (w.absent, "hatch", hatch_fill(frame.key), any(r.state == "absent" for r in rows)),
    ]
    return [LegendItem(label, shape, colour) for label, shape, colour, used in wanted if used and label]  # type: ignore[arg-type]


def _tick_label(data: DotsData, value: float, compact: bool) -> str:
    if data.years:
        return f"{value:.0f}"
    return format_number(value, data.style, compact=compact)


def _axis(data: DotsData, frame: _Frame, top: float, bottom: float) -> list[Element]:
    high = frame.scale.domain[1]
    count = max(2, int((frame.right - frame.left) / (52 if frame.phone else 90)))
    ticks = axis_ticks(data.scale, frame.scale.domain, count)
    out: list[Element] = []
    free_from = -math.inf
    for tick in (t for t in ticks if not data.years or t == int(t)):
        x, label = frame.scale(tick), _tick_label(data, tick, frame.phone or high >= 1e6)
        out.append(el("path", d=f"M{x:.2f} {top - 4:.1f}V{bottom:.1f}", stroke=GRID, stroke_width=1))
        width = text_width(label, 11)
        start = min(max(x - width / 2, 0), frame.width - width)
        if start > free_from:
            out.append(text(start, bottom + 15, label, size=11, colour=MUTED))
            free_from = start + width + 6
    remark = "" if data.years else axis_remark(frame.scale, data.style)
    label = fit_text(" · ".join(filter(None, (data.axis_label, remark))), frame.right - frame.left, 11)
    out.append(text(frame.left, bottom + 32, label, size=11, colour=MUTED))
    if is_cut(frame.scale) and not data.years:
        out.append(break_mark(frame.left, bottom, remark, upright=False))
    return out


def _row(data: DotsData, frame: _Frame, row: DotRow, y: float) -> tuple[list[Element], float]:
    """One row from y down: its elements and the height it uses."""
    out = _labels(frame, row, y)
    middle = y + (34 if frame.phone else ROW_PX / 2)
    out += _state(data, frame, row, middle)
    rivals = () if row.state == "absent" else row.rivals
    places = [frame.inside(r.value) for r in rivals]
    placed: list[PlacedRival] = rival_lanes(rivals, places, (frame.left, frame.right))
    out += draw_rivals(placed, middle + 10, middle + 7)
    lanes = max((p.lane for p in placed), default=-1) + 1
    return out, (52 if frame.phone else ROW_PX) + (lanes * LANE_PX - (4 if lanes else 0))


def _labels(frame: _Frame, row: DotRow, y: float) -> list[Element]:
    """Name and second line: left of the axis, or above the track on a phone."""
    if frame.phone:
        room = max(frame.width * 0.62, frame.width - text_width(row.sublabel, 11) - 8)
        name = fit_text(row.label, room, NAME_PX, bold=True)
        left, sub_y = text_width(name, NAME_PX, bold=True) + 8, y + 16
        out = [text(0, y + 16, name, size=NAME_PX, bold=True, halo=True)]
    else:
        left, sub_y = 0.0, y + ROW_PX / 2 + 12
        name_y = y + ROW_PX / 2 + (-2 if row.sublabel else 4)
        name = fit_text(row.label, frame.left - 18, NAME_PX, bold=True)
        out = [text(0, name_y, name, size=NAME_PX, bold=True)]
    room = (frame.width if frame.phone else frame.left - 18) - left
    if sub := fit_text(row.sublabel, room, 11):
        out.append(text(left, sub_y, sub, size=11, colour=MUTED, halo=frame.phone))
    return out


def _state(data: DotsData, frame: _Frame, row: DotRow, y: float) -> list[Element]:
    if row.state == "absent":
        return _absent(frame, row, y)
    hue = bloc_hue(row.bloc) if row.bloc else MUTED
    if row.state == "beyond":
        return _beyond(frame, row, y, hue)
    out: list[Element] = []
    for band, height, opacity in ((row.band90, 7.0, 0.3), (row.band50, 11.0, 0.7)):
        if band:
            out += _band(frame, band, y, height, opacity, hue, row.hover or row.label)
    if row.point is not None:
        hover = row.hover or f"{row.label}: {_tick_label(data, row.point, False)}"
        out.append(mark("disc", frame.inside(row.point), y, INK, r=5.5, hover=hover))
    if row.value_label:
        out += _value_label(frame, row, y)
    return out


def _value_label(frame: _Frame, row: DotRow, y: float) -> list[Element]:
    """The row's value in words, right of what is drawn if it fits there, else left, else not at all."""
    highs = [frame.right if high is None else frame.inside(high) for _, high in filter(None, (row.band50, row.band90))]
    lows = [frame.inside(low) for low, _ in filter(None, (row.band50, row.band90))]
    points = [] if row.point is None else [frame.inside(row.point)]
    if not points + lows:
        return []
    width = text_width(row.value_label, 11.5)
    right, left = max(highs + points) + 11, min(lows + points) - 11
    if right + width <= frame.width:
        return [text(right, y + 4, row.value_label, size=11.5, halo=True)]
    if left - width >= frame.left:
        return [text(left, y + 4, row.value_label, size=11.5, anchor="end", halo=True)]
    return []


def _band(
    frame: _Frame, band: tuple[float, float | None], y: float, height: float, opacity: float, hue: str, hover: str
) -> list[Element]:
    low, high = band
    x0 = frame.inside(low)
    x1 = frame.right if high is None else frame.inside(high)
    box = {"x": x0, "y": y - height / 2, "width": max(x1 - x0, 1.5), "height": height}
    out = [el("rect", el("title", hover), rx=1.5, fill=hue, opacity=opacity, **box)]
    if high is None or high > frame.scale.domain[1]:
        out.append(tip(frame.right - 1, y, 9, 6, hue, opacity=0.8))
    return out


def _beyond(frame: _Frame, row: DotRow, y: float, hue: str) -> list[Element]:
    """An arrow to the right edge, its words above nothing and left of it where there is room, else on it."""
    label = fit_text(row.state_label, frame.right - frame.left - 60, 11.5)
    width = text_width(label, 11.5)
    start = frame.inside(row.band90[0]) if row.band90 else frame.right - 70
    start = min(start, frame.right - 40)
    fits_left = start - width - 8 >= frame.left
    words_x, tail = (start - 8, start) if fits_left else (frame.left + width, frame.left + width + 8)
    line = f"M{tail:.2f} {y:.2f}H{frame.right:.2f}"
    hover = el("title", row.hover or f"{row.label}: {row.state_label}")
    return [
        el("path", hover, d=line, stroke=hue, stroke_width=3, stroke_dasharray="7 4"),
        tip(frame.right - 1, y, 10, 6, hue),
        text(words_x, y + 4, label, size=11.5, anchor="end", halo=True),
    ]


def _absent(frame: _Frame, row: DotRow, y: float) -> list[Element]:
    hover = el("title", row.hover or f"{row.label}: {row.state_label}")
    box = {"x": frame.left, "y": y - 7, "width": frame.right - frame.left, "height": 14}
    out = [el("rect", hover, fill=hatch_fill(frame.key), **box)]
    label = fit_text(row.state_label, frame.right - frame.left - 20, 11.5)
    if label:
        width = text_width(label, 11.5) + 12
        middle = (frame.left + frame.right) / 2
        out.append(el("rect", x=middle - width / 2, y=y - 8, width=width, height=16, fill=PAPER))
        out.append(text(middle, y + 4, label, size=11.5, anchor="middle", colour=MUTED))
    return out
