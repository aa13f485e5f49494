"""Projects and plants: how many, when they start, how large."""

from __future__ import annotations

import math

from didymium.claims.case import Case, from_row
from didymium.claims.rules.agreements import names_firm
from didymium.claims.rules.capacities import capacity_of, capacity_of_place
from didymium.claims.rules.judge import Candidate, judge_any, nothing_found
from didymium.claims.subject import mentions
from didymium.claims.verdict import Evidence, Finding, Relation, Verdict, because
from didymium.claims.when import span_of
from didymium.world.reader import Row

__all__ = ["capacity", "projects", "start_date"]


def _named(case: Case, row: Row) -> bool:
    """Whether a project or plant is the claim's subject, or belongs to it."""
    subject = case.claim.subject
    operator = row.text("operator").split("(")[0].split("/")[0].strip()
    own = mentions(row.text("name"), subject) or mentions(subject, row.text("name"))
    return own or (len(operator) > 3 and mentions(operator, subject))


def _project(case: Case, row: Row, value: float | None, definition: str, unit: str = "y") -> Evidence:
    year = int(row.optional("announced_y") or row.number("as_of_y"))
    return from_row(
        case.world,
        row,
        Relation.CONTEXT,
        value=value,
        unit=unit,
        definition=definition,
        year=year,
        text=row.text("name"),
    )


def projects(case: Case) -> Finding:
    """A number of projects of an agency: awards on record and what became of them; the list is no census."""
    awards = [
        r
        for r in case.world.rows("agreements")
        if names_firm(case.claim.subject, r.text("parties")) and _when(case, r.text("date"))
    ]
    if not awards:
        return nothing_found(case, "list_of_projects")
    plants = [p for a in awards for p in _funded(case, a)]
    end = case.span.end if case.span else case.claim.anchor_y
    producing = [p for p in plants if (start := p.optional("actual_start_y")) is not None and start <= end]
    evidence = [_award(case, a) for a in awards]
    evidence += [
        _project(case, p, p.optional("actual_start_y"), f"first production, {p.text('stage')}") for p in plants
    ]
    asked = len(producing) if case.claim.stage == "producing" else len(awards)
    reasons = [because("awards_on_record", awards=len(awards), plants=len(plants), producing=len(producing))]
    if case.claim.stage == "producing" and producing and not case.agrees(asked):
        return case.finding(Verdict.CONTRADICTED, reasons, evidence)
    reasons.append(because("list_is_not_a_census", subject=case.claim.subject))
    return case.finding(Verdict.NOT_ENOUGH, reasons, evidence, missing=["list_of_projects"])


def _when(case: Case, text: str) -> bool:
    span = span_of(text)
    return span is not None and (case.span is None or span.overlaps(case.span))


def _funded(case: Case, award: Row) -> list[Row]:
    """Projects of the other party at the stage of the award, as last announced before it."""
    parties, stage, granted = award.text("parties"), award.text("stage"), span_of(award.text("date"))
    rows = [
        p
        for p in case.world.rows("projects")
        if len(p.text("operator")) > 3
        and mentions(p.text("operator"), parties)
        and p.text("stage") in stage
        and (p.optional("announced_y") or 0.0) <= (granted.end if granted else math.inf)
    ]
    newest = {p.text("site"): p for p in sorted(rows, key=lambda r: r.optional("announced_y") or 0.0)}
    return list(newest.values())


def _award(case: Case, row: Row) -> Evidence:
    return from_row(
        case.world,
        row,
        Relation.CONTEXT,
        value=row.optional("value_usd"),
        unit="USD",
        definition=row.text("kind"),
        year=int(row.text("date")[:4]),
        text=f"{row.text('parties')}: {row.text('subject')}",
    )


def start_date(case: Case) -> Finding:
    """A start: what the project promised, promises now, or did."""
    span = span_of(case.claim.value) if isinstance(case.claim.value, str) else None
    if span is None:
        return nothing_found(case, "value")
    found = []
    for row in case.world.rows("projects"):
        if not _named(case, row):
            continue
        for column, usual in (("actual_start_y", True), ("current_start_y", True), ("promised_start_y", False)):
            year = row.optional(column)
            if year is not None:
                agrees = span.first_year <= int(year) <= span.last_year
                found.append(Candidate(_project(case, row, year, column.removesuffix("_y")), agrees, usual))
    return judge_any(case, found, missing="project")


def capacity(case: Case) -> Finding:
    """A capacity: of plants and projects by that name, or of all plants of a country or bloc at a stage."""
    if case.nation:
        return capacity_of_place(case)
    found = []
    for table in ("plants", "projects"):
        for row in case.world.rows(table):
            value = row.optional("capacity")
            if value is None or not _named(case, row):
                continue
            in_unit = case.as_claimed(value, row.text("unit"))
            evidence = capacity_of(case, row)
            found.append(Candidate(evidence, case.agrees(in_unit), comparable=in_unit is not None))
    return judge_any(case, found, missing="capacity_figure")
