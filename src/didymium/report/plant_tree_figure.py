"""The tree of cuts as a diagram: cascades as boxes, streams as lines whose width is the flow of rare earth."""

from __future__ import annotations

import math
from dataclasses import dataclass

from didymium.report.figures.frame import NARROW_PX, WIDE_PX, FigurePair, canvas, message, text
from didymium.report.figures.palette import ACCENT, GRID, INK, MUTED, SOFT
from didymium.report.svg import Element, el, fit_text

__all__ = ["TreeNode", "TreePictureData", "draw_tree"]

ROW_PX = 58.0
BOX_PX = (168.0, 42.0)
GAP_PX = 46.0
INDENT_PX = 16.0
OUTLINE_ROW_PX = 48.0


@dataclass(frozen=True)
class TreeNode:
    """A cascade or a product: two lines of words, its share of the feed, what it leads to (light first), emphasis."""

    label: str
    sublabel: str
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
class _Spot:
    node: TreeNode
    depth: int
    row: float
    below: tuple[_Spot, ...]


def draw_tree(data: TreePictureData) -> FigurePair:
    """The diagram for desk and phone: the feed at the left, products at the right, the least extracted on top."""
    if not data.root.children:
        keys = (f"{data.key}-wide", f"{data.key}-narrow")
        wide, narrow = (canvas(k, data.title, data.description, (360, 80), message(data.empty, 360)) for k in keys)
        return FigurePair(wide, narrow)
    spot, rows = _placed(data.root, 0, 0.0)
    width = _depth(data.root) * (BOX_PX[0] + GAP_PX) + BOX_PX[0] + 12
    size = (max(width, WIDE_PX), rows * ROW_PX + 8)
    wide = canvas(f"{data.key}-wide", data.title, data.description, size, _drawn(spot))
    outline, end = _outline(data.root, 0, 4.0)
    narrow = canvas(f"{data.key}-narrow", data.title, data.description, (NARROW_PX, end), outline)
    return FigurePair(wide, narrow)


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


def _drawn(spot: _Spot) -> list[Element]:
    """A cascade with everything that follows from it, left to right."""
    x, y = 4 + spot.depth * (BOX_PX[0] + GAP_PX), 4 + spot.row * ROW_PX
    out: list[Element] = []
    for child in spot.below:
        to_x, to_y = 4 + child.depth * (BOX_PX[0] + GAP_PX), 4 + child.row * ROW_PX + BOX_PX[1] / 2
        from_x, from_y = x + BOX_PX[0], y + BOX_PX[1] / 2
        middle = (from_x + to_x) / 2
        path = f"M{from_x:.2f} {from_y:.2f}C{middle:.2f} {from_y:.2f} {middle:.2f} {to_y:.2f} {to_x:.2f} {to_y:.2f}"
        width = max(1.2, 14 * math.sqrt(child.node.share))
        out.append(el("path", d=path, fill="none", stroke=ACCENT, stroke_width=width, opacity=0.35))
        out += _drawn(child)
    return out + _box(spot.node, x, y, BOX_PX[0])


def _outline(node: TreeNode, depth: int, top: float) -> tuple[list[Element], float]:
    """The tree as an indented list, for a phone: the elements and where the next row starts."""
    x = 4 + depth * INDENT_PX
    out = _box(node, x, top, NARROW_PX - x - 4)
    end = top + OUTLINE_ROW_PX
    for child in node.children:
        elbow = f"M{x + 7:.2f} {top + BOX_PX[1]:.2f}V{end + BOX_PX[1] / 2:.2f}H{x + INDENT_PX:.2f}"
        out.append(el("path", d=elbow, fill="none", stroke=ACCENT, opacity=0.5))
        below, end = _outline(child, depth + 1, end)
        out += below
    return out, end


def _box(node: TreeNode, x: float, y: float, width: float) -> list[Element]:
    bold = node.asked or not node.product
    fill, edge = ("none" if node.product else SOFT), (ACCENT if bold else GRID)
    return [
        el("rect", x=x, y=y, width=width, height=BOX_PX[1], rx=5, fill=fill, stroke=edge, stroke_width=1.4),
        text(x + 8, y + 17, fit_text(node.label, width - 14, 13, bold=bold), size=13, bold=bold, colour=INK),
        text(x + 8, y + 33, fit_text(node.sublabel, width - 14, 11), size=11, colour=MUTED),
    ]
