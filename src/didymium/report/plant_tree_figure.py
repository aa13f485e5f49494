"""The tree of cuts as a diagram: cascades as boxes, streams as lines whose width is the flow of rare earth."""

from __future__ import annotations

import math
from dataclasses import dataclass

from didymium.report.figures.frame import NARROW_PX, WIDE_PX, FigurePair, blank, canvas, text
from didymium.report.figures.palette import ACCENT, GRID, INK, MUTED, SOFT
from didymium.report.svg import Element, el, fit_text

__all__ = ["TreeNode", "TreePictureData", "draw_tree"]

MARGIN_PX = 4.0
LINE_PX = 15.0
INDENT_PX = 16.0


@dataclass(frozen=True)
class TreeNode:
    """A cascade or a product: its name, what to say of it, share of the feed, what it leads to (light first), emphasis.

    ``notes`` stand on one line, or one below the other where boxes are narrow.
    """

    label: str
    notes: tuple[str, ...]
    share: float
    children: tuple[TreeNode, ...] = ()
    product: bool = False
    asked: bool = False


@dataclass(frozen=True)
class TreePictureData:
    """A tree to draw, with the words for it."""

    key: str
    title: str
    description: str
    root: TreeNode
    empty: str


@dataclass(frozen=True)
class _Shape:
    """How boxes are drawn: width, height, gap to the next column, height of a row, and whether notes share a line."""

    width: float
    height: float
    gap: float
    row: float
    joined: bool


ROOMY = _Shape(168.0, 42.0, 46.0, 58.0, True)
TIGHT_GAP_PX, LEAST_BOX_PX = 24.0, 96.0


@dataclass(frozen=True)
class _Spot:
    node: TreeNode
    depth: int
    row: float
    below: tuple[_Spot, ...]


def draw_tree(data: TreePictureData) -> FigurePair:
    """The diagram for desk and phone: the feed at the left, products at the right, the least extracted on top.

    A tree too deep for the width of a desk is drawn as on a phone.
    """
    keys = (f"{data.key}-wide", f"{data.key}-narrow")
    if not data.root.children:
        wide, narrow = (blank(k, data.title, data.description, data.empty, 360) for k in keys)
        return FigurePair(wide, narrow)
    spot, rows = _placed(data.root, 0, 0.0)
    shape = _shape(1 + _depth(data.root))
    if shape is None:
        return FigurePair(_outlined(data, keys[0], WIDE_PX), _outlined(data, keys[1], NARROW_PX))
    size = (WIDE_PX, rows * shape.row + 8)
    wide = canvas(keys[0], data.title, data.description, size, _drawn(spot, shape))
    return FigurePair(wide, _outlined(data, keys[1], NARROW_PX))


def _shape(columns: int) -> _Shape | None:
    """Boxes for so many columns on a desk; None where they would be too narrow to read."""
    if columns * (ROOMY.width + ROOMY.gap) - ROOMY.gap + 2 * MARGIN_PX <= WIDE_PX:
        return ROOMY
    width = (WIDE_PX - 2 * MARGIN_PX + TIGHT_GAP_PX) / columns - TIGHT_GAP_PX
    return _Shape(width, 42.0 + LINE_PX, TIGHT_GAP_PX, 64.0, False) if width >= LEAST_BOX_PX else None


def _depth(node: TreeNode) -> int:
    return 1 + max(_depth(c) for c in node.children) if node.children else 0


def _placed(node: TreeNode, depth: int, first: float) -> tuple[_Spot, float]:
    """The place of a node below ``first`` rows, and the first free row after it."""
    if not node.children:
        return _Spot(node, depth, first, ()), first + 1
    below, at = [], first
    for child in node.children:
        spot, at = _placed(child, depth + 1, at)
        below.append(spot)
    return _Spot(node, depth, (below[0].row + below[-1].row) / 2, tuple(below)), at


def _drawn(spot: _Spot, shape: _Shape) -> list[Element]:
    """A cascade with everything that follows from it, left to right."""
    step = shape.width + shape.gap
    x, y = MARGIN_PX + spot.depth * step, MARGIN_PX + spot.row * shape.row
    out: list[Element] = []
    for child in spot.below:
        from_x, from_y = x + shape.width, y + shape.height / 2
        to_x, to_y = x + step, MARGIN_PX + child.row * shape.row + shape.height / 2
        middle = (from_x + to_x) / 2
        path = f"M{from_x:.2f} {from_y:.2f}C{middle:.2f} {from_y:.2f} {middle:.2f} {to_y:.2f} {to_x:.2f} {to_y:.2f}"
        width = max(1.2, 14 * math.sqrt(child.node.share))
        out.append(el("path", d=path, fill="none", stroke=ACCENT, stroke_width=width, opacity=0.35))
        out += _drawn(child, shape)
    return out + _box(spot.node, x, y, shape)


def _outlined(data: TreePictureData, key: str, width: float) -> str:
    body, end = _outline(data.root, 0, MARGIN_PX, width)
    return canvas(key, data.title, data.description, (width, end), body)


def _outline(node: TreeNode, depth: int, top: float, width: float) -> tuple[list[Element], float]:
    """The tree as an indented list, for a phone: the elements and where the next row starts."""
    x = MARGIN_PX + depth * INDENT_PX
    shape = _Shape(width - x - MARGIN_PX, ROOMY.height, 0.0, ROOMY.height + 6, True)
    out = _box(node, x, top, shape)
    end = top + shape.row
    for child in node.children:
        elbow = f"M{x + 7:.2f} {top + shape.height:.2f}V{end + shape.height / 2:.2f}H{x + INDENT_PX:.2f}"
        out.append(el("path", d=elbow, fill="none", stroke=ACCENT, opacity=0.5))
        below, end = _outline(child, depth + 1, end, width)
        out += below
    return out, end


def _box(node: TreeNode, x: float, y: float, shape: _Shape) -> list[Element]:
    bold = node.asked or not node.product
    fill, edge = ("none" if node.product else SOFT), (ACCENT if bold else GRID)
    room = shape.width - 14
    notes = (" · ".join(node.notes),) if shape.joined else node.notes
    lines = [
        text(x + 8, y + 33 + k * LINE_PX, fit_text(note, room, 11), size=11, colour=MUTED)
        for k, note in enumerate(notes)
    ]
    return [
        el("rect", x=x, y=y, width=shape.width, height=shape.height, rx=5, fill=fill, stroke=edge, stroke_width=1.4),
        text(x + 8, y + 17, fit_text(node.label, room, 13, bold=bold), size=13, bold=bold, colour=INK),
        *lines,
    ]
