"""Shares of the stages of the chain: basket and year decide."""

from __future__ import annotations

from collections.abc import Sequence

from didymium.claims.case import Case, bounds_in, from_row, strong
from didymium.claims.rules.judge import Candidate, current_years, judge, named, nothing_found
from didymium.claims.verdict import Evidence, Finding, Reason, Relation, Verdict, because
from didymium.world.reader import Row

__all__ = ["USUAL_BASES", "market_share", "share_candidates", "shares", "technology_share"]

STAGE_OF = {
    "share_mining": "mine",
    "share_refining": "separate",
    "share_metals_alloys": "metal",
    "share_magnets": "magnet",
}
USUAL_BASES = {
    "mine": ("all_reo",),
    "separate": ("magnet_basket", "unspecified"),
    "metal": ("unspecified",),
    "magnet": ("sintered_magnet", "high_performance", "unspecified"),
}
"""Baskets that a share without a named basket is read under: those that most publishers of that stage use."""


def _evidence(case: Case, row: Row) -> Evidence:
    measure = row.text("measure") if row.text("measure") != "unspecified" else "measure_unspecified"
    definition = ", ".join((row.text("stage"), row.text("basis"), measure))
    return from_row(
        case.world,
        row,
        Relation.CONTEXT,
        value=row.number("share_pct"),
        unit="percent",
        definition=definition,
        year=row.integer("year"),
        publisher=row.text("publisher"),
    )


def share_candidates(case: Case, stage: str) -> list[Candidate]:
    """Published shares of the claim's place at ``stage``; projections only for claims about the future."""
    kind = "projection" if case.ahead else "history"
    rows = case.world.rows("shares", place=case.nation, stage=stage, kind=kind)
    usual = [r for r in rows if r.text("basis") in USUAL_BASES[stage]]
    years = [r.integer("year") for r in usual if r.text("grade") != "D"] or [r.integer("year") for r in usual]
    return [_candidate(case, row, stage, current_years(case, years)) for row in rows]


def _candidate(case: Case, row: Row, stage: str, now: frozenset[int]) -> Candidate:
    share, bound = row.number("share_pct"), bounds_in(row.text("note"))
    agrees = case.agrees(share)
    return Candidate(
        _evidence(case, row),
        agrees=agrees,
        usual=row.text("basis") in USUAL_BASES[stage],
        current=row.integer("year") in now,
        decides=agrees or not case.allows(share, bound),
    )


def shares(case: Case) -> Finding:
    """A share of mining, refining, metal or magnets against what is published, basket by basket."""
    if not case.nation:
        return nothing_found(case, "place")
    stage = STAGE_OF[case.claim.variable]
    found = share_candidates(case, stage)
    rows = case.world.rows("shares", place=case.nation, stage=stage)
    if rows and not found:
        return _other_times(case, rows)
    return judge(case, found, missing="share_figure", extra=_baskets(found))


def _other_times(case: Case, rows: Sequence[Row]) -> Finding:
    """Shares are published, but none of the kind asked: measured ones for a future year, or the reverse."""
    reason = because(
        "no_figure_of_that_time",
        subject=case.claim.subject,
        variable=case.claim.variable,
        when=case.claim.when or str(case.year),
        n=len(rows),
        last=str(max(r.integer("year") for r in rows)),
    )
    return case.finding(Verdict.NOT_ENOUGH, [reason], [_evidence(case, r) for r in rows], missing=["share_figure"])


def _baskets(candidates: list[Candidate]) -> list[Reason]:
    """A sentence on how far the baskets of the year in question lie apart."""
    now = [c.evidence for c in candidates if c.current and c.evidence.value is not None]
    bases = {e.definition.split(", ")[1] for e in now}
    if len(bases) < 2:
        return []
    low, high = (pick(now, key=lambda e: e.value or 0.0) for pick in (min, max))
    return [
        because(
            "baskets_differ",
            low=low.value or 0.0,
            low_basis=low.definition.split(", ")[1],
            high=high.value or 0.0,
            high_basis=high.definition.split(", ")[1],
            year=str(low.year),
        )
    ]


def market_share(case: Case) -> Finding:
    """A share of "the market", stage not named: mine output computed, and every published stage share of the year."""
    if not case.nation:
        return nothing_found(case, "place")
    found = _mine_output_share(case)
    for stage in USUAL_BASES:
        found += [c for c in share_candidates(case, stage) if c.current]
    counted = [c for c in found if c.decides and strong([c.evidence])]
    if not counted:
        return judge(case, found, missing="share_figure")
    yes, no = [c for c in counted if c.agrees], [c for c in counted if not c.agrees]
    verdict = Verdict.OTHER_DEFINITION if yes and no else Verdict.SUPPORTED if yes else Verdict.CONTRADICTED
    reasons = [because("market_not_defined", n=len(counted), agreeing=len(yes))]
    reasons += [because(key, **named(group)) for key, group in (("agrees", yes), ("rival_differs", no)) if group]
    return case.finding(verdict, reasons, [c.related for c in found])


def _mine_output_share(case: Case) -> list[Candidate]:
    world = {r.integer("year"): r for r in case.world.rows("production", place="WLD", latest=True)}
    rows = {r.integer("year"): r for r in case.world.rows("production", place=case.nation, latest=True)}
    years = current_years(case, [y for y in rows if y in world])
    if not years:
        return []
    year = max(years)
    row, total = rows[year], world[year]
    share = 100 * row.number("value_t_reo") / total.number("value_t_reo")
    evidence = Evidence(
        share,
        "percent",
        "mine, all_reo, output",
        row.text("edition"),
        year,
        max(row.text("grade"), total.text("grade")),
        row.text("source"),
        f"production.csv:{row.line} / production.csv:{total.line}",
        Relation.CONTEXT,
    )
    return [Candidate(evidence, case.agrees(share))]


def technology_share(case: Case) -> Finding:
    """A share of technology or equipment: patents are a share of patents, output is a share of output."""
    if not case.nation:
        return nothing_found(case, "place")
    found: list[Candidate] = []
    if case.claim.variable == "share_separation_technology":
        found += _patents(case)
        found += [
            Candidate(c.evidence, c.agrees, usual=False, current=c.current) for c in share_candidates(case, "separate")
        ]
    finding = judge(case, found, missing="technology_share")
    verdict, reasons = finding.verdict, [because("technology_not_measured"), *finding.reasoning]
    if verdict not in (Verdict.OTHER_DEFINITION, Verdict.NOT_ENOUGH):
        # Neither agreement nor disagreement of another variable decides a claim about know-how.
        verdict = Verdict.NOT_ENOUGH
    return case.finding(verdict, reasons, finding.evidence, missing=["technology_share"])


def _patents(case: Case) -> list[Candidate]:
    found = []
    for row in case.world.rows("technology", place=case.nation):
        if "patent" in row.text("technology") and row.text("unit_text").startswith("%"):
            value = row.number("value")
            evidence = from_row(
                case.world,
                row,
                Relation.CONTEXT,
                value=value,
                unit="percent",
                definition=row.text("fact"),
                year=int(row.text("date")[:4]),
            )
            found.append(Candidate(evidence, case.agrees(value), usual=False))
    return found
