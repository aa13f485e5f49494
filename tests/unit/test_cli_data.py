"""``didymium data`` as a shell and as a person meet it."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from didymium import __version__
from didymium.cli import app
from didymium.errors import DidymiumError
from didymium.world import World, belief

MAIN = [sys.executable, "-c", "from didymium.cli import main; main()"]


def ask(*words: str) -> str:
    """Standard output of a command that must succeed."""
    result = CliRunner().invoke(app, list(words), env={"COLUMNS": "160"}, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(*words: str) -> DidymiumError:
    """The error of a command that must fail with one."""
    with pytest.raises(DidymiumError) as caught:
        CliRunner().invoke(app, list(words), catch_exceptions=False)
    return caught.value


def shell(*words: str, **env: str) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own."""
    return subprocess.run([*MAIN, *words], capture_output=True, env=os.environ | env, check=False)


def test_help_names_the_commands() -> None:
    assert all(name in ask("data", "--help") for name in ("audit", "show", "why"))
    assert ask("--version") == f"didymium {__version__}\n"


def test_help_needs_none_of_the_heavy_libraries() -> None:
    code = (
        "import sys\ntry:\n    from didymium.cli import main; sys.argv[1:] = ['--help']; main()\n"
        "except SystemExit:\n    pass\n"
        "heavy = {'numpy', 'scipy', 'clarabel', 'pydantic', 'yaml', 'rich', 'hypothesis'} & set(sys.modules)\n"
        "sys.exit(f'heavy: {sorted(heavy)}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_audit_prints_counts_conflicts_and_no_row_without_source(world: World) -> None:
    shown = ask("data", "audit", "--on", "2026-11-22")
    assert "Rows without a source: 0" in shown
    for words in ("reserves", "not verified", "Widest conflict", "as of 2026-11-22", "Sources that no row cites: 0"):
        assert words in shown
    line = next(line for line in shown.splitlines() if line.split()[:1] == ["reserves"])
    assert line.split()[1] == str(len(world.rows("reserves")))


def test_audit_as_json_and_csv(world: World) -> None:
    whole = json.loads(ask("data", "audit", "--on", "2026-11-22", "--json"))
    rows = list(csv.DictReader(io.StringIO(ask("data", "audit", "--on", "2026-11-22", "--csv"))))
    assert whole["rows_without_source"] == 0 and whole["dangling"] == []
    assert [t["table"] for t in whole["tables"]] == [r["table"] for r in rows]
    assert whole["rows"] == sum(int(r["rows"]) for r in rows)
    reserves = next(t for t in whole["tables"] if t["table"] == "reserves")
    assert reserves["worst"]["table"] == "reserves"
    assert next(t for t in whole["tables"] if t["table"] == "blocs")["A"] is None


def test_audit_lists_what_dangles_and_then_fails(changed_world: Callable[..., World]) -> None:
    directory = str(changed_world("plants", 3, "source", "no_such_source").directory)
    done = shell("data", "audit", "--dir", directory)
    assert done.returncode == 2
    assert "no_such_source" in done.stdout.decode()
    assert "plants.csv:3, source: 1 references" in done.stderr.decode()


def test_show_lists_tables_and_rows(world: World) -> None:
    assert all(name in ask("data", "show") for name in ("reserves", "mines", "projects"))
    shown = ask("data", "show", "plants", "--where", "country=俄罗斯")
    assert "Solikamsk" in shown and "source" in shown and "grade" in shown
    assert f"{len(world.rows('plants', country='RUS'))} of {len(world.rows('plants'))} rows" in shown
    assert "Columns not shown" in shown


def test_show_as_json_and_csv_and_by_column(world: World) -> None:
    rows = world.rows("plants", country="RUS")
    records = json.loads(ask("data", "show", "plants", "--where", "country=RUS", "--json"))
    assert [r["plant"] for r in records] == [r["plant"] for r in rows]
    text = ask("data", "show", "plants", "--where", "country=RUS", "--csv")
    assert text.splitlines()[0] == (world.directory / "plants.csv").read_text("utf-8").splitlines()[0]
    narrow = ask("data", "show", "projects", "--column", "project", "--column", "stages", "--csv")
    assert narrow.splitlines()[0] == "project,stages"
    assert len(narrow.splitlines()) == 1 + len(world.rows("projects"))
    assert ask("data", "show", "plants", "--where", "start_year=1850", "--column", "plant", "--csv") == "plant\n"


def test_why_shows_every_rival_its_source_and_the_one_used(world: World) -> None:
    shown = ask("data", "why", "reserves", "RUS")
    for words in ("reserve", "state_balance", "3,800,000", "28,500,000", "Used: 3,800,000 t REO", "https://"):
        assert words in shown
    whole = json.loads(ask("data", "why", "reserves", "Russia", "--json"))
    rivals = belief(world, "reserves", "RUS")
    assert [f["value"] for f in whole["figures"]] == [f.value for f in rivals.figures]
    assert {s["source"] for s in whole["sources"]} == rivals.sources
    assert [f["value"] for f in whole["figures"] if f["used"]] == [whole["used"]["value"]] == [3.8e6]
    assert whole["used"]["reason"] == rivals.pick().reason
    rows = list(csv.DictReader(io.StringIO(ask("data", "why", "reserves", "RUS", "--csv"))))
    assert [r["used"] for r in rows].count("yes") == 1 and len(rows) == len(rivals.figures)
    assert all(r["where"].startswith("reserves.csv:") for r in rows)


@pytest.mark.parametrize(
    ("options", "value"),
    [
        (["--definition", "state_balance"], 28.5e6),
        (["--publisher", "rosnedra"], 28.7e6),
        (["--publisher", "USGS", "--year", "2025"], 3.8e6),
        (["--policy", "best_grade"], 3.8e6),
    ],
)
def test_why_with_a_policy(options: list[str], value: float) -> None:
    assert json.loads(ask("data", "why", "reserves", "RUS", "--json", *options))["used"]["value"] == value


def test_why_by_stage_and_year() -> None:
    whole = json.loads(ask("data", "why", "share", "CHN", "--stage", "separate", "--year", "2024", "--json"))
    assert whole["used"]["value"] == 91.0
    assert all(f["definition"].startswith("separate") and f["year"] == 2024 for f in whole["figures"])


def test_why_names_deposits_of_the_country_and_of_the_same_name() -> None:
    for place, deposits in (("tomtor", ["Tomtor (Buranny)", "Tomtor (whole)"]), ("KAZ", ["Zhana Kazakhstan"])):
        line = next(x for x in ask("data", "why", "reserves", place).splitlines() if x.startswith("Asked for apart"))
        assert all(name in line for name in deposits) and "Bayan Obo" not in line


def test_why_shows_that_nobody_states_a_value() -> None:
    assert "Used: none" in ask("data", "why", "reserves", "KAZ")
    whole = json.loads(ask("data", "why", "reserves", "KAZ", "--json"))
    assert whole["used"] is None
    assert whole["figures"] and all(f["value"] is None for f in whole["figures"])


@pytest.mark.parametrize("columns", ["20", "60", "200"])
def test_no_width_of_terminal_cuts_a_digit_or_a_name(columns: str, world: World) -> None:
    result = CliRunner().invoke(app, ["data", "audit"], env={"COLUMNS": columns}, catch_exceptions=False)
    assert f" {len(world.rows('sources'))} " in result.stdout and " sources " in result.stdout
    result = CliRunner().invoke(app, ["data", "why", "reserves", "RUS"], env={"COLUMNS": columns})
    assert " 28,500,000 " in result.stdout and " 3,800,000 " in result.stdout


@pytest.mark.parametrize(
    ("words", "what", "cure"),
    [
        (["show", "plant"], "unknown table 'plant'", "did you mean plants or lanes?"),
        (["show", "plants", "--where", "contry=RUS"], "unknown column of table plants", "did you mean country?"),
        (["show", "plants", "--where", "RUS"], "'RUS' is no condition", ""),
        (["show", "plants", "--where", "country=RUS", "--where", "country=CHN"], "column 'country' is given twice", ""),
        (["show", "plants", "--json", "--csv"], "--json and --csv exclude each other", "leave one out"),
        (["show", "plants", "--dir", "/nowhere"], "there is no such directory", ""),
        (["why", "reserve", "RUS"], "unknown quantity 'reserve'", "did you mean reserves?"),
        (["why", "reserves", "Kazakstan"], "unknown place or deposit 'Kazakstan'", "did you mean Kazakhstan"),
        (["why", "reserves", "RUS", "--policy", "newest"], "unknown policy 'newest'", ""),
        (["why", "reserves", "RUS", "--definition", "reserv"], "unknown definition of reserves of RUS 'reserv'", "did"),
        (["why", "reserves", "RUS", "--publisher", "Rosnedr a"], "unknown publisher 'Rosnedr a'", "did you mean Ros"),
        (["why", "reserves", "RUS", "--policy", "publisher"], "the policy publisher needs a name", "add --publisher"),
        (["why", "reserves", "RUS", "--policy", "latest", "--publisher", "USGS"], "--publisher does not go", "leave"),
        (["why", "reserves", "RUS", "--stage", "mine"], "reserves does not come by stage", "leave the stage out"),
        (["why", "production", "RUS", "--year", "1850"], "nobody publishes production of RUS for 1850", "didymium"),
        (["audit", "--on", "yesterday"], "'yesterday' is not a date", ""),
    ],
)
def test_mistakes(words: list[str], what: str, cure: str) -> None:
    error = refused("data", *words)
    assert error.what.startswith(what)
    assert error.expected or error.cure
    assert error.cure.startswith(cure)


@pytest.mark.parametrize(
    "words",
    [
        ["data", "why", "reserves", "RUSS"], ["data", "show", "nothing"], ["data", "nothing"], ["data", "show", "--no"],
        ["data", "why", "reserves", "RUS", "--year", "soon"], ["data", "audit", "--dir", "/nowhere"],
    ],
)  # fmt: skip
def test_bad_input_leaves_with_2_says_why_on_standard_error_and_shows_no_traceback(words: list[str]) -> None:
    done = shell(*words)
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.strip() and b"Traceback" not in done.stderr


def test_a_broken_table_leaves_with_2(changed_world: Callable[..., World]) -> None:
    directory = changed_world("production", 2, "value_t_reo", "NaN").directory
    done = shell("data", "why", "production", "CHN", "--dir", str(directory))
    assert (done.returncode, done.stdout) == (2, b"")
    error = done.stderr.decode()
    assert "production.csv:2, value_t_reo: 'NaN' does not fit" in error
    assert "expected: a finite number" in error and "cure: " in error and "Traceback" not in error


@pytest.mark.skipif(os.name == "nt", reason="pipes close otherwise there")
@pytest.mark.parametrize(
    "command",
    [
        [*MAIN, "data", "show", "activity"],
        [*MAIN, "data", "show", "activity", "--csv"],
        [*MAIN, "data", "audit", "--json"],
        [sys.executable, "-c", "from didymium.console import run; run(lambda: print('words'))"],
    ],
)
def test_a_reader_that_left_ends_the_run_quietly(command: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


def test_a_terminal_that_is_not_utf_8_gets_letters_it_has_and_data_stay_whole() -> None:
    ascii_only = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    shown = shell("data", "show", "countries", "--where", "country=RUS", **ascii_only)
    assert shown.returncode == 0 and b"Russia" in shown.stdout and shown.stdout.isascii()
    text = shell("data", "show", "countries", "--where", "country=RUS", "--csv", **ascii_only).stdout
    assert "俄罗斯" in text.decode("utf-8")
    refused_there = shell("data", "why", "reserves", "俄罗", **ascii_only)
    assert refused_there.returncode == 2 and b"Traceback" not in refused_there.stderr


def test_output_goes_nowhere_but_standard_output(tmp_path: Path) -> None:
    subprocess.run([*MAIN, "data", "audit", "--json"], cwd=tmp_path, capture_output=True, check=True)
    assert list(tmp_path.iterdir()) == []
