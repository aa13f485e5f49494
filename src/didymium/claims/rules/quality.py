"""Purity, recovery and recycling rates: figures that sound alike and are not."""

from __future__ import annotations

from didymium.claims.case import Case, bounds_in, from_row
from didymium.claims.rules.ceiling import lifts_the_world
from didymium.claims.rules.judge import Candidate, judge, judge_any, nothing_found
from didymium.claims.subject import places_in
from didymium.claims.tolerance import nines
from didymium.claims.verdict import Evidence, Finding, Reason, Relation, because
from didymium.world.reader import Row

__all__ = ["purity", "recycling_rate", "recycling_recovery"]

_LAB = "laboratory"


def purity(case: Case) -> Finding:
    """A purity: what producers of the place reach, beside what uses need."""
    if not case.place:
        return nothing_found(case, "place")
    own, needs = [], []
    for row in case.world.rows("purity"):
        value = row.optional("purity_pct")
        if value is None:
            continue
        evidence = _purity(case, row, value)
        if row.text("place") == case.place or case.world.bloc_of(case.place) == row.text("place"):
            own.append(Candidate(evidence, case.agrees(value), current=True))
        elif row.text("place") == "WLD":
            needs.append(evidence)
    if not own:
        return nothing_found(case, "purity_figure")
    finding = _reached(case, own)
    return case.finding(
        finding.verdict, [*finding.reasoning, *_need(needs)], [*finding.evidence, *needs], missing=finding.missing
    )


def _purity(case: Case, row: Row, value: float) -> Evidence:
    return from_row(
        case.world,
        row,
        Relation.CONTEXT,
        value=value,
        unit="percent",
        definition=f"{row.text('product')}, {row.text('basis')}",
        year=int(row.optional("year") or 0),
        text=f"{row.text('producer')}: {row.text('use')}",
    )


def _reached(case: Case, own: list[Candidate]) -> Finding:
    """ "Reaches 99.99 %" is met by one producer that does; the market standards below it are another question."""
    finding = judge_any(case, own, missing="purity_figure")
    best = max(own, key=lambda c: c.evidence.value or 0.0).evidence
    product = because(
        "purity_by_product", value=best.value or 0.0, publisher=best.publisher, definition=best.definition
    )
    return case.finding(finding.verdict, [*finding.reasoning, product], finding.evidence, missing=finding.missing)


def _need(needs: list[Evidence]) -> list[Reason]:
    magnets = [e for e in needs if "magnet" in e.text.casefold() and e.value is not None]
    if not magnets:
        return []
    values = [e.value for e in magnets if e.value is not None]
    return [because("magnets_need", low=min(values), high=max(values), nines=round(nines(max(values)), 1))]


def recycling_recovery(case: Case) -> Finding:
    """A recovery in a process: industry and laboratory rows; never a recycling rate, which is shown beside it."""
    found = [*_process_rows(case), *_recovery_rows(case)]
    finding = judge(case, found, missing="recovery_figure")
    rates = [c.evidence for c in _rates(case)]
    reasons: list[Reason] = [*finding.reasoning, *_not_a_rate(rates)]
    return case.finding(finding.verdict, reasons, [*finding.evidence, *rates], missing=finding.missing)


def _not_a_rate(rates: list[Evidence]) -> list[Reason]:
    end_of_life = [e for e in rates if e.value is not None or e.high is not None]
    if not end_of_life:
        return [because("recovery_is_not_a_rate")]
    values = [v for e in end_of_life for v in (e.value, e.low, e.high) if v is not None]
    return [
        because("recovery_is_not_a_rate"),
        because("rates_on_record", low=min(values), high=max(values), n=len(end_of_life)),
    ]


def _process_rows(case: Case) -> list[Candidate]:
    found = []
    for row in case.world.rows("recycling"):
        value = row.optional("recovery_pct")
        if value is None:
            continue
        evidence = from_row(
            case.world,
            row,
            Relation.CONTEXT,
            value=value,
            unit="percent",
            definition=f"process recovery, {row.text('status')}",
            year=int(row.optional("year") or 0),
            text=row.text("item"),
        )
        here = row.text("place") == case.place and row.text("status") != _LAB
        found.append(Candidate(evidence, case.agrees(value), usual=here))
    return found


def _recovery_rows(case: Case) -> list[Candidate]:
    found = []
    for row in case.world.rows("recoveries", stage="recycle", unit="percent"):
        if row.text("metric") != "recovery":
            continue
        low, value, high = (row.optional(c) for c in ("low", "value", "high"))
        region = row.text("region")
        evidence = from_row(
            case.world,
            row,
            Relation.CONTEXT,
            value=value,
            unit="percent",
            definition=f"process recovery, {region or row.text('basis')}",
            year=int(row.optional("year") or 0),
            low=low,
            high=high,
            text=row.text("route"),
        )
        here = case.place in places_in(case.world, region) and region != _LAB
        found.append(Candidate(evidence, case.agrees(value, low, high), usual=here))
    return found


def _rates(case: Case) -> list[Candidate]:
    """Rates of recycling on record, of the place or of the world."""
    found = []
    for row in case.world.rows("recycling", unit="percent"):
        value, place = row.optional("capacity"), row.text("place")
        if value is None or row.text("kind") not in ("rate", "share") or place not in (case.place, "WLD"):
            continue
        ceiling = bounds_in(row.text("note")) == "ceiling"
        low = 0.0 if ceiling else None
        evidence = from_row(
            case.world,
            row,
            Relation.CONTEXT,
            value=value,
            unit="percent",
            low=low,
            definition=f"recycling {row.text('kind')}",
            year=int(row.optional("year") or 0),
            text=row.text("item"),
        )
        usual = row.text("kind") == "rate" and place == case.place
        found.append(Candidate(evidence, case.agrees(value, low), usual))
    return found


def recycling_rate(case: Case) -> Finding:
    """A share of scrap or demand met by recycling, against rates on record, and what it would do to the world's."""
    found = _rates(case)
    finding = judge(case, found, missing="recycling_rate")
    world = [c.evidence for c in found if c.evidence.definition == "recycling rate" and not c.usual]
    return lifts_the_world(case, finding, world)
