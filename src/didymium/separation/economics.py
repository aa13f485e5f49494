"""What is known of the size and cost of solvent extraction: ranges with source, grade and the year of the money.

A figure that nobody publishes has no value, and its note says so; it is never zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from didymium.errors import SolveError, UnknownName
from didymium.separation.tables import rows, source
from didymium.world.reader import Row

__all__ = ["Estimate", "economics", "estimate"]


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
    definition_zh: str = ""
    note_zh: str = ""
    medium: str = ""
    """Of a separation factor: where it was found."""
    beside: bool = False
    """A rival figure, shown and not used."""

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
    return {row.text("key"): _estimate(row) for row in rows("economics")}


def _estimate(row: Row) -> Estimate:
    value, cited = row.optional("value"), source(row.text("source"))
    return Estimate(
        key=row.text("key"),
        value=value,
        unit=row.text("unit"),
        definition=row.text("definition"),
        grade=row.text("grade"),
        low=row.optional("low"),
        high=row.optional("high"),
        year=None if row["year"] is None else row.integer("year"),
        # A gap stands on nobody's figure.
        source="" if value is None else row.text("source"),
        title="" if value is None else cited.text("title"),
        address="" if value is None else cited.text("address"),
        note=row.text("note"),
        definition_zh=row.text("definition_zh"),
        note_zh=row.text("note_zh"),
    )


def estimate(key: str) -> Estimate:
    """The figure ``key``; raises UnknownName with the nearest."""
    found = economics()
    if key not in found:
        raise UnknownName("figure of separation economics", key, found)
    return found[key]
