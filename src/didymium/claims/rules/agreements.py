"""Deals and agreements: how many, how large, and whether rare earths are in them."""

from __future__ import annotations

from didymium.claims.case import Case, from_row
from didymium.claims.rules.capex import rates
from didymium.claims.rules.judge import Candidate, judge_any, nothing_found
from didymium.claims.rules.statements import statement_candidates
from didymium.claims.subject import initials, mentions, places_in
from didymium.claims.verdict import Evidence, Finding, Relation, Verdict, because
from didymium.claims.when import span_of
from didymium.world.reader import Row

__all__ = ["agreements", "deal_value", "names_firm"]


def _in_time(case: Case, row: Row) -> bool:
    span = span_of(row.text("date"))
    if span is None:
        return False
    if case.span is not None:
        return span.overlaps(case.span)
    return span.start <= case.claim.anchor_y + 1 / 12


def _parties(case: Case, row: Row) -> set[str]:
    return set(places_in(case.world, row.text("parties")))


def _evidence(case: Case, row: Row, relation: Relation = Relation.CONTEXT) -> Evidence:
    about = "rare earths" if row.flag("rare_earths") else "not about rare earths"
    return from_row(
        case.world,
        row,
        relation,
        value=row.optional("value_usd"),
        unit="USD",
        definition=f"{row.text('kind')}, {about}",
        year=int(row.text("date")[:4]),
        text=f"{row.text('parties')}: {row.text('subject')}",
    )


def agreements(case: Case) -> Finding:
    """A number of agreements between places: those on record, and how many of them are about rare earths."""
    places = set(case.subject.places)
    if not places:
        return nothing_found(case, "place")
    rows = [r for r in case.world.rows("agreements") if _in_time(case, r) and places <= _parties(case, r)]
    about = [r for r in rows if r.flag("rare_earths")]
    count = because("agreements_on_record", n=len(rows), rare_earths=len(about), period=case.claim.when or "any_time")
    reasons = [count, because("no_rare_earths_in_them" if not about else "rare_earths_in_them", n=len(about))]
    spoken = statement_candidates(case, future=False)
    evidence = [_evidence(case, r) for r in rows] + [c.related if c.usual else c.evidence for c in spoken]
    if any(c.agrees and c.usual for c in spoken):
        return case.finding(Verdict.SUPPORTED, reasons, evidence)
    reasons.append(because("list_is_not_a_census", subject=case.claim.subject))
    return case.finding(Verdict.NOT_ENOUGH, reasons, evidence, missing=["list_of_agreements"])


def names_firm(subject: str, text: str) -> bool:
    """Whether ``text`` names the firm or agency in ``subject``, by name (before brackets or slash) or by initials."""
    name = subject.split("(")[0].split("/")[0].strip()
    words = [w for w in name.replace(",", " ").split() if len(w) > 1]
    short = {initials(" ".join(words)), initials(" ".join(words[1:]))}
    return mentions(name, text) or any(len(s) > 2 and mentions(s, text) for s in short)


def deal_value(case: Case) -> Finding:
    """The value of a deal or grant: only agreements that name the same firm, or exactly the same places, count."""
    if case.claim.unit not in rates(case.world):
        return case.finding(Verdict.NOT_CHECKABLE, [because("no_exchange_rate", currency=case.claim.unit)])
    rate = rates(case.world)[case.claim.unit]
    found = []
    for row in case.world.rows("agreements"):
        if not _in_time(case, row) or not _same_parties(case, row):
            continue
        value = row.optional("value_usd")
        ends = (None, None) if value is None else (value * rate.low_per_usd, value * rate.high_per_usd)
        usual = row.flag("rare_earths") or case.claim.domain == "adjacent"
        found.append(Candidate(_evidence(case, row), value is not None and case.agrees(None, *ends), usual))
    valued = [c for c in found if c.evidence.value is not None]
    reasons = [] if case.claim.domain == "chain" else [because("outside_the_chain")]
    if valued:
        return judge_any(case, valued, missing="deal", extra=reasons)
    finding = nothing_found(case, "deal_value")
    return case.finding(
        finding.verdict, [*finding.reasoning, *reasons], [c.evidence for c in found], missing=["deal_value"]
    )


def _same_parties(case: Case, row: Row) -> bool:
    if case.claim.subject_type in ("company", "agency", "thing"):
        return names_firm(case.claim.subject, f"{row.text('parties')}; {row.text('subject')}")
    return bool(case.subject.places) and set(case.subject.places) == _parties(case, row)
