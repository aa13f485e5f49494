"""Prices: of which material, on which market, with or without tax, and when; a floor is a contract, not a price."""

from __future__ import annotations

from itertools import pairwise

from didymium.claims.case import Case, from_row
from didymium.claims.rules.agreements import names_firm
from didymium.claims.rules.capex import rates
from didymium.claims.rules.judge import Candidate, judge, nothing_found
from didymium.claims.subject import mentions
from didymium.claims.verdict import Finding, Reason, Relation, Verdict, because
from didymium.claims.when import Span, span_of
from didymium.errors import UnitError
from didymium.units import convert
from didymium.world import ELEMENTS
from didymium.world.reader import Row

__all__ = ["price", "price_floor"]

FAR = 2.0
"""Spot prices are a sample of their year: a claim within this factor of them is not contradicted by them alone."""

SLIP = (500.0, 2000.0)
"""A claim that is off by so many times has kilograms and tonnes mixed up."""

DIDYMIUM = ("NdPr", "PrNd", "didymium", "镨钕")
FORMS = ("oxide", "metal", "alloy", "price", "prices")

_POLICY, _HOME = "policy", "China domestic"


def price(case: Case) -> Finding:
    """A price against those of the material at that time, market by market.

    A price in yuan is one at home in China, one in another currency is one of export, without tax: the other kind is
    another definition, for the two lay far apart while exports had quotas.
    """
    materials = _materials(case)
    rows = [r for r in case.world.rows("prices") if r.text("material") in materials and r.text("frequency") != _POLICY]
    found = [_candidate(case, r) for r in rows]
    finding = judge(case, found, missing="price_figure")
    now = [c for c in found if c.current and c.comparable and c.usual]
    if not now or finding.verdict is Verdict.NOT_COMPARABLE:
        return finding
    values = [v for c in now for v in (c.evidence.low, c.evidence.value, c.evidence.high) if v is not None]
    low, high = min(values), max(values)
    reasons, verdict = list(finding.reasoning), finding.verdict
    if low < high:
        reasons.append(because("prices_of_the_time", low=low, high=high, n=len(now)))
    reasons += _slip(case, low, high)
    if verdict is Verdict.CONFLICTING:
        verdict = Verdict.SUPPORTED
    if verdict is Verdict.CONTRADICTED and not _far(case, low, high) and not any(_yearly(c) for c in now):
        verdict = Verdict.NOT_ENOUGH
    missing = ["price_figure"] if verdict is Verdict.NOT_ENOUGH else []
    return case.finding(verdict, reasons, finding.evidence, missing=missing)


def price_floor(case: Case) -> Finding:
    """A guaranteed price against the floors on record for that firm or material."""
    floors = [r for r in case.world.rows("prices") if r.text("frequency") == _POLICY]
    materials = _materials(case)
    own = [r for r in floors if r.text("material") in materials or names_firm(case.claim.subject, r.text("market"))]
    if not own:
        return nothing_found(case, "price_figure")
    return judge(case, [_candidate(case, r, floor=True) for r in own], missing="price_figure")


def _materials(case: Case) -> set[str]:
    """Materials of the table that the subject names, by their name or by element and form."""
    text = case.claim.subject
    known = {r.text("material") for r in case.world.rows("prices")}
    exact = {m for m in known if mentions(m, text)}
    if exact:
        return exact
    metal = mentions("metal", text) or "金属" in text
    elements = [r for r in case.world.rows("elements") if r.text("element") in ELEMENTS and _names(r, text)]
    symbols = [r.text("element") for r in elements]
    if set(symbols) == {"Nd", "Pr"} or any(mentions(word, text) or word in text for word in DIDYMIUM):
        return {"NdPr metal" if metal else "NdPr oxide"} & known
    if len(elements) != 1:
        return set()
    return {f"{symbols[0]} metal" if metal else elements[0].text("oxide")} & known


def _names(element: Row, text: str) -> bool:
    if mentions(element.text("name"), text) or element.text("name_zh") in text:
        return True
    words = text.replace("-", " ").split()
    # La Paz is no lanthanum: a symbol stands before what it is a form of.
    return any(word == element.text("element") and after.lower() in FORMS for word, after in pairwise(words))


def _candidate(case: Case, row: Row, *, floor: bool = False) -> Candidate:
    usd = [row.optional(c) for c in ("low_usd_per_kg", "price_usd_per_kg", "high_usd_per_kg")]
    ends = [x for v in usd if v is not None for x in _in_claim_unit(case, v)]
    vat = row.flag("vat_included")
    market = row.text("market").replace(",", ";")
    evidence = from_row(
        case.world,
        row,
        Relation.CONTEXT,
        value=usd[1],
        unit="USD/kg",
        definition=f"{row.text('material')}, {market}, {'with_vat' if vat else 'without_vat'}, {row.text('frequency')}",
        year=int(row.text("period")[:4]),
        low=usd[0],
        high=usd[2],
        text=row.text("observed_on") or row.text("period"),
    )
    at_home = row.text("market") == _HOME
    usual = floor or (at_home if case.claim.unit.startswith("CNY") else not (vat or at_home))
    agrees = bool(ends) and case.agrees(None, min(ends), max(ends))
    current = floor or _current(case, span_of(row.text("period")))
    return Candidate(evidence, agrees, usual=usual, current=current, comparable=bool(ends))


def _in_claim_unit(case: Case, usd_per_kg: float) -> list[float]:
    """A price in the claim's unit, a range where the currency is another; empty for what is no price of a mass."""
    currency, _, mass = case.claim.unit.partition("/")
    rate = rates(case.world).get(currency)
    try:
        value = convert(usd_per_kg, "USD/kg", f"USD/{mass}")
    except UnitError:
        return []
    return [] if rate is None else [value * rate.low_per_usd, value * rate.high_per_usd]


def _current(case: Case, span: Span | None) -> bool:
    """Whether a period shares time with the one claimed, or with the year before the text."""
    if span is None:
        return False
    if case.exact and case.span is not None:
        return span.overlaps(case.span)
    return span.overlaps(Span(case.claim.anchor_y - 1, case.claim.anchor_y))


def _yearly(candidate: Candidate) -> bool:
    return candidate.usual and candidate.evidence.definition.endswith("annual")


def _far(case: Case, low: float, high: float) -> bool:
    if case.tolerance is None:
        return False
    ends = [*_in_claim_unit(case, low), *_in_claim_unit(case, high)]
    return case.tolerance.low > FAR * max(ends) or FAR * case.tolerance.high < min(ends)


def _slip(case: Case, low: float, high: float) -> list[Reason]:
    """A hint where the claim is off by the thousand between kilograms and tonnes."""
    ends, number = [*_in_claim_unit(case, low), *_in_claim_unit(case, high)], case.claim.number
    if not number:
        return []
    currency, _, mass = case.claim.unit.partition("/")
    ratios = [x / number if mass == "t" else number / x for x in ends]
    meant = {"t": "kg", "kg": "t"}.get(mass)
    if meant is None or not (SLIP[0] <= min(ratios) and max(ratios) <= SLIP[1]):
        return []
    return [because("unit_slip", unit=case.claim.unit, meant=f"{currency}/{meant}")]
