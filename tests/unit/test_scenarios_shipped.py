"""The scenarios that come with the package, and the dated events they switch on."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable

import pytest

from didymium.errors import DidymiumError, TableError, UnknownName
from didymium.world import World
from didymium.world.distributions import bounds, centre
from didymium.world.scenario import dump_scenario, load_scenario, parse_scenario, scenarios
from didymium.world.scenario_draw import settle, uncertain
from didymium.world.scenario_events import Ban, CutChain, ExportLicence, Partnership, Quota
from didymium.world.scenario_table import switch_on, switchable

HEAD = "name: test\nquestion: What?\nstart: 2024-01\nend: 2026-12\n"


def test_the_scenarios_are_these() -> None:
    assert scenarios() == (
        "baseline-2024",
        "controls-2025-10",
        "controls-2025-10-suspended",
        "cooperate",
        "full-stop",
        "go-alone",
        "kachin-halt",
        "licences-2025-04",
        "licences-2025-04-fitted",
        "quota-2010",
        "ussr-split",
    )


@pytest.mark.parametrize("name", scenarios())
def test_each_is_read_named_and_written_back(name: str, world: World) -> None:
    scenario = load_scenario(name, world)
    assert scenario.name == name
    assert scenario.question.endswith("?")
    assert parse_scenario(dump_scenario(scenario), name, world) == scenario
    assert world.bibliography(scenario.cites) or not scenario.cites


@pytest.mark.parametrize("name", scenarios())
def test_every_assumption_says_why(name: str, world: World) -> None:
    """What a shipped file assumes beyond the table of dated events carries a note."""
    scenario = load_scenario(name, world)
    for entry in (*scenario.happenings, *scenario.projects):
        assert not entry.assumed or entry.note or getattr(entry, "event", None)


def test_each_dated_event_makes_a_valid_event_with_its_sources(world: World) -> None:
    head = HEAD.replace("2024-01", "2010-01") + "base_year: 2010\nevents:\n"
    text = head + "".join(f"  - event: {key}\n" for key in switchable(world))
    scenario = parse_scenario(text, "all.yaml", world)
    assert [e.event for e in scenario.events] == list(switchable(world))
    rows = {(r.text("event"), r.text("parameter")): r for r in world.rows("event_parameters")}
    for event in scenario.events:
        for (key, field), row in rows.items():
            if key == event.event and field != "kind":
                assert event.is_assumed(field) == (row.text("grade") == "D")
                if row.text("grade") != "D":
                    assert event.sources.get(field, event.source) == row.text("source")


def test_grade_d_of_a_dated_event_says_why(world: World) -> None:
    assert [r for r in world.rows("event_parameters", grade="D") if not r.text("note")] == []


def test_the_licences_of_april_2025_hold_what_is_on_record(world: World) -> None:
    (licence,) = (e for e in load_scenario("licences-2025-04", world).events if isinstance(e, ExportLicence))
    assert licence.start == dt.date(2025, 4, 4) and licence.end is None
    assert licence.exporter == "CHN" and licence.importers is None
    assert licence.elements == ("Sm", "Gd", "Tb", "Dy", "Lu", "Y")
    assert licence.statutory_working_days == 45 and licence.term_months == 6
    assert licence.is_assumed("reviews_per_week") and not licence.is_assumed("term_months")
    assert licence.cites >= {"reuters_via_ckhq_ca8", "straits_times_209"}


def test_controls_add_elements_and_their_suspension_only_moves_the_start(world: World) -> None:
    now, later = (
        [e for e in load_scenario(name, world).events if isinstance(e, ExportLicence)]
        for name in ("controls-2025-10", "controls-2025-10-suspended")
    )
    assert now[0] == later[0]
    assert set(now[1].elements or ()) & set(now[0].elements or ()) == set()
    assert (now[1].start, later[1].start) == (dt.date(2025, 11, 8), dt.date(2026, 11, 10))
    unlike = {f for f in ExportLicence.model_fields if getattr(now[1], f) != getattr(later[1], f)}
    assert unlike == {"start", "note", "sources"}


def test_the_quotas_of_2010_follow_one_another_to_the_day(world: World) -> None:
    scenario = load_scenario("quota-2010", world)
    quotas = [e for e in scenario.happenings if isinstance(e, Quota)]
    assert [q.start.year for q in quotas] == [2010, 2011, 2012, 2013, 2014]
    assert [q.end for q in quotas[:-1]] == [q.start for q in quotas[1:]]
    assert [centre(q.tonnes_in(q.start.year)) for q in quotas] == [30258, 30184, 30996, 31001, 30611]
    (ban,) = (e for e in scenario.events if isinstance(e, Ban))
    assert ban.importers == ("JPN",) and bounds(ban.share) == (0, 1)


def test_a_full_stop_lasts_twelve_months_and_spares_nothing(world: World) -> None:
    (ban,) = (e for e in load_scenario("full-stop", world).events if isinstance(e, Ban))
    assert ban.end == ban.start.replace(year=ban.start.year + 1)
    assert (ban.exporter, ban.importers, ban.forms, ban.elements, ban.share) == ("CHN", None, None, None, 1)


def test_a_split_cuts_links_that_carry_something_in_the_base_year(world: World) -> None:
    cuts = [e for e in load_scenario("ussr-split", world).events if isinstance(e, CutChain)]
    routes = {(r.text("exporter"), r.text("importer"), r.text("form")) for r in world.rows("routes")}
    assert any((*cut.between, form) in routes for cut in cuts for form in cut.forms or ())


def test_cooperation_and_going_alone_differ_in_the_partner_only(world: World) -> None:
    alone, together = (load_scenario(n, world) for n in ("go-alone", "cooperate"))
    assert (alone.events, alone.projects, alone.steps()) == (together.events, together.projects, together.steps())
    assert alone.policies == () and {type(p) for p in together.policies} == {Partnership}


def test_a_key_of_the_entry_comes_before_the_table_and_is_assumed_unless_it_cites(world: World) -> None:
    entry: dict[str, object] = {"event": "2025_04_04_china_export_licence", "term_months": 3}
    assert "term_months" in switch_on(world, entry, "x")["assumed"]  # type: ignore[operator]
    cited = switch_on(world, entry | {"sources": {"term_months": "recalled"}}, "x")
    assert "term_months" not in cited["assumed"]  # type: ignore[operator]
    assert cited["sources"]["term_months"] == "recalled"  # type: ignore[index]
    own = switch_on(world, entry | {"source": "recalled"}, "x")
    assert own["source"] == "recalled"
    assert own["sources"]["exporter"] == "econotimes_jun_2025_chinese_customs_08b"  # type: ignore[index]
    assert "term_months" not in own["sources"] and "term_months" not in own["assumed"]  # type: ignore[operator]
    assert switch_on(world, entry | {"assumed": True}, "x")["assumed"] is True


def test_a_bad_figure_in_the_table_is_refused_at_its_line_in_the_table(changed_world: Callable[..., World]) -> None:
    line = 1 + next(k for k, r in enumerate(_parameters(changed_world), start=1) if r["parameter"] == "approved_share")
    world = changed_world("event_parameters", line, "value", "1.3")
    with pytest.raises(DidymiumError, match=r"1\.3 is out of range") as caught:
        load_scenario("licences-2025-04", world)
    assert caught.value.where == f"event_parameters.csv:{line}, value (approved_share)"
    with pytest.raises(DidymiumError, match=rf"event_parameters.csv:{line}, value:1, column 1: an anchor"):
        load_scenario("licences-2025-04", changed_world("event_parameters", line, "value", "*a"))


def test_a_parameter_given_twice_is_refused(changed_world: Callable[..., World]) -> None:
    line = 1 + next(k for k, r in enumerate(_parameters(changed_world), start=1) if r["parameter"] == "review_days")
    world = changed_world("event_parameters", line, "parameter", "approved_share")
    with pytest.raises(TableError, match="approved_share of 2025_04_04_china_export_licence is given twice"):
        load_scenario("licences-2025-04", world)


def _parameters(changed_world: Callable[..., World]) -> list[dict[str, str]]:
    path = changed_world("event_parameters", 1, "event", "event").directory / "event_parameters.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_uncertain_figures_have_names_and_units_and_can_be_settled(world: World) -> None:
    scenario = load_scenario("controls-2025-10", world)
    found = {u.name: u for u in uncertain(scenario)}
    assert len(found) == len(uncertain(scenario))
    assert found["2025_10_09_china_export_licence.reviews_per_week"].unit == "count/week"
    assert found["demand_1.percent_per_y"].unit == "percent/y"
    medians = settle(scenario)
    assert uncertain(medians) == ()
    assert medians.events[2].percent_per_y == pytest.approx((5.4 + 8.7) / 2)  # type: ignore[union-attr]
    drawn = settle(scenario, {"demand_1.percent_per_y": 6.0})
    assert drawn.events[2].percent_per_y == 6.0  # type: ignore[union-attr]
    assert drawn.events[:2] == medians.events[:2]
    with pytest.raises(UnknownName, match=r"did you mean demand_1\.percent_per_y"):
        settle(scenario, {"demand_1.percent": 6.0})


def test_quotas_by_year_projects_and_assumptions_can_be_settled_too(world: World) -> None:
    text = HEAD + (
        "events:\n"
        "  - {kind: quota, exporter: CHN, start: 2024-01-01, assumed: true, tonnes_per_y: "
        "{'2024': 5, '2025': {uniform: [2, 4]}}}\n"
        "projects:\n"
        "  - {bloc: RUS, stage: metal, tonnes_per_y: {uniform: [10, 20]}, clock: true, assumed: true}\n"
        "assumptions:\n"
        "  cover_users: {uniform: [4, 8]}\n"
    )
    scenario = parse_scenario(text, "x.yaml", world)
    names = ("quota_1.tonnes_per_y.2025", "project_1.tonnes_per_y", "cover_users")
    assert tuple(u.name for u in uncertain(scenario)) == names
    drawn = settle(scenario, dict(zip(names, (2.5, 11.0, 7.0), strict=True)))
    assert drawn.events[0].tonnes_per_y == ((2024, 5.0), (2025, 2.5))  # type: ignore[union-attr]
    assert drawn.projects[0].tonnes_per_y == 11 and drawn.assumptions == {"cover_users": 7.0}
