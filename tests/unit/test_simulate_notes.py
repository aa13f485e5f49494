"""What a simulation says of its own limits: prices out of history, years before the start, a run that is no centre."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from didymium.cli import app
from didymium.ensemble.market_task import OUTPUTS
from didymium.ensemble.series import OneRun, Series
from didymium.ensemble.task import Array
from didymium.market.held_against import largest_multiples
from didymium.report.price_reach import Beyond, beyond_history
from didymium.world import World

LATE = """name: late
question: What does a late start show?
base: baseline-2024
start: 2026-03
end: 2027-12
"""
STOP = """events:
  - {kind: ban, exporter: CHN, start: 2027-01-01, assumed: true}
"""
DY = (("element", "Dy"),)


class Members(OneRun):
    """Several members of a source in memory."""

    def members(self, series: Series) -> Array:
        found: Array = self.values[series.output]
        return found


def ask(*words: str | Path) -> str:
    result = CliRunner().invoke(app, [*map(str, words)], env={"COLUMNS": "200"}, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def late(tmp_path: Path) -> Path:
    path = tmp_path / "late.yaml"
    path.write_text(LATE)
    return path


@pytest.fixture
def stop(tmp_path: Path) -> Path:
    path = tmp_path / "stop.yaml"
    path.write_text(LATE + STOP)
    return path


def test_the_bound_is_the_furthest_a_hindcast_saw_a_price_rise(world: World) -> None:
    """Dysprosium from the first quarter of 2010 to the mean of 2011, both rows of the table prices."""
    found = largest_multiples(world)
    assert found["Dy"] == pytest.approx(1449.8 / 156.5)
    assert set(found) == {"La", "Ce", "Nd", "Eu", "Tb", "Dy", "Y"}


def test_prices_out_of_history_are_told_with_share_month_and_peak(world: World) -> None:
    """Of four members one stays below the bound, one is beyond it only before the scenario starts."""
    bound = largest_multiples(world)["Dy"]
    times = ("2024-01-01", "2024-07-01", "2025-01-01", "2025-07-01")
    ask_outside = np.array([[1, 1, 1, bound], [9 * bound, 1, 1, 1], [1, 1, 2 * bound, 1], [1, 1, 1, 4 * bound]]) * 200
    base = np.full((4, 1), 200.0)
    source = Members({"time": times}, OUTPUTS, {"price_ask": ask_outside, "price_base": base, "exports": ask_outside})
    shown = (Series("price_ask", DY), Series("exports", (("form", "magnet"),)))
    assert beyond_history(world, source, shown, 2025) == (Beyond(shown[0], bound, 0.5, "2025-01-01", 2 * bound),)
    quiet = Members({"time": times}, OUTPUTS, {"price_ask": base * np.ones(4), "price_base": base})
    assert beyond_history(world, quiet, shown[:1], 2025) == ()
    unheld = Series("price_ask", (("element", "Pr"),))
    assert [b.bound for b in beyond_history(world, quiet, (unheld,), 2025)] == [None]


def test_a_stop_drives_the_ask_out_of_history_and_a_quiet_world_does_not(late: Path, stop: Path) -> None:
    shown = ask("simulate", stop, "--where", "element=Dy,Pr")
    (told,) = (b for b in json.loads(ask("simulate", stop, "--where", "element=Dy", "--json"))["beyond"])
    assert (told["output"], told["element"], told["share"]) == ("price_ask", "Dy", 1.0)
    assert told["first"] >= "2027-01-01" and told["peak"] > told["bound"]
    line = f"Dy oxide asked outside passes 9.26 times the price of the base year in {told['first'][:7]} and peaks at"
    assert line in shown and "the model extrapolates" in shown and "No hindcast holds a price of Pr" in shown
    chinese = ask("simulate", stop, "--where", "element=Dy", "--lang", "zh")
    assert f"Dy氧化物，境外报价于 {told['first'][:7]} 超过基准年价格的 9.26 倍" in chinese
    quiet = ask("simulate", late, "--where", "element=Dy")
    assert "extrapolates" not in quiet and "hindcast" not in quiet


def test_tables_begin_at_the_start_beside_the_base_year(late: Path) -> None:
    whole = json.loads(ask("simulate", late, "--json", "--where", "element=Dy"))
    assert (whole["base_year"], whole["start"]) == (2024, "2026-03")
    by = {r["when"]: r["median"] for r in whole["series"] if r["output"] == "exports"}
    assert list(by) == ["2024", "2026", "2027", "lowest"]
    assert by["2024"] < by["lowest"] <= by["2026"], "exports grow: the lowest of all steps lies before the start"
    shown = ask("simulate", late, "--where", "element=Dy")
    assert "The scenario starts in 2026-03." in shown
    heads = next(line for line in shown.splitlines() if "Series" in line)
    assert heads.split() == ["Series", "Unit", "2024", "(base)", "2026", "2027", "Extreme", "which"]


def test_a_scenario_that_starts_in_its_base_year_says_nothing_of_it(tmp_path: Path) -> None:
    path = tmp_path / "now.yaml"
    path.write_text(LATE.replace("2026-03", "2024-01").replace("2027-12", "2025-12"))
    shown = ask("simulate", path)
    assert "starts in" not in shown and "(base)" not in shown


@pytest.mark.parametrize(
    ("lang", "once", "start"), [("en", "not the centre of an ensemble", "(base)"), ("zh", "并非集合的中心", "（基准）")]
)
def test_the_page_says_the_same(stop: Path, tmp_path: Path, lang: str, once: str, start: str) -> None:
    page = tmp_path / "page.html"
    shown = ask("simulate", stop, "--lang", lang, "--page", page)
    html = page.read_text(encoding="utf-8")
    assert once in shown and once in html and "--runs 1000" in html
    assert start in html and "9.26" in html and "2025</td>" not in html
    ask("simulate", stop, "--lang", lang, "--page", page, "--runs", "2", "--workers", "1")
    assert once not in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("lang", "unpriced", "step"),
    [
        ("en", "The tables hold no price of Sm oxide near 2024", "the extreme of a single week"),
        ("zh", "数据表中没有 2024 年前后 Sm 氧化物的价格", "单周极值"),
    ],
)
def test_an_element_without_a_price_and_the_span_of_an_extreme_are_told(
    late: Path, tmp_path: Path, lang: str, unpriced: str, step: str
) -> None:
    page = tmp_path / "page.html"
    shown = ask("simulate", late, "--where", "element=Sm,Tb", "--step", "week", "--lang", lang, "--page", page)
    drawn = page.read_text(encoding="utf-8")
    assert unpriced in drawn and "price-Tb" in drawn and "price-Sm" not in drawn
    assert unpriced in shown and step in shown
    assert unpriced not in ask("simulate", late, "--where", "element=Tb", "--lang", lang)


def test_differences_of_nothing_are_not_told_in_powers_of_ten(late: Path, tmp_path: Path) -> None:
    """Demand that grows by a millionth more; what it moves stands in full in the JSON."""
    held = "events:\n  - {kind: demand, use: other, percent_per_y: 1.0e-4, start: 2026-06-01, assumed: true}\n"
    other = tmp_path / "other.yaml"
    other.write_text(LATE.replace("name: late", "name: other") + held)
    records = json.loads(ask("simulate", other, "--against", late, "--json"))["difference"]
    assert any(0 < abs(r["median"]) < 1e-6 for r in records)
    shown = ask("simulate", other, "--against", late)
    assert "×10" not in shown and ("<0.001" in shown or ">\u22120.001" in shown)
