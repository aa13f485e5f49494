"""Numbers as people read them: three significant digits, a gap is a dash, and each language its separators."""

from __future__ import annotations

import math

from didymium.report.svg import NumberStyle, format_number
from didymium.words import Say

__all__ = ["amount", "bare_percent", "joined", "percent", "style_of", "year_or"]


def style_of(say: Say) -> NumberStyle:
    """How the language of ``say`` writes numbers."""
    return NumberStyle(
        percent=say("number.percent", value="{}"),
        starts_at=say("number.starts_at", value="{}"),
        logarithmic=say("number.logarithmic"),
    )


def percent(say: Say, fraction: float, *, digits: int = 0) -> str:
    """A fraction as a percentage; a dash for NaN, and never 0 % or 100 % for what is only near it."""
    if not math.isfinite(fraction):
        return say("number.gap")
    value = 100 * fraction
    unit = 10.0**-digits
    if 0 < value < unit:
        return say("number.percent", value=say("number.below", value=f"{unit:g}"))
    if 100 - unit < value < 100:
        value = 100 - unit
    return say("number.percent", value=f"{value:.{digits}f}")


def bare_percent(say: Say, fraction: float) -> str:
    """The same without the sign, for columns whose unit is %."""
    return percent(say, fraction).replace("%", "").strip()


def amount(say: Say, value: float | None, unit: str = "") -> str:
    """A quantity to three significant digits with its unit."""
    if value is None or not math.isfinite(value):
        return say("number.gap")
    text = format_number(value, style_of(say))
    return f"{text} {unit}" if unit else text


def year_or(say: Say, year: int | None, base_year: int, horizon: int) -> str:
    """A year, ``already`` up to the base year, or ``after`` the horizon."""
    if year is None:
        return say("number.beyond", year=horizon)
    return say("number.already", year=year) if year <= base_year else str(year)


def joined(say: Say, words: list[str]) -> str:
    """A list in words."""
    if len(words) < 2:
        return "".join(words)
    return say("number.listed", a=say("number.comma").join(words[:-1]), b=words[-1])
