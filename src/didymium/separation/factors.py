"""Separation factors of the extractants a plant is designed with: by pair, with medium, range, source and grade.

A factor is cited as such, or follows from two extraction constants; its range then is two of their standard errors,
those of interpolated elements included. Either way the range reaches to what other sets of the same extractant say.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from didymium.errors import TableError, UnknownName
from didymium.separation.economics import Estimate
from didymium.separation.extractants import extractant as constants_of
from didymium.separation.tables import rows, source
from didymium.world.reader import Row

__all__ = ["Factors", "Pair", "Rival", "factors"]

SETS = {"P507": ("pc88a", "p507_industrial"), "naphthenic acid": ("naphthenic_acid",)}
"""Sets of extraction constants of each extractant."""

ACIDS = {"chloride": "HCl", "nitrate": "HNO3", "sulfate": "H2SO4"}


@dataclass(frozen=True)
class Rival:
    """What another set of constants says of the same pair."""

    value: float
    salt: str
    grade: str
    source: str
    title: str
    address: str


@dataclass(frozen=True)
class Pair:
    """The separation factor of one pair: heavier over lighter, where it was found, how wide it may lie.

    ``salt`` is chloride, nitrate or mixed; ``interpolated`` says that no one measured an end of it; ``error_ln`` is the
    standard error of its logarithm by its constants, zero where it is cited as a factor.
    """

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
    salt: str = "chloride"
    interpolated: bool = False
    error_ln: float = 0.0
    rivals: tuple[Rival, ...] = ()

    @property
    def sd_ln(self) -> float:
        """Standard deviation of its logarithm: of its constants, or the range as two either way where that is wider."""
        return max(self.error_ln, math.log(self.high / self.low) / 4)

    def as_estimates(self) -> tuple[Estimate, ...]:
        """The same figure for a list of sources, and what rivals say beside it."""
        key = f"{self.heavier}/{self.lighter}"
        beside = (
            Estimate(
                key, r.value, "1", "", r.grade, source=r.source, title=r.title, address=r.address, beside=True,
                medium=ACIDS[r.salt],
            )
            for r in self.rivals
        )  # fmt: skip
        own = Estimate(
            key,
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
        return (own, *beside)


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
        return math.sqrt(sum(p.sd_ln**2 for p in self.between(lighter, heavier)))

    def between(self, lighter: str, heavier: str) -> frozenset[Pair]:
        """The pairs that the factor of two elements is made of."""
        return self._path(lighter) ^ self._path(heavier)

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
    text = {c: row.text(c) for c in ("heavier", "lighter", "medium", "grade", "source", "note", "note_zh")}
    own, ends = row.text("constants"), (text["lighter"], text["heavier"])
    typed, salt = row.optional("value"), row.text("salt")
    if (typed is None) != bool(own) or bool(salt) == bool(own):
        raise TableError(
            f"{ends[1]}/{ends[0]} of {row.text('extractant')} has a value and constants, or neither",
            where=f"neighbour_factors.csv:{row.line}",
            expected="a value with its salt, or the set of constants that gives both",
        )
    value, error, interpolated = (typed or 0.0, 0.0, False) if not own else _of_constants(own, *ends)
    rivals = tuple(
        _rival(key, *ends)
        for key in SETS.get(row.text("extractant"), ())
        if key != own and {*ends} <= constants_of(key).constants.keys()
    )
    # No one doubts the order of the elements, so no range reaches below one.
    spread = [row.optional("low") or max(value * math.exp(-2 * error), 1.0)]
    spread += [row.optional("high") or value * math.exp(2 * error), *(r.value for r in rivals)]
    return Pair(
        low=min(spread),
        value=value,
        high=max(spread),
        title=cited.text("title"),
        address=cited.text("address"),
        salt=salt or constants_of(own).medium,
        interpolated=interpolated,
        error_ln=error if row.optional("low") is None else 0.0,
        rivals=tuple(r for r in rivals if r.source != text["source"]),
        **text,
    )


def _of_constants(key: str, lighter: str, heavier: str) -> tuple[float, float, bool]:
    """The factor by two constants, the standard error of its logarithm, and whether an end is interpolated."""
    ends = [constants_of(key).constants[e] for e in (lighter, heavier)]
    error = math.log(10) * math.hypot(*(c.sd_log_k for c in ends))
    return 10 ** (ends[1].log_k - ends[0].log_k), error, any(c.basis.startswith("interpolated") for c in ends)


def _rival(key: str, lighter: str, heavier: str) -> Rival:
    law = constants_of(key)
    ends = [law.constants[e] for e in (lighter, heavier)]
    found = next(r for r in rows("extraction_constants") if r.text("extractant") == key)
    return Rival(
        _of_constants(key, lighter, heavier)[0],
        law.medium,
        max(c.grade for c in ends),
        found.text("source"),
        ends[0].source_title,
        ends[0].source_address,
    )


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
