"""What a scenario must not do: move the world when it says nothing, or let an event reach beyond its own time."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from firms import SMALL
from scenario_files import scenario_text

from didymium.ensemble.firm_shock import Shock, shock
from didymium.errors import RecordError
from didymium.market.behaviour import knobs
from didymium.market.firm_read import parse_firm
from didymium.market.paths import still_paths
from didymium.market.scenario_paths import events_without_links
from didymium.market.scene import Scene, prepare
from didymium.market.simulate import Run, simulate
from didymium.market.structure import MAGNET, OXIDE
from didymium.world import World
from didymium.world.scenario import load_scenario, parse_scenario

LICENCE = (
    "{{kind: export_licence, exporter: CHN, forms: [magnet], elements: [{element}], reviews_per_week: {reviews}, "
    "approved_share: {approved}, tonnes_per_licence: 30, term_months: 6, review_days: 14, start: {start}, "
    "assumed: true}}"
)


def licence(start: str, element: str = "Dy", reviews: float = 300, approved: float = 0.9, more: str = "") -> str:
    text = LICENCE.format(start=start, element=element, reviews=reviews, approved=approved)
    return text.replace(", assumed", more + ", assumed")


def scene_of(world: World, *entries: str) -> Scene:
    text = scenario_text(*entries) if entries else scenario_text().replace("events:\n", "")
    return prepare(world, parse_scenario(text, "test.yaml", world))


def assert_same(one: Run, other: Run) -> None:
    for name, a, b in zip(one.record._fields, one.record, other.record, strict=True):
        assert np.array_equal(a, b), name


def test_a_scenario_without_events_is_the_still_world(world: World) -> None:
    """Recyclers of oxide that have no plant sell it too: their stock once grew, unsold, into a glut on paper."""
    scene = scene_of(world)
    run, model = scene.run(), scene.model
    assert_same(run, simulate(model, knobs(scene.behaviour), still_paths(model, 36, 12)))
    without = (model.chain.capacity[OXIDE] <= 0) & (model.chain.recycled.sum(axis=1) > 500)
    assert without.sum() >= 2
    unsold_y = run.state.made[OXIDE, without].sum(axis=1) / model.chain.recycled[without].sum(axis=1)
    assert unsold_y.max() < 0.25


def test_a_plant_to_come_stands_beside_the_oxide_from_scrap_and_not_on_top(world: World) -> None:
    scene = scene_of(
        world, "{kind: capacity, bloc: JPN, stage: separate, tonnes_per_y: 2000, start: 2026-01-01, assumed: true}"
    )
    run, i = scene.run(), scene.model.blocs.index("JPN")
    built, running, nameplate = run.paths.built[:, OXIDE, i], run.paths.running[:, OXIDE, i], 2000.0
    assert scene.model.chain.capacity[OXIDE, i] == nameplate
    scrap = scene.model.chain.recycled[i].sum() / nameplate
    assert 0.3 < scrap < 1 and built[:24] == pytest.approx(scrap) and (running[:24] == 0).all()
    assert built[-1] * running[-1] == pytest.approx(1.0)
    sold = run.record.shipped[:24, (run.model.links.form == OXIDE) & (run.model.links.origin == i)].sum()
    assert sold == pytest.approx(2 * scrap * nameplate, rel=0.1)


@pytest.mark.parametrize(
    "entry",
    [
        licence("2025-06-01", "Ho", approved=0.1, more=", end: 2025-06-01"),
        "{kind: ban, exporter: CHN, forms: [oxide], start: 2025-06-01, end: 2025-06-01, assumed: true}",
        "{kind: tariff, importer: USA, percent: 50, start: 2025-06-01, end: 2025-06-01, assumed: true}",
        "{kind: halt, bloc: CHN, stage: separate, share: 1, start: 2025-06-01, end: 2025-06-01, assumed: true}",
    ],
)
def test_an_event_of_no_length_changes_no_bit(world: World, entry: str) -> None:
    april = licence("2025-04-04", reviews=100)
    assert_same(scene_of(world, april).run(), scene_of(world, april, entry).run())


def test_a_later_licence_does_not_reach_back(world: World) -> None:
    one, both = (
        scene_of(world, licence("2025-04-04"), *later).run().record.licensed
        for later in ((), (licence("2026-01-01", "Ho", reviews=10, approved=0.1),))
    )
    assert np.array_equal(one[:24], both[:24])
    assert both[-1].sum() < 0.8 * one[-1].sum()


def test_a_rule_that_comes_later_holds_from_then_on(world: World) -> None:
    """Decisions of the time without one once counted against what it made due: for years it bound nobody."""
    rule = ", statutory_working_days: 45"
    late = licence("2025-10-01", reviews=1, approved=0.5, more=rule)
    first, both = (licence("2024-02-01", reviews=5000, approved=0.5, more=f"{m}, end: 2025-10-01") for m in ("", rule))
    since, always = (scene_of(world, before, late).run().record.licensed[-1].max() for before in (first, both))
    assert always > 0.5 and since == pytest.approx(always, rel=0.1)


def test_names_in_another_order_are_the_same_office_and_quota(world: World) -> None:
    quota = "{{kind: quota, exporter: CHN, tonnes_per_y: 9, forms: [{}], start: {}, assumed: true}}"
    scene = scene_of(
        world,
        licence("2025-04-04", more=", importers: [USA, JPN]"),
        licence("2026-01-01", more=", importers: [JPN, USA]"),
        quota.format("oxide, metal", "2025-01-01"),
        quota.format("metal, oxide", "2026-01-01"),
    )
    paths = scene.run().paths
    assert paths.licensed.shape[1] == paths.quota.shape[1] == 1


def test_two_bureaus_for_the_same_trade_are_refused(world: World) -> None:
    with pytest.raises(RecordError, match="unlike importers") as caught:
        scene_of(world, licence("2025-04-04"), licence("2026-01-01", more=", importers: [USA]"))
    assert caught.value.where == "test.yaml:7, importers"


def shock_of(world: World, *entries: str, assumptions: str = "", since: dt.date | None = None) -> Shock:
    scenario = parse_scenario(scenario_text(*entries) + assumptions, "test.yaml", world)
    return shock(world, scenario, parse_firm(SMALL, "small.yaml", world), runs=400, members=1, control=since)


def lost(told: Shock, key: str) -> float:
    found = next(r for r in told.remedies if r.remedy.key == key)
    assert found.outcome is not None
    return float(found.outcome.lost.mean())


def test_a_firm_that_is_looked_at_late_has_filed_with_the_others(world: World) -> None:
    scenario = load_scenario("licences-2025-04", world)
    firm = parse_firm(SMALL, "small.yaml", world)
    told = shock(world, scenario, firm, runs=2000, members=1, control=dt.date(2025, 10, 9))
    lanes = [s for s in range(told.licensed.shape[1]) if told.supply.force[0, 0, s] > 0]
    run = prepare(world, scenario.model_copy(update={"step": "week", "end": dt.date(2026, 12, 1)})).run()
    links = run.model.links
    market = run.record.licensed[92, (links.form == MAGNET) & (run.paths.regime_of >= 0)].mean()
    assert lanes and market > 0.8
    assert told.licensed[0, lanes].mean() == pytest.approx(market, abs=0.1)


def test_a_licence_to_come_does_not_lift_a_quota(world: World) -> None:
    quota = "{kind: quota, exporter: CHN, forms: [magnet], tonnes_per_y: 100, start: 2025-04-01, assumed: true}"
    alone, both = shock_of(world, quota), shock_of(world, quota, licence("2026-11-01"), since=dt.date(2025, 4, 1))
    assert lost(both, "stock_4") == pytest.approx(lost(alone, "stock_4"), rel=0.05)
    assert both.outcome.lost.mean() > 20


def test_a_heavy_free_design_helps_against_a_ban_on_heavy_elements(world: World) -> None:
    ban = "{kind: ban, exporter: CHN, elements: [Dy, Tb], start: 2025-04-04, assumed: true}"
    told = shock_of(world, ban)
    assert told.outcome.lost.mean() > 20
    assert lost(told, "heavy_free_before") < 0.3 * told.outcome.lost.mean()


def test_assumptions_of_a_scenario_reach_the_firm(world: World) -> None:
    quick, slow = (
        shock_of(world, licence("2025-04-04"), assumptions=f"assumptions: {{filing: {days}}}\n") for days in (5, 120)
    )
    assert slow.licensed[12].mean() < 0.6 * quick.licensed[12].mean()


@pytest.mark.parametrize(
    ("assumption", "expected"), [("price_shortage: -50", "0 or more"), ("demand_heavy_short: 0.3", "0 or less")]
)
def test_an_assumption_beyond_zero_is_refused(world: World, assumption: str, expected: str) -> None:
    text = scenario_text(licence("2025-04-04")) + f"assumptions: {{{assumption}}}\n"
    with pytest.raises(RecordError) as caught:
        prepare(world, parse_scenario(text, "test.yaml", world))
    assert expected in str(caught.value.expected)


def test_a_halt_where_nothing_stands_is_told(world: World) -> None:
    none = "{kind: halt, bloc: EUU, stage: mine, share: 1, start: 2025-04-01, assumed: true}"
    some = none.replace("EUU", "MMR")
    scene = scene_of(world, none, some)
    assert events_without_links(scene.model, scene.scenario) == ("halt of 2025-04-01",)


def test_a_second_source_in_place_helps_no_less_than_one_begun_on_the_day(world: World) -> None:
    told = shock(
        world, load_scenario("licences-2025-04", world), parse_firm(SMALL, "small.yaml", world), runs=400, members=4
    )
    assert lost(told, "second_before") <= lost(told, "second_now") * 1.001
