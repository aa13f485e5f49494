"""The vocabulary of claims: which variables there are, in which units, and which check applies."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from didymium.errors import UnitError, nearest
from didymium.units import convert, parse_unit

__all__ = ["Variable", "canonical_unit", "fits", "units_known", "vocabulary"]


@dataclass(frozen=True)
class Variable:
    """A variable that claims are about: accepted units (the first is canonical), bounds, kind and check."""

    name: str
    units: tuple[str, ...]
    minimum: float | None
    maximum: float | None
    kind: str
    check: str
    description: str


def _rows(name: str) -> list[dict[str, str]]:
    text = files("didymium.claims").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _bound(text: str) -> float | None:
    return float(text) if text else None


@lru_cache(maxsize=1)
def vocabulary() -> dict[str, Variable]:
    """All variables by name, in file order."""
    return {
        r["variable"]: Variable(
            r["variable"],
            tuple(r["units"].split(";")),
            _bound(r["minimum"]),
            _bound(r["maximum"]),
            r["kind"],
            r["check"],
            r["description"],
        )
        for r in _rows("vocabulary.csv")
    }


@lru_cache(maxsize=1)
def _unit_words() -> dict[str, str]:
    return {r["word"]: r["unit"] for r in _rows("unit_words.csv")}


def units_known() -> tuple[str, ...]:
    """Every unit or spelling that some variable accepts."""
    accepted = dict.fromkeys(u for v in vocabulary().values() for u in v.units)
    return tuple(accepted) + tuple(w for w in _unit_words() if w not in accepted)


def canonical_unit(text: str) -> str:
    """``text`` as this package writes it; raises UnitError when it does not parse."""
    word = _unit_words().get(text.strip())
    if word is not None:
        return word
    try:
        return parse_unit(text).text.strip()
    except UnitError as error:
        near = nearest(text, units_known(), n=1)
        raise UnitError(
            error.what,
            expected=error.expected,
            cure=_cure(text, near[0]) if near else error.cure,
        ) from None


def _cure(text: str, near: str) -> str:
    """The nearest unit, unless it would drop a prefix of the mass and with it powers of ten."""
    base, meant = text.strip().split(" ")[0].split("/")[0].casefold(), near.split(" ")[0].split("/")[0]
    if meant in ("t", "kt", "Mt", "kg", "g") and base != meant.casefold() and base[:1] != "t":
        return "write t, kt or Mt, and scale the number to it"
    return f"did you mean {near!r}?"


def fits(unit: str, variable: Variable) -> bool:
    """Whether canonical ``unit`` is one that ``variable`` may be stated in."""
    if unit in variable.units:
        return True
    for accepted in variable.units:
        try:
            convert(1.0, unit, accepted)
        except UnitError:
            continue
        return True
    return False
