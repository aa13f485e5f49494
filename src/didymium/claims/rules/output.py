"""Output, quotas and ranks against the statistics."""

from __future__ import annotations

from dataclasses import replace

from didymium.claims.case import Case, from_figure, from_row
from didymium.claims.rules.ceiling import within_world
from didymium.claims.rules.judge import Candidate, current_years, judge, nothing_found
from didymium.claims.subject import mentions
from didymium.claims.verdict import Evidence, Finding, Relation, Verdict, because
from didymium.errors import DidymiumError
from didymium.world import belief
from didymium.world.reader import Row

__all__ = ["production", "quota", "rank"]

EDITIONS = ("MCS", "MYB", "DS140")
"""Publications of the USGS in which one statistic of output is revised from edition to edition."""


def production(case: Case) -> Finding:
    """Mine output of a place or mine and year, newest edition and rivals; later stages have no such statistic."""
    if case.claim.stage not in (None, "mine"):
        return nothing_found(case, "output_by_stage" if case.nation else "place")
    return within_world(case, _mined(case))


def _mined(case: Case) -> Finding:
    if case.nation:
        return judge(case, _national(case, case.nation), missing="output_figure")
    mines = [r for r in case.world.rows("mines") if mentions(r.text("name"), case.claim.subject)]
    return _of_mine(case, mines[0]) if len(mines) == 1 else nothing_found(case, "place")


def _of_mine(case: Case, mine: Row) -> Finding:
    """Output of one mine: that of its country where no other is listed as running; its capacity is shown beside."""
    country, reasons, shown = mine.text("country"), [], []
    capacity = mine.optional("capacity_t_reo_per_y")
    if capacity is not None:
        reasons.append(because("mine_capacity", value=capacity, basis=mine.text("capacity_basis")))
        shown.append(_mine_capacity(case, mine, capacity))
    running = [r.text("mine") for r in case.world.rows("mines", country=country, status="operating")]
    national = _national(case, country) if running == [mine.text("mine")] else []
    if not national:
        return case.finding(Verdict.NOT_ENOUGH, reasons, shown, missing=["output_figure"])
    stand_in = [
        replace(
            c,
            usual=False,
            revised=False,
            evidence=replace(c.evidence, definition=f"{c.evidence.definition}, whole_country"),
        )
        for c in national
    ]
    reasons.insert(0, because("only_mine", mine=mine.text("name"), place=case.world.place_name(country)))
    finding = judge(case, stand_in, missing="output_figure", extra=reasons)
    return case.finding(finding.verdict, finding.reasoning, [*finding.evidence, *shown], missing=finding.missing)


def _mine_capacity(case: Case, mine: Row, capacity: float) -> Evidence:
    return from_row(
        case.world,
        mine,
        Relation.CONTEXT,
        value=capacity,
        unit="t REO/y",
        definition="capacity",
        year=0,
        text=mine.text("name"),
    )


def _national(case: Case, place: str) -> list[Candidate]:
    try:
        figures = belief(case.world, "production", place).figures
    except DidymiumError:
        return []
    now = current_years(case, [f.year for f in figures])
    found = []
    for figure in figures:
        if figure.value is None:
            continue
        value = case.as_claimed(figure.value, figure.unit)
        latest = figure.state == "latest edition"
        found.append(
            Candidate(
                from_figure(case.world, figure, Relation.CONTEXT),
                agrees=case.agrees(value),
                usual=latest,
                current=figure.year in now,
                comparable=value is not None,
                revised=not latest and figure.publisher.startswith(EDITIONS),
            )
        )
    return found


def quota(case: Case) -> Finding:
    """A state quota of a place and year."""
    stage = "separate" if case.claim.stage == "separate" else "mine"
    rows = case.world.rows("quotas", place=case.nation) if case.nation else ()
    found = []
    now = current_years(case, [r.integer("year") for r in rows])
    for row in rows:
        evidence = from_row(
            case.world,
            row,
            Relation.CONTEXT,
            value=row.number("value_t_reo"),
            unit="t REO/y",
            definition=f"quota, {row.text('stage')}, {row.text('ore')}",
            year=row.integer("year"),
        )
        usual = row.text("ore") == "all" and row.text("stage") == stage
        value = case.as_claimed(row.number("value_t_reo"), "t REO/y")
        current = row.integer("year") in now
        agrees = case.agrees(value)
        # A part of the quota (one ore, one group) that differs is no rival of the whole.
        decides = agrees or row.text("ore") == "all"
        found.append(Candidate(evidence, agrees, usual, current, decides, comparable=value is not None))
    return judge(case, found, missing="quota_figure")


def rank(case: Case) -> Finding:
    """A rank in reserves or mine output, counted in the newest edition that lists the place."""
    if not case.nation or case.claim.stage not in ("reserves", "mine"):
        return nothing_found(case, "place" if not case.nation else "ranked_variable")
    listed = _reserve_list(case) if case.claim.stage == "reserves" else _output_list(case)
    own = [e for place, e in listed if place == case.place]
    if not own or own[0].value is None:
        return nothing_found(case, "reserve_figure")
    position = 1 + sum((e.value or 0.0) > own[0].value for place, e in listed if place != case.place)
    evidence = [e for _, e in sorted(listed, key=lambda pair: -(pair[1].value or 0.0))[: position + 1]]
    verdict = Verdict.SUPPORTED if case.agrees(position) else Verdict.CONTRADICTED
    return case.finding(
        verdict, [because("rank_counted", rank=position, n=len(listed), year=str(own[0].year))], evidence
    )


def _reserve_list(case: Case) -> list[tuple[str, Evidence]]:
    rows = [r for r in case.world.rows("reserves", definition="reserve", deposit=None) if r.optional("value_t")]
    own = [r.integer("edition_year") for r in rows if r.text("place") == case.place]
    rows = [r for r in rows if own and r.integer("edition_year") == max(own) and r.text("place") != "WLD"]
    return [
        (
            r.text("place"),
            from_row(
                case.world,
                r,
                Relation.CONTEXT,
                value=r.number("value_t"),
                unit="t REO",
                definition="reserve",
                year=r.integer("edition_year"),
                publisher=r.text("publisher"),
                text=r.text("place"),
            ),
        )
        for r in rows
    ]


def _output_list(case: Case) -> list[tuple[str, Evidence]]:
    rows = [r for r in case.world.rows("production", latest=True) if r.text("place") != "WLD"]
    now = current_years(case, [r.integer("year") for r in rows if r.text("place") == case.place])
    return [
        (
            r.text("place"),
            from_row(
                case.world,
                r,
                Relation.CONTEXT,
                value=r.number("value_t_reo"),
                unit="t REO/y",
                definition=r.text("definition"),
                year=r.integer("year"),
                publisher=r.text("edition"),
                text=r.text("place"),
            ),
        )
        for r in rows
        if r.integer("year") in now
    ]
