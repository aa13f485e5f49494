"""The 32 core claims of two articles: the verdicts that the evidence must lead to, and a snapshot of all of them.

``DIDYMIUM_UPDATE_GOLDEN=1 pytest tests/golden/test_core_claims.py`` rewrites the snapshot; review the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from didymium.claims import Finding, Findings, Relation, Stated, Verdict, check_file, core_claims_path
from didymium.world import load_world

SNAPSHOT = Path(__file__).with_name("core_claims.txt")


@pytest.fixture(scope="module")
def found() -> Findings:
    return check_file(load_world(), core_claims_path())


def keys(finding: Finding) -> set[str]:
    return {r.key for r in finding.reasoning}


def parameter(finding: Finding, key: str, name: str) -> object:
    return next(dict(r.parameters)[name] for r in finding.reasoning if r.key == key)


def row(finding: Finding) -> str:
    p = finding.attainable.probability if finding.attainable else None
    chance = (
        "-" if finding.attainable is None else "no probability" if p is None else f"{finding.attainable.bound} {p:.2f}"
    )
    return f"{finding.claim.id:<6} {finding.verdict:<28} {finding.stated or '-':<14} {chance}"


def test_the_verdicts_are_those_of_the_snapshot(found: Findings) -> None:
    text = "\n".join(row(f) for f in found) + "\n"
    if os.environ.get("DIDYMIUM_UPDATE_GOLDEN"):
        SNAPSHOT.write_text(text, encoding="utf-8")
    assert text == SNAPSHOT.read_text(encoding="utf-8")


def test_both_reserves_of_russia_hold_under_their_definitions(found: Findings) -> None:
    usgs, balance = found["A-02"], found["A-03"]
    assert usgs.verdict is Verdict.SUPPORTED
    assert parameter(usgs, "agrees", "definition") == "reserve"
    assert balance.verdict is Verdict.OTHER_DEFINITION
    assert parameter(balance, "agrees_other_definition", "definition") == "state_balance"
    assert parameter(balance, "usual_definition_differs", "value") == 3.8e6


def test_tomtor_mixes_ore_with_oxide(found: Findings) -> None:
    tomtor = found["A-08"]
    assert tomtor.verdict is Verdict.NOT_COMPARABLE
    assert parameter(tomtor, "ore_not_oxide", "ore") == 11.4e6
    oxide = {e.definition: e.value for e in tomtor.evidence if e.unit == "t REO"}
    assert oxide["reserve_jorc"] == pytest.approx(1.7e6, rel=0.05)
    assert oxide["state_balance"] == 4e6


def test_the_ministers_targets_for_imports_conflict(found: Findings) -> None:
    target = found["A-10"]
    assert target.verdict is Verdict.CONFLICTING and target.stated is Stated.CONFLICTING
    assert {e.value for e in target.evidence} >= {45, 48, 15, 0}
    assert found["A-09"].verdict is Verdict.SUPPORTED
    assert "one_speaker" in keys(found["A-09"]), "the level of today rests on one source"


def test_fifty_thousand_tonnes_is_stated_by_some_and_out_of_reach(found: Findings) -> None:
    target = found["A-11"]
    assert target.stated is Stated.CONFLICTING
    assert {e.value for e in target.evidence} >= {3000, 7500, 18500, 30000, 50000}
    chance = target.attainable
    assert chance is not None and chance.probability is not None and chance.probability < 0.01
    assert chance.outcome_band90 is not None and chance.outcome_band90[1] < 47500
    assert parameter(target, "growth_needed", "output") == 2600
    assert parameter(target, "growth_needed", "factor") == pytest.approx(50000 / 2600)


@pytest.mark.parametrize("claim", ["B-03", "B-05"])
def test_within_a_year_has_its_outside_view(found: Findings, claim: str) -> None:
    chance = found[claim].attainable
    assert chance is not None and chance.probability is not None and chance.band90 is not None
    assert chance.bound == "upper" and chance.probability < 0.1
    assert chance.band90[0] <= chance.probability <= chance.band90[1]
    assert chance.n and chance.comparables


def test_the_denial_gets_the_complement(found: Findings) -> None:
    within, denied = found["B-03"].attainable, found["B-15"].attainable
    assert within is not None and denied is not None
    assert within.probability is not None and denied.probability is not None
    assert denied.probability == pytest.approx(1 - within.probability)
    assert denied.bound == "lower" and found["B-15"].verdict is Verdict.SUPPORTED


def test_refining_at_85_is_outdated_or_a_matter_of_basket(found: Findings) -> None:
    share = found["B-07"]
    assert share.verdict in (Verdict.OUTDATED, Verdict.OTHER_DEFINITION)
    assert {"agrees_other_year", "current_differs", "baskets_differ"} <= keys(share)
    assert parameter(share, "current_differs", "value") == pytest.approx(91, abs=1)


def test_a_recovery_is_not_a_rate(found: Findings) -> None:
    recovery = found["B-09"]
    assert recovery.verdict in (Verdict.SUPPORTED, Verdict.OTHER_DEFINITION)
    assert "recovery_is_not_a_rate" in keys(recovery)
    assert any(e.definition == "recycling rate" and e.value is not None and e.value <= 1 for e in recovery.evidence)


@pytest.mark.parametrize("claim", ["B-04", "B-17"])
def test_none_of_the_kazakh_agreements_is_about_rare_earths(found: Findings, claim: str) -> None:
    deals = found[claim]
    assert "no_rare_earths_in_them" in keys(deals)
    assert parameter(deals, "agreements_on_record", "rare_earths") == 0
    assert deals.verdict is Verdict.NOT_ENOUGH


def test_shares_that_hold(found: Findings) -> None:
    assert found["A-06"].verdict is Verdict.SUPPORTED
    assert found["B-06"].verdict is Verdict.SUPPORTED
    assert found["B-10"].verdict is Verdict.SUPPORTED
    assert found["B-10"].evidence[0].grade == "A"


def test_a_nuclear_contract_is_not_found_in_a_stock_of_investment(found: Findings) -> None:
    deal = found["B-18"]
    assert deal.verdict is Verdict.NOT_ENOUGH and "outside_the_chain" in keys(deal)
    assert all(e.relation is not Relation.MATCHES for e in deal.evidence)


def test_money_without_a_currency_is_read_in_each(found: Findings) -> None:
    cost = found["A-12"]
    assert cost.verdict is Verdict.NOT_COMPARABLE
    readings = {dict(r.parameters).get("currency"): r.key for r in cost.reasoning}
    assert readings["USD"] == readings["CNY"] == "reading_no" and readings["RUB"] != "reading_no"


def test_weak_figures_carry_no_verdict(found: Findings) -> None:
    assert found["A-18"].verdict is Verdict.NOT_ENOUGH and "only_weak" in keys(found["A-18"])


def test_every_source_is_in_the_world(found: Findings) -> None:
    world = load_world()
    assert {r.text("source") for r in world.bibliography(found)} == found.sources
    assert all(f.evidence or f.missing for f in found)


def test_the_same_seed_gives_the_same_findings(found: Findings) -> None:
    assert check_file(load_world(), core_claims_path()).findings == found.findings
