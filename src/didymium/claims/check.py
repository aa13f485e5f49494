"""Check claims against the world: facts against beliefs, durations and targets against clocks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from didymium.claims.case import Case, case_of
from didymium.claims.inside import with_inside
from didymium.claims.record import Claim, ClaimFile, load_claims
from didymium.claims.rules import RULES
from didymium.claims.verdict import Finding, Findings, Verdict, because
from didymium.claims.vocabulary import vocabulary
from didymium.world import World

if TYPE_CHECKING:
    from didymium.ensemble.store import Store

__all__ = ["check", "check_claims", "check_file"]


def check(world: World, claim: Claim, *, seed: int = 0, inside: Store | None = None) -> Finding:
    """The finding on one claim: verdict, evidence, tolerance, reasoning and what is missing.

    Same world, claim and ``seed``: same finding. A claim that names no quantity, a variable without a rule, or a place
    that the world does not know is not checkable, and the finding says which. ``inside`` is a store of the market
    whose members are asked too.
    """
    case = case_of(world, claim, seed)
    refusal = _refusal(case)
    if refusal is not None:
        return refusal
    finding = RULES[vocabulary()[claim.variable].check](case)
    return finding if inside is None else with_inside(case, finding, inside)


def _refusal(case: Case) -> Finding | None:
    variable = vocabulary()[case.claim.variable]
    if variable.check == "none":
        return case.finding(Verdict.NOT_CHECKABLE, [because("no_rule", variable=variable.name)])
    if case.tolerance is None and variable.kind != "date":
        return case.finding(Verdict.NOT_CHECKABLE, [because("no_value", variable=variable.name)], missing=["value"])
    return None


def check_claims(world: World, claims: ClaimFile, *, seed: int = 0, inside: Store | None = None) -> Findings:
    """Findings on all claims, in file order."""
    return Findings(claims.title, tuple(check(world, claim, seed=seed, inside=inside) for claim in claims.claims))


def check_file(world: World, path: str | Path, *, seed: int = 0, inside: Store | None = None) -> Findings:
    """Findings on all claims in the YAML file ``path``; raises RecordError for a file that breaks its contract."""
    return check_claims(world, load_claims(path), seed=seed, inside=inside)
