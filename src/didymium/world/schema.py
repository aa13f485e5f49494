"""The attribute table: one row per column of every world table; it drives reading, help and documentation."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from didymium.errors import UnitError, UnknownName
from didymium.units import parse_unit

__all__ = ["Column", "TableSchema", "Value", "schemas", "schemas_of", "table_schema"]

Value = str | float | int | bool | tuple[str, ...] | None

# float() alone would also take 1_000 and the digits of other scripts.
_NUMBER = re.compile(
    r"^[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|nan|inf|infinity)$", re.IGNORECASE | re.ASCII
)
_KEY = re.compile(r"^[A-Za-z0-9_]+$")
_PERIOD_PART = r"(?:18|19|20|21)\d\d(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?|-Q[1-4]|-H[12])?"
_PERIOD = re.compile(rf"^{_PERIOD_PART}(?:/{_PERIOD_PART})?$", re.ASCII)
_CALL = re.compile(r"^(?P<kind>\w+)(?:\((?P<args>[^)]*)\)|(?P<op>>=|>)(?P<bound>-?[\d.]+))?$")


@dataclass(frozen=True)
class Column:
    """A column: its name, type expression, unit, whether a cell may be empty, and what it means."""

    table: str
    name: str
    type: str
    unit: str
    required: bool
    description: str

    @property
    def kind(self) -> str:
        """The type without its arguments: text, key, number, ref ..."""
        match = _CALL.match(self.type)
        return match["kind"] if match else self.type

    @property
    def choices(self) -> tuple[str, ...]:
        """The allowed words of a ``one_of`` column, else empty."""
        match = _CALL.match(self.type)
        return tuple(match["args"].split("|")) if match and self.kind == "one_of" else ()

    @property
    def refers_to(self) -> str | None:
        """The table that a ``ref`` column points into."""
        match = _CALL.match(self.type)
        return match["args"] if match and self.kind == "ref" else None

    def parse(self, text: str) -> Value:
        """The typed value of a non-empty cell; raises ValueError(expected) when it does not fit."""
        return _PARSERS[self.kind](self, text)


@dataclass(frozen=True)
class TableSchema:
    """A table: what it holds and its columns in order."""

    name: str
    description: str
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """The column ``name``; raises UnknownName."""
        for c in self.columns:
            if c.name == name:
                return c
        raise UnknownName(f"column of table {self.name}", name, [c.name for c in self.columns])


def _number(column: Column, text: str) -> float:
    if not _NUMBER.match(text):
        raise ValueError("a number, for instance 3800000 or 0.31")
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a finite number; leave the cell empty when the figure is not known")
    match = _CALL.match(column.type)
    if match and match["op"]:
        bound = float(match["bound"])
        if value < bound or (match["op"] == ">" and value == bound):
            raise ValueError(f"a number {match['op']} {match['bound']}")
    if match and match["args"]:
        low, high = (float(b) for b in match["args"].split(".."))
        if not low <= value <= high:
            raise ValueError(f"a number between {low:g} and {high:g}")
    return value


def _integer(column: Column, text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,15}", text):
        raise ValueError("a whole number of at most 15 digits")
    return int(text)


def _year(column: Column, text: str) -> int:
    if not re.fullmatch(r"(18|19|20|21)[0-9]{2}", text):
        raise ValueError("a year of four digits between 1800 and 2199")
    return int(text)


def _matching(pattern: re.Pattern[str], expected: str) -> Callable[[Column, str], str]:
    def parse(column: Column, text: str) -> str:
        if not pattern.match(text):
            raise ValueError(expected)
        return text

    return parse


def _flag(column: Column, text: str) -> bool:
    if text not in ("yes", "no"):
        raise ValueError("yes or no")
    return text == "yes"


def _one_of(column: Column, text: str) -> str:
    if text not in column.choices:
        raise ValueError("one of " + ", ".join(column.choices))
    return text


def _unit(column: Column, text: str) -> str:
    try:
        parse_unit(text)
    except UnitError as error:
        raise ValueError(f"a unit: {error.what}; {error.cure or error.expected}") from None
    return text


def _list(column: Column, text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


_PARSERS: dict[str, Callable[[Column, str], Value]] = {
    "text": lambda column, text: text,
    "place": _matching(_KEY, "an ISO 3166 alpha-3 code, a bloc code or WLD"),
    "ref": _matching(_KEY, "a key of the table referred to"),
    "key": _matching(_KEY, "a key of letters, digits and underscores"),
    "period": _matching(_PERIOD, "a period such as 2024, 2024-05, 2024-Q2, 2024-H1, 2024-05-01 or 2024-01/2024-06"),
    "url": _matching(re.compile(r"^https?://\S+$"), "a web address beginning with http:// or https://"),
    "number": _number,
    "integer": _integer,
    "year": _year,
    "flag": _flag,
    "one_of": _one_of,
    "unit": _unit,
    "list": _list,
}


@lru_cache(maxsize=1)
def schemas() -> dict[str, TableSchema]:
    """All tables by name, in the order of the attribute table."""
    return schemas_of(files("didymium.world").joinpath("attributes.csv").read_text(encoding="utf-8"))


def schemas_of(text: str) -> dict[str, TableSchema]:
    """The tables that an attribute table describes, by name and in its order."""
    described: dict[str, str] = {}
    columns: dict[str, list[Column]] = {}
    for row in csv.DictReader(text.splitlines()):
        table = row["table"]
        if row["type"] == "table":
            described[table] = row["description"]
            columns[table] = []
        else:
            columns[table].append(
                Column(table, row["name"], row["type"], row["unit"], row["required"] == "yes", row["description"])
            )
    return {name: TableSchema(name, described[name], tuple(columns[name])) for name in described}


def table_schema(name: str) -> TableSchema:
    """The schema of table ``name``; raises UnknownName with the nearest names."""
    found = schemas()
    if name not in found:
        raise UnknownName("table", name, found)
    return found[name]
