"""The page and the command of a plant: whole, sourced, in both languages; figures from any plant, also a bare one."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from didymium.cli_plant import plant_command
from didymium.errors import DidymiumError
from didymium.report.plant_charts import Axis, HeatData, Line, LinesData, draw_heat, draw_lines
from didymium.report.plant_figures import start_figure, tree_figure
from didymium.report.plant_page import command_of, plant_page
from didymium.report.plant_tables import need_table, plant_record
from didymium.report.plant_tree_figure import TreeNode, TreePictureData, draw_tree
from didymium.separation.plant import plant
from didymium.separation.plant_data import Plant
from didymium.words import languages, say_in
from didymium.world import World

app = typer.Typer()
app.command()(plant_command)
runner = CliRunner()


@pytest.fixture(scope="module")
def small(world: World) -> Plant:
    return plant(world, "mountain_pass", "NdPr:99.9", 3000)


@pytest.fixture(scope="module")
def pages(world: World, small: Plant) -> dict[str, str]:
    return {lang: plant_page(world, small, say_in(lang)) for lang in languages()}


@pytest.mark.parametrize("lang", languages())
def test_the_page_is_whole_and_needs_no_network(pages: dict[str, str], lang: str) -> None:
    html = pages[lang]
    assert html.startswith("<!DOCTYPE html>") and f'lang="{lang}"' in html
    assert "<script" not in html and "nan" not in re.sub(r"<[^>]+>", " ", html).split()
    assert not re.search(r'(src|href)="https?://[^"]*\.(js|css|woff2?)"', html)
    for key in (
        "tree",
        "profile-1",
        "start",
        "nine",
        "acid",
        "doubt",
        "formulae",
        "capital",
        "operating",
        "needs",
        "equipment",
    ):
        assert f'id="figure-plant-{key}"' in html
    assert html.count("<svg") >= 12


def test_every_drawing_is_well_formed(pages: dict[str, str]) -> None:
    drawings = re.findall(r"<svg.*?</svg>", pages["en"], flags=re.S)
    for drawing in drawings:
        root = ET.fromstring(drawing)
        assert root.attrib["role"] == "img"
        assert "nan" not in drawing and "inf" not in drawing.split("info")[0]


def test_gaps_are_said_in_words(pages: dict[str, str]) -> None:
    assert "no cited figure for separation alone was found" in pages["en"]
    assert say_in("en")("page.no_data") in pages["en"]


def test_the_command_makes_the_same_plant_again(world: World, small: Plant) -> None:
    command = command_of(small)
    assert command == "didymium plant --feed mountain_pass --products NdPr:99.9 --capacity 3000"
    other = plant(world, "mountain_pass", "NdPr:99", 765432, recovery=0.98, yttrium_side=False)
    assert command_of(other).endswith("--capacity 765432 --recovery 98 --no-yttrium-side")
    again = plant(world, "mountain_pass", "NdPr:99.9", 3000)
    assert plant_record(again) == plant_record(small)


def test_the_record_is_plain_and_every_cascade_closes(small: Plant) -> None:
    record = json.loads(json.dumps(plant_record(small), allow_nan=False))
    assert record["energy"]["value"] is None and record["energy"]["note"]
    assert all(c["worst_balance"] < 1e-8 for c in record["cascades"])
    assert {p["name"] for p in record["products"]} == {"La-Ce", "NdPr", "Sm-Y"}


def test_what_is_held_and_how_long_reach_to_the_units_installed(small: Plant) -> None:
    """From the ideal stages to 3.5 mixer-settlers for one, beside what is cited; the extractant has its price range."""
    table = need_table(small, say_in("en"))
    rows = {row[0]: row[1:] for row in table.rows}
    for key in ("held", "worth", "solvent", "fill", "purity"):
        low, value, high, *_ = rows[say_in("en")(f"plant.need.{key}")]
        assert isinstance(low, float) and isinstance(value, float) and isinstance(high, float)
        assert low <= value and high == pytest.approx(3.5 * value)
    low, value, high, unit, note = rows["extractant in it"]
    assert isinstance(high, float) and isinstance(low, float) and high / low == pytest.approx(3.5 * 208.5 / 15.52)
    assert unit == "US$ million" and "small-lot" in str(note)
    assert rows["until a new circuit is in equilibrium, as cited"][1] is None and "sometimes months" in str(rows)
    record = plant_record(small)
    assert record["solvent_m3_installed"] == pytest.approx(3.5 * small.inventory.solvent_m3)


def test_the_tree_names_every_product(small: Plant) -> None:
    drawn = tree_figure(small, say_in("en"))
    assert drawn.pair is not None
    assert all(p.name in drawn.pair.wide for p in small.products)
    assert len(drawn.table.rows) == len(small.circuits)


def test_what_was_not_simulated_is_not_drawn(small: Plant) -> None:
    assert start_figure(replace(small, start_up=()), say_in("en")) is None


def test_charts_say_when_there_is_nothing_to_draw() -> None:
    lines = LinesData("k", "t", "d", Axis("x"), Axis("y"), (), "nothing here")
    assert "nothing here" in draw_lines(lines).wide
    tree = TreePictureData("k", "t", "d", TreeNode("alone", (), 1.0, product=True), "nothing here")
    assert "nothing here" in draw_tree(tree).narrow
    with pytest.raises(DidymiumError, match="logarithmic"):
        draw_lines(replace(lines, y=Axis("y", "log"), lines=(Line("a", "#000000", (1.0, 2.0), (0.0, 1.0)),)))


def test_a_cell_without_a_state_is_hatched() -> None:
    data = HeatData("k", "t", "d", "x", "y", ("1",), ("1", "2"), ((float("nan"),), (0.99,)), ((0.9, "good"),), "none")
    assert draw_heat(data).wide.count("url(#k-wide-hatch)") == 1


def test_the_command_prints_and_writes_a_page(tmp_path: Path) -> None:
    page = tmp_path / "plant.html"
    args = ["--feed", "mountain_pass", "--products", "NdPr:99.5", "--capacity", "2000", "--page", str(page)]
    done = runner.invoke(app, args)
    assert done.exit_code == 0, done.output
    assert "NdPr" in done.output and "Nd | Sm" in done.output
    assert "extractant in it: small-lot prices" in done.output and "weeks, sometimes months" in done.output
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_the_command_speaks_json_and_csv() -> None:
    args = ["--feed", "mountain_pass", "--products", "NdPr:99.5"]
    record = json.loads(runner.invoke(app, [*args, "--json"]).stdout)
    assert record["capacity_t_reo_per_y"] == 5000 and record["sources"]
    rows = runner.invoke(app, [*args, "--csv"]).stdout.splitlines()
    assert rows[0].startswith("cut,") and len(rows) == 1 + len(record["cascades"])


def test_json_and_csv_exclude_each_other() -> None:
    args = ["--feed", "mountain_pass", "--products", "NdPr:99.5", "--json", "--csv"]
    assert isinstance(runner.invoke(app, args).exception, DidymiumError)
