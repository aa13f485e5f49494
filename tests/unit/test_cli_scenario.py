"""``didymium data scenarios`` and ``data scenario``: as a table, JSON, CSV and YAML."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from didymium.cli import app
from didymium.errors import RecordError, UnknownName
from didymium.world import World
from didymium.world.scenario import load_scenario, parse_scenario, scenarios


def ask(*words: str) -> str:
    result = CliRunner().invoke(app, ["data", *words], env={"COLUMNS": "160"}, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_list_is_the_same_in_every_form() -> None:
    shown = ask("scenarios")
    records = json.loads(ask("scenarios", "--json"))
    assert [r["scenario"] for r in records] == list(scenarios())
    assert list(csv.DictReader(io.StringIO(ask("scenarios", "--csv")))) == records
    assert all(r["scenario"] in shown and r["start"] in shown for r in records)


@pytest.mark.parametrize("name", scenarios())
def test_each_scenario_is_shown_with_its_sources(name: str, world: World) -> None:
    scenario = load_scenario(name, world)
    whole = json.loads(ask("scenario", name, "--json"))
    assert {row["source"] for row in whole["sources"]} == scenario.cites
    assert (whole["name"], whole["start"]) == (name, f"{scenario.start:%Y-%m}")
    assert scenario.question in ask("scenario", name)


def test_every_figure_has_a_source_or_is_assumed(world: World) -> None:
    records = list(csv.DictReader(io.StringIO(ask("scenario", "licences-2025-04", "--csv"))))
    by_field = {r["field"]: r for r in records if r["kind"] == "export_licence"}
    assert by_field["term_months"]["source"] == "straits_times_209"
    assert by_field["reviews_per_week"] == {
        "part": "event 1",
        "kind": "export_licence",
        "field": "reviews_per_week",
        "value": "{uniform: [15, 120]}",
        "source": "assumed",
        "note": "about 30 staff before June 2025 (2lt.com.au), times an assumed 0.5 to 4 decisions per person and "
        "week; no source counts decisions",
    }
    assert by_field["term_months"]["note"].startswith("licences of the suppliers")
    assert [r for r in records if not r["source"] and r["field"] != "event"] == []


def test_yaml_is_the_scenario_itself(world: World) -> None:
    text = ask("scenario", "cooperate", "--yaml")
    assert parse_scenario(text, "again", world) == load_scenario("cooperate", world)


def test_a_figure_of_ones_own_does_not_carry_the_note_of_the_table(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    event = "events: [{event: 2025_04_04_china_export_licence, term_months: 3}]"
    path.write_text(f"name: own\nquestion: A?\nstart: 2024-01\nend: 2026-12\n{event}\n")
    records = list(csv.DictReader(io.StringIO(ask("scenario", str(path), "--csv"))))
    (own,) = (r for r in records if r["field"] == "term_months")
    assert (own["value"], own["source"], own["note"]) == ("3", "assumed", "")


def test_assumptions_are_shown(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    head = "name: own\nquestion: A?\nstart: 2024-01\nend: 2024-12\n"
    path.write_text(f"{head}assumptions: {{cover_users: 71, thrift_y: {{uniform: [1, 3]}}}}\n")
    shown = ask("scenario", str(path))
    assert "cover_users" in shown and "71" in shown and "{uniform: [1, 3]}" in shown


def test_an_assumption_of_an_unknown_name_is_refused_with_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("name: own\nquestion: A?\nstart: 2024-01\nend: 2024-12\nassumptions:\n  cover_user: 71\n")
    error = CliRunner().invoke(app, ["data", "scenario", str(path)]).exception
    assert isinstance(error, RecordError)
    assert (error.where, error.what) == (f"{path}:6, cover_user", "unknown parameter 'cover_user'")
    assert "did you mean cover_users" in error.cure


LICENCE = """name: own
question: A?
start: 2024-01
end: 2026-12
events:
  - kind: export_licence
    exporter: CHN
    start: 2025-04-04
    reviews_per_week: 30
    approved_share: 0.9
    tonnes_per_licence: 30
    term_months: 6
    review_days: 0
    source: straits_times_209
"""


def test_defaults_in_force_are_shown_as_such(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(LICENCE)
    records = list(csv.DictReader(io.StringIO(ask("scenario", str(path), "--csv"))))
    assert json.loads(ask("scenario", str(path), "--json"))["figures"] == [r | {"note": None} for r in records]
    by_source: dict[str, dict[str, str]] = {}
    for r in records:
        by_source.setdefault(r["source"], {})[r["field"]] = r["value"]
    assert by_source["default"] == {
        "end": "2027-01-01",
        "importers": "all",
        "forms": "all",
        "elements": "all",
        "grace_days": "0",
        "reviews_factor": "1",
        "reviews_factor_from": "2025-04-04",
        "statutory_working_days": "no limit",
        "general_share": "0",
        "general_from": "2025-04-04",
        "also_held_share": "0",
        "also_held_days": "0",
    }
    assert by_source["straits_times_209"]["review_days"] == "0", "given, though it is the default too"
    shown = ask("scenario", str(path))
    assert "general_share" in shown and "default" in shown
    assert "Of announced projects only those listed come." in shown
    assert "Announced projects that are alive come too" in ask("scenario", "baseline-2024")


def test_what_the_table_of_dated_events_gives_is_no_default() -> None:
    records = list(csv.DictReader(io.StringIO(ask("scenario", "licences-2025-04", "--csv"))))
    licence = {r["field"]: r["source"] for r in records if r["kind"] == "export_licence"}
    assert {f for f, source in licence.items() if source == "default"} == {"end", "importers"}


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UnknownName, match="did you mean full-stop"):
        CliRunner().invoke(app, ["data", "scenario", "fullstop"], catch_exceptions=False)


def test_what_a_partnership_adds_opens_when_its_clock_says(tmp_path: Path) -> None:
    path = tmp_path / "partner.yaml"
    entry = "{kind: partnership, bloc: USA, partner: JPN, stage: magnet, start: %s-01-01, assumed: true%s}"
    entries = entry % (2025, ""), entry % (2028, ", tonnes_per_y: 5000"), entry % (2026, ", tonnes_per_y: 700")
    lines = "".join(f"  - {e}\n" for e in entries)
    path.write_text(
        f"name: partner\nquestion: When?\nstart: 2024-01\nend: 2040-12\npolicies:\n{lines}", encoding="utf-8"
    )
    found = {r["part"]: r for r in json.loads(ask("scenario", str(path), "--json"))["openings"]}
    assert {part: r["tonnes_per_y"] for part, r in found.items()} == {"policy 2": 5000, "policy 3": 700}
    assert found["policy 2"]["median_year"] == found["policy 3"]["median_year"] + 2 > 2029
    assert 0 < found["policy 2"]["never_share"] < 0.5
    told = ask("scenario", str(path))
    assert f"policy 2: the 5,000 t REO/y that it adds open in {found['policy 2']['median_year']} at the median" in told
