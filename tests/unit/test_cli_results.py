"""``race``, ``brief``, ``check`` and ``clock`` as a shell and as a person meet them."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from didymium.chain.outlook import HORIZON_Y
from didymium.claims import core_claims_path, load_claims, sample_claims_path
from didymium.cli import app
from didymium.errors import DidymiumError, OutputError, RecordError, UnknownName
from didymium.report.page_parts import write_whole
from didymium.report.race_table import race_records
from didymium.report.standing import Race
from didymium.world import World

MAIN = [sys.executable, "-c", "from didymium.cli import main; main()"]


def ask(*words: str, columns: int = 160) -> str:
    """Standard output of a command that must succeed."""
    result = CliRunner().invoke(app, list(words), env={"COLUMNS": str(columns)}, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(*words: str) -> DidymiumError:
    """The error of a command that must fail with one."""
    with pytest.raises(DidymiumError) as caught:
        CliRunner().invoke(app, list(words), catch_exceptions=False)
    return caught.value


def shell(*words: str, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own."""
    return subprocess.run([*MAIN, *words], capture_output=True, env=os.environ | env, cwd=cwd, check=False)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Every command runs in a directory of its own."""
    monkeypatch.chdir(tmp_path)
    yield tmp_path


# --- race ---------------------------------------------------------------------------------------------


def test_race_as_json_is_whole(world: World, raced: Race, elsewhere: Path) -> None:
    data = json.loads(ask("race", "--json"))
    assert set(data) == {"race", "projects", "residuals", "no_capacity_limit", "sources"}
    assert data["race"] == race_records(raced)
    assert len(data["race"]) == 36 and len(data["projects"]) == len(raced.live)
    assert len(data["residuals"]) == len(raced.flows.residuals)
    z = [abs(r["z"]) for r in data["residuals"]]
    assert z == sorted(z, reverse=True)
    assert {s["source"] for s in data["sources"]} == raced.sources
    assert {"title", "publisher", "date", "address"} <= set(data["sources"][0])
    assert not any(elsewhere.iterdir())


def test_race_as_csv_parses_and_agrees_with_json(raced: Race, elsewhere: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(ask("race", "--csv"))))
    records = race_records(raced)
    assert list(rows[0]) == list(records[0]) and len(rows) == len(records)
    for row, record in zip(rows, records, strict=True):
        assert row["dependence_pct"] == ("" if record["dependence_pct"] is None else str(record["dependence_pct"]))
    assert {row["first_year_half_own_need"] for row in rows} >= {""}  # beyond the horizon is not a year
    assert not any(elsewhere.iterdir())


def test_race_for_people_and_its_page(elsewhere: Path) -> None:
    shown = ask("race")
    assert shown.startswith("China sinters") and "didymium-race.html" in shown
    assert shown.count("Kazakhstan") == 2 and f">{HORIZON_Y}" in shown
    assert [p.name for p in elsewhere.iterdir()] == ["didymium-race.html"]
    assert (elsewhere / "didymium-race.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_no_page_writes_nothing(elsewhere: Path) -> None:
    assert "Page:" not in ask("race", "--no-page") + ask("brief", "JPN", "--no-page")
    assert not any(elsewhere.iterdir())


@pytest.mark.parametrize("columns", [60, 200])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_narrow_and_wide_terminals_lose_no_number(columns: int, lang: str) -> None:
    shown = ask("race", "--no-page", "--lang", lang, columns=columns)
    for number in ("1.3", ">2045", "<1"):
        assert number in shown
    assert "…" not in shown
    assert ask("brief", "RUS", "--no-page", "--lang", lang, columns=columns)


def test_the_same_seed_gives_the_same_numbers_and_another_does_not() -> None:
    first, again = shell("race", "--json", "--seed", "5").stdout.decode(), ask("race", "--json", "--seed", "5")
    assert first == again and len(first) > 100_000
    assert json.loads(ask("race", "--json"))["race"] != json.loads(first)["race"]


def test_elements_are_named_in_either_way(elsewhere: Path) -> None:
    ask("race", "--element", "dysprosium", "--page", "dy.html")
    assert "Dy: flows between blocs" in Path("dy.html").read_text(encoding="utf-8")


# --- brief --------------------------------------------------------------------------------------------


def test_brief_as_json_and_csv(elsewhere: Path) -> None:
    data = json.loads(ask("brief", "russia", "--json"))
    assert data["place"] == data["bloc"] == "RUS"
    assert {(f["value"], f["definition"]) for f in data["reserves"]} >= {(3.8e6, "reserve"), (28.5e6, "state_balance")}
    assert [c["id"] for c in data["claims"]][:2] == ["A-01", "A-02"]
    rows = list(csv.DictReader(io.StringIO(ask("brief", "俄罗斯", "--csv"))))
    assert [(r["bloc"], r["basket"]) for r in rows] == [("RUS", "ndpr"), ("RUS", "dytb")]
    assert not any(elsewhere.iterdir())


def test_brief_for_people_and_its_page(elsewhere: Path) -> None:
    shown = ask("brief", "Germany")
    assert "Germany is counted within the bloc European Union" in shown
    assert [p.name for p in elsewhere.iterdir()] == ["didymium-brief-DEU.html"]


# --- check --------------------------------------------------------------------------------------------


def test_check_of_the_shipped_records(elsewhere: Path) -> None:
    data = json.loads(ask("check", "--core", "--json"))
    ids = [c.id for c in load_claims(core_claims_path()).claims]
    assert [f["id"] for f in data] == ids
    assert all(f["verdict"] and f["reasoning"] for f in data)
    assert all(0 <= f["probability"] <= 1 for f in data if f["probability"] is not None)
    rows = list(csv.DictReader(io.StringIO(ask("check", "--core", "--csv"))))
    assert [r["id"] for r in rows] == ids and "evidence" not in rows[0]
    targets = [r for r in rows if r["probability"]]
    assert targets and all(len(r["band90"].split("; ")) == 2 for r in targets if r["band90"])
    assert rows[0]["reasoning"] and rows[0]["sources"]


def test_check_for_people_long_and_short() -> None:
    long, short = ask("check", "--core"), ask("check", "--core", "--brief")
    assert "tolerance:" in long and "[agrees]" in long
    assert "reserves = 28,500,000 t REO" in short and "tolerance:" not in short
    assert "有据" in ask("check", "--core", "--brief", "--lang", "zh")


def test_the_example_can_be_checked(elsewhere: Path) -> None:
    text = ask("check", "--example")
    assert text == sample_claims_path().read_text(encoding="utf-8")
    Path("mine.yaml").write_text(text, encoding="utf-8")
    assert json.loads(ask("check", "mine.yaml", "--json"))


def test_check_wants_a_file_or_the_core_and_not_both() -> None:
    assert "nothing to check" in refused("check").what
    assert "exclude each other" in refused("check", "x.yaml", "--core").what


def sample(**replaced: str) -> str:
    text = sample_claims_path().read_text(encoding="utf-8")
    for old, new in replaced.items():
        assert f"{old}:" in text
        text = text.replace(f"{old}:", new, 1)
    return text


def test_a_claims_file_that_is_not_yaml_names_the_line(elsewhere: Path) -> None:
    Path("broken.yaml").write_text("title: x\nclaims:\n  - id: 'A\n", encoding="utf-8")
    error = refused("check", "broken.yaml")
    assert isinstance(error, RecordError) and error.where.startswith("broken.yaml:")
    assert any(character.isdigit() for character in error.where)


def test_an_unknown_key_of_a_claim_gets_the_nearest(elsewhere: Path) -> None:
    Path("odd.yaml").write_text(sample(variable="variabel:"), encoding="utf-8")
    error = refused("check", "odd.yaml")
    assert "variabel" in error.render() and "variable" in error.cure + error.expected


def test_an_unknown_variable_of_a_claim_gets_the_nearest(elsewhere: Path) -> None:
    text = sample_claims_path().read_text(encoding="utf-8")
    name = text.split("variable:")[1].split()[0]
    Path("odd.yaml").write_text(text.replace(name, name + "x", 1), encoding="utf-8")
    assert name in refused("check", "odd.yaml").cure


@pytest.mark.parametrize("value", [".nan", ".inf", "-.inf", "[1, 2]"])
def test_a_value_that_is_no_number_is_refused(elsewhere: Path, value: str) -> None:
    lines = sample_claims_path().read_text(encoding="utf-8").splitlines()
    at = next(i for i, line in enumerate(lines) if line.strip().startswith("value:"))
    lines[at] = lines[at].split("value:")[0] + f"value: {value}"
    Path("odd.yaml").write_text("\n".join(lines), encoding="utf-8")
    error = refused("check", "odd.yaml")
    assert isinstance(error, RecordError) and f"odd.yaml:{at + 1}" in error.where


def test_files_that_cannot_be_read_are_refused(elsewhere: Path) -> None:
    Path("folder.yaml").mkdir()
    Path("binary.yaml").write_bytes(bytes(range(256)))
    Path("empty.yaml").write_bytes(b"")
    for name in ("missing.yaml", "folder.yaml", "binary.yaml", "empty.yaml"):
        error = refused("check", name)
        assert isinstance(error, RecordError) and name in error.where, name


# --- clock --------------------------------------------------------------------------------------------


def test_clock_as_json_and_csv() -> None:
    data = json.loads(ask("clock", "--stage", "separation", "--country", "Russia", "--within", "24", "--json"))
    assert (data["stage"], data["place"], data["within_months"]) == ("separate", "RUS", 24.0)
    assert data["band90"][0] <= data["band50"][0] <= data["probability"] <= data["band50"][1] <= data["band90"][1]
    assert data["km_median_y"][0] is None
    rows = list(csv.DictReader(io.StringIO(ask("clock", "--stage", "separate", "--csv"))))
    assert len(rows) > 20 and rows[0]["project"]


def test_clock_says_in_words_what_was_not_reached() -> None:
    shown = ask("clock", "--stage", "separate", "--country", "RUS")
    assert "Kaplan–Meier: not reached (90 % interval not reached to not reached)" in shown.replace("\u00a0", " ")
    assert "years (90 % interval" in ask("clock", "--stage", "magnet").replace("\u00a0", " ")
    assert "到期未投产" in ask("clock", "--lang", "zh")


@pytest.mark.parametrize("within", ["nan", "0", "-3", "601", "soon"])
def test_a_span_that_is_none_is_refused(within: str) -> None:
    done = CliRunner().invoke(app, ["clock", "--within", within])
    assert done.exit_code == 2 or isinstance(done.exception, DidymiumError)


# --- bad names, bad pages -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "kind", "near"),
    [
        (("race", "--lang", "zhh"), "language", "zh"),
        (("race", "--element", "neodimium"), "element", "neodymium"),
        (("brief", "Kazakstan"), "place", "Kazakhstan"),
        (("brief", "RUSS"), "place", "RUS"),
        (("clock", "--stage", "seperate"), "stage", "separate"),
        (("clock", "--country", "Chin"), "place", "China"),
        (("check", "--core", "--lang", "fr"), "language", "en, zh"),
    ],
)
def test_an_unknown_name_offers_the_nearest(words: tuple[str, ...], kind: str, near: str) -> None:
    error = refused(*words)
    assert isinstance(error, UnknownName) and error.exit_code == 2
    assert kind in error.what and near in error.render()


def test_json_and_csv_exclude_each_other() -> None:
    for words in (("race",), ("brief", "RUS"), ("check", "--core"), ("clock",)):
        assert "exclude each other" in refused(*words, "--json", "--csv").what


def test_errors_reach_a_shell_as_text_and_exit_code_2(elsewhere: Path) -> None:
    for words in (("brief", "Kazakstan"), ("race", "--page", "no/such/folder/race.html"), ("check", "missing.yaml")):
        done = shell(*words, cwd=elsewhere)
        assert done.returncode == 2, words
        assert b"Traceback" not in done.stderr and (b"expected:" in done.stderr or b"cure:" in done.stderr)
    assert not any(elsewhere.iterdir())


def test_a_page_that_cannot_be_written_leaves_what_was_there(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = elsewhere / "race.html"
    page.write_text("old", encoding="utf-8")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("didymium.report.page_parts.os.replace", full)
    error = refused("race", "--page", str(page))
    assert isinstance(error, OutputError) and "No space left" in error.what and str(page) in error.where
    assert page.read_text(encoding="utf-8") == "old"
    assert [p.name for p in elsewhere.iterdir()] == ["race.html"]


def test_an_interrupted_write_leaves_no_part(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("didymium.report.page_parts.os.replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(elsewhere / "page.html", "text")
    assert not any(elsewhere.iterdir())


@pytest.mark.parametrize("where", ["missing/page.html", "folder", "file/page.html"])
def test_places_that_take_no_page_are_refused(elsewhere: Path, where: str) -> None:
    (elsewhere / "folder").mkdir()
    (elsewhere / "file").write_text("x", encoding="utf-8")
    before = sorted(p.name for p in elsewhere.rglob("*"))
    with pytest.raises(OutputError):
        write_whole(elsewhere / where, "text")
    assert sorted(p.name for p in elsewhere.rglob("*")) == before


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="whoever may write everywhere is refused nowhere")
def test_a_folder_without_leave_to_write_is_refused(elsewhere: Path) -> None:
    folder = elsewhere / "closed"
    folder.mkdir()
    (folder / "page.html").write_text("old", encoding="utf-8")
    folder.chmod(0o500)
    try:
        with pytest.raises(OutputError):
            write_whole(folder / "page.html", "new")
        assert (folder / "page.html").read_text(encoding="utf-8") == "old"
    finally:
        folder.chmod(0o700)


def test_a_page_is_written_whole_and_readable_by_all(elsewhere: Path) -> None:
    page = write_whole(Path("page.html"), "中国\n")
    assert page == elsewhere / "page.html"
    assert page.read_bytes() == "中国\n".encode()
    assert stat.S_IMODE(page.stat().st_mode) == 0o644
    write_whole(page, "new")
    assert page.read_text(encoding="utf-8") == "new"


# --- terminals ----------------------------------------------------------------------------------------


def test_a_terminal_without_unicode_stops_nothing(elsewhere: Path) -> None:
    ascii_only = {"LANG": "C", "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "COLUMNS": "100"}
    done = shell("brief", "RUS", "--lang", "zh", "--page", "rus.html", cwd=elsewhere, **ascii_only)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    assert b"?" in done.stdout and b"USGS" in done.stdout
    assert "俄罗斯" in (elsewhere / "rus.html").read_text(encoding="utf-8")


def test_json_is_utf8_whatever_the_terminal_speaks(elsewhere: Path) -> None:
    done = shell("clock", "--json", LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert json.loads(done.stdout.decode("utf-8"))["n"] > 50


@pytest.mark.parametrize("command", ["", "race", "check"])
def test_help_needs_none_of_the_heavy_libraries(command: str) -> None:
    words = [*command.split(), "--help"]
    code = (
        f"import sys\ntry:\n    from didymium.cli import main; sys.argv[1:] = {words}; main()\n"
        "except SystemExit:\n    pass\n"
        "heavy = {'numpy', 'scipy', 'clarabel', 'pydantic', 'yaml', 'rich'} & set(sys.modules)\n"
        "print(sorted(heavy), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert b"Usage" in done.stdout
    # Typer itself reads the options of a command with pydantic.
    assert done.stderr.decode().strip() in (("[]", "['pydantic']") if command else ("[]",))
