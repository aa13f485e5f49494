"""Separation factors of the extractants a plant is designed with: by pair, with medium, range, source and grade."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from didymium.errors import TableError, UnknownName
from didymium.separation.economics import Estimate
from didymium.separation.tables import rows, source
from didymium.world.reader import Row

__all__ = ["Factors", "Pair", "extractants", "factors"]


@dataclass(frozen=True)
class Pair:
    """The separation factor of one pair: heavier over lighter, where it was found, how wide it may lie."""

    heavier: str
    lighter: str
    low: float
    value: float
    high: float
    medium: str
    grade: str
    source: str
    title: str
    address: str
    note: str
    note_zh: str = ""

    @property
    def sd_ln(self) -> float:
        """Standard deviation of its logarithm, the range taken as two standard deviations either way."""
        return math.log(self.high / self.low) / 4

    def as_estimate(self) -> Estimate:
        """The same figure for a list of sources."""
        return Estimate(
            f"{self.heavier}/{self.lighter}",
            self.value,
            "1",
            f"separation factor in {self.medium}",
            self.grade,
            self.low,
            self.high,
            None,
            self.source,
            self.title,
            self.address,
            self.note,
            note_zh=self.note_zh,
            medium=self.medium,
        )


@dataclass(frozen=True)
class Factors:
    """An extractant: its pairs, each joined to one already placed, and the extractability that follows."""

    extractant: str
    pairs: tuple[Pair, ...]
    beta: Mapping[str, float]

    @property
    def order(self) -> tuple[str, ...]:
        """Elements, the least extracted first."""
        return tuple(sorted(self.beta, key=lambda e: self.beta[e]))

    def sd_ln(self, lighter: str, heavier: str) -> float:
        """Standard deviation of the logarithm of the factor of two elements, the errors of pairs independent."""
        paths = {e: self._path(e) for e in (lighter, heavier)}
        return math.sqrt(sum(p.sd_ln**2 for p in paths[lighter] ^ paths[heavier]))

    def _path(self, element: str) -> frozenset[Pair]:
        by_heavier = {p.heavier: p for p in self.pairs}
        path = set()
        while element in by_heavier:
            path.add(by_heavier[element])
            element = by_heavier[element].lighter
        return frozenset(path)


@lru_cache(maxsize=1)
def _table() -> dict[str, tuple[Pair, ...]]:
    found: dict[str, list[Pair]] = {}
    for row in rows("neighbour_factors"):
        found.setdefault(row.text("extractant"), []).append(_pair(row))
    return {name: tuple(pairs) for name, pairs in found.items()}


def _pair(row: Row) -> Pair:
    cited = source(row.text("source"))
    numbers = {c: row.number(c) for c in ("low", "value", "high")}
    text = {c: row.text(c) for c in ("heavier", "lighter", "medium", "grade", "source", "note", "note_zh")}
    return Pair(title=cited.text("title"), address=cited.text("address"), **numbers, **text)  # type: ignore[arg-type]


def extractants() -> tuple[str, ...]:
    """Extractants that have a set of factors."""
    return tuple(_table())


@lru_cache(maxsize=8)
def factors(extractant: str) -> Factors:
    """The factors of ``extractant``; raises UnknownName, and TableError where a pair hangs in the air."""
    table = _table()
    if extractant not in table:
        raise UnknownName("extractant", extractant, table)
    pairs = table[extractant]
    beta: dict[str, float] = {pairs[0].lighter: 1.0}
    for pair in pairs:
        if pair.lighter not in beta or pair.heavier in beta:
            raise TableError(
                f"{pair.heavier}/{pair.lighter} of {extractant} hangs in the air",
                where="neighbour_factors.csv",
                expected="a pair whose lighter element stands in a row above, and whose heavier does not",
            )
        beta[pair.heavier] = beta[pair.lighter] * pair.value
    return Factors(extractant, pairs, beta)
