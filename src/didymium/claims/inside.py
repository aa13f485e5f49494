"""The inside view of a claim: what an ensemble of the market says, beside the outside view and without deciding."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from didymium.claims.case import Case
from didymium.claims.rules.targets import oxide
from didymium.claims.verdict import Finding, Reason, because

if TYPE_CHECKING:
    from didymium.ensemble.store import Store

__all__ = ["with_inside"]


def with_inside(case: Case, finding: Finding, store: Store) -> Finding:
    """``finding`` with what the members of ``store`` say; unchanged where they say nothing about such a claim."""
    if not case.place or case.place not in {*case.world.blocs, *case.world.countries}:
        return finding
    rules = {"time_to_independence": _independence, "production_target": _target}
    from didymium.claims.vocabulary import vocabulary

    rule = rules.get(vocabulary()[case.claim.variable].check)
    reason = rule(case, store, case.world.bloc_of(case.place)) if rule else None
    return replace(finding, reasoning=(*finding.reasoning, reason)) if reason else finding


def _independence(case: Case, store: Store, bloc: str) -> Reason | None:
    """Half of the need of Nd and Pr within the years claimed."""
    from didymium.claims.rules.durations import claimed_years
    from didymium.ensemble.inside import chance_standing

    years = claimed_years(case)
    if years is None:
        return None
    year = int(case.claim.anchor_y + years)
    chance = chance_standing(store, bloc, "ndpr", year)
    if chance is None:
        return None
    return because("inside_independence", place=bloc, year=str(year), percent=100 * chance, **_named(store))


def _target(case: Case, store: Store, bloc: str) -> Reason | None:
    """Mine output of the whole bloc in the last year of the claim."""
    from didymium.ensemble.inside import chance_mined

    tonnes = oxide(case, case.claim.number)
    if tonnes is None or case.span is None:
        return None
    found = chance_mined(store, bloc, tonnes, case.span.last_year)
    if found is None:
        return None
    chance, (low, _, middle, _, high) = found
    return because(
        "inside_target",
        place=bloc,
        year=str(case.span.last_year),
        target=tonnes,
        percent=100 * chance,
        low=low,
        middle=middle,
        high=high,
        **_named(store),
    )


def _named(store: Store) -> dict[str, str | int]:
    return {"scenario": store.manifest.task, "runs": store.manifest.runs}
