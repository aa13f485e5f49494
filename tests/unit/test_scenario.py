"""Scenario files: every kind is read whole, and what is wrong is refused with file, line, key and cure."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from pathlib import Path

import pytest
from scenario_files import ENTRIES, HEAD, TAIL, scenario_text

from didymium.errors import DidymiumError, RecordError, UnknownName
from didymium.world import ELEMENTS, World
from didymium.world.distributions import Uniform
from didymium.world.scenario import (
    Scenario,
    check_scenario,
    check_step,
    dump_scenario,
    fingerprint,
    load_scenario,
    parse_scenario,
)
from didymium.world.scenario_events import EVENT_KINDS, Ban, ExportLicence, Quota
from didymium.world.scenario_fields import Timed


def parse(text: str, world: World) -> Scenario:
    return parse_scenario(text, "my.yaml", world)


def refused(text: str, world: World) -> DidymiumError:
    with pytest.raises(DidymiumError) as caught:
        parse_scenario(text, "my.yaml", world)
    assert caught.value.exit_code == 2
    return caught.value


def test_there_is_an_entry_of_every_kind_with_every_field(world: World) -> None:
    assert set(ENTRIES) == set(EVENT_KINDS)
    for kind, entry in ENTRIES.items():
        own = [field for field in EVENT_KINDS[kind].model_fields if field not in Timed.model_fields]
        assert [field for field in own if f"{field}: " not in entry] == ["importers"] * (kind == "export_licence")


@pytest.mark.parametrize("kind", ENTRIES)
@pytest.mark.parametrize("part", ["events", "policies"])
def test_every_kind_is_read_and_written_back(kind: str, part: str, world: World) -> None:
    scenario = parse(scenario_text(ENTRIES[kind], part=part), world)
    assert [e.kind for e in getattr(scenario, part)] == [kind]
    assert type(scenario.happenings[0]) is EVENT_KINDS[kind]
    assert parse(dump_scenario(scenario), world) == scenario


@pytest.mark.parametrize("kind", ENTRIES)
def test_every_required_field_is_asked_for(kind: str, world: World) -> None:
    fields = {name for name, field in EVENT_KINDS[kind].model_fields.items() if field.is_required()}
    error = refused(scenario_text(f"{{kind: {kind}, assumed: true}}"), world)
    assert error.what == "the key is missing"
    assert error.where.startswith("my.yaml:6, ")
    assert error.where.removeprefix("my.yaml:6, ") in fields


@pytest.mark.parametrize("kind", ENTRIES)
def test_no_kind_takes_a_figure_without_a_source(kind: str, world: World) -> None:
    error = refused(scenario_text(ENTRIES[kind].replace("assumed: true", "note: none")), world)
    assert (error.where, error.what) == ("my.yaml:6, source", "there is no source")


BAN = "{kind: ban, exporter: CHN, start: 2025-01-01, assumed: true"
LICENCE = ENTRIES["export_licence"]


@pytest.mark.parametrize(
    ("entry", "key", "what", "cure"),
    [
        (BAN + ", share: 1.3}", "share", "1.3 is out of range", ""),
        (BAN + ", share: {uniform: [0.5, 1.2]}}", "share", "reaches from 0.5 to 1.2", "cut it off"),
        (BAN + ", share: {normal: {mean: 0.5, sd: 0.1}}}", "share", "reaches from -inf to inf", "cut it off"),
        (BAN + ", share: {uniform: [0.9, 0.1]}}", "share", "the bounds are crossed: 0.9 to 0.1", "swap them"),
        (BAN + ", share: half}", "share", "'half' is not a number", ""),
        (BAN + ", shar: 1}", "shar", "unknown key 'shar'", "did you mean 'share'?"),
        (BAN + ", importers: [MMRR]}", "importers", "unknown bloc 'MMRR'", "did you mean MMR"),
        (BAN + ", importers: [Germany]}", "importers", "unknown bloc 'Germany'", "Germany lies in bloc EUU"),
        (BAN + ", importers: [Japan]}", "importers", "unknown bloc 'Japan'", "Japan is bloc JPN"),
        (BAN + ", importers: [CHN]}", "importers", "there is no link from CHN to itself", "remove CHN"),
        (BAN + ", importers: []}", "importers", "the list is empty", "leave the key out"),
        (BAN + ", importers: [JPN, JPN]}", "importers", "'JPN' is listed twice", ""),
        (BAN + ", forms: [oxid]}", "forms", "unknown form 'oxid'", "did you mean oxide?"),
        (BAN + ", elements: [Dx]}", "elements", "unknown element 'Dx'", ""),
        (BAN + ", source: usgs_mcs_2062}", "source", "unknown source 'usgs_mcs_2062'", "did you mean usgs_mcs_20"),
        (BAN + ", sources: {share: nobody_at_all_x}}", "share", "unknown source 'nobody_at_all_x'", ""),
        (BAN + ", sources: {shares: recalled}}", "sources", "unknown field 'shares'", ""),
        (BAN + ", end: 2024-12-31}", "end", "the end 2024-12-31 lies before the start 2025-01-01", "swap them"),
        (BAN + ", end: 2025-02-30}", "end", "'2025-02-30' is not a date", ""),
        (BAN + ", end: 2025}", "end", "2025 is not a date", ""),
        (BAN.replace("2025", "2027") + "}", "start", "lies after the span", "change the date"),
        (BAN.replace("2025", "2019") + ", end: 2024-01-01}", "end", "before the span", ""),
        ("{kind: bann, exporter: CHN}", "kind", "unknown kind 'bann'", "did you mean 'ban'?"),
        ("{exporter: CHN}", "kind", "the event has no kind", ""),
        ("ban", "events", "'ban' does not fit", ""),
        (LICENCE.replace("{uniform: [0.7, 0.9]}", "1.3"), "approved_share", "1.3 is out of range", ""),
        (LICENCE.replace("per_week: 50", "per_week: 0"), "reviews_per_week", "without capacity", "write a ban"),
        (LICENCE.replace("2025-12-01", "2024-12-01"), "general_from", "lies before the start", ""),
        (LICENCE.replace("[magnet]", "[oxide]"), "forms", "without magnets", "add magnet"),
        (LICENCE.replace("held_days: 30", "held_days: 0"), "also_held_share", "without also_held_days", "for how many"),
        ("{event: 2025_04_04_china_export_licence, forms: [oxide]}", "forms", "without magnets", "also_held_share: 0"),
        (LICENCE.replace("2025-06-01", "2024-06-01"), "reviews_factor_from", "lies before the start", ""),
        (LICENCE.replace("assumed", "end: 2025-11-01, assumed"), "general_from", "lies after the end", ""),
        (LICENCE.replace("licence: 10", "licence: {uniform: [0, 9]}"), "tonnes_per_licence", "reaches from 0 to 9", ""),
        (ENTRIES["quota"].replace("100", "-1"), "tonnes_per_y", "-1 is out of range", ""),
        (ENTRIES["quota"].replace("'2024'", "'24'"), "tonnes_per_y", "a mapping of 2 keys is not a distribution", ""),
        (ENTRIES["tariff"].replace("exporters: CHN", "exporters: USA"), "exporters", "no link from USA to itself", ""),
        (ENTRIES["halt"].replace("MMR", "CHN"), "mine", "kachin lies in MMR, not in CHN", ""),
        (ENTRIES["halt"].replace("stage: mine", "stage: crack"), "stage", "a mine does not crack", ""),
        (ENTRIES["halt"].replace("stage: mine", "stage: smelt"), "stage", "unknown stage 'smelt'", ""),
        (ENTRIES["halt"].replace("kachin", "katchin"), "mine", "unknown mine 'katchin'", "did you mean kachin"),
        (ENTRIES["partnership"].replace("CHN", "RUS"), "partner", "RUS is its own partner", ""),
        (ENTRIES["partnership"].replace("factor: 0.5", "factor: 0"), "clock_factor", "0 is out of range", ""),
        (ENTRIES["stockpile"].replace("buy", "by"), "action", "'by' does not fit", "did you mean 'buy'?"),
        (ENTRIES["demand"].replace("use: magnets", "use: magnet"), "use", "'magnet' does not fit", "'magnets'?"),
        (ENTRIES["cut_chain"].replace("EUU", "RUS"), "between", "RUS is cut from itself", ""),
        ("{event: 2010_china_quotas}", "event", "unknown event", "did you mean 2010_china_quota"),
    ],
)
def test_a_bad_event_is_refused_at_its_line(entry: str, key: str, what: str, cure: str, world: World) -> None:
    good = ENTRIES["ban"]
    error = refused(scenario_text(good, entry), world)
    assert error.where == f"my.yaml:7, {key}"
    assert what in error.what
    assert cure in error.cure
    assert error.expected


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ("end: 2026-12", "end: 2023-12", "my.yaml:4, end", "the span 2024-01 to 2023-12 is empty"),
        ("end: 2026-12", "end: 2026-13", "my.yaml:4, end", "'2026-13' is not a month"),
        ("start: 2024-01", "start: 2024", "my.yaml:3, start", "2024 is not a month"),
        ("name: test", "name: My Test", "my.yaml:1, name", "'My Test' does not fit"),
        ("name: test", "nam: test", "my.yaml:1, nam", "unknown key 'nam'"),
        ("end: 2026-12", "end: 2026-12\nstep: weekly", "my.yaml:5, step", "'weekly' does not fit"),
        ("end: 2026-12", "end: 2026-12\nbase_year: 2025", "my.yaml:5, base_year", "2025 lies after the start"),
        ("end: 2026-12", "end: 2026-12\nsources: [nobody_x]", "my.yaml:5, sources", "unknown source 'nobody_x'"),
        ("end: 2026-12", "end: 2026-12\nevents: 3", "my.yaml:5, events", "3 does not fit"),
        ("end: 2026-12", "end: 2026-12\nbase: baseline", "my.yaml:5, base", "unknown base scenario 'baseline'"),
        ("end: 2026-12", "end: 2026-12\nbase: [a]", "my.yaml:5, base", "unknown base scenario"),
        ("end: 2026-12\n", "", "my.yaml:1, end", "the key is missing"),
    ],
)
def test_a_bad_head_is_refused_at_its_line(old: str, new: str, where: str, what: str, world: World) -> None:
    error = refused(HEAD.replace(old, new), world)
    assert error.where == where
    assert what in error.what


UNCARRIED = {
    "stock of ore": (
        "form",
        "a public stock of mixed is not modelled",
        ["{kind: stockpile, bloc: JPN, form: mixed, tonnes: 1, action: buy, over_months: 4"],
    ),
    "mine without weight": (
        "mine",
        "no weight of mine 'halleck_creek' in the output of USA in 2024",
        ["{kind: halt, bloc: USA, stage: mine, mine: halleck_creek"],
    ),
    "quotas on the same forms": (
        "forms",
        "two quotas count the same shipments",
        [
            "{kind: quota, exporter: CHN, tonnes_per_y: 9",
            "{kind: quota, exporter: CHN, tonnes_per_y: 9, forms: [oxide]",
        ],
    ),
    "a quota without a figure for its first years": (
        "tonnes_per_y",
        "no figure for 2025, 2026, in which the quota is in force",
        ["{kind: quota, exporter: CHN, tonnes_per_y: {'2027': 9, '2028': 8}"],
    ),
    "a quota that ends before its first figure": (
        "tonnes_per_y",
        "no figure for 2025, in",
        ["{kind: quota, exporter: CHN, tonnes_per_y: {'2027': 9}, end: 2026-01-01"],
    ),
    "bans on unlike elements": (
        "elements",
        "two bans on one trade list unlike elements",
        [
            "{kind: ban, exporter: CHN, importers: [USA], elements: [Dy]",
            "{kind: ban, exporter: CHN, elements: [Tb], forms: [oxide, mixed]",
        ],
    ),
    "a ban beside a cut chain": (
        "between",
        "two bans on one trade list unlike elements",
        ["{kind: ban, exporter: CHN, elements: [Dy]", "{kind: cut_chain, between: [USA, CHN]"],
    ),
}
OFFICE = (
    "kind: export_licence, exporter: CHN, reviews_per_week: 9, approved_share: 1, tonnes_per_licence: 1, term_months: 6"
)
CARRIED = (
    ("{kind: ban, exporter: CHN, elements: [Dy, Tb]", "{kind: ban, exporter: CHN, elements: [Tb, Dy], share: 0.4"),
    ("{kind: ban, exporter: CHN, elements: [Dy], forms: mixed", "{kind: ban, exporter: CHN, elements: [Tb]"),
    ("{kind: ban, exporter: CHN, importers: [USA], elements: [Dy]", "{kind: ban, exporter: CHN, importers: [JPN]"),
    ("{kind: ban, exporter: CHN, elements: [Dy]", "{kind: ban, exporter: JPN"),
    (
        "{kind: quota, exporter: CHN, tonnes_per_y: 9, forms: oxide",
        "{kind: quota, exporter: CHN, tonnes_per_y: 7, forms: metal",
    ),
    ("{kind: ban, exporter: CHN, elements: [Dy]", "{kind: ban, exporter: CHN, elements: [Tb], end: 2025-01-01"),
    ("{kind: halt, bloc: USA, stage: mine, mine: mountain_pass",),
    ("{kind: ban, exporter: CHN", f"{{kind: ban, exporter: CHN, elements: [{', '.join(ELEMENTS)}]"),
    (
        "{kind: quota, exporter: CHN, tonnes_per_y: 9, forms: [oxide, metal]",
        "{kind: quota, exporter: CHN, tonnes_per_y: 7, forms: [metal, oxide]",
    ),
    ("{kind: quota, exporter: CHN, tonnes_per_y: {'2025': 9, '2027': 8}",),
    tuple(f"{{{OFFICE}, importers: [{names}]" for names in ("USA, JPN", "JPN, USA")),
)


@pytest.mark.parametrize(("key", "what", "entries"), UNCARRIED.values(), ids=UNCARRIED)
def test_what_the_market_cannot_carry_is_refused_at_its_line(
    key: str, what: str, entries: list[str], world: World
) -> None:
    error = refused(scenario_text(*(f"{e}, {TAIL}" for e in entries)), world)
    assert error.where == f"my.yaml:{5 + len(entries)}, {key}"
    assert what in error.what and error.expected


@pytest.mark.parametrize("entries", CARRIED)
def test_what_the_market_can_tell_apart_is_taken(entries: tuple[str, ...], world: World) -> None:
    scenario = parse(scenario_text(*(f"{e}, {TAIL}" for e in entries)), world)
    assert len(scenario.events) == len(entries)


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("90%", "write 0.9 for a share, 90 for a field in per cent"),
        ("'0.5'", "write 0.5, without quotes or separators"),
        ("'0,5'", "write 0.5, without quotes or separators"),
        ("'1,250.5'", "write 1250.5, without quotes or separators"),
        ("most", ""),
        ("'inf'", ""),
        ("", ""),
        ("true", ""),
    ],
)
def test_text_that_holds_a_number_is_told_how_to_be_one(text: str, cure: str, world: World) -> None:
    error = refused(f"{HEAD}assumptions:\n  thrift_y: {text}\n", world)
    assert (error.where, error.cure) == ("my.yaml:6, thrift_y", cure)
    assert "is not a number" in error.what and "None" not in error.what and "True" not in error.what


@pytest.mark.parametrize(
    ("old", "new", "where", "cure"),
    [
        ("start: 2024-01", "start: 2024-01-01", "my.yaml:3, start", "write 2024-01"),
        ("end: 2026-12", "end: 2026-12\nevents: {kind: ban}", "my.yaml:5, events", "begin each entry with a dash"),
        ("end: 2026-12", "end: 2026-12\nassumptions: [thrift_y]", "my.yaml:5, assumptions", "key: value"),
        ("question: What happens?\n", "", "my.yaml:1, question", "add it"),
        ("end: 2026-12", "end: 2026-12\nbase_year: 2023", "my.yaml:5, base_year", "take one of these"),
        ("end: 2026-12", "end: 2026-12\n---\nname: two", "my.yaml:5, column 1", "a file of its own"),
        ("end: 2026-12", "end: {2026: 12,000}", "my.yaml:4, column 7", "1000, not 1,000"),
    ],
)
def test_common_slips_come_with_their_cure(old: str, new: str, where: str, cure: str, world: World) -> None:
    error = refused(HEAD.replace(old, new), world)
    assert error.where == where
    assert cure in error.cure and error.expected


def test_an_element_by_its_name_is_told_its_symbol(world: World) -> None:
    error = refused(scenario_text("{kind: ban, exporter: CHN, elements: [Neodymium], " + TAIL), world)
    assert (error.where, error.cure) == ("my.yaml:6, elements", "write Nd")


def test_a_file_with_a_byte_order_mark_and_windows_lines_is_the_same(tmp_path: Path, world: World) -> None:
    path = tmp_path / "windows.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + HEAD.replace("\n", "\r\n").encode())
    assert load_scenario(path, world) == parse(HEAD, world)
    path.write_bytes(b"\xef\xbb\xbf" + HEAD.replace("end:", "ende:").replace("\n", "\r\n").encode())
    with pytest.raises(RecordError, match="unknown key 'ende'") as caught:
        load_scenario(path, world)
    assert caught.value.where == f"{path}:4, ende"


@pytest.mark.parametrize("text", ["", "- a\n", "name: &x a\n", "a: b: c\n", "name: a\nname: b\n", "7\n"])
def test_what_is_no_mapping_is_refused(text: str, world: World) -> None:
    assert refused(text, world).where.startswith("my.yaml")


@pytest.mark.parametrize(
    ("entry", "key", "what"),
    [
        ("solikamsk", "project", "unknown project 'solikamsk'"),
        ("{project: solikamsk_2023}", "clock", "neither a start nor a clock"),
        ("{project: solikamsk_2023, clock: true, start: 2028-01-01}", "clock", "both a start and a clock"),
        ("{project: solikamsk_2023, clock: true, bloc: RUS}", "bloc", "bloc is given beside project"),
        ("{bloc: RUS, stage: metal, clock: true, assumed: true}", "tonnes_per_y", "the key is missing"),
        ("{bloc: RUS, stage: metal, tonnes_per_y: 5, clock: true}", "source", "there is no source"),
        ("{bloc: RUS, stage: metal, tonnes_per_y: 5, start: 2031-01-01, assumed: true}", "start", "after the span"),
        ("{bloc: RUS, stag: metal, clock: true, assumed: true}", "stag", "unknown key 'stag'"),
    ],
)
def test_a_bad_project_is_refused_at_its_line(entry: str, key: str, what: str, world: World) -> None:
    error = refused(scenario_text("glazov_2024", entry, part="projects"), world)
    assert error.where == f"my.yaml:7, {key}"
    assert what in error.what


def test_projects_are_rows_of_the_table_or_own(world: World) -> None:
    own = "{bloc: RUS, stage: metal, tonnes_per_y: {uniform: [5, 9]}, start: 2025-06-01, assumed: true}"
    scenario = parse(scenario_text("glazov_2024", own, part="projects"), world)
    assert (scenario.projects[0].project, scenario.projects[0].clock) == ("glazov_2024", True)
    assert scenario.projects[1].tonnes_per_y == Uniform(low=5, high=9)
    assert parse(dump_scenario(scenario), world) == scenario


def test_assumptions_are_checked_against_the_table_behaviour(world: World) -> None:
    text = HEAD + "assumptions:\n  cover_users: 70\n  thrift_y: {uniform: [1, 3]}\n"
    scenario = parse(text, world)
    assert scenario.assumptions == {"cover_users": 70.0, "thrift_y": Uniform(low=1, high=3)}
    error = refused(text.replace("thrift_y", "thrift_ys"), world)
    assert (error.where, error.cure) == ("my.yaml:7, thrift_ys", "did you mean thrift_y?")
    error = refused(text.replace("[1, 3]", "[3, 1]"), world)
    assert (error.where, error.what) == ("my.yaml:7, thrift_y", "the bounds are crossed: 3 to 1")
    error = refused(text.replace("70", "-70"), world)
    assert (error.where, error.what) == ("my.yaml:6, cover_users", "cover_users is -70")
    assert error.expected == "0 or more; the table has 30 to 150"


def test_a_scenario_made_in_python_meets_the_same_checks(world: World) -> None:
    ban = Ban(exporter="CHN", importers=("XXX",), start=dt.date(2025, 1, 1), assumed=True)
    scenario = Scenario(name="a", question="b", start=dt.date(2024, 1, 1), end=dt.date(2024, 12, 1), events=(ban,))
    with pytest.raises(RecordError, match="a, events\\[0\\], importers\\[0\\]: unknown bloc 'XXX'"):
        check_scenario(scenario, world)


def test_steps_cover_the_span(world: World) -> None:
    months = parse(HEAD, world).steps()
    assert (len(months), months[0], months[-1]) == (36, dt.date(2024, 1, 1), dt.date(2026, 12, 1))
    weekly = parse(HEAD + "step: week\n", world)
    weeks = weekly.steps()
    assert {(b - a).days for a, b in pairwise(weeks)} == {7}
    assert weeks[-1] < weekly.past_end <= weeks[-1] + dt.timedelta(days=7)


def test_a_step_longer_than_a_transit_is_refused(world: World) -> None:
    scenario = parse(HEAD, world)
    check_step(scenario, 31)
    with pytest.raises(RecordError, match="longer than a transit of 20 days") as caught:
        check_step(scenario, 20)
    assert caught.value.cure == "use step: week"


def test_a_quota_holds_until_the_next_year_given(world: World) -> None:
    (quota,) = parse(scenario_text(ENTRIES["quota"]), world).events
    assert isinstance(quota, Quota)
    late = Uniform(low=80, high=90)
    assert [quota.tonnes_in(y) for y in (2023, 2024, 2025, 2026)] == [100, 100, late, late]


def test_the_fingerprint_follows_every_figure(world: World) -> None:
    text = scenario_text(LICENCE)
    first = fingerprint(parse(text, world))
    assert first == fingerprint(parse(text, world))
    assert first != fingerprint(parse(text.replace("also_held_days: 30", "also_held_days: 31"), world))


def test_a_base_lies_below_what_the_file_says(world: World) -> None:
    text = HEAD.replace("end: 2026-12\n", "base: licences-2025-04\n") + "assumptions: {thrift_y: 1}\n"
    below = load_scenario("licences-2025-04", world)
    scenario = parse(scenario_text(BAN + "}", head=text), world)
    assert scenario.events[1:] == below.events
    assert isinstance(scenario.events[0], Ban) and scenario.name == "test" and scenario.end == below.end
    assert scenario.assumptions == {"thrift_y": 1}
    assert parse(dump_scenario(scenario), world) == scenario


def test_a_file_of_ones_own_is_read_by_its_path(tmp_path: Path, world: World) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(scenario_text(LICENCE), encoding="utf-8")
    (licence,) = load_scenario(path, world).events
    assert isinstance(licence, ExportLicence) and licence.approved_share == Uniform(low=0.7, high=0.9)
    with pytest.raises(RecordError, match="there is no such file"):
        load_scenario(tmp_path / "none.yaml", world)
    with pytest.raises(UnknownName, match="did you mean licences-2025-04"):
        load_scenario("licences-2025", world)
