"""``didymium simulate`` and ``--inside``: what is shown, what is kept, and what is answered to bad input."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from didymium.cli import app
from didymium.errors import DidymiumError
from didymium.words import say_in

SHORT = """name: short
question: What does a short run show?
base: baseline-2024
start: 2024-01
end: 2025-12
"""
BAN = """events:
  - kind: ban
    exporter: CHN
    start: 2025-01-01
    assumed: true
"""


def ask(*words: str | Path, columns: int = 160) -> str:
    result = CliRunner().invoke(app, [*map(str, words)], env={"COLUMNS": str(columns)}, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(*words: str | Path) -> DidymiumError:
    result = CliRunner().invoke(app, [*map(str, words)])
    assert isinstance(result.exception, DidymiumError), result.output
    return result.exception


@pytest.fixture
def short(tmp_path: Path) -> Path:
    path = tmp_path / "short.yaml"
    path.write_text(SHORT)
    return path


def values(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_scenario_that_cannot_be_compared_is_refused_before_anything_runs(short: Path, tmp_path: Path) -> None:
    error = refused("simulate", "baseline-2024", "--against", "quota-2010")
    assert "base_year" in error.expected and error.cure
    late = tmp_path / "late.yaml"
    late.write_text(SHORT.replace("2024-01", "2026-01").replace("2025-12", "2026-06"))
    assert "ends before 2026" in refused("simulate", late, "--against", short).what
    refused("simulate", late, "--against", short, "--runs", "4", "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_one_run_is_the_same_as_table_json_and_csv(short: Path) -> None:
    whole = json.loads(ask("simulate", short, "--json"))
    rows = values(ask("simulate", short, "--csv"))
    assert [r["output"] for r in rows] == [r["output"] for r in whole["series"]]
    assert [float(r["median"]) for r in rows] == [r["median"] for r in whole["series"]]
    assert all(r["q05"] == r["median"] == r["q95"] for r in rows)
    shown = ask("simulate", short)
    dy = next(
        r for r in whole["series"] if r["element"] == "Dy" and r["output"] == "price_inside" and r["when"] == "2024"
    )
    assert f"{dy['median']:.3g}" in shown
    assert {"price_inside", "price_ask", "exports", "unmet", "unmet_world"} <= {r["output"] for r in whole["series"]}
    assert whole["sources"]


@pytest.mark.parametrize(("lang", "words"), [("en", "arrears are made up"), ("zh", "补交此前的欠货")])
def test_a_shortage_below_zero_is_explained_under_the_table(lang: str, words: str) -> None:
    asked = ["simulate", "full-stop", "--where", "bloc=EUU", "--where", "element=Dy", "--lang", lang]
    assert words in ask(*asked)
    rows = values(ask(*asked, "--csv"))
    assert any(r["output"] == "unmet" and float(r["median"]) < 0 for r in rows)
    assert words not in ask(*asked, "--json")


def test_a_shortage_above_zero_needs_no_note(short: Path) -> None:
    rows = [r for r in values(ask("simulate", short, "--csv")) if r["output"].startswith("unmet")]
    assert rows and not any(float(r["median"]) < 0 for r in rows)
    assert "arrears" not in ask("simulate", short)


def test_the_question_and_the_units_are_told_in_chinese() -> None:
    told = ask("simulate", "kachin-halt", "--where", "element=Dy", "--lang", "zh")
    assert "缅甸克钦" in told and "吨/月" in told
    assert "Kachin" not in told and "month" not in told


def test_members_resume_and_grow_without_moving(short: Path, tmp_path: Path) -> None:
    ask("simulate", short, "--runs", "2", "--out", tmp_path / "grown", "--workers", "1")
    grown = ask("simulate", short, "--runs", "5", "--out", tmp_path / "grown", "--workers", "1", "--csv")
    fresh = ask("simulate", short, "--runs", "5", "--workers", "1", "--csv")
    assert grown == fresh
    assert any(r["q05"] != r["q95"] for r in values(fresh))


def test_a_scenario_against_itself_differs_in_nothing_and_a_ban_does(short: Path, tmp_path: Path) -> None:
    same = json.loads(ask("simulate", short, "--against", short, "--runs", "3", "--workers", "1", "--json"))
    assert same["difference"] and all(r["q05"] == r["q95"] == 0 for r in same["difference"])
    (tmp_path / "ban.yaml").write_text(SHORT.replace("short\n", "ban\n") + BAN)
    other = json.loads(
        ask("simulate", tmp_path / "ban.yaml", "--against", short, "--runs", "3", "--workers", "1", "--json")
    )
    by = {(r["output"], r["element"], r["when"]): r for r in other["difference"]}
    assert by["exports", None, "2025"]["q95"] < 0
    assert by["price_ask", "Dy", "2025"]["q05"] > 0
    assert by["price_ask", "Dy", "2024"]["q05"] == by["price_ask", "Dy", "2024"]["q95"] == 0


@pytest.mark.parametrize(("lang", "points"), [("en", " points "), ("zh", "个百分点")])
def test_differences_of_shares_are_told_in_points(short: Path, tmp_path: Path, lang: str, points: str) -> None:
    (tmp_path / "ban.yaml").write_text(SHORT.replace("short\n", "ban\n") + BAN)
    page = tmp_path / "page.html"
    told = ask("simulate", tmp_path / "ban.yaml", "--against", short, "--lang", lang, "--page", page)
    head = say_in(lang)("simulate.table.difference", name="short")
    levels, apart = told.split(head)
    assert " % " in levels and points not in levels
    assert points in apart and " % " not in apart
    assert points.strip() in page.read_text(encoding="utf-8").split('id="difference"')[1].split("<section")[0]


def test_where_takes_names_of_people(short: Path) -> None:
    shown = json.loads(ask("simulate", short, "--where", "bloc=Japan", "--where", "element=terbium", "--json"))
    assert {r["element"] for r in shown["series"]} == {"Tb", None}
    assert {r["bloc"] for r in shown["series"]} == {"JPN", None}


def test_discovery_finds_the_members_of_interest(short: Path) -> None:
    level = sorted(float(r["median"]) for r in values(ask("simulate", short, "--csv")) if r["output"] == "price_ask")[
        -1
    ]
    told = json.loads(
        ask("simulate", short, "--runs", "40", "--workers", "1", "--json", "--discover", f"price_ask>{level}")
    )
    found = told["discover"]
    assert 0 < found["share"] < 1 and 0 < found["coverage"] <= 1
    assert found["density"] >= found["share"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_holds_its_figures_and_asks_nobody(short: Path, tmp_path: Path, lang: str) -> None:
    page = tmp_path / "page.html"
    ask(
        "simulate",
        short,
        "--runs",
        "3",
        "--workers",
        "1",
        "--lang",
        lang,
        "--page",
        page,
        "--against",
        "licences-2025-04",
    )
    html = page.read_text()
    assert html.count('role="img"') == 12, "six figures for desk and phone"
    assert 'opacity="0.16"' in html and "<script" not in html
    assert f'lang="{lang}"' in html and "licences-2025-04" in html


LICENCE = """events:
  - kind: export_licence
    exporter: CHN
    start: 2025-04-04
    term_months: 6
    tonnes_per_licence: 30
    assumed: true
"""


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_tables_fit_a_terminal_of_80_columns(short: Path, lang: str) -> None:
    said = ask("simulate", short, "--where", "bloc=EUU", "--lang", lang, columns=80).splitlines()
    table = [line for line in said if line.startswith((" ─", "  "))]
    assert max(map(cell_len, table)) <= 80
    assert len(table) > 15


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (SHORT + LICENCE + "    reviews_per_week: 30\n    approved_share: 1.3\n", "1.3 is out of range"),
        (SHORT + LICENCE + "    approved_share: 0.9\n", "the key is missing"),
        (SHORT + LICENCE + "    reviews_per_week: 0\n    approved_share: 0.9\n", "a licence without capacity"),
        (SHORT + BAN.replace("CHN", "CHNA"), "unknown bloc 'CHNA'"),
        (SHORT + BAN.replace("CHN", "CHN\n    importers: [CHN]"), "no link from CHN to itself"),
        (SHORT + BAN + "    end: 2024-01-01\n", "lies before the start"),
        (SHORT.replace("2025-12", "2023-12"), "is empty"),
        (SHORT + "assumptions: {transit_abroad: 10}\n", "longer than a transit of 10 days"),
        (SHORT + "assumptions: {transit_abroad: {uniform: [10, 50]}}\n", "longer than a transit of 10 days"),
        (SHORT + "assumptions: {transit_abrod: 40}\n", "unknown parameter"),
        (SHORT + "assumptions: {thrift_y: {uniform: [5, 1]}}\n", "bounds are crossed"),
    ],
)
def test_a_scenario_that_cannot_be_run_is_refused_before_it_runs(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    error = refused("simulate", path, "--runs", "5", "--out", tmp_path / "members")
    assert says in error.what
    assert error.exit_code == 2
    assert not (tmp_path / "members").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["licences-2025-4"], "unknown scenario"),
        (["baseline-2024", "--runs", "0"], "an ensemble of 0 runs"),
        (["baseline-2024", "--runs", "-3"], "an ensemble of -3 runs"),
        (["baseline-2024", "--runs", "1000001"], "an ensemble of 1000001 runs"),
        (["baseline-2024", "--step", "day"], "unknown step"),
        (["baseline-2024", "--out", "kept"], "--out and --discover are for ensembles"),
        (["baseline-2024", "--discover", "unmet>1"], "--out and --discover are for ensembles"),
        (["baseline-2024", "--runs", "3", "--discover", "unmett>1"], "unknown output"),
        (["baseline-2024", "--runs", "3", "--discover", "unmet=1"], "names no case"),
        (["baseline-2024", "--where", "Dy"], "picks nothing"),
        (["baseline-2024", "--where", "elemnt=Dy"], "unknown dimension"),
        (["baseline-2024", "--where", "bloc=Atlantis"], "unknown place"),
        (["baseline-2024", "--against", "nobody"], "unknown scenario"),
        (["baseline-2024", "--runs", "3", "--workers", "0"], "workers = 0"),
        (["baseline-2024", "--page", "/nowhere/page.html"], "no such directory"),
        (["baseline-2024", "--json", "--csv"], "exclude each other"),
    ],
)
def test_what_cannot_be_meant_is_refused(words: list[str], says: str) -> None:
    error = refused("simulate", *words)
    assert says in error.what
    assert error.exit_code == 2


def test_events_on_trade_that_is_not_there_are_told(tmp_path: Path) -> None:
    path = tmp_path / "cut.yaml"
    cut = BAN.replace("ban\n    exporter: CHN", "cut_chain\n    between: [SAU, MMR]\n    forms: [magnet]")
    path.write_text(SHORT + cut)
    result = CliRunner().invoke(app, ["simulate", str(path)], catch_exceptions=False)
    assert "cut_chain of 2025-01-01" in result.stderr


def test_a_store_of_another_scenario_or_layout_is_refused_and_left_alone(short: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    ask("simulate", short, "--runs", "2", "--out", kept, "--workers", "1")
    files = {p.name: p.read_bytes() for p in kept.iterdir()}
    short.write_text(SHORT.replace("2025-12", "2025-11"))
    assert "written with another" in refused("simulate", short, "--runs", "2", "--out", kept).what
    assert {p.name: p.read_bytes() for p in kept.iterdir()} == files
    manifest = kept / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"format": 1', '"format": 99'))
    for words in (["simulate", short, "--runs", "2", "--out", kept], ["race", "--no-page", "--inside", kept]):
        assert "layout 99" in refused(*words).what


def test_race_and_check_tell_the_inside_view(short: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    ask("simulate", short, "--runs", "3", "--out", kept, "--workers", "1")
    records = json.loads(ask("race", "--json", "--inside", kept))["race"]
    china = next(r for r in records if (r["bloc"], r["basket"]) == ("CHN", "ndpr"))
    assert china["inside_runs"] == 3 and china["inside_scenario"] == "short"
    assert china["inside_first_year_median"] == 2024 and china["inside_reached_pct"] == 100
    japan = next(r for r in records if (r["bloc"], r["basket"]) == ("JPN", "ndpr"))
    assert japan["inside_first_year_median"] is None and japan["inside_reached_pct"] == 0
    assert japan["inside_dependence_median_pct"] > 99 and "mine" in japan["inside_weakest"]
    assert "Inside view: short, 3 runs" in ask("race", "--no-page", "--inside", kept)
    claims = tmp_path / "claims.yaml"
    claims.write_text(
        "title: One\nclaims:\n  - id: C-1\n    subject: China\n    subject_type: country\n"
        "    variable: time_to_independence\n    value: 1\n    comparator: le\n    unit: y\n    source: somebody\n"
        "    modality: forecast\n    anchor_date: 2024-06-01\n    domain: chain\n"
    )
    assert "inside view" not in ask("check", claims)
    assert "inside view (short, 3 runs)" in ask("check", claims, "--inside", kept)


def test_a_folder_that_is_no_store_is_no_inside_view(tmp_path: Path) -> None:
    assert "not a store" in refused("race", "--no-page", "--inside", tmp_path).what


@pytest.mark.parametrize(("step", "told"), [("month", True), ("week", False)])
def test_steps_of_a_month_are_said_to_blur_a_licence(step: str, told: bool) -> None:
    found = CliRunner().invoke(app, ["simulate", "licences-2025-04", "--step", step, "--json"])
    assert found.exit_code == 0
    assert ("steps of a month blur" in found.stderr) is told
