"""Capacity of a whole country or bloc at one stage: its running plants together, and what is announced by a date."""

from __future__ import annotations

from dataclasses import replace

from didymium.claims.case import Case, from_row
from didymium.claims.rules.judge import Candidate, judge, nothing_found
from didymium.claims.rules.outlook import decide, reached_by, records_of
from didymium.claims.verdict import Attainable, Evidence, Finding, Relation, Verdict, because
from didymium.world.reader import Row

__all__ = ["capacity_of", "capacity_of_place"]

FEEDING = {"separate": "crack"}
"""Where the plants of a stage are listed by one product, the stage before holds what they take in all."""


def capacity_of_place(case: Case) -> Finding:
    """The plants on record at the claim's stage, summed unit by unit; the list is no census, so it never contradicts.

    A claim about a time to come is held against the running plants and the announced projects, sampled from the clocks.
    """
    stage = case.claim.stage
    if stage is None:
        return nothing_found(case, "stage")
    plants = [r for r in _at(case, "plants", stage) if r.text("status") == "operating"]
    if case.future and case.span is not None:
        return _ahead(case, plants, stage)
    started = [r for r in _at(case, "projects", stage) if r.text("outcome") == "realised"]
    feeding = [r for r in _at(case, "plants", FEEDING.get(stage, "")) if r.text("status") == "operating"]
    sums = [*_sums(case, plants, usual=True), *_sums(case, started, usual=False), *_sums(case, feeding, usual=False)]
    finding = judge(case, sums, missing="capacity_figure")
    shown = [capacity_of(case, r) for r in (*plants, *started, *feeding)]
    reasons, verdict = list(finding.reasoning), finding.verdict
    if verdict in (Verdict.CONTRADICTED, Verdict.NOT_ENOUGH) and sums:
        reasons.append(because("list_is_not_a_census", subject=case.claim.subject))
        verdict = Verdict.NOT_ENOUGH
    missing = ["capacity_figure"] if verdict is Verdict.NOT_ENOUGH else []
    return case.finding(verdict, reasons, [*finding.evidence, *shown], missing=missing)


def _at(case: Case, table: str, stage: str) -> list[Row]:
    """Rows of the place at the stage that hold a capacity; what stands for several plants is left out."""
    return [
        r
        for r in case.world.rows(table)
        if r.text("stage") == stage
        and r.optional("capacity") is not None
        and case.nation in (r.text("country"), case.world.bloc_of(r.text("country")))
        and not ("scope" in r and r.text("scope") == "aggregate")
    ]


def _sums(case: Case, rows: list[Row], *, usual: bool) -> list[Candidate]:
    found = []
    for unit in dict.fromkeys(r.text("unit") for r in rows):
        group = [r for r in rows if r.text("unit") == unit]
        total = sum(r.number("capacity") for r in group)
        value = case.as_claimed(total, unit)
        worst = max(group, key=lambda r: r.text("grade"))
        what = "running_plants" if worst.table == "plants" else "started_projects"
        evidence = replace(
            capacity_of(case, worst),
            value=total,
            definition=f"{worst.text('stage')}, {what}",
            publisher="; ".join(dict.fromkeys(case.world.source(r.text("source")).text("publisher") for r in group)),
            year=max(capacity_of(case, r).year for r in group),
            where=" + ".join(f"{r.table}.csv:{r.line}" for r in group),
            text=" + ".join(r.text("name") for r in group),
        )
        found.append(Candidate(evidence, case.agrees(value), usual, comparable=value is not None))
    return found


def _ahead(case: Case, plants: list[Row], stage: str) -> Finding:
    """The chance that running plants and announced projects reach the capacity in time: an upper bound."""
    assert case.span is not None
    running = [(r, v) for r in plants if (v := case.as_claimed(r.number("capacity"), r.text("unit"))) is not None]
    rows = {r.text("project"): r for r in _at(case, "projects", stage)}
    live = [
        (record, value, rows[record.project])
        for record in records_of(case.world)
        if record.pipeline
        and record.project in rows
        and (value := case.as_claimed(rows[record.project].number("capacity"), rows[record.project].text("unit")))
    ]
    floor = case.tolerance.low if case.tolerance is not None else 0.0
    if not (running or live) or floor <= 0:
        return nothing_found(case, "capacity_figure")
    today = sum(v for _, v in running)
    reached = reached_by(case, today, [(record, value) for record, value, _ in live], case.span.end)
    announced = sum(value for _, value, _ in live)
    reason = because(
        "capacity_chance",
        announced=announced,
        n=len(live),
        running=today,
        plants=len(running),
        target=floor,
        unit=case.claim.unit,
        year=str(case.span.last_year),
    )
    attainable = Attainable(
        float((reached >= floor).mean()),
        reason,
        "upper",
        n=len(live),
        comparables=tuple(record.project for record, _, _ in live),
        outcome_unit=case.claim.unit,
    )
    evidence = [capacity_of(case, r) for r in (*(r for r, _ in running), *(r for _, _, r in live))]
    reasons = [reason, because("start_is_full_capacity")]
    verdict = decide(attainable)
    missing = ["capacity_figure"] if verdict is Verdict.NOT_ENOUGH else []
    return case.finding(verdict, reasons, evidence, attainable=attainable, missing=missing)


def capacity_of(case: Case, row: Row) -> Evidence:
    """The capacity of a plant or project as evidence."""
    column = "announced_y" if "announced_y" in row else "start_year"
    return from_row(
        case.world,
        row,
        Relation.CONTEXT,
        value=row.number("capacity"),
        unit=row.text("unit"),
        definition=f"capacity, {row.text('stage')}, {row.text('basis')}",
        year=int(row.optional(column) or 0),
        text=row.text("name"),
    )
