"""What figures with an axis share: the scale by its kind, a domain that fits the data, and round ticks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from didymium.errors import DidymiumError
from didymium.report.svg import LinearScale, LogScale, linear_ticks, log_ticks

__all__ = ["Kind", "Scale", "axis_ticks", "fitted", "scale_of"]

Kind = Literal["linear", "log"]
Scale = LinearScale | LogScale


def scale_of(kind: Kind, domain: tuple[float, float], pixels: tuple[float, float]) -> Scale:
    """The scale of an axis from its domain to its pixels."""
    return LogScale(domain, pixels) if kind == "log" else LinearScale(domain, pixels)


def fitted(values: Sequence[float], kind: Kind, key: str, *, air: float, zero: bool) -> tuple[float, float]:
    """A domain around ``values`` with ``air`` on both sides, a share of the span; a linear one starts at zero if asked.

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
    return low - pad, high + pad


def axis_ticks(kind: Kind, domain: tuple[float, float], count: int) -> list[float]:
    """At most about ``count`` round values within ``domain``."""
    return log_ticks(*domain, count) if kind == "log" else linear_ticks(*domain, count)
