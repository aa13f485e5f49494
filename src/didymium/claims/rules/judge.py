"""From figures to a verdict: one way for all claims about facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from didymium.claims.case import Case, strong
from didymium.claims.verdict import Evidence, Finding, Reason, Relation, Verdict, because

__all__ = ["Candidate", "current_year", "judge", "nothing_found"]


@dataclass(frozen=True)
class Candidate:
    """A figure that might bear on a claim.

    ``agrees``: within tolerance. ``usual``: under the definition the claim names or that is usual for its variable.
    ``current``: of the year in question.
    """

    evidence: Evidence
    agrees: bool
    usual: bool = True
    current: bool = True

    @property
    def relation(self) -> Relation:
        """How the figure stands to the claim."""
        if not self.agrees:
            return Relation.DIFFERS
        if not self.current:
            return Relation.OTHER_YEAR
        return Relation.MATCHES if self.usual else Relation.OTHER_DEFINITION

    @property
    def related(self) -> Evidence:
        """The evidence with its relation."""
        return replace(self.evidence, relation=self.relation)


def current_year(wanted: int, years: Sequence[int]) -> int | None:
    """The year that stands for ``wanted``: itself, else the nearest within two years, the earlier one first."""
    for step in (0, -1, 1, -2, 2):
        if wanted + step in years:
            return wanted + step
    return None


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
    counted = [c for c in candidates if strong([c.evidence])]
    if not counted:
        return case.finding(
            Verdict.NOT_ENOUGH, [because("only_weak", n=len(candidates)), *extra], evidence, missing=[missing]
        )
    verdict, reasons = _decide(case, counted)
    return case.finding(verdict, [*reasons, *extra], evidence)


def _decide(case: Case, counted: list[Candidate]) -> tuple[Verdict, list[Reason]]:
    usual = [c for c in counted if c.usual and c.current]
    others = [c for c in counted if not c.usual and c.current]
    yes, no = [c for c in usual if c.agrees], [c for c in usual if not c.agrees]
    if yes:
        return _with_rivals(yes, no, others)
    if any(c.agrees for c in others):
        best = _best([c for c in others if c.agrees])
        reasons = [because("agrees_other_definition", **_named(best))]
        if no:
            reasons.append(because("usual_definition_differs", **_named(_best(no))))
        return Verdict.OTHER_DEFINITION, reasons
    dated = [c for c in counted if c.agrees and not c.current]
    if dated:
        return _other_year(case, dated, usual or others)
    return Verdict.CONTRADICTED, [because("none_agrees", n=len(counted), **_named(_best(usual or others or counted)))]


def _with_rivals(yes: list[Candidate], no: list[Candidate], others: list[Candidate]) -> tuple[Verdict, list[Reason]]:
    reasons = [because("agrees", **_named(_best(yes)))]
    unlike = [c for c in others if not c.agrees]
    if unlike:
        reasons.append(because("other_definition_differs", **_named(_best(unlike))))
    if not no:
        return Verdict.SUPPORTED, reasons
    reasons.append(because("rival_differs", **_named(_best(no))))
    # A rival of a worse grade than the best agreeing figure is named but does not unsettle it.
    outranked = min(c.evidence.grade for c in yes) < min(c.evidence.grade for c in no)
    return (Verdict.SUPPORTED if outranked else Verdict.CONFLICTING), reasons


def _other_year(case: Case, dated: list[Candidate], now: list[Candidate]) -> tuple[Verdict, list[Reason]]:
    reasons = [
        because("agrees_other_year", **_named(_nearest(case, group))) for group in _before_and_after(case, dated)
    ]
    if now:
        reasons.append(because("current_differs", **_named(_best(now))))
    earlier = any(c.evidence.year < case.year for c in dated) or any(
        c.evidence.year < n.evidence.year for c in dated for n in now
    )
    return (Verdict.OUTDATED if earlier else Verdict.OTHER_DEFINITION), reasons


def _before_and_after(case: Case, dated: list[Candidate]) -> list[list[Candidate]]:
    before = [c for c in dated if c.evidence.year < case.year]
    after = [c for c in dated if c.evidence.year >= case.year]
    return [group for group in (before, after) if group]


def _nearest(case: Case, group: list[Candidate]) -> Candidate:
    return min(group, key=lambda c: (abs(c.evidence.year - case.year), c.evidence.grade))


def _best(candidates: list[Candidate]) -> Candidate:
    return min(candidates, key=lambda c: (c.evidence.grade, -c.evidence.year, c.evidence.where))


def _named(candidate: Candidate) -> dict[str, str | int | float]:
    e = candidate.evidence
    value = e.value if e.value is not None else (e.high if e.low is None else e.low)
    return {
        "value": value if value is not None else e.text,
        "unit": e.unit,
        "definition": e.definition,
        "publisher": e.publisher,
        "year": str(e.year),
        "grade": e.grade,
    }
