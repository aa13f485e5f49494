"""Checking claims: verdicts follow the tables, and what cannot be checked says why."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from didymium.claims import (
    Finding,
    Findings,
    Relation,
    Stated,
    Verdict,
    check,
    check_file,
    parse_claims,
    sample_claims_path,
)
from didymium.claims.case import case_of
from didymium.claims.record import Claim
from didymium.claims.rules import RULES
from didymium.claims.rules.judge import Candidate, judge, judge_any
from didymium.claims.verdict import Evidence
from didymium.claims.vocabulary import vocabulary
from didymium.errors import RecordError
from didymium.world import World

BASE = {
    "id": "x",
    "subject": "Russia",
    "subject_type": "country",
    "variable": "reserves_t_REO",
    "unit": "t REO",
    "comparator": "eq",
    "modality": "reported_fact",
    "anchor_date": "2025-06-01",
}
SHARE = {"variable": "share_mining", "unit": "percent", "subject": "China"}
CLOCK = {"variable": "time_to_independence", "unit": "y", "comparator": "le", "subject": "United States"}


def claim(**fields: object) -> Claim:
    return Claim.model_validate(BASE | fields)


def keys(finding: Finding) -> set[str]:
    return {r.key for r in finding.reasoning}


def test_every_variable_names_a_rule_or_none() -> None:
    checks = {v.check for v in vocabulary().values()}
    assert checks - {"none"} == set(RULES)


def line_of(world: World, table: str, **cells: object) -> int:
    return world.rows(table, **cells)[0].line  # type: ignore[arg-type]


def test_a_verdict_follows_the_table(world: World, changed_world: Callable[..., World]) -> None:
    """Nothing is typed per claim: with another figure in the table the same claim falls."""
    stated = claim(value=3.8e6)
    assert check(world, stated).verdict is Verdict.SUPPORTED
    line = line_of(world, "reserves", place="RUS", publisher="USGS MCS", edition_year=2026)
    other = check(changed_world("reserves", line, "value_t", "9000000"), stated)
    assert other.verdict is Verdict.OUTDATED
    assert other.evidence[0].year == 2025


def test_ore_is_told_from_oxide_by_the_table(world: World, changed_world: Callable[..., World]) -> None:
    tomtor = claim(value=10e6, subject="Tomtor", subject_type="deposit")
    assert check(world, tomtor).verdict is Verdict.NOT_COMPARABLE
    line = next(r.line for r in world.rows("reserves") if r.text("measure") == "ore" and "Tomtor" in r.text("deposit"))
    assert check(changed_world("reserves", line, "value_t", "40000000"), tomtor).verdict is Verdict.CONTRADICTED


def test_an_older_edition_is_outdated(world: World) -> None:
    assert check(world, claim(value=10e6)).verdict is Verdict.OUTDATED


def test_no_figure_at_all_contradicts_nothing(world: World) -> None:
    finding = check(world, claim(subject="Monaco", value=5e6))
    assert finding.verdict is Verdict.NOT_ENOUGH and finding.missing == ("reserve_figure",)
    assert finding.evidence == ()


def test_a_wrong_figure_is_contradicted(world: World) -> None:
    finding = check(world, claim(**SHARE, value=20))
    assert finding.verdict is Verdict.CONTRADICTED
    assert all(e.relation is not Relation.MATCHES for e in finding.evidence)


def test_a_named_year_is_met_by_that_year_only(world: World) -> None:
    assert check(world, claim(**SHARE, value=58, when="2020")).verdict is Verdict.SUPPORTED
    assert check(world, claim(**SHARE, value=58, when="2010")).verdict is Verdict.CONTRADICTED
    assert check(world, claim(**SHARE, value=58, when="1999")).verdict is Verdict.NOT_ENOUGH


def test_a_part_of_a_country_is_not_the_country(world: World) -> None:
    finding = check(world, claim(**(SHARE | {"subject": "Jiangxi (China)"}), value=70))
    assert finding.verdict is Verdict.NOT_ENOUGH and finding.missing == ("place",)


def test_a_claim_without_quantity_or_rule_is_not_checkable(world: World) -> None:
    vague = check(world, claim())
    assert vague.verdict is Verdict.NOT_CHECKABLE and keys(vague) == {"no_value"}
    jobs = check(world, claim(variable="jobs", unit="count", value=3))
    assert jobs.verdict is Verdict.NOT_CHECKABLE and keys(jobs) == {"no_rule"}


def test_more_time_is_never_less_likely_and_a_denial_is_the_complement(world: World) -> None:
    chances = []
    for years in (1, 2, 5, 10):
        found = check(world, claim(**CLOCK, value=years, modality="target")).attainable
        assert found is not None and found.probability is not None
        chances.append(found.probability)
        denied = check(world, claim(**(CLOCK | {"comparator": "gt"}), value=years, modality="opinion")).attainable
        assert denied is not None and denied.probability == pytest.approx(1 - found.probability)
        assert denied.band90 == pytest.approx((1 - found.band90[1], 1 - found.band90[0])) if found.band90 else False
    assert chances == sorted(chances)


def test_an_upper_bound_never_supports(world: World) -> None:
    long = check(world, claim(**CLOCK, value=20, modality="forecast"))
    assert long.attainable is not None and long.attainable.bound == "upper"
    assert long.verdict is not Verdict.SUPPORTED


def test_beyond_the_record_there_is_no_probability(world: World) -> None:
    never = check(world, claim(**CLOCK, value=50, modality="forecast"))
    assert never.attainable is not None and never.attainable.probability is None
    assert never.verdict is Verdict.NOT_ENOUGH and never.missing == ("longer_record",)


def test_a_small_target_is_within_reach_and_a_great_one_is_not(world: World) -> None:
    target = {"variable": "production_target_t", "unit": "t REO/y", "modality": "target", "when": "2030"}
    chances = []
    for tonnes in (2000, 4000, 20000, 500000):
        found = check(world, claim(**target, value=tonnes, comparator="ge")).attainable
        assert found is not None and found.probability is not None
        chances.append(found.probability)
    assert chances[0] == 1 and chances[-1] == 0
    assert chances == sorted(chances, reverse=True)


def test_a_target_that_nobody_stated_so_conflicts_with_those_on_record(world: World) -> None:
    target = claim(variable="production_target_t", unit="t/y", modality="target", when="2030", value=90000)
    finding = check(world, target)
    assert finding.stated is Stated.OTHERWISE and finding.verdict is Verdict.CONFLICTING


def test_plants_of_one_firm_do_not_contradict_each_other(world: World) -> None:
    firm = {"subject": "MP Materials", "subject_type": "company", "variable": "capacity_t", "unit": "t/y"}
    assert check(world, claim(**firm, value=3000)).verdict is Verdict.SUPPORTED
    none = check(world, claim(**firm, value=123456))
    assert none.verdict is Verdict.NOT_ENOUGH and "several_things" in keys(none)


def test_counted_ranks(world: World) -> None:
    rank = {"variable": "rank", "unit": "rank", "stage": "reserves", "subject": "China"}
    assert check(world, claim(**rank, value=1)).verdict is Verdict.SUPPORTED
    assert check(world, claim(**rank, value=5)).verdict is Verdict.CONTRADICTED


def figure(value: float, grade: str = "B", year: int = 2024) -> Evidence:
    return Evidence(value, "percent", "d", "p", year, grade, "usgs_mcs_2026", f"t:{value}", Relation.CONTEXT)


def verdict_of(world: World, *candidates: Candidate) -> Verdict:
    return judge(case_of(world, claim(**SHARE, value=70)), candidates).verdict


def test_figures_lead_to_verdicts(world: World) -> None:
    yes, no = figure(70), figure(50)
    assert verdict_of(world, Candidate(yes, True), Candidate(no, False)) is Verdict.CONFLICTING
    assert verdict_of(world, Candidate(figure(70, "A"), True), Candidate(no, False)) is Verdict.SUPPORTED
    assert verdict_of(world, Candidate(yes, True, usual=False), Candidate(no, False)) is Verdict.OTHER_DEFINITION
    old = Candidate(figure(70, year=2020), True, current=False)
    assert verdict_of(world, old, Candidate(no, False)) is Verdict.OUTDATED
    assert verdict_of(world, Candidate(no, False)) is Verdict.CONTRADICTED
    assert verdict_of(world, Candidate(no, False, usual=False)) is Verdict.NOT_ENOUGH
    assert verdict_of(world, Candidate(figure(70, "D"), True)) is Verdict.NOT_ENOUGH
    assert verdict_of(world, Candidate(no, False, decides=False)) is Verdict.NOT_ENOUGH
    assert verdict_of(world) is Verdict.NOT_ENOUGH


def test_of_several_things_one_that_agrees_is_enough(world: World) -> None:
    case = case_of(world, claim(**SHARE, value=70))
    both = [Candidate(figure(70), True), Candidate(figure(50), False)]
    assert judge_any(case, both, missing="figure").verdict is Verdict.SUPPORTED
    assert judge_any(case, both[1:], missing="figure").verdict is Verdict.CONTRADICTED


def test_a_file_is_checked_in_order(world: World) -> None:
    found = check_file(world, sample_claims_path())
    verdicts = {f.claim.id: f.verdict for f in found}
    assert list(verdicts) == ["reserves-brazil", "refining-china", "plant-in-a-year", "magnet-rate"]
    assert verdicts["reserves-brazil"] is Verdict.OUTDATED
    assert verdicts["refining-china"] is Verdict.SUPPORTED
    assert verdicts["plant-in-a-year"] is Verdict.CONTRADICTED
    assert verdicts["magnet-rate"] is Verdict.CONTRADICTED
    assert isinstance(found, Findings) and len(found) == sum(found.counts.values()) == 4
    assert found.sources == frozenset().union(*(f.sources for f in found))
    with pytest.raises(KeyError):
        found["none"]


def test_a_bad_file_raises_before_anything_is_checked(world: World) -> None:
    with pytest.raises(RecordError):
        check_file(world, "no-such-file.yaml")
    with pytest.raises(RecordError):
        parse_claims("claims: 1")


BAYAN_OBO = {"subject": "Bayan Obo", "subject_type": "deposit"}


def test_a_part_cannot_exceed_the_world(world: World) -> None:
    ore = check(world, claim(**BAYAN_OBO, value=1.5e9, comparator="approx"))
    assert ore.verdict is Verdict.CONTRADICTED
    assert {"exceeds_the_world", "perhaps_ore"} <= keys(ore)
    assert any(e.text == "world" for e in ore.evidence)
    within = check(world, claim(**BAYAN_OBO, value=100e6))
    assert within.verdict is Verdict.NOT_ENOUGH and "exceeds_the_world" not in keys(within)
    mined = claim(subject="Monaco", variable="production_t", unit="t REO/y", value=5e6, when="2024")
    assert check(world, mined).verdict is Verdict.CONTRADICTED


def test_the_ceiling_follows_the_table(world: World, changed_world: Callable[..., World]) -> None:
    stated = claim(**BAYAN_OBO, value=1.5e9)
    line = next(r.line for r in world.rows("reserves", place="WLD", edition_year=2018))
    assert check(changed_world("reserves", line, "value_t", "2000000000"), stated).verdict is Verdict.NOT_ENOUGH


def test_a_rate_of_recycling_is_implausible_only_where_the_place_would_lift_the_world(world: World) -> None:
    rate = {"variable": "recycling_rate", "unit": "percent", "subject": "European Union", "subject_type": "region"}
    high = check(world, claim(**rate, value=90))
    assert high.verdict is Verdict.CONTRADICTED and "lifts_the_world" in keys(high)
    low = check(world, claim(**rate, value=10))
    assert low.verdict is Verdict.NOT_ENOUGH and "lifts_the_world" not in keys(low)


def test_what_nobody_can_cite_comes_last_of_its_kind(world: World) -> None:
    rate = claim(variable="recycling_rate", unit="percent", subject="World", subject_type="region", value=95)
    finding = check(world, rate)
    rates = [e for e in finding.evidence if e.relation is Relation.DIFFERS]
    assert [e.second_hand for e in rates] == [False, False, True]
    named = dict(finding.reasoning[0].parameters)
    assert "GitHub" not in str(named["publisher"])
    mining = check(world, claim(**SHARE, value=69, comparator="approx", when="2024"))
    matching = [e for e in mining.evidence if e.relation is Relation.MATCHES]
    assert "Social" in world.source(matching[-1].source).text("title")


def test_a_part_of_the_quota_is_no_rival_of_the_whole(world: World) -> None:
    quota = claim(subject="China", variable="production_quota_t", unit="t REO/y", value=270000, when="2024")
    finding = check(world, quota)
    assert finding.verdict is Verdict.SUPPORTED
    named = [str(dict(r.parameters).get("publisher")) for r in finding.reasoning]
    assert named and not any("GitHub" in publisher for publisher in named)


PLANTS = {"variable": "capacity_t", "unit": "t REO/y", "subject": "Malaysia", "stage": "separate"}
MAGNETS = {"variable": "capacity_t", "unit": "t NdFeB/y", "subject": "United States", "stage": "magnet"}


def test_the_capacity_of_a_country_is_summed_over_its_plants(world: World, changed_world: Callable[..., World]) -> None:
    lamp = check(world, claim(**PLANTS, value=22000, comparator="approx"))
    assert lamp.verdict is Verdict.OTHER_DEFINITION and lamp.evidence[0].value == 22000
    line = line_of(world, "plants", plant="my04")
    assert check(changed_world("plants", line, "capacity", "1000"), claim(**PLANTS, value=22000)).verdict is (
        Verdict.NOT_ENOUGH
    )
    running = [r for r in world.rows("plants", country="USA", stage="magnet", status="operating")]
    tonnes = sum(r.optional("capacity") or 0.0 for r in running)
    magnets = check(world, claim(**MAGNETS, value=tonnes))
    assert magnets.verdict is Verdict.SUPPORTED and magnets.evidence[0].value == tonnes
    none = check(world, claim(**MAGNETS, value=10 * tonnes))
    assert none.verdict is Verdict.NOT_ENOUGH and "list_is_not_a_census" in keys(none) and none.evidence


def test_a_capacity_to_come_is_priced_by_the_clocks(world: World) -> None:
    chances = []
    for tonnes in (5000, 10000, 20000, 90000):
        ahead = claim(**MAGNETS, value=tonnes, comparator="ge", when="2028", modality="forecast")
        finding = check(world, ahead)
        assert finding.attainable is not None and finding.attainable.probability is not None and finding.evidence
        assert finding.attainable.bound == "upper" and finding.verdict is not Verdict.SUPPORTED
        chances.append(finding.attainable.probability)
    assert chances == sorted(chances, reverse=True) and chances[0] == 1 and chances[-1] == 0
    assert check(world, claim(**MAGNETS, value=90000, comparator="ge", when="2028")).verdict is Verdict.CONTRADICTED


PRICE = {"variable": "price", "unit": "USD/kg", "subject": "Nd oxide", "subject_type": "thing", "when": "2024"}


def test_a_price_is_held_against_those_of_its_material_and_time(world: World) -> None:
    right = check(world, claim(**PRICE, value=56, comparator="approx"))
    assert right.verdict is Verdict.SUPPORTED and right.evidence[0].definition.startswith("Nd2O3")
    slip = check(world, claim(**(PRICE | {"unit": "USD/t"}), value=56, comparator="approx"))
    assert slip.verdict is Verdict.CONTRADICTED and "unit_slip" in keys(slip)
    for unit, wrong in (("USD/t", 56_000_000), ("USD/kg", 0.056)):
        assert "unit_slip" not in keys(check(world, claim(**(PRICE | {"unit": unit}), value=wrong)))
    assert check(world, claim(**PRICE, value=200)).verdict is Verdict.CONTRADICTED
    for same in ("氧化钕", "neodymium oxide"):
        found = check(world, claim(**(PRICE | {"subject": same}), value=56, comparator="approx"))
        assert (found.verdict, found.evidence) == (right.verdict, right.evidence)
    for mixed in ("氧化镨钕", "didymium oxide", "NdPr oxide"):
        found = check(world, claim(**(PRICE | {"subject": mixed}), value=56, comparator="approx"))
        assert found.evidence[0].definition.startswith("NdPr oxide")
    assert check(world, claim(**(PRICE | {"subject": "La Paz deposit"}), value=56)).missing == ("price_figure",)
    assert check(world, claim(**(PRICE | {"subject": "butter"}), value=56)).missing == ("price_figure",)
    assert check(world, claim(**(PRICE | {"unit": "USD/share"}), value=56)).verdict is Verdict.NOT_COMPARABLE


def test_a_floor_is_the_contract_and_not_a_price(world: World) -> None:
    floor = {"variable": "price_floor", "unit": "USD/kg", "subject": "MP Materials", "subject_type": "company"}
    assert check(world, claim(**floor, value=110)).verdict is Verdict.SUPPORTED
    assert check(world, claim(**floor, value=90)).verdict is Verdict.CONTRADICTED
    market = check(world, claim(**(PRICE | {"subject": "NdPr oxide", "when": "2025-07"}), value=110))
    assert market.evidence and all("policy" not in e.definition for e in market.evidence)


def test_a_price_in_yuan_is_not_contradicted_by_one_of_export(world: World) -> None:
    dysprosium = PRICE | {"subject": "dysprosium oxide", "when": "2010"}
    home = check(world, claim(**(dysprosium | {"unit": "CNY/t"}), value=500000))
    assert home.verdict is Verdict.NOT_ENOUGH
    assert check(world, claim(**dysprosium, value=20)).verdict is Verdict.CONTRADICTED


MINE = {"variable": "production_t", "unit": "t REO/y", "subject": "Mountain Pass", "subject_type": "deposit"}


def test_the_only_mine_of_a_country_stands_for_its_output(world: World, changed_world: Callable[..., World]) -> None:
    stated = claim(**MINE, value=45000, comparator="approx", when="2024")
    finding = check(world, stated)
    assert finding.verdict is Verdict.OTHER_DEFINITION and "only_mine" in keys(finding)
    other = changed_world("mines", line_of(world, "mines", mine="round_top"), "status", "operating")
    assert check(other, stated).verdict is Verdict.NOT_ENOUGH and check(other, stated).evidence
    many = check(world, claim(**(MINE | {"subject": "Bayan Obo"}), value=100000))
    assert many.verdict is Verdict.NOT_ENOUGH and keys(many) == {"mine_capacity"}
