"""A part is not greater than the whole: no place holds, mines or recycles more than the world does."""

from __future__ import annotations

from dataclasses import replace

from didymium.chain.flows import basket_weights
from didymium.chain.reconcile import BASKETS, base_year
from didymium.claims.case import Case, bare, from_figure, strong
from didymium.claims.verdict import Evidence, Finding, Reason, Relation, Verdict, because
from didymium.units import convert
from didymium.world import WORLD, belief
from didymium.world.belief import GRADE_SIGMA, Figure

__all__ = ["lifts_the_world", "within_world"]

SIGMAS = 2.0
"""Standard errors of a grade by which a claim must exceed the figure of the world."""

MARGIN = 2.0
"""Factor by which a place alone must lift the rate of the world beyond the highest on record: its share of use stands
in for its share of scrap, which is not recorded."""


def within_world(case: Case, finding: Finding) -> Finding:
    """``finding``, unless the claim exceeds the figure of the whole world by more than the uncertainty of that one.

    Reserves are held against every total of the world on record, output against that of the same year. A total that is
    only a lower bound is no ceiling.
    """
    if finding.verdict not in (Verdict.NOT_ENOUGH, Verdict.CONTRADICTED):
        return finding
    if case.place == WORLD or not (case.place or case.subject.deposits):
        return finding
    if case.tolerance is None or case.future or not case.substance_named:
        return finding
    totals = [f for f in _totals(case) if (v := _claimed(case, f)) is not None and _ceiling(f, v) > 0]
    if not totals or case.tolerance.low <= max(_ceiling(f, _claimed(case, f) or 0.0) for f in totals):
        return finding
    highest = max(totals, key=lambda f: f.value or 0.0)
    reason = because(
        "exceeds_the_world",
        subject=case.claim.subject,
        value=highest.value or 0.0,
        unit=highest.unit,
        publisher=highest.publisher,
        year=str(highest.year),
        grade=highest.grade,
    )
    world = [replace(from_figure(case.world, f, Relation.DIFFERS), text="world") for f in totals]
    reasons = [reason, *_perhaps_ore(case), *finding.reasoning]
    return case.finding(Verdict.CONTRADICTED, reasons, [*finding.evidence, *world])


def _claimed(case: Case, figure: Figure) -> float | None:
    return None if figure.value is None else case.as_claimed(figure.value, figure.unit)


def _ceiling(figure: Figure, value: float) -> float:
    return value * (1 + SIGMAS * GRADE_SIGMA[figure.grade])


def _totals(case: Case) -> list[Figure]:
    """Figures of the world for the same quantity, and for output of the same year."""
    of_reserves = case.claim.variable == "reserves_t_REO"
    figures = belief(case.world, "reserves" if of_reserves else "production", WORLD).figures
    known = [f for f in figures if f.value is not None and f.state != "lower_bound"]
    strong_ones = [f for f in known if strong([from_figure(case.world, f, Relation.CONTEXT)])]
    return strong_ones if of_reserves else [f for f in strong_ones if f.year == case.year]


def _perhaps_ore(case: Case) -> list[Reason]:
    """What the tonnes would be as ore of the deposit's head grade, where one is on record."""
    if case.claim.variable != "reserves_t_REO" or case.claim.number is None:
        return []
    tonnes = convert(case.claim.number, bare(case.claim.unit), "t")
    return [
        because("perhaps_ore", percent=grade, oxide=tonnes * grade / 100)
        for mine in case.world.rows("mines")
        if mine.text("name") in case.subject.deposits and (grade := mine.optional("grade_pct_treo"))
    ]


def lifts_the_world(case: Case, finding: Finding, rates: list[Evidence]) -> Finding:
    """``finding`` on a rate of recycling, unless the place alone would lift the rate of the world far beyond it.

    ``rates`` are those of the world in percent. The weight of the place is its share of world use of Nd and Pr in the
    base year; where the weight is small, a rate far above that of the world stays possible.
    """
    counted = [e for e in strong(rates) if e.value is not None]
    if finding.verdict is not Verdict.NOT_ENOUGH or case.tolerance is None or case.future or not counted:
        return finding
    flows = base_year(case.world)
    if case.nation not in flows.blocs:
        return finding
    use = flows.use() @ basket_weights(BASKETS["ndpr"])
    weight = float(use[flows.blocs.index(case.nation)] / use.sum())
    highest = max(counted, key=lambda e: e.value or 0.0)
    lifted = weight * case.tolerance.low
    if lifted <= MARGIN * (highest.value or 0.0):
        return finding
    reason = because(
        "lifts_the_world",
        subject=case.claim.subject,
        percent=100 * weight,
        year=str(flows.year),
        lifted=lifted,
        value=highest.value or 0.0,
        publisher=highest.publisher,
        grade=highest.grade,
    )
    shown = finding.evidence
    sources = flows.sources
    return case.finding(Verdict.CONTRADICTED, [reason, *finding.reasoning], shown, more_sources=sources)
