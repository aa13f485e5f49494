"""A case: one claim with its subject resolved, and the helpers that rules share."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from didymium.claims.record import Claim
from didymium.claims.subject import Subject, resolve
from didymium.claims.tolerance import tolerance_of
from didymium.claims.verdict import Attainable, Evidence, Finding, Reason, Relation, Stated, Tolerance, Verdict
from didymium.claims.vocabulary import vocabulary
from didymium.claims.when import Span, span_of
from didymium.errors import UnitError
from didymium.units import convert
from didymium.world import World
from didymium.world.belief import Figure
from didymium.world.reader import Row

__all__ = ["Case", "WEAK", "bare", "case_of", "from_figure", "from_row", "strong"]

WEAK = "D"
"""Grade of figures that may be shown but never carry a verdict."""


@dataclass(frozen=True)
class Case:
    """A claim ready to be checked: ``tolerance`` in the claim's unit, ``subject`` resolved."""

    world: World
    claim: Claim
    subject: Subject
    tolerance: Tolerance | None
    seed: int = 0

    @property
    def place(self) -> str:
        """The place the claim is about, empty where none is known."""
        return self.subject.place or ""

    @property
    def span(self) -> Span | None:
        """The time the claim names, None for now or none."""
        return span_of(self.claim.when) if self.claim.when else None

    @property
    def year(self) -> int:
        """The year that figures must be of: the year named, else the last one complete when the text was written."""
        return self.span.last_year if self.span else self.claim.anchor_date.year - 1

    @property
    def future(self) -> bool:
        """Whether the claim is about a time after the text."""
        return self.ahead or self.claim.modality in ("target", "forecast")

    @property
    def ahead(self) -> bool:
        """Whether the time named begins after the text."""
        return self.span is not None and self.span.start > self.claim.anchor_y

    @property
    def exact(self) -> bool:
        """Whether the claim names a time that has begun: then only figures of that time can meet or contradict it."""
        return self.span is not None and not self.ahead

    @property
    def nation(self) -> str:
        """The country or bloc that the subject is the whole of; empty for a part of one, a firm or a thing."""
        return self.subject.whole

    @property
    def unit(self) -> str:
        """The first unit of the variable: figures are compared in it."""
        return vocabulary()[self.claim.variable].units[0]

    def agrees(self, value: float | None, low: float | None = None, high: float | None = None) -> bool:
        """Whether a figure, or the range around it, agrees with the claim (in the claim's unit)."""
        if self.tolerance is None:
            return False
        ends = [x for x in (low, value, high) if x is not None]
        return bool(ends) and self.tolerance.meets(min(ends), max(ends))

    def allows(self, value: float, bound: str) -> bool:
        """Whether a figure that is only a floor or a ceiling leaves room for the claim."""
        if self.tolerance is None or not bound:
            return False
        return self.tolerance.high >= value if bound == "floor" else self.tolerance.low <= value

    def in_claim_unit(self, value: float, unit: str) -> float | None:
        """``value`` in the claim's unit, or None where the two count different things."""
        try:
            return convert(value, unit, self.claim.unit)
        except UnitError:
            return None

    @property
    def substance_named(self) -> bool:
        """Whether the claim says what its mass is of; bare tonnes are read as tonnes of what the figures count."""
        return " " in self.claim.unit.split("/")[0]

    def as_claimed(self, value: float, unit: str, *, any_substance: bool = False) -> float | None:
        """``value`` in the claim's unit, a bare mass read as mass per year; None where the two count different things.

        A claim that names no substance takes the figure's; ``any_substance`` lets the figure's differ as well.
        """
        if unit == self.claim.unit:
            return value
        for target in (self.claim.unit, f"{self.claim.unit}/y"):
            pairs = [(unit, target)]
            if any_substance or not self.substance_named:
                pairs.append((bare(unit), bare(target)))
            for source, wanted in pairs:
                try:
                    return convert(value, source, wanted)
                except UnitError:
                    continue
        return None

    def finding(
        self,
        verdict: Verdict,
        reasoning: Iterable[Reason],
        evidence: Iterable[Evidence] = (),
        *,
        missing: Iterable[str] = (),
        stated: Stated | None = None,
        attainable: Attainable | None = None,
        more_sources: Iterable[str] = (),
    ) -> Finding:
        """A finding on this claim; evidence that matches first, then what can be cited, best graded, newest."""
        rank = {r: i for i, r in enumerate(Relation)}
        listed = sorted(
            dict.fromkeys(evidence), key=lambda e: (rank[e.relation], e.second_hand, e.grade, -e.year, e.where)
        )
        return Finding(
            self.claim,
            verdict,
            tuple(reasoning),
            tuple(listed),
            self.tolerance,
            stated,
            attainable,
            tuple(dict.fromkeys(missing)),
            frozenset(more_sources),
        )


def bare(unit: str) -> str:
    """A unit without the substances that its masses are of: ``kt REO/y`` gives ``kt/y``."""
    return "/".join(token.strip().split(" ")[0] for token in unit.split("/"))


def case_of(world: World, claim: Claim, seed: int = 0) -> Case:
    """The case of ``claim`` in ``world``."""
    return Case(world, claim, resolve(world, claim.subject, claim.subject_type), tolerance_of(claim), seed)


_SECOND_HAND = re.compile(r"(?:github|public[- ]repository|notes in a public repository|social post)\b", re.IGNORECASE)


def _second_hand(world: World, source: str) -> bool:
    """Whether a source is itself a repository or a social post; a copy of a work that is named as such is not."""
    return _SECOND_HAND.match(world.source(source).text("title")) is not None


def from_figure(world: World, figure: Figure, relation: Relation) -> Evidence:
    """Evidence from a figure of a belief."""
    return Evidence(
        figure.value,
        figure.unit,
        figure.definition,
        figure.publisher,
        figure.year,
        figure.grade,
        figure.source,
        figure.where,
        relation,
        note=figure.note,
        second_hand=_second_hand(world, figure.source),
    )


def from_row(
    world: World,
    row: Row,
    relation: Relation,
    *,
    value: float | None,
    unit: str,
    definition: str,
    year: int,
    publisher: str = "",
    low: float | None = None,
    high: float | None = None,
    text: str = "",
) -> Evidence:
    """Evidence from a row of a table; the publisher is that of its source unless named."""
    source = row.text("source")
    named = publisher or world.source(source).text("publisher")
    note = row.text("note") if "note" in row else ""
    where = f"{row.table}.csv:{row.line}"
    return Evidence(
        value,
        unit,
        definition,
        named,
        year,
        row.text("grade"),
        source,
        where,
        relation,
        low,
        high,
        text,
        note,
        _second_hand(world, source),
    )


def strong(evidence: Iterable[Evidence]) -> list[Evidence]:
    """Evidence of a grade that may carry a verdict."""
    return [e for e in evidence if e.grade != WEAK]


_FLOOR = re.compile(r"\b(?:more than|over|above|at least|lower bound)\b")
_CEILING = re.compile(r"\b(?:less than|under|below|upper bound)\b")


def bounds_in(note: str) -> str:
    """Whether a note calls its figure a "floor" or a "ceiling"; empty for a plain figure."""
    return "floor" if _FLOOR.search(note) else "ceiling" if _CEILING.search(note) else ""


def relabel(evidence: Iterable[Evidence], relation: Relation) -> list[Evidence]:
    """The same evidence in another relation to the claim."""
    return [replace(e, relation=relation) for e in evidence]
