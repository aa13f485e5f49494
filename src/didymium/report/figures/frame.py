"""What every figure shares: the canvas with its title, text, marks, legends, lanes and the no-data hatch."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from didymium.errors import DidymiumError
from didymium.report.figures.palette import GRID, INK, MUTED, PAPER
from didymium.report.svg import Element, Node, el, fit_text, render, text_width

__all__ = [
    "NARROW_PX",
    "WIDE_PX",
    "FigurePair",
    "LegendItem",
    "PlacedRival",
    "RivalMark",
    "Shape",
    "blank",
    "canvas",
    "draw_legend",
    "draw_rivals",
    "hatch",
    "hatch_fill",
    "mark",
    "message",
    "near_edge",
    "rival_lanes",
    "text",
    "tip",
    "two_part",
]

WIDE_PX = 1080.0
NARROW_PX = 360.0
FONT = "Helvetica Neue,Helvetica,Arial,Liberation Sans,PingFang SC,Microsoft YaHei,Noto Sans CJK SC,sans-serif"
LEGEND_LINE_PX = 20.0
LANE_PX = 15.0
RIVAL_SIZE = 11.0

Anchor = Literal["start", "middle", "end"]
Shape = Literal[
    "disc", "ring", "diamond", "open_diamond", "square", "tick", "band", "pale_band", "swatch", "hatch", "dashes"
]


@dataclass(frozen=True)
class FigurePair:
    """One figure drawn twice: SVG markup for a desk and for a phone."""

    wide: str
    narrow: str


@dataclass(frozen=True)
class RivalMark:
    """A figure published elsewhere: value on the figure's axis, a short label, and the source as hover text."""

    value: float
    label: str
    source: str


@dataclass(frozen=True)
class LegendItem:
    """One entry of a legend."""

    label: str
    shape: Shape
    colour: str
    opacity: float | None = None


def canvas(key: str, title: str, description: str, size: tuple[float, float], body: Sequence[Node]) -> str:
    """The SVG markup of a figure ``size`` px wide and high, named for readers who cannot see it."""
    if not re.fullmatch(r"[A-Za-z][\w-]*", key):
        raise DidymiumError(f"figure key {key!r} cannot be an id", expected="a letter, then letters, digits, - or _")
    width, height = size
    return render(
        el(
            "svg",
            el("title", title, id=f"{key}-title"),
            el("desc", description, id=f"{key}-desc"),
            *(node for node in body if not _is_blank(node)),
            viewBox=f"0 0 {width:g} {height:g}",
            role="img",
            aria_labelledby=f"{key}-title {key}-desc",
            font_family=FONT,
            class_="figure-svg",
        )
    )


def _is_blank(node: Node) -> bool:
    """Whether a text has nothing to say, as when not one letter of it fitted."""
    return isinstance(node, Element) and node.name == "text" and node.children == ("",)


def text(
    x: float,
    y: float,
    content: str,
    *,
    size: float = 12,
    anchor: Anchor = "start",
    bold: bool = False,
    colour: str = INK,
    halo: bool = False,
    hover: str = "",
) -> Element:
    """One line of text on its baseline; a halo of paper keeps it legible over colour."""
    children: list[Node] = [el("title", hover)] if hover else []
    return el(
        "text",
        *children,
        content,
        x=x,
        y=y,
        font_size=size,
        text_anchor=None if anchor == "start" else anchor,
        font_weight="600" if bold else None,
        fill=colour,
        stroke=PAPER if halo else None,
        stroke_width=3 if halo else None,
        stroke_linejoin="round" if halo else None,
        paint_order="stroke" if halo else None,
    )


def two_part(x: float, y: float, name: str, amount: str, sizes: tuple[float, float]) -> Element:
    """A bold name and an amount on one line, with a halo; the amount follows the name whatever the face."""
    line = text(x, y, "", size=sizes[0], halo=True)
    parts = [el("tspan", name, font_weight="600"), el("tspan", amount, dx=6 if name else None, font_size=sizes[1])]
    return replace(line, children=tuple(parts if name else parts[1:]))


def tip(
    x: float, y: float, length: float, half: float, colour: str, *, opacity: float | None = None, hover: str = ""
) -> Element:
    """An arrow head with its base at x, ``length`` px to the right (left where negative), ``half`` px to each side."""
    path = f"M{x + length:.2f} {y:.2f}L{x:.2f} {y - half:.2f}V{y + half:.2f}Z"
    return el("path", *([el("title", hover)] if hover else []), d=path, fill=colour, opacity=opacity)


def near_edge(x: float, label: str, size: float, right: float) -> tuple[float, Anchor]:
    """Where a label of a line at ``x`` starts or ends, so that it stays left of ``right``."""
    return (x + 4, "start") if x + 4 + text_width(label, size) <= right else (x - 4, "end")


def mark(
    shape: Shape, x: float, y: float, colour: str, *, r: float = 5, hover: str = "", opacity: float | None = None
) -> Element:
    """A small symbol centred at x, y; ``opacity`` is for swatches."""
    inside: tuple[Node, ...] = (el("title", hover),) if hover else ()
    edge: dict[str, str | float | None] = {"stroke": PAPER, "stroke_width": 1.0}
    if shape == "disc":
        return el("circle", *inside, cx=x, cy=y, r=r, fill=colour, **edge)
    if shape == "ring":
        return el("circle", *inside, cx=x, cy=y, r=r - 0.5, fill=PAPER, stroke=colour, stroke_width=1.6)
    if shape in ("diamond", "open_diamond"):
        path = f"M{x:.2f} {y - r:.2f}L{x + r:.2f} {y:.2f}L{x:.2f} {y + r:.2f}L{x - r:.2f} {y:.2f}Z"
        if shape == "diamond":
            return el("path", *inside, d=path, fill=colour, **edge)
        return el("path", *inside, d=path, fill=PAPER, stroke=colour, stroke_width=1.6)
    if shape == "tick":
        return el("rect", *inside, x=x - 1, y=y - r, width=2, height=2 * r, fill=colour)
    if shape == "dashes":
        path = f"M{x - 7:.2f} {y:.2f}h14"
        return el("path", *inside, d=path, fill="none", stroke=colour, stroke_width=2.4, stroke_dasharray="5 4")
    half_width, half_height = {"square": (r, r), "band": (9, 4.5), "pale_band": (9, 3)}.get(shape, (5.5, 5.5))
    return el(
        "rect",
        *inside,
        x=x - half_width,
        y=y - half_height,
        width=2 * half_width,
        height=2 * half_height,
        rx=1.5,
        fill=colour,
        stroke=GRID if shape == "hatch" else None,
        opacity={"band": 0.7, "pale_band": 0.3}.get(shape, opacity),
    )


def hatch(key: str) -> Element:
    """The pattern for missing data, to be placed once in a figure."""
    line = el("path", d="M0 0V6", stroke=MUTED, stroke_width=1.4, opacity=0.55)
    return el(
        "pattern",
        line,
        id=f"{key}-hatch",
        width=6,
        height=6,
        patternUnits="userSpaceOnUse",
        patternTransform="rotate(45)",
    )


def hatch_fill(key: str) -> str:
    """The paint that refers to this figure's hatch."""
    return f"url(#{key}-hatch)"


def draw_legend(
    items: Sequence[LegendItem], x: float, y: float, width: float, *, size: float = 12
) -> tuple[list[Element], float]:
    """A legend wrapped to ``width`` from the top left x, y: its elements and its height, px."""
    out: list[Element] = []
    left, line = x, 0
    for item in items:
        label = fit_text(item.label, width - 24, size)
        needed = 24 + text_width(label, size)
        if left > x and left + needed > x + width:
            left, line = x, line + 1
        middle = y + line * LEGEND_LINE_PX + 9
        out.append(mark(item.shape, left + 9, middle, item.colour, opacity=item.opacity))
        out.append(text(left + 23, middle + size * 0.35, label, size=size))
        left += needed + 14
    return out, (line + 1) * LEGEND_LINE_PX if items else 0.0


@dataclass(frozen=True)
class PlacedRival:
    """A rival mark with its pixel place, its label as it will be shown, and on which side and lane it stands."""

    rival: RivalMark
    x: float
    label: str
    anchor: Anchor
    lane: int

    @property
    def span(self) -> tuple[float, float]:
        """From the outer edge of the mark to the end of the label, px."""
        reach = text_width(self.label, RIVAL_SIZE) + 9
        return (self.x - 5, self.x + reach) if self.anchor == "start" else (self.x - reach, self.x + 5)


def rival_lanes(
    rivals: Sequence[RivalMark], places_px: Sequence[float], bounds: tuple[float, float]
) -> list[PlacedRival]:
    """Rival labels right or left of their marks within ``bounds``, in lanes: no two labels meet.

    Marks are taken from the right, so that a label in a lower lane starts left of those above and its stem
    passes beside them; where that cannot be, a stem may pass behind a label.
    """
    done: list[PlacedRival] = []
    for rival, x in sorted(zip(rivals, places_px, strict=True), key=lambda pair: -pair[1]):
        sides = _rival_sides(rival, x, bounds)
        options = [replace(side, lane=lane) for lane in range(len(rivals)) for side in sides]
        free = [o for o in options if all(_apart(o, d) for d in done)]
        done.append(next((o for o in free if not any(_stem_hits(o, d) for d in done)), free[0]))
    return done


def _rival_sides(rival: RivalMark, x: float, bounds: tuple[float, float]) -> list[PlacedRival]:
    """The label on each side where it fits whole; cut on the roomier side if it fits on neither."""
    rooms: list[tuple[Anchor, float]] = [("start", bounds[1] - x - 9), ("end", x - bounds[0] - 9)]
    whole = [PlacedRival(rival, x, rival.label, anchor, 0) for anchor, room in rooms if _fits(rival.label, room)]
    if whole:
        return whole
    anchor, room = max(rooms, key=lambda r: r[1])
    return [PlacedRival(rival, x, fit_text(rival.label, room, RIVAL_SIZE), anchor, 0)]


def _fits(label: str, room: float) -> bool:
    return text_width(label, RIVAL_SIZE) <= room


def _apart(a: PlacedRival, b: PlacedRival) -> bool:
    return a.lane != b.lane or a.span[1] + 8 <= b.span[0] or b.span[1] + 8 <= a.span[0]


def _stem_hits(a: PlacedRival, b: PlacedRival) -> bool:
    """Whether the stem of the lower of the two passes through the label of the upper."""
    low, high = (a, b) if a.lane > b.lane else (b, a)
    return low.lane != high.lane and high.span[0] - 1 < low.x < high.span[1] + 1


def draw_rivals(placed: Sequence[PlacedRival], top: float, stem_from: float) -> list[Element]:
    """Diamonds with labels in lanes under ``top``, each with a stem up to its bar."""
    out: list[Element] = []
    for p in placed:
        middle = top + p.lane * LANE_PX + LANE_PX / 2
        out.append(el("path", d=f"M{p.x:.2f} {stem_from:.2f}V{middle:.2f}", stroke=INK, stroke_width=1.2))
    for p in placed:
        middle = top + p.lane * LANE_PX + LANE_PX / 2
        shift = 9 if p.anchor == "start" else -9
        out.append(mark("diamond", p.x, middle, INK, r=4.5, hover=p.rival.source))
        if p.label:
            out.append(
                text(
                    p.x + shift,
                    middle + RIVAL_SIZE * 0.35,
                    p.label,
                    size=RIVAL_SIZE,
                    anchor=p.anchor,
                    colour=MUTED,
                    halo=True,
                    hover=p.rival.source,
                )
            )
    return out


def blank(key: str, title: str, description: str, words: str, width: float) -> str:
    """The markup of a figure that has nothing to draw and says so."""
    return canvas(key, title, description, (width, 80), message(words, width))


def message(content: str, width: float) -> list[Element]:
    """What stands in place of a figure that has nothing to draw."""
    words = fit_text(content, width - 32, 13)
    return [
        el("rect", x=0.5, y=0.5, width=width - 1, height=79, fill="none", stroke=GRID, stroke_dasharray="4 4"),
        text(width / 2, 44, words, size=13, anchor="middle", colour=MUTED),
    ]
