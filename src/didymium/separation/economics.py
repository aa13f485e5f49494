"""What is known of the size and cost of solvent extraction: ranges with source, grade and the year of the money.

A figure that nobody publishes has no value, and its note says so; it is never zero.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from didymium.errors import SolveError, TableError, UnknownName

__all__ = ["Estimate", "economics", "estimate", "sources"]

COLUMNS = ["key", "low", "value", "high", "unit", "year", "definition", "grade", "source", "title", "address", "note"]


@dataclass(frozen=True)
class Estimate:
    """A figure with its range; ``value`` is None where nobody publishes it, and ``note`` then says so."""

    key: str
    value: float | None
    unit: str
    definition: str
    grade: str
    low: float | None = None
    high: float | None = None
    year: int | None = None
    source: str = ""
    title: str = ""
    address: str = ""
    note: str = ""

    def known(self) -> float:
        """The value; raises SolveError, with the reason, where there is none."""
        if self.value is None:
            raise SolveError(f"{self.key} is not known: {self.note}", where="economics.csv", expected="a cited figure")
        return self.value

    @property
    def range(self) -> tuple[float, float] | None:
        """Low and high, either replaced by the value where only one is known; None without a value."""
        if self.value is None:
            return None
        return (self.value if self.low is None else self.low, self.value if self.high is None else self.high)


@lru_cache(maxsize=1)
def economics() -> dict[str, Estimate]:
    """Every figure of the table by key; raises TableError where a row breaks its contract."""
    text = files("didymium.separation").joinpath("data/economics.csv").read_text(encoding="utf-8")
    reader = csv.DictReader(text.splitlines())
    if reader.fieldnames != list(COLUMNS):
        raise TableError("columns are not as expected", where="economics.csv:1", expected=",".join(COLUMNS))
    return {row["key"]: _estimate(row, line) for line, row in enumerate(reader, 2)}


def _estimate(row: dict[str, str], line: int) -> Estimate:
    where = f"economics.csv:{line}"
    try:
        low, value, high = (float(row[c]) if row[c] else None for c in ("low", "value", "high"))
        year = int(row["year"]) if row["year"] else None
    except ValueError as error:
        raise TableError(f"not a number: {error}", where=where, expected="numbers or empty cells") from None
    given = [v for v in (low, value, high) if v is not None]
    if given != sorted(given) or row["grade"] not in ("A", "B", "C", "D"):
        raise TableError("low, value, high or grade are out of order", where=where, expected="low <= value <= high")
    if not (row["note"] if value is None else row["source"]):
        raise TableError("a figure without a source, or a gap without a reason", where=where, expected="one of the two")
    text = {c: row[c] for c in ("key", "unit", "definition", "grade", "source", "title", "address", "note")}
    return Estimate(value=value, low=low, high=high, year=year, **text)


def estimate(key: str) -> Estimate:
    """The figure ``key``; raises UnknownName with the nearest."""
    found = economics()
    if key not in found:
        raise UnknownName("figure of separation economics", key, found)
    return found[key]


def sources() -> dict[str, Estimate]:
    """One figure for each source of the table, by source key, for a bibliography."""
    return {e.source: e for e in economics().values() if e.source}
