"""Figures of a scenario that cannot be meant: what is remarked on, with its line and what is usual."""

from __future__ import annotations

from pathlib import Path

import pytest
from scenario_files import HEAD, TAIL, scenario_text
from typer.testing import CliRunner

from didymium.cli import app
from didymium.market.scenario_plausible import scenario_remarks
from didymium.report.remarks import remark_text
from didymium.words import say_in
from didymium.world import World
from didymium.world.scenario import read_scenario, scenarios

TARIFF = "{{kind: tariff, importer: USA, exporters: CHN, forms: [magnet], percent: {}, " + TAIL.replace("}", "}}")
FLOOR = "{{kind: price_floor, bloc: USA, elements: [Nd, Pr], usd_per_kg: {}, " + TAIL.replace("}", "}}")
STOCK = "{{kind: stockpile, bloc: USA, form: oxide, {}tonnes: {}, action: buy, over_months: {}, " + TAIL.replace(
    "}", "}}"
)
NDPR = "elements: [Nd, Pr], "

ODD = [
    (TARIFF.format(0.25), "percent", "tariff", "25\u00a0% if a share was typed"),
    (TARIFF.format("{uniform: [0.1, 0.3]}"), "percent", "tariff", "20\u00a0%"),
    (FLOOR.format(110_000), "usd_per_kg", "floor", "price of Nd in the base year"),
    (STOCK.format(NDPR, 3_000_000, 24), "tonnes", "stockpile", "of Nd Pr that the world made as oxide in 2024"),
    (STOCK.format("", 3_000_000, 1), "tonnes", "stockpile_all", "of rare earths that the world made"),
]
USUAL = [
    TARIFF.format(25),
    TARIFF.format(0),
    TARIFF.format(1),
    FLOOR.format(110),
    STOCK.format(NDPR, 3000, 24),
    STOCK.format(NDPR, 3000, 1),
]


def told(text: str, world: World, tmp_path: Path) -> list[tuple[str, str, str]]:
    path = tmp_path / "my.yaml"
    path.write_text(text, encoding="utf-8")
    found = scenario_remarks(world, read_scenario(path, world))
    return [(r.where.removeprefix(f"{path}:"), r.key, remark_text(r, say_in("en"))) for r in found]


def test_the_shipped_scenarios_and_policies_as_they_are_made_are_as_usual(world: World, tmp_path: Path) -> None:
    for name in scenarios():
        assert scenario_remarks(world, read_scenario(name, world)) == (), name
    for entry in USUAL:
        assert told(scenario_text(entry, part="policies"), world, tmp_path) == [], entry


@pytest.mark.parametrize("part", ["events", "policies"])
@pytest.mark.parametrize(("entry", "field", "key", "words"), ODD, ids=[f"{o[2]}-{k}" for k, o in enumerate(ODD)])
def test_a_figure_out_of_the_usual_is_remarked_on_at_its_line(
    world: World, tmp_path: Path, part: str, entry: str, field: str, key: str, words: str
) -> None:
    ((where, which, text),) = told(scenario_text(USUAL[0], entry, part=part), world, tmp_path)
    assert (where, which) == (f"7, {field}", key)
    assert words in text


def test_a_stock_is_held_against_what_the_world_makes(world: World, tmp_path: Path) -> None:
    ((_, _, text),) = told(scenario_text(STOCK.format(NDPR, 3_000_000, 24)), world, tmp_path)
    assert "1,500,000\u00a0t a year" in text
    made = float(text.split("more than the ")[1].split("\u00a0t")[0].replace(",", ""))
    assert 60_000 < made < 160_000
    assert told(scenario_text(STOCK.format(NDPR, 1.9 * made, 24)), world, tmp_path) == []
    assert told(scenario_text(STOCK.format(NDPR, 2.1 * made, 24)), world, tmp_path) != []


def test_a_span_far_beyond_the_shipped_ones_is_remarked_on(world: World, tmp_path: Path) -> None:
    ((where, key, text),) = told(HEAD.replace("2026-12", "2150-12"), world, tmp_path)
    assert (where, key) == ("4, end", "span") and "127 years" in text
    assert told(HEAD.replace("2026-12", "2060-12"), world, tmp_path) == []


@pytest.mark.parametrize("command", [["data", "scenario"], ["simulate"]], ids=" ".join)
def test_commands_warn_on_standard_error(tmp_path: Path, command: list[str]) -> None:
    path = tmp_path / "my.yaml"
    path.write_text(scenario_text(TARIFF.format(0.25), part="policies"), encoding="utf-8")
    done = CliRunner().invoke(app, [*command, str(path), "--json"], catch_exceptions=False)
    assert done.exit_code == 0
    assert f"warning: {path}:6, percent: a duty of 0.25\u00a0% is next to none" in done.stderr
    assert "warning" not in done.stdout
