"""Units: parsed once at the boundary, so that kernels run on plain floats.

A unit is a product or quotient of tokens, for instance ``t REO/y``, ``USD/kg``, ``kg/MW``. A mass may carry the
substance it is of (REO, NdFeB, metal, ore ...): tonnes of unlike substances do not convert into one another without a
composition, which is how a tonne of ore is kept from passing as a tonne of oxide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from didymium.errors import UnitError, nearest

__all__ = ["Unit", "convert", "parse_unit"]

_SCALE: dict[str, tuple[str, float]] = {
    "1": ("", 1.0),
    "percent": ("", 0.01),
    "count": ("", 1.0),
    "unit": ("", 1.0),
    "t": ("mass", 1.0),
    "kt": ("mass", 1e3),
    "Mt": ("mass", 1e6),
    "kg": ("mass", 1e-3),
    "g": ("mass", 1e-6),
    "y": ("time", 1.0),
    "month": ("time", 1 / 12),
    "week": ("time", 7 / 365.25),
    "day": ("time", 1 / 365.25),
    "USD": ("USD", 1.0),
    "CNY": ("CNY", 1.0),
    "RUB": ("RUB", 1.0),
    "AUD": ("AUD", 1.0),
    "EUR": ("EUR", 1.0),
    "MW": ("power", 1.0),
    "GW": ("power", 1e3),
    "kWh": ("energy", 1.0),
    "km": ("length", 1.0),
    "L": ("volume", 1e-3),
    "m3": ("volume", 1.0),
    "mol": ("amount", 1.0),
    "degC": ("temperature", 1.0),
    "degree": ("angle", 1.0),
}
_MASSES = {"t", "kt", "Mt", "kg", "g"}
_SUBSTANCES = (
    "REO",
    "NdFeB",
    "metal",
    "ore",
    "concentrate",
    "NdPr",
    "Dy+Tb",
    "scrap",
    "feed",
    "mineral",
    "element",
    "magnet RE",
)
_TOKEN = re.compile(r"^(?P<base>[A-Za-z0-9]+)(?: (?P<substance>.+))?$")


@dataclass(frozen=True)
class Unit:
    """A parsed unit: scale to canonical units (t, y, one) and its dimensions with exponents."""

    text: str
    scale: float
    dimensions: tuple[tuple[str, int], ...]


def _token(token: str, text: str) -> tuple[str, float]:
    match = _TOKEN.match(token.strip())
    base = match["base"] if match else token
    if match is None or base not in _SCALE:
        near = nearest(base, _SCALE)
        raise UnitError(
            f"unit {text!r} does not parse at {token!r}",
            expected="tokens such as t REO, kg, y, month, USD, MW, percent joined by /",
            cure=f"did you mean {near[0]!r}?" if near else "",
        )
    dimension, scale = _SCALE[base]
    substance = match["substance"]
    if substance is None:
        return dimension, scale
    if base not in _MASSES or substance not in _SUBSTANCES:
        near = nearest(substance, _SUBSTANCES)
        raise UnitError(
            f"unit {text!r}: {substance!r} is not a substance that {base!r} can be of",
            expected=", ".join(_SUBSTANCES),
            cure=f"did you mean {base} {near[0]}?" if near else "",
        )
    return f"mass of {substance}", scale


@lru_cache(maxsize=512)
def parse_unit(text: str) -> Unit:
    """The unit written in ``text``; raises UnitError with the nearest valid token."""
    scale, dims = 1.0, {}  # type: tuple[float, dict[str, int]]
    for i, token in enumerate(text.strip().split("/")):
        dimension, factor = _token(token, text)
        power = 1 if i == 0 else -1
        scale *= factor**power
        if dimension:
            dims[dimension] = dims.get(dimension, 0) + power
    return Unit(text, scale, tuple(sorted((d, p) for d, p in dims.items() if p)))


def convert(value: float, source: str, target: str) -> float:
    """``value`` in unit ``source`` expressed in unit ``target``; raises UnitError when they are unlike."""
    a, b = parse_unit(source), parse_unit(target)
    if a.dimensions != b.dimensions:
        raise UnitError(
            f"{source!r} does not convert to {target!r}",
            expected=f"a unit with the dimensions of {target!r}",
            cure="tonnes of unlike substances need a composition (oxide factor, grade) first",
        )
    return value * a.scale / b.scale
