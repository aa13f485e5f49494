"""Numbers as people read them: three significant digits, a gap is a dash, and each language its separators."""

from __future__ import annotations

import math

from didymium.report.svg import NumberStyle, format_number
from didymium.words import Say

__all__ = ["amount", "bare_percent", "joined", "mass", "money", "percent", "style_of", "year_or"]


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


def money(say: Say, usd: float) -> str:
    """A sum in USD to three significant digits: millions and billions in words, so that few zeros are to be counted."""
    return _sized(say, usd, (("usd_billion", 1e9), ("usd_million", 1e6), ("usd", 1.0)))


def mass(say: Say, kg: float) -> str:
    """A mass to three significant digits in t, kg or g, as fits."""
    return _sized(say, kg, (("t", 1e3), ("kg", 1.0), ("g", 1e-3)))


def _sized(say: Say, value: float, units: tuple[tuple[str, float], ...]) -> str:
    """``value`` in the largest unit of which, rounded, it makes at least one; in the smallest where it makes less."""
    if not math.isfinite(value):
        return say("number.gap")
    size = abs(float(f"{value:.3g}"))
    unit, scale = next((u for u in units if size >= u[1]), units[-1])
    return say(f"number.in_{unit}", value=amount(say, value / scale))


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
