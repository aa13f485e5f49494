"""What figures with an axis share: the scale by its kind, a domain that fits the data, round ticks, and cut axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from didymium.errors import DidymiumError
from didymium.report.figures.palette import MUTED
from didymium.report.svg import Element, LinearScale, LogScale, NumberStyle, el, format_number, linear_ticks, log_ticks

__all__ = ["Kind", "Scale", "axis_remark", "axis_ticks", "break_mark", "fitted", "is_cut", "scale_of"]

Kind = Literal["linear", "log"]
Scale = LinearScale | LogScale


def scale_of(kind: Kind, domain: tuple[float, float], pixels: tuple[float, float]) -> Scale:
    """The scale of an axis from its domain to its pixels."""
    return LogScale(domain, pixels) if kind == "log" else LinearScale(domain, pixels)


def fitted(values: Sequence[float], kind: Kind, key: str, *, air: float, zero: bool) -> tuple[float, float]:
    """A domain around ``values`` with ``air`` on both sides, a share of the span; a linear one holds zero if asked.

    A logarithmic one gets ten times the share as a factor. Raises DidymiumError for a value it cannot show.
    """
    if not values:
        return (1.0, 10.0)
    low, high = min(values), max(values)
    if kind == "log":
        if low <= 0:
            raise DidymiumError(
                f"{low:g} has no place on a logarithmic axis",
                where=key,
                expected="values above zero",
                cure="state what has none as a gap, or use a linear axis",
            )
        return low / (1 + 10 * air), high * (1 + 10 * air)
    pad = air * (high - low or abs(high) or 1.0)
    if low >= 0:
        return 0.0 if zero else max(low - pad, 0.0), high + pad
    return low - pad, max(high + pad, 0.0) if zero else high + pad


def is_cut(scale: Scale) -> bool:
    """Whether an axis leaves out zero, so that lengths along it do not compare as its values do."""
    return isinstance(scale, LinearScale) and not min(scale.domain) <= 0 <= max(scale.domain)


def axis_remark(scale: Scale, style: NumberStyle) -> str:
    """What a reader must know of an axis: where it starts if not at zero, or that it is logarithmic; else empty."""
    if isinstance(scale, LogScale):
        return style.logarithmic
    return style.starts_at.format(format_number(min(scale.domain), style)) if is_cut(scale) else ""


def break_mark(x: float, y: float, remark: str, *, upright: bool) -> Element:
    """The zigzag at the foot x, y of a cut axis that goes up or, if not ``upright``, to the right."""
    steps = [(0, 4), (-4, 3), (8, 4), (-8, 4), (4, 3), (0, 4)]
    path = "".join(f"l{a} {-b}" if upright else f"l{b} {a}" for a, b in steps)
    line = f"M{x:.2f} {y:.2f}{path}"
    return el("path", el("title", remark), d=line, fill="none", stroke=MUTED, stroke_width=1.3, class_="axis-break")


def axis_ticks(kind: Kind, domain: tuple[float, float], count: int) -> list[float]:
    """At most about ``count`` round values within ``domain``."""
    return log_ticks(*domain, count) if kind == "log" else linear_ticks(*domain, count)
