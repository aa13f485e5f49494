"""What officials and companies have said: statements on record, by variable, place and year."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from didymium.claims.case import Case, bounds_in, from_row, strong
from didymium.claims.rules.judge import Candidate, judge, nothing_found
from didymium.claims.verdict import Attainable, Evidence, Finding, Reason, Relation, Stated, Verdict, because
from didymium.claims.when import span_of
from didymium.world.reader import Row

__all__ = ["STATED_VERDICT", "counts", "import_dependence", "spoken", "statement_candidates"]

STATED_VERDICT = {
    Stated.AS_REPORTED: Verdict.SUPPORTED,
    Stated.CONFLICTING: Verdict.CONFLICTING,
    # The list of statements is no census: what others said does not disprove that this was said.
    Stated.OTHERWISE: Verdict.CONFLICTING,
    Stated.NOT_FOUND: Verdict.NOT_ENOUGH,
}


@dataclass(frozen=True)
class _Kind:
    variable: str
    prefix: str
    definition: str
    usual: bool


@lru_cache(maxsize=1)
def _kinds() -> tuple[_Kind, ...]:
    text = files("didymium.claims").joinpath("statement_variables.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return tuple(_Kind(r["variable"], r["statement"], r["definition"], r["usual"] == "yes") for r in rows)


def _kind(claim_variable: str, statement: str) -> _Kind | None:
    """What a statement counts for a claim variable: the longest prefix that fits, or None."""
    fitting = [k for k in _kinds() if statement.startswith(k.prefix)]
    best = max(fitting, key=lambda k: len(k.prefix), default=None)
    if best is None or best.variable != claim_variable:
        return None
    return best


def _evidence(case: Case, row: Row, kind: _Kind, year: int) -> Evidence:
    text = row.text("value_text")
    return from_row(
        case.world,
        row,
        Relation.CONTEXT,
        value=row.optional("value"),
        unit=row.text("unit"),
        definition=kind.definition,
        year=_said_in(case, row) or (year if row.text("modality") == "fact" else 0),
        text=f"{row.text('variable')} ({row.text('modality')})" + (f": {text}" if text else ""),
    )


def _agrees(case: Case, row: Row, value: float | None) -> bool:
    """Whether a stated value agrees; one stated as a ceiling stands for all below it."""
    if value is None:
        return False
    return case.agrees(value, low=0.0 if bounds_in(row.text("note")) == "ceiling" else None)


def _said_in(case: Case, row: Row) -> int | None:
    """The year in which a statement was published; its own date is the year that it is about."""
    published = span_of(case.world.source(row.text("source")).text("date"))
    return published.first_year if published else None


def statement_candidates(case: Case, *, future: bool) -> list[Candidate]:
    """Statements on the claim's variable and places: of its target year for the future, else facts up to the text."""
    found = []
    for place in case.subject.places:
        for row in case.world.rows("statements", place=place):
            kind, span = _kind(case.claim.variable, row.text("variable")), span_of(row.text("date"))
            if kind is None or span is None:
                continue
            said_of_future = row.text("modality") != "fact"
            if said_of_future != future or (not future and span.start > case.claim.anchor_y):
                continue
            year = span.first_year
            current = year == case.span.last_year if future and case.span else not future
            value = row.optional("value")
            # "t/y" of a target and "t REO/y" differ by what the tonnes are of, which neither side states.
            in_unit = None if value is None else case.as_claimed(value, row.text("unit"), any_substance=True)
            like = value is None or in_unit is not None
            agrees = _agrees(case, row, in_unit)
            if current or not future:
                evidence = _evidence(case, row, kind, year)
                found.append(Candidate(evidence, agrees, kind.usual, current, comparable=like))
    return found


def spoken(case: Case) -> tuple[Stated, list[Reason], list[Evidence]]:
    """Whether a statement about the future is on record as claimed, with the rivals."""
    found = statement_candidates(case, future=True)
    evidence = [c.related for c in found]
    counted = [c for c in found if c.comparable and strong([c.evidence])]
    values = sorted({c.evidence.value for c in counted if c.evidence.value is not None})
    listed = ", ".join(f"{v:,.10g}" for v in values)
    yes = [c for c in counted if c.agrees]
    no = [c for c in counted if not c.agrees]
    if not counted:
        return Stated.NOT_FOUND, [because("not_stated", subject=case.claim.subject)], evidence
    if not yes:
        return Stated.OTHERWISE, [because("stated_otherwise", values=listed, n=len(counted))], evidence
    first = min(yes, key=lambda c: (not c.usual, c.evidence.grade)).evidence
    reasons = [because("stated_by", publisher=first.publisher, grade=first.grade, definition=first.definition)]
    if no:
        reasons.append(because("speakers_differ", values=listed, n=len(counted)))
        return Stated.CONFLICTING, reasons, evidence
    return Stated.AS_REPORTED, reasons, evidence


def import_dependence(case: Case) -> Finding:
    """Import dependence: a statement of today against facts on record, a target against the speakers."""
    if not case.nation:
        return nothing_found(case, "place")
    if case.future:
        stated, reasons, evidence = spoken(case)
        unknown = Attainable(None, because("no_model_of_dependence"))
        missing = ["dependence_by_stage", "market_model"]
        return case.finding(
            STATED_VERDICT[stated], reasons, evidence, stated=stated, attainable=unknown, missing=missing
        )
    return _as_reported(case, "dependence_by_stage")


def _as_reported(case: Case, missing: str) -> Finding:
    found = statement_candidates(case, future=False)
    finding = judge(case, found, missing=missing)
    speakers = {c.evidence.source for c in found if c.agrees}
    if finding.verdict is Verdict.SUPPORTED and len(speakers) == 1:
        only = because("one_speaker", publisher=finding.evidence[0].publisher)
        return case.finding(
            finding.verdict, [*finding.reasoning, only], finding.evidence, missing=["independent_statistic"]
        )
    return finding


def counts(case: Case) -> Finding:
    """Numbers of elements or deposits, and shares of reserves in production, as officials state them."""
    if not case.nation:
        return nothing_found(case, "place")
    return _as_reported(case, "count_on_record")
