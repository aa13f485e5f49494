"""Dates: deadlines on record, and events of a time."""

from __future__ import annotations

from didymium.claims.case import Case, from_row, relabel
from didymium.claims.rules.judge import nothing_found
from didymium.claims.rules.statements import statement_candidates
from didymium.claims.subject import places_in
from didymium.claims.verdict import Attainable, Evidence, Finding, Relation, Stated, Verdict, because
from didymium.claims.when import Span, span_of
from didymium.world.reader import Row

__all__ = ["dates"]


def _claimed(case: Case) -> Span | None:
    for text in (case.claim.value, case.claim.when):
        if isinstance(text, str) and (span := span_of(text)) is not None:
            return span
    return None


def _events(case: Case, span: Span) -> list[Evidence]:
    """Events of the claim's places from two months before the date to its end."""
    wide = Span(span.start - 1 / 6, span.end)
    found = []
    for row in case.world.rows("events"):
        when = span_of(row.text("start"))
        if when is None or not when.overlaps(wide):
            continue
        if set(places_in(case.world, row.text("actor"))) & set(case.subject.places):
            found.append(_event(case, row))
    return found


def _event(case: Case, row: Row) -> Evidence:
    return from_row(
        case.world,
        row,
        Relation.CONTEXT,
        value=None,
        unit="1",
        definition=f"event, {row.text('kind')}",
        year=int(row.text("start")[:4]),
        text=f"{row.text('start')}: {row.text('description')}",
    )


def dates(case: Case) -> Finding:
    """A deadline or a date: dates on record for that variable decide; events of the time are shown."""
    span = _claimed(case)
    if not case.place or span is None:
        return nothing_found(case, "place" if span else "value")
    events = _events(case, span)
    found = statement_candidates(case, future=True) or statement_candidates(case, future=False)
    on_record: list[Evidence] = []
    other: list[Evidence] = []
    for candidate in found:
        named = span_of(candidate.evidence.text.rpartition(": ")[2])
        (on_record if named is not None and named.overlaps(span) else other).append(candidate.evidence)
    attainable = _passed(span) if case.claim.variable == "policy_deadline" else None
    if on_record:
        first = on_record[0]
        reasons = [
            because("date_on_record", date=first.text.rpartition(": ")[2], publisher=first.publisher, grade=first.grade)
        ]
        evidence = [*relabel(on_record, Relation.MATCHES), *relabel(other, Relation.DIFFERS), *events]
        stated = Stated.AS_REPORTED if case.future else None
        return case.finding(Verdict.SUPPORTED, reasons, evidence, stated=stated, attainable=attainable)
    reason = because("events_of_the_time" if events else "no_event_of_the_time", n=len(events))
    return case.finding(
        Verdict.NOT_ENOUGH, [reason], [*relabel(other, Relation.DIFFERS), *events], missing=["date_on_record"]
    )


def _passed(span: Span) -> Attainable:
    """Whether an authority acts by a date has no clock: its own acts are not a sample."""
    return Attainable(None, because("no_clock_for_acts", year=str(span.last_year)))
