"""Verdicts, evidence and findings: what a check hands back.

Verdicts, in the order of the design, and one more:

====================================  ==========================================================================
supported                             figures under the definition the claim names, or the usual one, agree
supported_other_definition            figures agree, but under another definition, basket, place or year basis
outdated                              figures of an earlier year, or of an earlier edition, agree; those of the year in
                                      question do not, or have been revised
contradicted                          figures exist under the usual definition and none agrees
conflicting_sources                   sources of like standing disagree, some with the claim and some against it
not_enough_evidence                   no figure, or only figures too weak to carry a verdict (grade D alone)
not_checkable                         no quantity, or no rule for such a variable
not_comparable                        as stated, figure and evidence count different things (ore against oxide,
                                      money without a currency); this one is an addition to the design
====================================  ==========================================================================

A statement about the future gets two: ``stated``, whether it is reported as claimed, and ``attainable``, the chance
that it comes true. Its ``verdict`` is then that of the statement for a target, and that of the outside view for a
forecast or an opinion: supported from a probability of 0.9 up, contradicted from 0.1 down (the "very likely" and "very
unlikely" of Mastrandrea et al. 2010, IPCC guidance on uncertainty), not_enough_evidence between.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from didymium.claims.record import Claim

__all__ = [
    "LIKELY",
    "UNLIKELY",
    "Attainable",
    "Evidence",
    "Finding",
    "Findings",
    "Parameter",
    "Reason",
    "Relation",
    "Stated",
    "Tolerance",
    "Verdict",
]

LIKELY, UNLIKELY = 0.9, 0.1

Parameter = str | int | float


class Verdict(StrEnum):
    """What the evidence says about a claim as stated."""

    SUPPORTED = "supported"
    OTHER_DEFINITION = "supported_other_definition"
    OUTDATED = "outdated"
    CONTRADICTED = "contradicted"
    CONFLICTING = "conflicting_sources"
    NOT_ENOUGH = "not_enough_evidence"
    NOT_COMPARABLE = "not_comparable"
    NOT_CHECKABLE = "not_checkable"


class Stated(StrEnum):
    """Whether a target, plan or forecast is on record as claimed."""

    AS_REPORTED = "as_reported"
    CONFLICTING = "conflicting"
    OTHERWISE = "otherwise"
    NOT_FOUND = "not_found"


class Relation(StrEnum):
    """How one piece of evidence stands to the claim."""

    MATCHES = "matches"
    EARLIER_EDITION = "matches_earlier_edition"
    OTHER_DEFINITION = "matches_other_definition"
    OTHER_YEAR = "matches_other_year"
    DIFFERS = "differs"
    CONTEXT = "context"


@dataclass(frozen=True)
class Reason:
    """A sentence of the reasoning: the key of a message and its parameters; words come from a catalogue."""

    key: str
    parameters: tuple[tuple[str, Parameter], ...] = ()


def because(key: str, **parameters: Parameter) -> Reason:
    """A reason with named parameters."""
    return Reason(key, tuple(sorted(parameters.items())))


@dataclass(frozen=True)
class Evidence:
    """One figure of the world beside the claim.

    ``where`` is the table and line, ``text`` what the row says in words, ``year`` 0 where it is not known;
    ``second_hand`` marks repositories and social posts, which nobody can cite: they come last whatever their grade.
    """

    value: float | None
    unit: str
    definition: str
    publisher: str
    year: int
    grade: str
    source: str
    where: str
    relation: Relation
    low: float | None = None
    high: float | None = None
    text: str = ""
    note: str = ""
    second_hand: bool = False


@dataclass(frozen=True)
class Tolerance:
    """The interval of true values that agree with the claim, in the claim's unit, and how it was chosen."""

    low: float
    high: float
    how: Reason
    low_open: bool = False
    high_open: bool = False

    def holds(self, value: float) -> bool:
        """Whether ``value`` agrees with the claim."""
        above = value > self.low if self.low_open else value >= self.low
        below = value < self.high if self.high_open else value <= self.high
        return above and below

    def meets(self, low: float, high: float) -> bool:
        """Whether some value between ``low`` and ``high`` agrees."""
        if low == high:
            return self.holds(low)
        return self.holds(low) or self.holds(high) or low <= self.low <= high or low <= self.high <= high


@dataclass(frozen=True)
class Attainable:
    """The chance that a statement about the future comes true; None with the reason where it cannot be told.

    ``bound`` says whether the probability is an estimate, or an upper or lower bound. Bands of the probability hold the
    uncertainty of the clocks; ``outcome_band*`` are bands of the quantity itself, in ``outcome_unit``.
    """

    probability: float | None
    reason: Reason
    bound: str = "estimate"
    band50: tuple[float, float] | None = None
    band90: tuple[float, float] | None = None
    n: int | None = None
    n_censored: int | None = None
    comparables: tuple[str, ...] = ()
    outcome_band50: tuple[float, float] | None = None
    outcome_band90: tuple[float, float] | None = None
    outcome_unit: str = ""


@dataclass(frozen=True)
class Finding:
    """One claim checked."""

    claim: Claim
    verdict: Verdict
    reasoning: tuple[Reason, ...]
    evidence: tuple[Evidence, ...] = ()
    tolerance: Tolerance | None = None
    stated: Stated | None = None
    attainable: Attainable | None = None
    missing: tuple[str, ...] = ()
    more_sources: frozenset[str] = field(default_factory=frozenset)

    @property
    def sources(self) -> frozenset[str]:
        """Keys of the sources that the finding stands on."""
        return frozenset(e.source for e in self.evidence) | self.more_sources


@dataclass(frozen=True)
class Findings:
    """All claims of a file checked, in file order."""

    title: str
    findings: tuple[Finding, ...]

    @property
    def sources(self) -> frozenset[str]:
        """Keys of the sources that the findings stand on."""
        return frozenset().union(*(f.sources for f in self.findings))

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many claims got each verdict, in the order of the verdicts, zeros included."""
        return {v: sum(f.verdict == v for f in self.findings) for v in Verdict}

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def __getitem__(self, claim_id: str) -> Finding:
        """The finding on the claim with id ``claim_id``; raises KeyError."""
        for finding in self.findings:
            if finding.claim.id == claim_id:
                return finding
        raise KeyError(claim_id)
