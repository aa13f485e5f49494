"""What a plant costs: by currency where none is stated, against the costs of announced plants."""

from __future__ import annotations

from dataclasses import dataclass

from didymium.claims.case import Case, from_row
from didymium.claims.rules.judge import Candidate, judge_any, nothing_found
from didymium.claims.rules.outlook import own_projects
from didymium.claims.rules.statements import statement_candidates
from didymium.claims.verdict import Evidence, Finding, Parameter, Reason, Relation, Verdict, because
from didymium.world import World
from didymium.world.reader import Row

__all__ = ["Rate", "capex", "rates"]

UNSPECIFIED = "currency_unspecified"


@dataclass(frozen=True)
class Rate:
    """Units of a currency per US dollar, as a range over the years that claims are about; an assumption, grade D."""

    currency: str
    low_per_usd: float
    high_per_usd: float


def rates(world: World) -> dict[str, Rate]:
    """Exchange rates by currency code."""
    return {
        r.text("currency"): Rate(r.text("currency"), r.number("low_per_usd"), r.number("high_per_usd"))
        for r in world.rows("exchange_rates")
    }


def _plants(case: Case) -> list[Row]:
    """Projects with a cost at the stage claimed, without a mine in it unless the claim is about a mine."""
    stage = case.claim.stage or "separate"
    rows = [r for r in case.world.rows("projects") if r.optional("capex_usd_m") and stage in r.words("stages")]
    newest = {r.text("site"): r for r in sorted(rows, key=lambda r: r.optional("announced_y") or 0.0)}
    return [r for r in newest.values() if stage == "mine" or "mine" not in r.words("stages")]


def _cost(case: Case, row: Row) -> Evidence:
    return from_row(
        case.world,
        row,
        Relation.CONTEXT,
        value=row.number("capex_usd_m") * 1e6,
        unit="USD",
        definition=f"capital cost, {'+'.join(row.words('stages'))}",
        year=int(row.optional("announced_y") or row.number("as_of_y")),
        text=row.text("name"),
    )


def _programme(case: Case) -> Finding:
    """A cost of a firm's plants, or of a country's programme, against what the parties state of them."""
    found = [c for future in (True, False) for c in statement_candidates(case, future=future)]
    found = [Candidate(c.evidence, c.agrees, c.usual, comparable=c.comparable) for c in found]
    rate = rates(case.world).get(case.claim.unit)
    for row in own_projects(case):
        if rate is not None and row.optional("capex_usd_m"):
            cost = row.number("capex_usd_m") * 1e6
            agrees = case.agrees(None, cost * rate.low_per_usd, cost * rate.high_per_usd)
            found.append(Candidate(_cost(case, row), agrees))
    return judge_any(case, found, missing="plant_costs")


def _reading(case: Case, costs: list[float], rate: Rate) -> tuple[str, Reason]:
    """Whether a currency makes the claim hold for at least half of the plants: yes, no or open."""
    band = case.tolerance
    assert band is not None
    cheap = [c for c in costs if band.holds(c * rate.low_per_usd)]
    dear = [c for c in costs if band.holds(c * rate.high_per_usd)]
    counts = sorted((len(cheap), len(dear)))
    n = len(costs)
    verdict = "yes" if 2 * counts[0] >= n else "no" if 2 * counts[1] < n else "open"
    value = case.claim.number or 0.0
    parameters: dict[str, Parameter] = {
        "currency": rate.currency,
        "low_usd_m": value / rate.high_per_usd / 1e6,
        "high_usd_m": value / rate.low_per_usd / 1e6,
        "fewest": counts[0],
        "most": counts[1],
        "n": n,
    }
    return verdict, because(f"reading_{verdict}", **parameters)


def capex(case: Case) -> Finding:
    """A cost against announced plants of its stage; a sum without a currency is read in each and said so."""
    if case.claim.subject_type != "thing":
        return _programme(case)
    rows = _plants(case)
    if not rows or case.tolerance is None:
        return nothing_found(case, "plant_costs")
    costs = [r.number("capex_usd_m") * 1e6 for r in rows]
    named = case.claim.unit != UNSPECIFIED
    if named and case.claim.unit not in rates(case.world):
        return case.finding(Verdict.NOT_CHECKABLE, [because("no_exchange_rate", currency=case.claim.unit)])
    readings = [
        _reading(case, costs, rates(case.world)[c]) for c in ([case.claim.unit] if named else ["CNY", "RUB", "USD"])
    ]
    local = [r for r in rows if r.text("country") in case.subject.places]
    evidence = [_cost(case, r) for r in (local or rows)] + [_cost(case, r) for r in _extremes(rows)]
    evidence += _said(case)
    answers = {a for a, _ in readings}
    reasons = [reason for _, reason in readings]
    if not named:
        reasons.insert(0, because("currency_not_stated"))
    if len(answers) > 1:
        return case.finding(Verdict.NOT_COMPARABLE, reasons, evidence, missing=["currency"])
    verdict = {"yes": Verdict.SUPPORTED, "no": Verdict.CONTRADICTED}.get(answers.pop(), Verdict.NOT_ENOUGH)
    return case.finding(verdict, reasons, evidence)


def _said(case: Case) -> list[Evidence]:
    """Costs that the parties stated in their own money."""
    found = []
    for place in case.subject.places:
        for row in case.world.rows("statements", place=place):
            value, unit = row.optional("value"), row.text("unit")
            if value is None or unit not in rates(case.world) or not row.text("variable").endswith("capex"):
                continue
            evidence = from_row(
                case.world,
                row,
                Relation.CONTEXT,
                value=value,
                unit=unit,
                definition="capital cost as stated",
                year=int(row.text("date")[:4]),
                text=row.text("variable"),
            )
            found.append(evidence)
    return found


def _extremes(rows: list[Row]) -> list[Row]:
    ordered = sorted(rows, key=lambda r: r.number("capex_usd_m"))
    return [ordered[0], ordered[len(ordered) // 2], ordered[-1]]
