"""Recipes, routes and the formulas written beside derived figures."""

from __future__ import annotations

import ast
import csv
import operator
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from worlds import edited

from didymium.chain.reconcile import base_year
from didymium.chain.structure import FORMS, STAGES, active_blocs, read_links, read_recipes
from didymium.errors import TableError
from didymium.world import ELEMENTS, World, load_world
from didymium.world.schema import schemas

YEAR = 2024
VALUE_COLUMN = {
    "recipes": "yield_fraction",
    "routes": "share_pct",
    "contents": "content_fraction",
    "magnet_shares": "magnet_mix_pct",
    "mixes": "weight_t_reo",
    "reserves": "value_t",
}
"""The column that the formula of a table computes; ``value`` in the others."""

OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


def computed(formula: str) -> float | None:
    """The value of plain arithmetic; None for words."""
    try:
        return _value(ast.parse(formula, mode="eval").body)
    except (SyntaxError, TypeError):
        return None


def _value(node: ast.expr) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        return OPERATORS[type(node.op)](_value(node.left), _value(node.right))
    raise TypeError("not plain arithmetic")


def formulas() -> Iterator[tuple[str, float, str]]:
    """(place, computed value, printed cell) of every formula that is plain arithmetic."""
    for name, schema in schemas().items():
        if "formula" not in [column.name for column in schema.columns]:
            continue
        with (load_world().directory / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            for row in reader:
                value = computed(row["formula"]) if row["formula"] else None
                if value is not None:
                    yield f"{name}.csv:{reader.line_num}", value, row[VALUE_COLUMN.get(name, "value")]


FORMULAS = list(formulas())


def test_formulas_are_found_in_every_table_of_the_chain() -> None:
    tables = {place.split(".csv")[0] for place, _, _ in FORMULAS}
    assert {"recipes", "routes", "observations", "magnet_shares", "mixes"} <= tables
    assert len(FORMULAS) >= 20


@pytest.mark.parametrize(("place", "value", "printed"), FORMULAS, ids=[place for place, _, _ in FORMULAS])
def test_a_formula_gives_the_printed_figure(place: str, value: float, printed: str) -> None:
    """To half of the last digit that is printed."""
    decimals = len(printed.partition(".")[2])
    assert float(printed) == pytest.approx(value, abs=0.5001 * 10**-decimals)


def test_arithmetic_is_told_from_words() -> None:
    assert computed("(0.75+0.95)/2") == pytest.approx(0.85)
    assert computed("(1-1300/(45500*0.159))*100") == pytest.approx(82.0305, abs=1e-4)
    assert computed("grade times tonnage") is None
    assert computed("__import__('os')") is None
    assert computed("2**9") is None


def test_yields_lie_above_nothing_and_at_most_at_all(world: World) -> None:
    recipes = read_recipes(world)
    assert set(recipes.yields) == {*STAGES[1:], "recycle"}
    for stage, table in recipes.yields.items():
        assert table.shape == (len(world.blocs), len(ELEMENTS)), stage
        assert ((table > 0) & (table <= 1)).all(), stage
    for row in world.rows("recipes"):
        low, high = row.optional("low"), row.optional("high")
        assert low is None or high is None or low <= row.number("yield_fraction") <= high, row


def test_a_row_for_one_bloc_or_element_goes_before_a_row_for_all(world: World, tmp_path: Path) -> None:
    """Whatever the order of the rows in the file."""
    rows = [("*", "*", "0.5"), ("*", "Dy", "0.6"), ("CHN", "*", "0.7"), ("CHN", "Dy", "0.8")]

    def write(order: list[tuple[str, str, str]]) -> World:
        directory = tmp_path / str(len(list(tmp_path.iterdir())))
        directory.mkdir()
        changed = edited(directory, recipes=lambda row: None if row["stage"] == "crack" else row)
        header = (directory / "recipes.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
        with (directory / "recipes.csv").open("a", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, header, lineterminator="\n")
            for bloc, elements, value in order:
                cells = {"stage": "crack", "bloc": bloc, "elements": elements, "yield_fraction": value}
                writer.writerow(cells | {"source": "recalled", "grade": "D"})
        return changed

    china, usa, dy, nd = world.blocs.index("CHN"), world.blocs.index("USA"), ELEMENTS.index("Dy"), ELEMENTS.index("Nd")
    for order in (rows, rows[::-1]):
        table = read_recipes(write(order)).yields["crack"]
        assert [table[usa, nd], table[usa, dy], table[china, nd], table[china, dy]] == [0.5, 0.6, 0.7, 0.8]


def test_a_stage_without_a_yield_for_all_is_an_error(tmp_path: Path) -> None:
    lacking = edited(tmp_path, recipes=lambda row: None if row["stage"] == "magnet" else row)
    with pytest.raises(TableError, match="no yield of stage 'magnet'"):
        read_recipes(lacking)


def test_routes_of_one_exporter_add_up_to_at_most_all(world: World) -> None:
    named: dict[tuple[str, str], np.ndarray] = defaultdict(lambda: np.zeros(len(ELEMENTS)))
    seen = set()
    for row in sorted(world.rows("routes", year=YEAR), key=lambda r: r.text("basket") != "*"):
        key = tuple(row.text(c) for c in ("form", "exporter", "importer", "basket"))
        assert key not in seen, f"{row} repeats a route"
        seen.add(key)
        if row.text("basket") == "*":
            named[row.text("form"), row.text("exporter")] += row.number("share_pct")
    for (form, exporter), total in named.items():
        assert (total <= 100 + 1e-9).all(), (form, exporter, total.max())
    for form, share in read_links(world, YEAR).shares.items():
        total = share.sum(axis=1)
        assert (share >= 0).all() and (total <= 1 + 1e-9).all(), form
        assert (np.isclose(total, 1) | (total == 0)).all(), form


def test_routes_above_all_are_an_error(tmp_path: Path) -> None:
    more = edited(
        tmp_path,
        routes=lambda row: row | {"share_pct": "90"} if (row["exporter"], row["form"]) == ("VNM", "magnet") else row,
    )
    with pytest.raises(TableError, match=r"routes of magnet from VNM add up to 180"):
        read_links(more, YEAR)


@pytest.mark.parametrize("stage", STAGES[:-1])
def test_a_bloc_without_plants_does_not_make_the_form(world: World, stage: str) -> None:
    idle = sorted(set(world.blocs) - active_blocs(world, stage, YEAR))
    assert idle
    made = base_year(world, YEAR).output(stage)
    form = dict(zip(STAGES, FORMS, strict=True))[stage]
    shipped = base_year(world, YEAR).trade[form].sum(axis=1)
    for bloc in idle:
        i = world.blocs.index(bloc)
        assert not made[i].any() and not shipped[i].any(), (stage, bloc)
    assert any(made[world.blocs.index(b)].any() for b in active_blocs(world, stage, YEAR))
