"""``didymium hindcast``: tables, files and refusals, on a small piece of history."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from test_hindcast_sheet import toy
from typer.testing import CliRunner

from didymium import cli_hindcast
from didymium.cli import app
from didymium.errors import DidymiumError, OutputError, UnknownName
from didymium.words import say_in

run = CliRunner().invoke
say = say_in("en")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_hindcast, "_cases", lambda world, name, deadline: [toy()])
    monkeypatch.setenv("COLUMNS", "240")


def test_the_sheet_is_printed_and_json_csv_and_page_agree(small: None, tmp_path: Path) -> None:
    written = tmp_path / "sheet.html"
    done = run(app, ["hindcast", "--draws", "40", "--page", str(written)])
    assert done.exit_code == 0, done.output
    assert "Magnet exports of China to the world" in done.output
    assert "A naive rival is nearer on: –." in done.output
    data = json.loads(run(app, ["hindcast", "--draws", "40", "--json"]).stdout)
    (sheet,) = data["sheets"]
    assert sheet["draws"] == 40
    assert [s["source"] for s in data["sources"]] == ["recalled"]
    rows = list(csv.DictReader(io.StringIO(run(app, ["hindcast", "--draws", "40", "--csv"]).stdout)))
    assert len(rows) == sum(len(s["points"]) for s in sheet["series"])
    assert float(rows[3]["predicted"]) == sheet["series"][0]["points"][3]["predicted"]
    page = written.read_text(encoding="utf-8")
    assert page.count("<svg") == 4
    assert not re.search(r'(src|href)="https?://(?!www|doi)', page.split('id="sources"')[0])


@pytest.mark.parametrize("columns", [80, 120])
def test_no_table_breaks_a_word_or_is_wider_than_the_terminal(
    small: None, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = run(app, ["hindcast", "--draws", "20"]).output.splitlines()
    assert max(map(len, lines)) <= columns
    told = " ".join(lines).split()
    written = [say("hindcast.column." + name) for name in ("series", "n", "mape", "before", "signs", "in90")]
    written.append("Magnet exports of China to the world")
    assert all(word in told for heading in written for word in heading.split())


@pytest.mark.parametrize("form", ["--json", "--csv"])
def test_a_page_beside_json_or_csv_leaves_standard_output_to_them(small: None, tmp_path: Path, form: str) -> None:
    alone = run(app, ["hindcast", "--draws", "20", form]).stdout
    beside = run(app, ["hindcast", "--draws", "20", form, "--page", str(tmp_path / "sheet.html")])
    assert beside.stdout == alone and (tmp_path / "sheet.html").exists()


def test_the_page_speaks_chinese(small: None, tmp_path: Path) -> None:
    done = run(app, ["hindcast", "--draws", "20", "--lang", "zh", "--page", str(tmp_path / "zh.html")])
    assert done.exit_code == 0, done.output
    assert "中国对全世界的磁体出口" in done.output
    assert '<html lang="zh' in (tmp_path / "zh.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--case", "2011"], UnknownName),
        (["--no-deadline"], DidymiumError),
        (["--lang", "xx"], UnknownName),
        (["--json", "--csv"], DidymiumError),
        (["--page", "no/such/place.html"], OutputError),
        (["--page", "."], OutputError),
    ],
)
def test_a_mistake_is_refused_before_any_work(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], error: type[DidymiumError]
) -> None:
    monkeypatch.setattr(cli_hindcast, "_cases", lambda *_, **__: pytest.fail("work was begun"))
    done = run(app, ["hindcast", *arguments])
    assert isinstance(done.exception, error)


def test_a_stop_leaves_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def stopped(*_: object, **__: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli_hindcast, "_cases", lambda world, name, deadline: [toy()])
    monkeypatch.setattr("didymium.market.hindcast.assess", stopped)
    done = run(app, ["hindcast", "--json", "--page", str(tmp_path / "sheet.html")])
    assert done.exit_code != 0
    assert list(tmp_path.iterdir()) == []
