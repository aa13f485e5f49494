"""SVG and HTML primitives: elements with escaping, text widths, scales, ticks and numbers for people.

Everything here is a pure function or plain data; nothing knows a language or a figure.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from didymium.errors import DidymiumError

__all__ = [
    "Box",
    "Element",
    "LinearScale",
    "LogScale",
    "Node",
    "NumberStyle",
    "Raw",
    "el",
    "escape",
    "fit_text",
    "flatten_variables",
    "format_number",
    "format_percent",
    "linear_ticks",
    "log_ticks",
    "render",
    "standalone",
    "text_width",
    "wrap_text",
]

_VOID_HTML = frozenset({"br", "hr", "img", "input", "link", "meta", "col", "wbr"})
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_VARIABLE = re.compile(r"var\(--[\w-]+,\s*([^()]*)\)")


# --- elements -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Raw:
    """Markup that is already escaped, such as a finished SVG."""

    markup: str


@dataclass(frozen=True)
class Element:
    """One element: name, attributes as written, children in order."""

    name: str
    attributes: tuple[tuple[str, str], ...] = ()
    children: tuple[Node, ...] = field(default=())


Node = Element | Raw | str


def escape(text: str) -> str:
    """Text safe inside an element and inside a double-quoted attribute; control characters are dropped."""
    clean = _CONTROL.sub("", text)
    for raw, safe in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
        clean = clean.replace(raw, safe)
    return clean


def _attribute(value: str | float) -> str:
    if isinstance(value, str):
        return value
    if not math.isfinite(value):
        raise DidymiumError(
            "a drawing coordinate is not finite", expected="finite data", cure="check the figure's input"
        )
    short = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if short == "-0" else short


def el(tag: str, /, *children: Node, **attributes: str | float | None) -> Element:
    """An element; ``class_`` loses its underscore, other underscores become hyphens, None is left out."""
    pairs = tuple(
        (key if key == "viewBox" else key.rstrip("_").replace("_", "-"), _attribute(value))
        for key, value in attributes.items()
        if value is not None
    )
    return Element(tag, pairs, children)


def render(node: Node) -> str:
    """The markup of a tree, valid as SVG inside HTML5 and as HTML5."""
    if isinstance(node, Raw):
        return node.markup
    if isinstance(node, str):
        return escape(node)
    attributes = "".join(f' {key}="{escape(value)}"' for key, value in node.attributes)
    if node.name in _VOID_HTML:
        return f"<{node.name}{attributes}>"
    return f"<{node.name}{attributes}>{''.join(map(render, node.children))}</{node.name}>"


def flatten_variables(svg: str) -> str:
    """The SVG with every ``var(--name,fallback)`` replaced by its fallback, for programs without CSS."""
    return _VARIABLE.sub(r"\1", svg)


def standalone(svg: str) -> str:
    """An SVG file's text: the inline figure with its namespace and plain colours on a white ground."""
    flat = flatten_variables(svg)
    head, _, rest = flat.partition(">")
    if "xmlns=" not in head:
        head = head.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head} style="background:#ffffff">{rest}\n'


# --- text ---------------------------------------------------------------------------------------------

_WIDTHS_PER_MILLE: dict[int, str] = {
    191: "'",
    222: "ijl",
    278: " !,./:;I[\\]ft\u00a0\u202f",
    333: "r()-`\u00b7",
    389: "*\u2039\u203a",
    500: "cksvxyzJ",
    584: "+<=>~\u2212\u00d7",
    611: "FTZ",
    667: "ABEKPSVXY&",
    722: "CDHNRUw",
    778: "GOQ",
    833: "mM",
    889: "%",
    944: "W",
    1000: "\u2014\u2192\u2190\u2026\u21a9\u21aa",
    1015: "@",
}
_WIDTH = {char: per_mille / 1000 for per_mille, chars in _WIDTHS_PER_MILLE.items() for char in chars}
_SAFETY = 1.02  # platform fonts differ by a few per cent from Helvetica's metrics
_BOLD = 1.07


def _char_width_em(char: str) -> float:
    if (known := _WIDTH.get(char)) is not None:
        return known
    if unicodedata.combining(char):
        return 0.0
    if unicodedata.east_asian_width(char) in "WF":
        return 1.0
    return 0.556 if char.isascii() else 0.64


def text_width(text: str, size_px: float, *, bold: bool = False) -> float:
    """Estimated width, px, of a line in a Helvetica-like face; wide East Asian characters take one em."""
    em = sum(map(_char_width_em, text))
    return em * size_px * _SAFETY * (_BOLD if bold else 1.0)


def fit_text(text: str, width_px: float, size_px: float, *, bold: bool = False) -> str:
    """The text, cut with an ellipsis if wider than ``width_px``; empty if not even one letter fits."""
    if text_width(text, size_px, bold=bold) <= width_px:
        return text
    for end in range(len(text) - 1, 0, -1):
        cut = text[:end].rstrip(" ,;:·-(") + "…"
        if len(cut) > 1 and text_width(cut, size_px, bold=bold) <= width_px:
            return cut
    return ""


def _pieces(text: str) -> list[str]:
    """Where a line may break: after spaces and slashes, and between wide characters."""
    wide = r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]"
    return [p for p in re.findall(rf"{wide}|[^\s\u2e80-\u9fff\uac00-\ud7af\uf900-\uffef]+\s*|\s+", text) if p]


def wrap_text(text: str, width_px: float, size_px: float, *, lines: int = 2, bold: bool = False) -> list[str]:
    """The text on at most ``lines`` lines of ``width_px``, the last cut with an ellipsis if it must be."""
    out: list[str] = []
    rest = _pieces(text)
    while rest and len(out) < lines - 1:
        line = rest.pop(0)
        while rest and text_width((line + rest[0]).rstrip(), size_px, bold=bold) <= width_px:
            line += rest.pop(0)
        out.append(fit_text(line.rstrip(), width_px, size_px, bold=bold))
    if rest:
        out.append(fit_text("".join(rest).rstrip(), width_px, size_px, bold=bold))
    return out


@dataclass(frozen=True)
class Box:
    """A rectangle, px: left, top, right, bottom."""

    x0: float
    y0: float
    x1: float
    y1: float

    def overlaps(self, other: Box, slack_px: float = 0.0) -> bool:
        """Whether the two share more than ``slack_px`` in both directions."""
        return (
            min(self.x1, other.x1) - max(self.x0, other.x0) > slack_px
            and min(self.y1, other.y1) - max(self.y0, other.y0) > slack_px
        )


# --- numbers ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NumberStyle:
    """How a language writes numbers: separators, the template of a percentage, and large-number suffixes.

    ``starts_at`` is the template of the remark on an axis that leaves zero out, ``logarithmic`` that on such an axis.
    """

    thousands: str = ","
    decimal: str = "."
    percent: str = "{}%"
    compact: tuple[tuple[float, str], ...] = ()  # largest first, e.g. ((1e6, "M"), (1e3, "k"))
    starts_at: str = "> {}"
    logarithmic: str = "log"


def _grouped(plain: str, style: NumberStyle) -> str:
    whole, _, fraction = plain.partition(".")
    sign, digits = ("\u2212", whole[1:]) if whole.startswith("-") else ("", whole)
    groups = f"{int(digits):,}".replace(",", style.thousands)
    return sign + groups + (style.decimal + fraction if fraction else "")


def format_number(value: float, style: NumberStyle | None = None, *, digits: int = 3, compact: bool = False) -> str:
    """A number to ``digits`` significant digits, trailing zeros dropped, in the language's separators."""
    style = style or NumberStyle()
    if not math.isfinite(value):
        raise DidymiumError("a number to print is not finite", expected="a finite number, or a stated gap")
    if value == 0:
        return "0"
    if compact:
        for size, suffix in style.compact:
            if abs(value) >= size:
                return format_number(value / size, style, digits=digits) + suffix
    decimals = digits - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, decimals)
    if 0 < abs(rounded) < 1e-4:
        mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
        power = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        return f"{_grouped(mantissa, style)}×10{power}"
    plain = f"{rounded:.{max(decimals, 0)}f}"
    return _grouped(plain.rstrip("0").rstrip(".") if "." in plain else plain, style)


def format_percent(share_pct: float, style: NumberStyle | None = None) -> str:
    """A percentage for a label: whole above ten, and never rounded to 0 or 100 from within."""
    style = style or NumberStyle()
    if 0 < share_pct < 0.1:
        return style.percent.format("<" + format_number(0.1, style))
    if 99.9 < share_pct < 100:
        return style.percent.format(">" + format_number(99.9, style))
    digits = 3 if 99 <= share_pct < 100 else 2
    return style.percent.format(format_number(share_pct, style, digits=digits))


# --- scales -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LinearScale:
    """Maps a domain onto pixels linearly."""

    domain: tuple[float, float]
    range_px: tuple[float, float]

    def __call__(self, value: float) -> float:
        (d0, d1), (r0, r1) = self.domain, self.range_px
        return r0 + (value - d0) / (d1 - d0) * (r1 - r0) if d1 != d0 else (r0 + r1) / 2


@dataclass(frozen=True)
class LogScale:
    """Maps a positive domain onto pixels by its logarithm; zero or less has no place on it and is an error."""

    domain: tuple[float, float]
    range_px: tuple[float, float]

    def __call__(self, value: float) -> float:
        if value <= 0:
            raise DidymiumError(
                f"{value:g} has no place on a logarithmic axis",
                expected="a value above zero",
                cure="state the row as absent, or use a linear axis",
            )
        low, high = map(math.log10, self.domain)
        return LinearScale((low, high), self.range_px)(math.log10(value))


def linear_ticks(low: float, high: float, count: int = 6) -> list[float]:
    """About ``count`` round values (steps of 1, 2, 5 × 10^n) within [low, high]."""
    if high <= low:
        return [low]
    raw = (high - low) / max(count, 1)
    base = 10 ** math.floor(math.log10(raw))
    step = next(base * m for m in (1, 2, 5, 10) if base * m >= raw * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    decimals = max(0, -math.floor(math.log10(step)))
    return [round(i * step, decimals) for i in range(first, last + 1)]


def log_ticks(low: float, high: float, count: int = 6) -> list[float]:
    """Round values on a logarithmic axis: 1-2-5 if few decades, whole or skipped decades if many."""
    return next((t for t in _log_candidates(low, high) if len(t) <= count), [low])


def _log_candidates(low: float, high: float) -> Iterator[list[float]]:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for steps in ((1.0, 2.0, 5.0), (1.0, 3.0), (1.0,)):
        ticks = [m * 10.0**n for n in range(first, last + 1) for m in steps]
        yield [t for t in ticks if low * 0.999 <= t <= high * 1.001]
    for skip in range(2, max(last - first, 2) + 1):
        yield [10.0**n for n in range(first, last + 1, skip) if low * 0.999 <= 10.0**n <= high * 1.001]
