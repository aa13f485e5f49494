"""Reserves and resources of a country or a deposit: one definition at a time, and ore is not oxide."""

from __future__ import annotations

from dataclasses import replace

from didymium.claims.case import Case, bare, from_figure
from didymium.claims.rules.ceiling import within_world
from didymium.claims.rules.judge import Candidate, judge, nothing_found
from didymium.claims.verdict import Evidence, Finding, Relation, Verdict, because
from didymium.claims.when import Span
from didymium.errors import DidymiumError
from didymium.units import convert
from didymium.world import belief
from didymium.world.belief import Figure

__all__ = ["reserves", "share_reserves"]

ORE_RATIO = 1.25
"""A claim that no oxide figure meets, within this factor of an ore tonnage, is read as that tonnage."""

_USUAL = {
    ("reserves_t_REO", False): ("reserve",),
    ("reserves_t_REO", True): ("reserve", "reserve_jorc"),
    ("resources_t", False): ("resource", "resource_jorc"),
    ("resources_t", True): ("resource", "resource_jorc"),
}
_NOT_COUNTED = ("claim", "misread")


def _figures(case: Case) -> tuple[Figure, ...]:
    return _of(case, case.subject.deposits or ((case.nation,) if case.nation else ()))


def _in_nation(case: Case) -> tuple[Figure, ...]:
    """Figures of the deposits of the country that the claim is about the whole of."""
    rows = case.world.rows("reserves", place=case.nation) if case.nation else ()
    return _of(case, tuple(dict.fromkeys(d for r in rows if (d := r.text("deposit")))))


def _of(case: Case, names: tuple[str, ...]) -> tuple[Figure, ...]:
    found: list[Figure] = []
    for name in names:
        try:
            found += belief(case.world, "reserves", name).figures
        except DidymiumError:
            continue
    return tuple(f for f in found if f.value is not None)


def _newest(figure: Figure, figures: tuple[Figure, ...], case: Case) -> bool:
    """Whether a figure is its publisher's newest, or of the year that the claim names."""
    if figure.note.startswith("superseded"):
        return False
    if case.exact and case.span is not None:
        return case.span.first_year <= figure.year <= case.span.last_year + 1
    like = [
        f
        for f in figures
        if (f.definition, f.publisher, f.scope) == (figure.definition, figure.publisher, figure.scope)
    ]
    newest_of_kind = max(f.year for f in figures if f.definition == figure.definition and f.scope == figure.scope)
    return figure.year == max(f.year for f in like) and figure.year >= newest_of_kind - 5


def _value(case: Case, figure: Figure) -> float | None:
    """The figure in the claim's unit, None for tonnes of something else; bare tonnes are taken as tonnes of oxide."""
    if figure.value is None or figure.unit != "t REO":
        return case.in_claim_unit(figure.value, figure.unit) if figure.value is not None else None
    return case.as_claimed(figure.value, figure.unit)


def _candidates(case: Case, figures: tuple[Figure, ...]) -> list[Candidate]:
    usual = _USUAL[case.claim.variable, bool(case.subject.deposits)]
    found = []
    for figure in figures:
        value = _value(case, figure)
        counted = value is not None and figure.definition not in _NOT_COUNTED
        found.append(
            Candidate(
                from_figure(case.world, figure, Relation.CONTEXT),
                agrees=counted and case.agrees(value),
                usual=figure.definition in usual,
                current=_newest(figure, figures, case),
                decides=counted,
            )
        )
    return found


def reserves(case: Case) -> Finding:
    """Reserves or resources against all rivals, definition by definition, and reserves against those of the world."""
    finding = _reserves(case)
    return within_world(case, finding) if case.claim.variable == "reserves_t_REO" else finding


def _reserves(case: Case) -> Finding:
    figures = _figures(case)
    if not figures:
        return _by_deposit(case, _in_nation(case))
    finding = judge(case, _candidates(case, figures), missing="reserve_figure")
    if finding.verdict is not Verdict.CONTRADICTED:
        return finding
    ore = _read_as_ore(case, figures)
    if ore is not None:
        return _not_comparable(case, ore, finding.evidence)
    if not case.substance_named:
        return case.finding(
            Verdict.NOT_COMPARABLE,
            [because("substance_not_stated"), *finding.reasoning],
            finding.evidence,
            missing=["substance_of_tonnes"],
        )
    said = [f for f in figures if f.definition == "claim" and case.agrees(_value(case, f))]
    if said:
        reason = because("only_a_claim", publisher=said[0].publisher, year=str(said[0].year))
        return case.finding(Verdict.CONFLICTING, [reason, *finding.reasoning], finding.evidence)
    return finding


def _by_deposit(case: Case, figures: tuple[Figure, ...]) -> Finding:
    """A country without a figure of its own: its deposits are shown, and only a misread ore tonnage decides."""
    if not figures:
        return nothing_found(case, "reserve_figure")
    evidence = [from_figure(case.world, f, Relation.CONTEXT) for f in figures]
    evidence = [replace(e, text=f.scope) for e, f in zip(evidence, figures, strict=True)]
    shown = because("only_deposit_figures", subject=case.claim.subject, n=len(figures))
    ore = _read_as_ore(case, tuple(f for f in figures if f.definition.startswith("misread")))
    if ore is not None:
        finding = _not_comparable(case, ore, tuple(evidence))
        return case.finding(finding.verdict, [*finding.reasoning, shown], evidence, missing=finding.missing)
    return case.finding(Verdict.NOT_ENOUGH, [shown], evidence, missing=["reserve_figure"])


def _read_as_ore(case: Case, figures: tuple[Figure, ...]) -> Figure | None:
    number = case.claim.number
    stated = None if number is None else convert(number, bare(case.claim.unit), "t")
    near = [
        f
        for f in figures
        if f.unit != "t REO" and f.value and stated and max(f.value / stated, stated / f.value) <= ORE_RATIO
    ]
    return min(near, key=lambda f: f.grade) if near else None


def _not_comparable(case: Case, ore: Figure, evidence: tuple[Evidence, ...]) -> Finding:
    oxide = [e for e in evidence if e.unit == "t REO" and e.definition not in _NOT_COUNTED and e.value is not None]
    reasons = [
        because("ore_not_oxide", ore=ore.value or 0.0, substance=ore.unit.removeprefix("t "), publisher=ore.publisher)
    ]
    if oxide:
        values = [e.value for e in oxide if e.value is not None]
        reasons.append(because("oxide_figures", low=min(values), high=max(values), n=len(values)))
    return case.finding(Verdict.NOT_COMPARABLE, reasons, evidence, missing=["substance_of_tonnes"])


def share_reserves(case: Case) -> Finding:
    """Share of world reserves: a place over the world, same publisher and edition."""
    if not case.nation:
        return nothing_found(case, "place")
    rows = case.world.rows("reserves", definition="reserve", deposit=None)
    world = {(r.text("publisher"), r.integer("edition_year")): r for r in rows if r.text("place") == "WLD"}
    found, newest = [], max((r.integer("edition_year") for r in rows if r.text("place") == case.nation), default=0)
    for row in rows:
        total = world.get((row.text("publisher"), row.integer("edition_year")))
        part = row.optional("value_t")
        if row.text("place") != case.nation or total is None or part is None or not total.optional("value_t"):
            continue
        year = row.integer("edition_year")
        share = 100 * part / total.number("value_t")
        evidence = Evidence(
            share,
            "percent",
            "reserve",
            row.text("publisher"),
            row.integer("edition_year"),
            max(row.text("grade"), total.text("grade")),
            row.text("source"),
            f"reserves.csv:{row.line} / reserves.csv:{total.line}",
            Relation.CONTEXT,
        )
        found.append(
            Candidate(
                evidence,
                case.agrees(share),
                current=case.span.overlaps(Span(year, year + 1)) if case.exact and case.span else year == newest,
            )
        )
    return judge(case, found, missing="reserve_figure")
