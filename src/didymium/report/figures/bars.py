"""Share bars by stage: one stacked bar per row on a 0-100 % axis, with figures published elsewhere as marks."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from didymium.errors import DidymiumError
from didymium.report.figures.frame import (
    LANE_PX,
    NARROW_PX,
    WIDE_PX,
    FigurePair,
    LegendItem,
    RivalMark,
    blank,
    canvas,
    draw_legend,
    draw_rivals,
    hatch,
    hatch_fill,
    rival_lanes,
    text,
)
from didymium.report.figures.palette import GRID, INK, MUTED, OTHER_HUE, PAPER, bloc_hue, ink_on
from didymium.report.svg import (
    Element,
    LinearScale,
    NumberStyle,
    el,
    fit_text,
    format_percent,
    text_width,
    wrap_text,
)

__all__ = ["RivalMark", "Share", "ShareBarsData", "ShareRow", "draw_share_bars"]

BAR_PX = 30.0
ROW_GAP = 16.0
TOLERANCE_PCT = 0.5


@dataclass(frozen=True)
class Share:
    """One bloc's share of a row, per cent; the empty code is 'other' and grey."""

    bloc: str
    label: str
    share_pct: float


@dataclass(frozen=True)
class ShareRow:
    """One stage: label, a second line such as its total with unit, shares, and rival marks in per cent.

    Shares may fall short of 100 (the rest is hatched as unknown) and may be empty (the whole bar is).
    """

    label: str
    sublabel: str
    shares: tuple[Share, ...]
    rivals: tuple[RivalMark, ...] = ()


@dataclass(frozen=True)
class ShareBarsData:
    """Rows of shares; ``axis_label`` names what 100 % is, ``unknown_label`` the hatched rest.

    Shares under ``merge_below_pct``, two or more in a row, are drawn as one grey part if ``other_label`` names it.
    """

    key: str
    title: str
    description: str
    rows: tuple[ShareRow, ...]
    axis_label: str
    unknown_label: str
    rival_label: str
    empty_label: str
    style: NumberStyle = field(default_factory=NumberStyle)
    other_label: str = ""
    merge_below_pct: float = 1.0


@dataclass(frozen=True)
class _Frame:
    """Where the bars of one variant stand."""

    key: str
    width: float
    left: float
    right: float
    stacked_label: bool

    @property
    def scale(self) -> LinearScale:
        return LinearScale((0, 100), (self.left, self.right))


def draw_share_bars(data: ShareBarsData) -> FigurePair:
    """The bars for desk and phone. Raises DidymiumError if a share is negative or a row passes 100 %."""
    for row in data.rows:
        _check(row)
    wide = _Frame(f"{data.key}-wide", WIDE_PX, 190, WIDE_PX - 20, stacked_label=False)
    narrow = _Frame(f"{data.key}-narrow", NARROW_PX, 0, NARROW_PX, stacked_label=True)
    return FigurePair(_draw(data, wide), _draw(data, narrow))


def _parts(data: ShareBarsData, row: ShareRow) -> list[tuple[Share, str]]:
    """A row's parts with their hover text, the small ones merged into one at the end."""
    small = [s for s in row.shares if not s.bloc or s.share_pct < data.merge_below_pct]
    if len(small) < 2 or not data.other_label:
        small = []
    parts = [(s, _hover(data, row.label, s)) for s in row.shares if s not in small]
    if small:
        rest = Share("", data.other_label, math.fsum(s.share_pct for s in small))
        lines = [f"{s.label} {format_percent(s.share_pct, data.style)}" for s in small if s.share_pct > 0]
        parts.append((rest, "\n".join([_hover(data, row.label, rest), *lines])))
    return parts


def _hover(data: ShareBarsData, row_label: str, s: Share) -> str:
    return f"{row_label}: {s.label} {format_percent(s.share_pct, data.style)}"


def _check(row: ShareRow) -> None:
    total = math.fsum(s.share_pct for s in row.shares)
    if any(not s.share_pct >= 0 for s in row.shares) or not total <= 100 + TOLERANCE_PCT:
        raise DidymiumError(
            f"shares of {row.label!r} add to {total:.4g} %", expected="shares of zero or more, 100 % at most"
        )


def _draw(data: ShareBarsData, frame: _Frame) -> str:
    if not data.rows:
        return blank(frame.key, data.title, data.description, data.empty_label, frame.width)
    legend, y = draw_legend(_legend_items(data, frame), 0, 0, frame.width)
    y += 16
    top = y
    body: list[Element] = []
    for row in data.rows:
        drawn, used = _row(data, frame, row, y)
        body += drawn
        y += used
    axis = _axis(data, frame, top - 6, y - ROW_GAP + 6)
    defs = el("defs", hatch(frame.key))
    height = math.ceil(y - ROW_GAP + 44)
    return canvas(frame.key, data.title, data.description, (frame.width, height), [defs, *legend, *axis, *body])


def _legend_items(data: ShareBarsData, frame: _Frame) -> list[LegendItem]:
    """Every bloc shown, largest anywhere first, 'other' last, then the marks."""
    most: dict[tuple[str, str], float] = {}
    for row in data.rows:
        for s, _ in _parts(data, row):
            if s.share_pct > 0:
                most[s.bloc, s.label] = max(most.get((s.bloc, s.label), 0.0), s.share_pct)
    order = sorted(most, key=lambda k: (not k[0], -most[k]))
    items = [LegendItem(label, "swatch", bloc_hue(bloc) if bloc else OTHER_HUE) for bloc, label in order]
    if any(_unknown_pct(row) > 0 for row in data.rows):
        items.append(LegendItem(data.unknown_label, "hatch", hatch_fill(frame.key)))
    if any(row.rivals for row in data.rows):
        items.append(LegendItem(data.rival_label, "diamond", INK))
    return items


def _unknown_pct(row: ShareRow) -> float:
    rest = 100 - math.fsum(s.share_pct for s in row.shares)
    return rest if rest > TOLERANCE_PCT else 0.0


def _axis(data: ShareBarsData, frame: _Frame, top: float, bottom: float) -> list[Element]:
    out: list[Element] = []
    for tick in (0, 25, 50, 75, 100) if frame.stacked_label else range(0, 101, 10):
        x = frame.scale(tick)
        out.append(el("path", d=f"M{x:.2f} {top:.1f}V{bottom:.1f}", stroke=GRID, stroke_width=1))
        anchor = "start" if x < 8 else "end" if x > frame.width - 8 else "middle"
        label = format_percent(tick, data.style)
        out.append(text(x, bottom + 15, label, size=11, anchor=anchor, colour=MUTED))  # type: ignore[arg-type]
    room = frame.right - frame.left
    label = fit_text(data.axis_label, room, 11)
    out.append(text(frame.left, bottom + 32, label, size=11, colour=MUTED))
    return out


def _row(data: ShareBarsData, frame: _Frame, row: ShareRow, y: float) -> tuple[list[Element], float]:
    """One row from y down: its elements and the height it uses."""
    out, bar_y = _row_label(frame, row, y)
    x = frame.scale(0)
    for s, hover in _parts(data, row):
        width = frame.scale(s.share_pct) - frame.scale(0)
        if width > 0:
            out += _segment(data, s, hover, (x, bar_y, width))
        x += width
    if (rest := _unknown_pct(row)) > 0:
        hover = f"{row.label}: {data.unknown_label} {format_percent(rest, data.style)}"
        width = frame.scale(100) - x
        box = {"x": x, "y": bar_y, "width": width, "height": BAR_PX}
        out.append(el("rect", el("title", hover), fill=hatch_fill(frame.key), stroke=GRID, **box))
    places = [frame.scale(r.value) for r in row.rivals]
    placed = rival_lanes(row.rivals, places, (frame.left, frame.right))
    out += draw_rivals(placed, bar_y + BAR_PX + 2, bar_y - 3)
    lanes = max((p.lane for p in placed), default=-1) + 1
    return out, bar_y - y + BAR_PX + lanes * LANE_PX + ROW_GAP


def _row_label(frame: _Frame, row: ShareRow, y: float) -> tuple[list[Element], float]:
    """The label, left of the bar or above it: its elements and where the bar begins."""
    if not frame.stacked_label:
        room = frame.left - 14
        names = wrap_text(row.label, room, 13, lines=1 if row.sublabel else 2, bold=True)
        lines = [(n, True) for n in names]
        if row.sublabel:
            lines.append((fit_text(row.sublabel, room, 11), False))
        first = y + BAR_PX / 2 + 4 - 8 * (len(lines) - 1)
        out = [
            text(0, first + 16 * i, line, size=13 if bold else 11, bold=bold, colour=INK if bold else MUTED)
            for i, (line, bold) in enumerate(lines)
        ]
        return out, y
    name = fit_text(row.label, frame.width * 0.62, 13, bold=True)
    left = text_width(name, 13, bold=True) + 8
    out = [text(0, y + 11, name, size=13, bold=True)]
    if sub := fit_text(row.sublabel, frame.width - left, 11):
        out.append(text(left, y + 11, sub, size=11, colour=MUTED))
    return out, y + 18


def _segment(data: ShareBarsData, s: Share, hover: str, place: tuple[float, float, float]) -> list[Element]:
    """A bloc's part of a bar, labelled with name and share, or share alone, or nothing, as room allows."""
    x, y, width = place
    hue = bloc_hue(s.bloc) if s.bloc else OTHER_HUE
    share = format_percent(s.share_pct, data.style)
    box = {"x": x, "y": y, "width": width, "height": BAR_PX}
    out = [el("rect", el("title", hover), fill=hue, stroke=PAPER if width > 3 else None, class_="share", **box)]
    shown = next((c for c in (f"{s.label} {share}", share) if text_width(c, 12) <= width - 10), "")
    if shown:
        out.append(text(x + 6, y + BAR_PX / 2 + 4.2, shown, size=12, colour=ink_on(hue)))
    return out
