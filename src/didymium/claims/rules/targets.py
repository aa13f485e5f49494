"""Output targets: who stated them, and whether what is announced could reach them in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from didymium.claims.case import Case, bare, from_row
from didymium.claims.rules.judge import nothing_found
from didymium.claims.rules.outlook import reached_by, records_of
from didymium.claims.rules.statements import STATED_VERDICT, spoken
from didymium.claims.verdict import Attainable, Evidence, Finding, Reason, Relation, because
from didymium.units import convert
from didymium.world.reader import Row

if TYPE_CHECKING:
    from didymium.clocks import ProjectRecord

__all__ = ["oxide", "production_target"]


def production_target(case: Case) -> Finding:
    """An output target: the speakers side by side, and the chance from today's output and the announced projects."""
    if not case.place:
        return nothing_found(case, "place")
    stated, reasons, evidence = spoken(case)
    output = _output(case)
    projects = _pipeline(case)
    attainable, more = _attainable(case, output, projects)
    evidence += ([output] if output else []) + [e for _, _, e in projects]
    missing = ["substance_of_tonnes"] if not case.substance_named else []
    return case.finding(
        STATED_VERDICT[stated], [*reasons, *more], evidence, stated=stated, attainable=attainable, missing=missing
    )


def oxide(case: Case, value: float | None) -> float | None:
    """A value of the claim in t REO a year, bare mass as of a year, bare tonnes as oxide; None where it is neither."""
    if value is None or (case.substance_named and " REO" not in case.claim.unit):
        return None
    unit = bare(case.claim.unit)
    return convert(value, unit if "/" in unit else f"{unit}/y", "t/y")


def _output(case: Case) -> Evidence | None:
    """The newest mine output of the place."""
    rows = case.world.rows("production", place=case.place, latest=True)
    row = max(rows, key=lambda r: r.integer("year"), default=None)
    if row is None:
        return None
    return from_row(
        case.world,
        row,
        Relation.CONTEXT,
        value=row.number("value_t_reo"),
        unit="t REO/y",
        definition=row.text("definition"),
        year=row.integer("year"),
        publisher=row.text("edition"),
    )


def _tonnes(case: Case, row: Row) -> float | None:
    """Promised capacity in t REO a year at the most: ore at its head grade, concentrate as if it were all oxide."""
    capacity, unit = row.optional("capacity"), row.text("unit")
    if capacity is None:
        return None
    if unit.startswith("t ore"):
        grades = [g for m in case.world.rows("mines", mine=row.text("site")) if (g := m.optional("grade_pct_treo"))]
        return capacity * grades[0] / 100 if grades else None
    for known in ("t REO/y", "t concentrate/y", "t NdPr/y"):
        if unit == known:
            return convert(capacity, unit, known)
    return None


def _pipeline(case: Case) -> list[tuple[ProjectRecord, float, Evidence]]:
    """Live projects of the place at the mine or at separation, each site once, with tonnes at the most."""
    rows = {r.text("project"): r for r in case.world.rows("projects")}
    best: dict[str, tuple[ProjectRecord, float, Evidence]] = {}
    for record in records_of(case.world):
        row = rows[record.project]
        tonnes = _tonnes(case, row) if record.pipeline and case.place in (record.country, record.bloc) else None
        if tonnes is None or record.stage not in ("mine", "crack", "separate"):
            continue
        evidence = from_row(
            case.world,
            row,
            Relation.CONTEXT,
            value=row.optional("capacity"),
            unit=row.text("unit"),
            definition=f"announced capacity, {record.stage}, {record.outcome}",
            year=int(record.announced_y or record.as_of_y),
            text=record.name,
        )
        if record.site not in best or tonnes > best[record.site][1]:
            best[record.site] = (record, tonnes, evidence)
    return list(best.values())


def _attainable(
    case: Case, output: Evidence | None, projects: list[tuple[ProjectRecord, float, Evidence]]
) -> tuple[Attainable, list[Reason]]:
    import numpy as np

    target, span = oxide(case, case.claim.number), case.span
    if target is None or span is None or output is None or output.value is None:
        return Attainable(None, because("no_target_year" if span is None else "no_output")), []
    announced = sum(t for _, t, _ in projects)
    reached = reached_by(case, output.value, [(r, t) for r, t, _ in projects], span.end)
    around = case.tolerance is not None and case.claim.comparator in ("eq", "approx")
    floor = oxide(case, case.tolerance.low) if around and case.tolerance is not None else target
    assert floor is not None
    q = [float(x) for x in np.quantile(reached, [0.25, 0.75, 0.05, 0.95])]
    reason = because(
        "pipeline_chance",
        announced=announced,
        n=len(projects),
        output=output.value,
        target=target,
        year=str(span.last_year),
    )
    growth = because("growth_needed", factor=target / output.value, output=output.value, year=str(output.year))
    attainable = Attainable(
        float((reached >= floor).mean()),
        reason,
        "upper",
        n=len(projects),
        comparables=tuple(r.project for r, _, _ in projects),
        outcome_band50=(q[0], q[1]),
        outcome_band90=(q[2], q[3]),
        outcome_unit="t REO/y",
    )
    return attainable, [growth, reason, because("generous_reading")]
