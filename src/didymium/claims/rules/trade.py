"""Trade: where imports come from, and how much moves."""

from __future__ import annotations

from didymium.claims.case import Case, from_row
from didymium.claims.rules.judge import Candidate, judge, nothing_found
from didymium.claims.subject import places_in
from didymium.claims.verdict import Finding, Relation
from didymium.claims.when import Span, span_of
from didymium.world.reader import Row

__all__ = ["import_share_from", "trade_quantity"]

_FORMS = {"magnet": ("magnet", "magnet_alloy"), "metal": ("metal", "compounds_metals"), "mine": ("concentrate",)}
_ANY_FORM = ("compounds_metals", "compounds", "ores_compounds")


def _forms(case: Case) -> tuple[str, ...]:
    return _FORMS.get(case.claim.stage or "", _ANY_FORM)


def _current(case: Case, span: Span, spans: list[Span]) -> bool:
    """Whether a period is the one claimed: inside the years named, else the newest before the text."""
    if case.exact and case.span is not None:
        return case.span.start <= span.start and span.end <= case.span.end
    past = [s.end for s in spans if s.start < case.claim.anchor_y]
    return span.end == max(past, default=span.end)


def _candidate(case: Case, row: Row, value: float, unit: str, spans: list[Span]) -> Candidate | None:
    span = span_of(row.text("period"))
    if span is None:
        return None
    evidence = from_row(
        case.world,
        row,
        Relation.CONTEXT,
        value=value,
        unit=unit,
        definition=f"{row.text('product')}, {row.text('period')}",
        year=span.last_year,
    )
    # What moves in a year is a rate per year; what moves in a part of one is only a mass.
    flow = "t/y" if unit == "t" and abs(_length(span) - 1) < 0.05 else unit
    in_unit = case.as_claimed(value, flow)
    usual = row.text("form") in _forms(case)
    current = _current(case, span, spans)
    return Candidate(evidence, case.agrees(in_unit), usual, current, comparable=in_unit is not None)


def import_share_from(case: Case) -> Finding:
    """The partner's share of a place's imports, product by product and period by period."""
    partners = places_in(case.world, case.claim.partner or "")
    if not case.nation or not partners:
        return nothing_found(case, "partner" if case.nation else "place")
    rows = [
        r
        for r in case.world.rows("trade", flow="import", reporter=case.nation, partner=partners[0])
        if r.optional("share_pct") is not None and r.text("method") != "rejected"
    ]
    spans = [s for r in rows if (s := span_of(r.text("period"))) is not None]
    found = [_candidate(case, r, r.number("share_pct"), "percent", spans) for r in rows]
    return judge(case, [c for c in found if c is not None], missing="trade_share")


def trade_quantity(case: Case) -> Finding:
    """Exports or imports in tonnes: the period must be the one claimed, the goods of the stage named."""
    if not case.nation:
        return nothing_found(case, "place")
    flow = "export" if case.claim.variable == "export_t" else "import"
    rows = [
        r
        for r in case.world.rows("trade", flow=flow, reporter=case.nation, partner="WLD")
        if r.optional("quantity_t") is not None and r.text("method") != "rejected"
    ]
    spans = [s for r in rows if (s := span_of(r.text("period"))) is not None]
    if case.exact and case.span is not None:
        rows = [
            r
            for r in rows
            if (s := span_of(r.text("period"))) is not None and abs(_length(s) - _length(case.span)) < 0.05
        ]
    found = [_candidate(case, r, r.number("quantity_t"), "t", spans) for r in rows]
    return judge(case, [c for c in found if c is not None], missing="trade_quantity")


def _length(span: Span) -> float:
    return span.end - span.start
