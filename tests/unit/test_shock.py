"""A firm on the market: its licences are those of the market, remedies act as they must, bad input is refused."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from firms import SMALL, changed
from typer.testing import CliRunner

from didymium.cli import app
from didymium.ensemble.firm_shock import Shock, shock
from didymium.errors import DidymiumError, RecordError
from didymium.market.behaviour import knobs
from didymium.market.firm_control import control_of
from didymium.market.firm_licence import Applications, licensed_weeks
from didymium.market.firm_read import load_firm, parse_firm, read_firm
from didymium.market.firm_supply import Supply, lane, queues, stacked, supply
from didymium.market.scene import Scene, prepare
from didymium.report.numbers import money
from didymium.report.shock_page import shock_page
from didymium.report.shock_rows import part_rows, remedy_rows, shock_record
from didymium.report.shock_tables import headline, how_made, key_table, part_names, part_table, remedy_table
from didymium.words import say_in
from didymium.world import World
from didymium.world.scenario import Scenario, load_scenario

RUNS, MEMBERS = 400, 4


@pytest.fixture(scope="module")
def scenario(world: World) -> Scenario:
    return load_scenario("licences-2025-04", world).model_copy(update={"step": "week", "end": dt.date(2026, 12, 1)})


@pytest.fixture(scope="module")
def scene(world: World, scenario: Scenario) -> Scene:
    return prepare(world, scenario)


@pytest.fixture(scope="module")
def shocked(world: World, scenario: Scenario) -> Shock:
    return shock(world, scenario, parse_firm(SMALL, "small.yaml", world), runs=RUNS, members=MEMBERS)


def applications(runs: int, lanes: int, **given: float) -> Applications:
    """Applications of firms that say nothing, or all the same."""
    blank = {n: np.full((runs, lanes), given.get(n, np.nan)) for n in Applications._fields}
    return Applications(**blank)


@pytest.fixture(scope="module")
def one_lane(scene: Scene) -> tuple[Supply, np.ndarray]:
    """The market's word on Chinese magnets for Europe, and the share that the market itself has under licence."""
    run = scene.run()
    way = lane(scene.model, 0, "magnet", "CHN", "EUU", {"Nd": 0.3, "Dy": 0.03})
    links = run.model.links
    k = np.flatnonzero((links.form == way.form) & (links.origin == way.origin) & (links.to == way.to))[0]
    return supply(run, knobs(scene.behaviour), [way], 0, len(run.record.licensed)), run.record.licensed[:, k]


def test_the_licences_of_many_firms_are_those_of_the_market(scene: Scene, one_lane: tuple[Supply, np.ndarray]) -> None:
    said, market = one_lane
    runs = 20_000
    filing = scene.behaviour.values["filing"] / 7.0
    held = licensed_weeks(said, applications(runs, 1), np.zeros(runs, int), filing, 0)[:, :, 0].mean(axis=1)
    # The market's record stands for the end of a week, what firms hold for all of it.
    over_the_week = (np.append(0.0, market[:-1]) + market) / 2
    assert market.max() > 0.5
    assert np.abs(held - over_the_week).max() < 0.015


def beginning(held: np.ndarray) -> np.ndarray:
    """When each of K licences (W, K) begins, weeks; it is good from within its first week to the end of it."""
    first = (held > 0).argmax(axis=0)
    return first + 1.0 - held[first, np.arange(held.shape[1])]


def test_who_files_first_is_decided_first_and_no_sooner_than_a_review(one_lane: tuple[Supply, np.ndarray]) -> None:
    said, _ = one_lane
    begin = int((said.force[:, 0, 0] > 0).argmax())
    opens = begin + 1.0 - said.force[begin, 0, 0]
    review, none = said.review_weeks[begin, 0, 0], np.zeros(500, int)
    last = np.inf
    for day in (6.0, 2.6, 0.99, 0.0):
        own = applications(500, 1, filed_week=begin + day, approved=1.0)
        came = beginning(licensed_weeks(said, own, none, 2.0, 0)[:, :, 0])
        assert came.min() >= max(begin + day, opens) + review - 1e-9
        assert came.max() <= last
        last = came.min()


def quick_office(reviews: float, force: float = 1.0, review: float = 2.5) -> Supply:
    """A week without, then an office that decides ``reviews`` a week of 100 that all file in its first week."""
    weeks = np.arange(30.0)[:, None, None]
    on = np.where(weeks < 1, 0.0, np.where(weeks < 2, force, 1.0))
    full = np.ones_like(on)
    filed = np.where(weeks < 1, 0.0, 1.0)
    decided = np.clip((weeks - 3) * reviews / 100, 0.0, 1.0)
    return Supply(
        available=full,
        available_free=full,
        force=on,
        controlled=full > 0,
        free=full,
        filed=filed,
        decided=decided,
        reviews=reviews * on,
        general=0 * full,
        approved=full,
        review_weeks=review * full,
        term_weeks=26 * full,
    )


def test_a_licence_is_good_from_the_day_of_its_decision_and_not_before() -> None:
    def first(office: Supply, **own: float) -> float:
        return float(beginning(licensed_weeks(office, applications(1, 1, **own), np.zeros(1, int), 2.0, 0)[:, :, 0])[0])

    # First in the queue, filed 0.9 into a week, 2.5 weeks of review: 0.4 into the third week after it.
    assert first(quick_office(100), filed_week=1.9, ahead=0.0) == pytest.approx(4.4)
    # The regime begins 0.75 into the week: what was filed before it waits for it.
    assert first(quick_office(100, force=0.25), filed_week=0.0, ahead=0.0) == pytest.approx(1.75 + 2.5)
    # 39 ahead and ten decisions a week: its own is the fortieth.
    assert first(quick_office(10), filed_week=1.0, ahead=39.0) == pytest.approx(5.0)
    # In the middle of all that file, of which a tenth is decided each week from the fourth on.
    assert first(quick_office(10), filed_week=1.5) == pytest.approx(8.0 + 1.0)


def test_in_the_week_in_which_a_regime_begins_a_licence_counts_over_the_days_in_force() -> None:
    """The first of 25 that are decided in the last quarter of the week holds it for 0.96 of that quarter."""
    office = quick_office(100, force=0.25, review=0.0)
    held = licensed_weeks(office, applications(1, 1, filed_week=1.0, ahead=0.0), np.zeros(1, int), 2.0, 0)
    assert held[1:3, 0, 0] == pytest.approx([0.96, 1.0])


def test_an_office_that_decides_nothing_grants_nothing_to_the_first_in_its_queue() -> None:
    for own in (applications(50, 1, filed_week=0.0), applications(50, 1, ahead=0.0), applications(50, 1)):
        assert not licensed_weeks(quick_office(0), own, np.zeros(50, int), 2.0, 0).any()


def test_a_licence_that_ends_within_a_week_is_good_until_then() -> None:
    office = replace(quick_office(1000), term_weeks=np.full((30, 1, 1), 2.0), approved=np.full((30, 1, 1), 0.5))
    held = licensed_weeks(office, applications(2000, 1), np.zeros(2000, int), 0.5, 0)[:, :, 0]
    before, now, after = held[:-2], held[1:-1], held[2:]
    ends = (before == 1) & (now < 1) & (after == 0)
    assert now[ends].mean() == pytest.approx(0.5, abs=0.03)


def test_what_is_never_approved_never_comes(one_lane: tuple[Supply, np.ndarray]) -> None:
    said, _ = one_lane
    assert not licensed_weeks(said, applications(200, 1, approved=0.0), np.zeros(200, int), 2.0, 0).any()
    waiting = licensed_weeks(said, applications(200, 1, ahead=1e9), np.zeros(200, int), 2.0, 0)
    assert not waiting.any()


def test_queues_decide_no_more_than_was_filed(scene: Scene) -> None:
    filed, decided = queues(scene.run(), knobs(scene.behaviour))
    assert (np.diff(filed, axis=0) >= -1e-12).all() and (np.diff(decided, axis=0) >= -1e-12).all()
    assert (decided <= filed + 1e-9).all() and decided[-1].min() > 0.5


def test_members_stand_side_by_side(one_lane: tuple[Supply, np.ndarray]) -> None:
    both = stacked([one_lane[0], one_lane[0]])
    assert both.force.shape[1] == 2 and both.approved.shape[1:] == (2, 1)


def test_a_lane_needs_a_maker(scene: Scene) -> None:
    with pytest.raises(RecordError, match="SAU makes no magnet") as caught:
        lane(scene.model, 0, "magnet", "SAU", "EUU", {"Nd": 0.3})
    assert "CHN" in caught.value.expected


def test_only_listed_elements_need_a_licence(scene: Scene) -> None:
    run, k = scene.run(), knobs(scene.behaviour)
    ways = [lane(scene.model, 0, "magnet", "CHN", "EUU", mix) for mix in ({"Nd": 0.3}, {"Nd": 0.27, "Dy": 0.03})]
    said = supply(run, k, ways, 60, 40)
    assert not said.controlled[:, 0, 0].any()
    assert said.controlled[-1, 0, 1]
    home = supply(run, k, [lane(scene.model, 0, "magnet", "JPN", "EUU", {"Nd": 0.27, "Dy": 0.03})], 60, 40)
    assert home.force.max() == 0


def test_the_small_firm_stops_and_remedies_act_as_they_must(shocked: Shock) -> None:
    base = shocked.outcome
    assert shocked.control == dt.date(2025, 4, 4)
    assert np.isfinite(base.first_stop).mean() > 0.2
    by = {r.remedy.key: r for r in shocked.remedies}
    lost = {k: r.outcome.lost.sum(axis=1) for k, r in by.items() if r.outcome is not None}
    plain = base.lost.sum(axis=1)
    for fewer, more in (("stock_4", plain), ("stock_8", lost["stock_4"]), ("stock_12", lost["stock_8"])):
        assert (lost[fewer] <= more + 1e-6).all()
    assert (lost["general"] <= plain + 1e-6).all()
    assert (lost["all"] <= lost["stock_12"] + 1e-6).all()
    assert not np.isfinite(by["heavy_free_before"].outcome.first_stop).any()  # type: ignore[union-attr]
    assert by["second_now"].in_time < 0.05 < by["stock_4"].in_time


def test_the_same_seed_gives_the_same_bits_and_another_does_not(
    world: World, scenario: Scenario, shocked: Shock
) -> None:
    firm = parse_firm(SMALL, "small.yaml", world)
    again = shock(world, scenario, firm, runs=RUNS, members=MEMBERS)
    assert np.array_equal(again.outcome.first_stop, shocked.outcome.first_stop)
    assert np.array_equal(again.course.made, shocked.course.made)
    other = shock(world, scenario, firm, runs=RUNS, members=MEMBERS, seed=1)
    assert not np.array_equal(other.outcome.lost, shocked.outcome.lost)


def test_military_applications_are_refused(world: World, scenario: Scenario) -> None:
    text = (
        changed("bloc: EUU", "bloc: EUU\nend_use: military")
        .replace("share: 0.8", "share: 1")
        .replace(SMALL[SMALL.index("          - name: maker in Japan") : SMALL.index("        second_source")], "")
    )
    told = shock(world, scenario, parse_firm(text, "m.yaml", world), runs=50, members=2)
    assert np.isfinite(told.outcome.first_stop).all()
    assert np.isinf(told.outcome.recovery).all()
    general = next(r for r in told.remedies if r.remedy.key == "general")
    assert not general.known


def test_a_firm_that_nothing_touches_is_told_so(world: World, scenario: Scenario) -> None:
    firm = parse_firm(SMALL, "small.yaml", world)
    with pytest.raises(RecordError, match="nothing in the scenario comes between small-firm and its suppliers"):
        control_of(load_scenario("baseline-2024", world), firm)
    home = parse_firm(changed("bloc: CHN", "bloc: EUU"), "small.yaml", world)
    with pytest.raises(RecordError, match="nothing in the scenario"):
        control_of(scenario, home)


def test_a_day_that_the_run_does_not_reach_is_told_with_its_span(world: World, scenario: Scenario) -> None:
    firm = parse_firm(SMALL, "small.yaml", world)
    span = "a day from 2024-01-01 to 2026-12-31"
    for day, what, cure in (
        (dt.date(2019, 5, 1), "lies before 2024-01-01, the earliest day", "starts from the flows of 2024"),
        (dt.date(2023, 12, 31), "lies before 2024-01-01, the earliest day", "starts from the flows of 2024"),
        (dt.date(2027, 1, 1), "lies after 2026-12-31, the last day", "give the scenario a later end"),
    ):
        with pytest.raises(RecordError, match=what) as caught:
            shock(world, scenario, firm, runs=10, control=day)
        assert caught.value.what.startswith(str(day)) and caught.value.expected == span and cure in caught.value.cure
    for day in (dt.date(2024, 1, 1), dt.date(2026, 12, 31)):
        assert shock(world, scenario, firm, runs=2, members=1, control=day).control == day


@pytest.mark.parametrize(("old", "line"), [("bloc: JPN\n", 24), ("{bloc: JPN", 27)], ids=["supplier", "second source"])
def test_a_supplier_that_makes_no_such_part_is_told_with_its_line(
    world: World, scenario: Scenario, tmp_path: Path, old: str, line: int
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(changed(old, old.replace("JPN", "MMR")), encoding="utf-8")
    found = read_firm(path, world)
    with pytest.raises(RecordError, match="MMR makes no magnet") as caught:
        shock(world, scenario, found.firm, runs=2, members=1, where=found.where)
    assert caught.value.where == f"{path}:{line}, bloc"
    assert "JPN" in caught.value.expected and "MMR" not in caught.value.expected
    with pytest.raises(RecordError) as caught:
        shock(world, scenario, found.firm, runs=2, members=1)
    assert caught.value.where.startswith("small-firm, products[0], parts[0]")


@pytest.mark.parametrize("runs", [0, -3, 20_001])
def test_runs_that_cannot_be_are_refused(world: World, scenario: Scenario, runs: int) -> None:
    with pytest.raises(DidymiumError, match="an ensemble of"):
        shock(world, scenario, load_firm("car-maker", world), runs=runs)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_tables_tell_what_the_outcome_says(world: World, shocked: Shock, lang: str) -> None:
    say = say_in(lang)
    record = shock_record(world, shocked)
    assert record["stop_chance"] == pytest.approx(float(np.isfinite(shocked.outcome.first_stop).mean()))
    assert len(record["output_share_by_week"]) == shocked.weeks  # type: ignore[arg-type]
    rows = {str(r["remedy"]): r for r in remedy_rows(shocked)}
    # 100 pumps a week with half a kilogram each.
    assert rows["stock_4"]["extra_stock_kg"] == pytest.approx(4 * 100 * 0.5)
    assert rows["stock_4"]["holding_usd_per_y"] is None, "the file gives no cost of holding"
    assert rows["heavy_free_now"]["cost_usd"] == 100_000
    table = remedy_table(shocked, say)
    assert len(table.rows) == len(rows) == 10
    # 80 dollars a kilogram is what the firm pays; what the oxides in it cost is less.
    assert rows["stock_4"]["stock_worth_usd"] == pytest.approx(4 * 100 * 0.5 * 80)
    assert money(say, 16_000) in str(table.rows[1][6])
    assert money(say, 100_000) in str(table.rows[6][6]) + str(table.rows[7][6])
    assert shocked.firm.title in headline(shocked, say)
    assert all(shocked.control.isoformat() in str(row[0]) for row in key_table(shocked, say).rows[:3])


def test_stock_is_worth_what_the_firm_pays_and_costs_a_share_of_it(world: World, scenario: Scenario) -> None:
    say = say_in("en")

    def of(text: str) -> tuple[dict[str, object], str]:
        told = shock(world, scenario, parse_firm(text, "s.yaml", world), runs=20, members=1)
        return remedy_rows(told)[1], str(remedy_table(told, say).rows[1][6])

    row, shown = of(changed("bloc: EUU", "bloc: EUU\nholding_percent_per_y: 8"))
    assert row["holding_usd_per_y"] == pytest.approx(0.08 * row["stock_worth_usd"])  # type: ignore[operator]
    assert shown == f"200\u00a0kg, {money(say, 16_000)} at the firm's prices, {money(say, 1_280)} a year to hold"
    row, shown = of(changed("        price_usd_per_kg: 80\n", ""))
    assert row["stock_worth_usd"] is None and row["holding_usd_per_y"] is None
    assert f"{money(say, float(row['rare_earths_in_it_usd']))} of oxide" in shown  # type: ignore[arg-type]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_headline_tile_table_and_record_tell_one_first_stop(world: World, shocked: Shock, lang: str) -> None:
    say, record = say_in(lang), shock_record(world, shocked)
    stopping, everyone = record["first_stop_where_stopped_weeks"], record["first_stop_weeks"]
    median = f"{stopping['50']:.1f}"  # type: ignore[index]
    assert stopping != everyone, "or the test could not tell them apart"
    assert median in headline(shocked, say)
    first, of_all = key_table(shocked, say).rows[:2]
    assert median in map(str, first) and first[0] != of_all[0]
    page = shock_page(world, shocked, say, "didymium shock")
    tile = page.split(f"<dt>{say('shock.stat.first')}</dt><dd>")[1]
    assert tile.startswith(median)


def test_the_record_has_the_table_by_part(world: World, shocked: Shock) -> None:
    (row,) = part_rows(shocked)
    assert shock_record(world, shocked)["parts"] == [row]
    assert (row["product"], row["part"], row["form"]) == ("pumps", "rotor magnets", "magnet")
    assert row["composition"] == {"Nd": 0.27, "Dy": 0.03}
    assert row["use_kg_per_week"] == pytest.approx(50.0)
    assert row["stock_weeks"] == pytest.approx(2.0, abs=0.05)
    # 0.8 of the need has 4 weeks on the way, 2 in stock and half a week in hands before the plant; 0.2 has 3.
    assert row["reach_weeks"] == pytest.approx(2.0 + 0.8 * 6.5 + 0.2 * 3.0, abs=0.05)
    assert row["needs_licence"] is True and row["out_first"] == 1.0
    shown = part_table(shocked, say_in("en")).rows[0]
    assert shown[:3] == ("rotor magnets", "Nd Dy", "50") and shown[5:] == ("yes", "100\u00a0%")


def test_the_reference_names_the_keys_of_the_record(world: World, shocked: Shock) -> None:
    page = Path(__file__).parents[2].joinpath("docs", "reference", "cli.md").read_text(encoding="utf-8")
    section = page.split("## JSON of shock")[1].split("\n## ")[0]
    whole, part = section.split("| key of a part |")
    named = [
        [key for line in table.splitlines() if line.startswith("| `") for key in line.split("|")[1].split("`")[1::2]]
        for table in (whole, part)
    ]
    assert named == [list(shock_record(world, shocked)), list(part_rows(shocked)[0])]


def test_parts_of_one_name_in_two_products_are_told_apart(world: World, scenario: Scenario) -> None:
    line = SMALL[SMALL.index("  - name: pumps") :]
    two = parse_firm(SMALL + line.replace("name: pumps", "name: fans"), "two.yaml", world)
    told = shock(world, scenario, two, runs=20, members=1)
    assert part_names(told, say_in("en")) == ("pumps / rotor magnets", "fans / rotor magnets")
    assert [(r["product"], r["part"]) for r in part_rows(told)] == [
        ("pumps", "rotor magnets"),
        ("fans", "rotor magnets"),
    ]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_holds_every_figure_with_its_table(world: World, shocked: Shock, lang: str) -> None:
    page = shock_page(world, shocked, say_in(lang), "didymium shock licences-2025-04 --firm small.yaml")
    assert page.startswith("<!DOCTYPE html>") and page.count("<figure") == 7
    for key in ("output", "course", "parts", "stocks", "remedies", "stop", "figures"):
        assert f'id="figure-shock-{key}"' in page
    assert "didymium shock licences-2025-04 --firm small.yaml" in page
    assert page.count("rotor magnets") >= 3


def test_a_firm_that_never_stops_has_a_page_too(world: World, scenario: Scenario) -> None:
    calm = changed("grade: NdFeB grade SH (150 C)", "composition: {Nd: 0.3}").replace("[1, 3]", "[40, 50]")
    told = shock(world, scenario, parse_firm(calm, "calm.yaml", world), runs=20, members=2)
    assert not np.isfinite(told.outcome.first_stop).any()
    say = say_in("en")
    assert "no run stops within" in headline(told, say)
    assert "no run stops within" in shock_page(world, told, say, "didymium shock")
    assert shock_record(world, told)["first_stop_weeks"] == dict.fromkeys(("5", "25", "50", "75", "95"))


def test_the_command_prints_json_writes_a_page_and_refuses_nonsense(tmp_path: Path) -> None:
    page = tmp_path / "shock.html"
    words = ["shock", "licences-2025-04", "--firm", "wind-turbine-maker", "--runs", "40", "--out", str(page), "--json"]
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    assert done.exit_code == 0
    record = json.loads(done.stdout)
    assert record["firm"] == "wind-turbine-maker" and record["runs"] == 40
    assert [r["remedy"] for r in record["remedies"]][:2] == ["nothing", "stock_4"]
    assert "<!DOCTYPE html>" in page.read_text(encoding="utf-8")
    for bad, what in (
        (["--from", "4 April"], "is not a date"),
        (["--firm", "car-makr"], "unknown firm"),
        (["--example", "car-makr"], "unknown sample firm"),
        (["--runs", "0"], "an ensemble of 0 runs"),
    ):
        with pytest.raises(DidymiumError, match=what):
            CliRunner().invoke(app, ["shock", *bad], catch_exceptions=False)


def test_the_command_warns_on_standard_error_in_its_json_and_on_its_page(tmp_path: Path) -> None:
    firm, page = tmp_path / "odd.yaml", tmp_path / "odd.html"
    firm.write_text(changed("cover_weeks: {uniform: [1, 3]}", "cover_weeks: 400"), encoding="utf-8")
    words = ["shock", "--firm", str(firm), "--runs", "4", "--out", str(page), "--json"]
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    said = f"warning: {firm}:12, cover_weeks: 400 weeks are 15.4 times the most in the sample firms"
    assert done.exit_code == 0 and said in done.stderr
    record = json.loads(done.stdout)
    assert [w.startswith(said) for w in record["warnings"]] == [True]
    assert record["parts"][0]["part"] == "rotor magnets"
    assert "400 weeks are 15.4 times" in page.read_text(encoding="utf-8")
    firm.write_text(SMALL, encoding="utf-8")
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    assert "warning" not in done.stderr and json.loads(done.stdout)["warnings"] == []


def test_an_example_is_a_firm_again(world: World) -> None:
    done = CliRunner().invoke(app, ["shock", "--example", "car-maker"], catch_exceptions=False)
    assert parse_firm(done.stdout, "example.yaml", world) == load_firm("car-maker", world)


FILES_LATE = "            licence: {filed_after_days: 30, ahead: 0, approved_share: 1}\n            tiers:"


def test_a_firm_seen_from_before_the_licences_files_no_earlier_than_they_are_announced(
    world: World, scenario: Scenario
) -> None:
    firm = parse_firm(changed("            tiers:", FILES_LATE), "small.yaml", world)
    first = dt.date(2025, 4, 4)
    on_the_day, *before = (
        shock(world, scenario, firm, runs=RUNS, members=MEMBERS, control=day)
        for day in (first, first - dt.timedelta(weeks=1), dt.date(2024, 6, 7))
    )
    chance = np.isfinite(on_the_day.outcome.first_stop).mean()
    assert chance > 0.3
    # Of a year before, the market's own ups and downs make for some stops more.
    for seen, near in zip(before, (0.01, 0.1), strict=True):
        weeks_later = (first - seen.control).days / 7
        assert np.isfinite(seen.outcome.first_stop).mean() == pytest.approx(chance, abs=near)
        filed = [s.numbers.applications.filed_week[0, 0] - s.offset_weeks for s in (seen, on_the_day)]
        assert filed == pytest.approx([weeks_later + 30 / 7, 30 / 7])
        # What is begun when the control comes is no nearer for those who count from earlier.
        now = [next(r for r in s.remedies if r.remedy.key == "second_now").acts_weeks for s in (seen, on_the_day)]
        assert now == pytest.approx([weeks_later + 23, 23])


def test_licences_already_in_force_are_applied_for_from_the_day_counted_from(world: World, scenario: Scenario) -> None:
    firm = parse_firm(changed("            tiers:", FILES_LATE), "small.yaml", world)
    seen = shock(world, scenario, firm, runs=20, members=1, control=dt.date(2025, 6, 6))
    assert seen.numbers.applications.filed_week[0, 0] - seen.offset_weeks == pytest.approx(30 / 7)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_run_that_ends_before_its_scenario_says_so(world: World, scenario: Scenario, lang: str) -> None:
    say, firm = say_in(lang), parse_firm(SMALL, "small.yaml", world)
    cut = shock(world, scenario, firm, runs=2, members=1, control=dt.date(2024, 6, 7))
    assert cut.weeks == 104 and shock_record(world, cut)["ends"] == "2026-06-05"
    whole = shock(world, scenario, firm, runs=2, members=1, control=dt.date(2025, 4, 4))
    for told in (how_made(cut, say), shock_page(world, cut, say, "didymium shock")):
        assert "2026-06-05" in told and "2026-12-31" in told
    assert "2026" not in how_made(whole, say)
