"""How long things take: independence, building, learning."""

from __future__ import annotations

from didymium.claims.case import Case, from_row
from didymium.claims.rules.judge import Candidate, judge, nothing_found
from didymium.claims.rules.outlook import CHAIN, ask, chance, comparables, decide, months_of, own_projects, weakest
from didymium.claims.rules.statements import STATED_VERDICT
from didymium.claims.verdict import Attainable, Evidence, Finding, Reason, Relation, Stated, Verdict, because
from didymium.units import convert

__all__ = ["lead_time", "time_to_independence"]

_LATE = ("gt", "ge")


def claimed_years(case: Case) -> float | None:
    """The time claimed, in years: the far end for "within", the near end for "at least"."""
    claim = case.claim
    late = claim.comparator in _LATE
    ends = (
        (claim.value_low, claim.value, claim.value_high) if late else (claim.value_high, claim.value, claim.value_low)
    )
    for end in ends:
        if isinstance(end, (int, float)):
            return convert(float(end), claim.unit, "y")
    return None


def time_to_independence(case: Case) -> Finding:
    """Independence within, or not within, a time: at most as likely as a project in time at the weakest stage."""
    years = claimed_years(case)
    months = months_of(years) if years is not None else None
    if not case.place:
        return nothing_found(case, "place")
    if months is None:
        none = Attainable(None, because("beyond_follow_up", years=years or 0.0))
        return case.finding(Verdict.NOT_ENOUGH, [none.reason], attainable=none, missing=["longer_record"])
    late = case.claim.comparator in _LATE
    stages = (case.claim.stage,) if case.claim.stage in CHAIN else CHAIN
    answers = [ask(case.world, stage, case.place, months, case.seed) for stage in stages]
    binding = weakest(answers)
    attainable = chance(binding, late=late, bound="upper")
    reasons = [because("independence_needs_all"), attainable.reason]
    if len(answers) == len(CHAIN):
        reasons.insert(1, because("chance_by_stage", **{str(a.stage): 100 * a.probability for a in answers}))
    evidence = [*_own(case), *comparables(case, binding)]
    if case.claim.modality == "target":
        stated = Stated.NOT_FOUND
        reasons.insert(0, because("not_stated", subject=case.claim.subject))
        return case.finding(
            STATED_VERDICT[stated],
            reasons,
            evidence,
            stated=stated,
            attainable=attainable,
            missing=["statement_on_record"],
        )
    verdict = decide(attainable)
    reasons.append(_decision(attainable, verdict))
    missing = ["market_model"] if verdict is Verdict.NOT_ENOUGH else []
    return case.finding(verdict, reasons, evidence, attainable=attainable, missing=missing)


def _decision(attainable: Attainable, verdict: Verdict) -> Reason:
    percent = 100 * (attainable.probability or 0.0)
    key = "chance_decides" if verdict is not Verdict.NOT_ENOUGH else "chance_undecided"
    return because(key, percent=percent, bound=attainable.bound)


def _own(case: Case) -> list[Evidence]:
    """The subject's own projects: what they promised and whether they run."""
    found = []
    for row in own_projects(case):
        promised = row.optional("promised_start_y")
        year = int(row.optional("announced_y") or row.number("as_of_y"))
        found.append(
            from_row(
                case.world,
                row,
                Relation.CONTEXT,
                value=promised,
                unit="y",
                definition=f"promised start, {row.text('stage')}, {row.text('outcome')}",
                year=year,
                text=row.text("name"),
            )
        )
    return found


def lead_time(case: Case) -> Finding:
    """A duration: history against published lead times, what lies ahead against the clocks."""
    years = claimed_years(case)
    if years is None:
        return nothing_found(case, "value")
    if case.claim.modality == "reported_fact":
        return _history(case)
    months = months_of(years)
    published = [c.related if c.usual else c.evidence for c in _published(case)]
    if months is None:
        none = Attainable(None, because("beyond_follow_up", years=years))
        return case.finding(Verdict.NOT_ENOUGH, [none.reason], published, attainable=none, missing=["longer_record"])
    stage = case.claim.stage if case.claim.stage not in ("reserves", "producing") else None
    answer = ask(case.world, stage, case.subject.place, months, case.seed)
    attainable = chance(answer, late=case.claim.comparator in _LATE)
    verdict = decide(attainable)
    reasons = [because("lead_time_is_start"), attainable.reason, _decision(attainable, verdict)]
    evidence = [*published, *_ramps(case), *comparables(case, answer)]
    return case.finding(verdict, reasons, evidence, attainable=attainable, missing=["history_of_learning"])


def _published(case: Case) -> list[Candidate]:
    """Published lead times in years; usual when their scope names the claim's place."""
    names = {case.world.place_name(p) for p in case.subject.places} | set(case.subject.places)
    found = []
    for row in case.world.rows("lead_times", unit="y"):
        value = row.number("value")
        in_unit = convert(value, "y", case.claim.unit)
        evidence = from_row(
            case.world,
            row,
            Relation.CONTEXT,
            value=value,
            unit="y",
            definition=f"{row.text('metric')}, {row.text('basis')}",
            year=int(case.world.source(row.text("source")).text("date")[:4] or 0),
            text=row.text("scope"),
        )
        local = any(n in row.text("scope") for n in names)
        found.append(Candidate(evidence, case.agrees(in_unit), usual=local, current=True))
    return found


def _history(case: Case) -> Finding:
    """How long something took: only a record of that very thing counts, others are context."""
    mining = case.claim.stage == "mine"
    found = [c for c in _published(case) if mining or c.usual]
    if mining and found:
        return judge(case, found, missing="history_of_learning")
    reasons = [because("history_not_recorded", subject=case.claim.subject)]
    return case.finding(Verdict.NOT_ENOUGH, reasons, [c.evidence for c in found], missing=["history_of_learning"])


def _ramps(case: Case) -> list[Evidence]:
    """How far plants had come, years after their start."""
    found = []
    for row in case.world.rows("ramp_ups"):
        share, after = row.optional("pct_of_nameplate"), row.optional("years_since_start")
        if share is None or after is None or after < 2:
            continue
        found.append(
            from_row(
                case.world,
                row,
                Relation.CONTEXT,
                value=share,
                unit="percent",
                definition=f"share of nameplate {after:g} y after start",
                year=int(row.text("period")[:4]) if row.text("period")[:4].isdigit() else 0,
                text=row.text("plant"),
            )
        )
    return found[:4]
