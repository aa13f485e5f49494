"""From figures to a verdict: one way for all claims about facts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from didymium.claims.case import Case, strong
from didymium.claims.verdict import Evidence, Finding, Parameter, Reason, Relation, Verdict, because

__all__ = ["Candidate", "current_years", "judge", "judge_any", "named", "nothing_found"]


@dataclass(frozen=True)
class Candidate:
    """A figure that might bear on a claim.

    ``agrees``: within tolerance. ``usual``: under the definition the claim names or that is usual for its variable.
    ``current``: of the year in question. ``decides``: False for a bound that the claim does not cross.
    ``comparable``: False for a figure whose unit does not convert to the claim's; it never decides.
    ``revised``: a later edition of the same statistic gives another figure of that year; it is not ``usual``.
    """

    evidence: Evidence
    agrees: bool
    usual: bool = True
    current: bool = True
    decides: bool = True
    comparable: bool = True
    revised: bool = False

    @property
    def relation(self) -> Relation:
        """How the figure stands to the claim."""
        if not self.decides or not self.comparable:
            return Relation.CONTEXT
        if not self.agrees:
            return Relation.DIFFERS
        if not self.current:
            return Relation.OTHER_YEAR
        if self.revised:
            return Relation.EARLIER_EDITION
        return Relation.MATCHES if self.usual else Relation.OTHER_DEFINITION

    @property
    def related(self) -> Evidence:
        """The evidence with its relation."""
        return replace(self.evidence, relation=self.relation)


def current_years(case: Case, years: Collection[int]) -> frozenset[int]:
    """The years among ``years`` that bear on a claim: those it names, else the nearest to its own within two.

    Of years equally near, the earlier one.
    """
    if case.exact and case.span is not None:
        return frozenset(y for y in years if case.span.first_year <= y <= case.span.last_year)
    for step in (0, -1, 1, -2, 2):
        if case.year + step in years:
            return frozenset({case.year + step})
    return frozenset()


def nothing_found(case: Case, missing: str) -> Finding:
    """A finding that says which evidence there is none of."""
    reason = because("no_figure", subject=case.claim.subject, variable=case.claim.variable)
    return case.finding(Verdict.NOT_ENOUGH, [reason], missing=[missing])


def judge(
    case: Case, candidates: Sequence[Candidate], *, missing: str = "figure", extra: Sequence[Reason] = ()
) -> Finding:
    """The verdict on a claim about a fact; figures of grade D are shown but do not count.

    Usual and current figures decide first, then other definitions of the same year, then other years.
    """
    if not candidates:
        return nothing_found(case, missing)
    evidence = [c.related for c in candidates]
    counted = [c for c in candidates if c.decides and c.comparable and strong([c.evidence])]
    if not any(c.comparable for c in candidates):
        units = ", ".join(sorted({c.evidence.unit for c in candidates}))
        reason = because("units_unlike", unit=case.claim.unit, units=units, n=len(candidates))
        return case.finding(Verdict.NOT_COMPARABLE, [reason, *extra], evidence, missing=[missing])
    if not any(c.current for c in counted):
        known = sorted({c.evidence.year for c in candidates})
        reason = because("no_figure_of_time", first=str(known[0]), last=str(known[-1]), n=len(candidates))
        weak = [because("only_weak", n=len(candidates))] if not counted else [reason]
        return case.finding(Verdict.NOT_ENOUGH, [*weak, *extra], evidence, missing=[missing])
    verdict, reasons = _decide(case, counted)
    return case.finding(verdict, [*reasons, *extra], evidence)


def judge_any(case: Case, candidates: Sequence[Candidate], *, missing: str, extra: Sequence[Reason] = ()) -> Finding:
    """The verdict where figures are of several things (plants, awards, products): one that agrees is enough.

    None that agrees contradicts only when there is one thing; of several, the claim may mean the sum, or another.
    """
    finding = judge(case, candidates, missing=missing, extra=extra)
    agreeing = [c for c in candidates if c.agrees and strong([c.evidence])]
    if finding.verdict is Verdict.CONFLICTING and agreeing:
        reasons = [because("agrees", **named(agreeing)), because("several_things", n=len(candidates)), *extra]
        return case.finding(Verdict.SUPPORTED, reasons, finding.evidence)
    if finding.verdict is Verdict.CONTRADICTED and len(candidates) > 1:
        reasons = [*finding.reasoning, because("several_things", n=len(candidates))]
        return case.finding(Verdict.NOT_ENOUGH, reasons, finding.evidence, missing=[missing])
    return finding


def _decide(case: Case, counted: list[Candidate]) -> tuple[Verdict, list[Reason]]:
    usual = [c for c in counted if c.usual and c.current]
    others = [c for c in counted if not c.usual and c.current]
    yes, no = [c for c in usual if c.agrees], [c for c in usual if not c.agrees]
    if yes:
        return _with_rivals(yes, no, others)
    earlier = [c for c in others if c.revised and c.agrees]
    if earlier and no:
        return Verdict.OUTDATED, [
            because("agrees_earlier_edition", **named(earlier)),
            because("revised_to", **named(no)),
        ]
    if any(c.agrees for c in others):
        best = _best([c for c in others if c.agrees])
        reasons = [because("agrees_other_definition", **_named(best))]
        if no:
            reasons.append(because("usual_definition_differs", **named(no)))
        return Verdict.OTHER_DEFINITION, reasons
    dated = [c for c in counted if c.agrees and not c.current]
    # A claim that names its year is not met by another year's figure; one about "now" may be a year old.
    if dated and not case.exact:
        return _other_year(case, dated, usual or others)
    reasons = [because("none_agrees", n=len(usual or others), **named(usual or others))]
    return (Verdict.CONTRADICTED if usual else Verdict.NOT_ENOUGH), reasons


def _with_rivals(yes: list[Candidate], no: list[Candidate], others: list[Candidate]) -> tuple[Verdict, list[Reason]]:
    reasons = [because("agrees", **named(yes))]
    unlike = [c for c in others if not c.agrees and not c.revised]
    if unlike:
        reasons.append(because("other_definition_differs", **named(unlike)))
    if not no:
        return Verdict.SUPPORTED, reasons
    reasons.append(because("rival_differs", **named(no)))
    # A rival of a worse grade than the best agreeing figure is named but does not unsettle it.
    outranked = min(c.evidence.grade for c in yes) < min(c.evidence.grade for c in no)
    return (Verdict.SUPPORTED if outranked else Verdict.CONFLICTING), reasons


def _other_year(case: Case, dated: list[Candidate], now: list[Candidate]) -> tuple[Verdict, list[Reason]]:
    reasons = [
        because("agrees_other_year", **_named(_nearest(case, group))) for group in _before_and_after(case, dated)
    ]
    if now:
        reasons.append(because("current_differs", **named(now)))
    earlier = any(c.evidence.year < case.year for c in dated) or any(
        c.evidence.year < n.evidence.year for c in dated for n in now
    )
    return (Verdict.OUTDATED if earlier else Verdict.OTHER_DEFINITION), reasons


def _before_and_after(case: Case, dated: list[Candidate]) -> list[list[Candidate]]:
    before = [c for c in dated if c.evidence.year < case.year]
    after = [c for c in dated if c.evidence.year >= case.year]
    return [group for group in (before, after) if group]


def _nearest(case: Case, group: list[Candidate]) -> Candidate:
    return min(group, key=lambda c: (abs(c.evidence.year - case.year), c.evidence.second_hand, c.evidence.grade))


def _best(candidates: Sequence[Candidate]) -> Candidate:
    return min(candidates, key=lambda c: (c.evidence.second_hand, c.evidence.grade, -c.evidence.year, c.evidence.where))


def named(candidates: Sequence[Candidate]) -> dict[str, Parameter]:
    """The best of some figures as parameters of a message: value, unit, definition, publisher, year, grade."""
    return _named(_best(candidates))


def _named(candidate: Candidate) -> dict[str, Parameter]:
    e = candidate.evidence
    ends = [x for x in (e.low, e.value, e.high) if x is not None]
    span: Parameter = ends[0] if ends else e.text
    if len(set(ends)) > 1:
        span = f"{min(ends):,.10g}–{max(ends):,.10g}"
    elif ends and e.unit == "y" and 1900 < ends[0] < 2200:
        span = f"{ends[0]:.1f}"
    return {
        "value": span,
        "unit": e.unit,
        "definition": e.definition,
        "publisher": e.publisher,
        "year": str(e.year),
        "grade": e.grade,
    }
