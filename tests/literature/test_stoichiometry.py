"""Oxide factors against the gravimetric factors of the CRC Handbook of Chemistry and Physics (Rumble, ed.), computed
there from IUPAC standard atomic weights; the fourth decimal is the last that is printed, hence a tolerance of 5e-5."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from didymium.chain.stoichiometry import metal_fraction, metal_fractions, parse_formula
from didymium.errors import TableError, UnknownName
from didymium.world import ELEMENTS, World, load_world

TOLERANCE = 5e-5


@pytest.fixture(scope="module")
def world() -> World:
    return load_world()


@pytest.mark.parametrize(
    ("element", "oxide", "factor"),
    [
        ("Nd", "Nd2O3", 0.8574),
        ("Pr", "Pr6O11", 0.8277),
        ("Dy", "Dy2O3", 0.8713),
        ("Tb", "Tb4O7", 0.8502),
        ("Ce", "CeO2", 0.8141),
    ],
)
def test_metal_in_oxide(world: World, element: str, oxide: str, factor: float) -> None:
    (row,) = world.rows("elements", element=element)
    assert row.text("oxide") == oxide
    assert metal_fraction(world, element) == pytest.approx(factor, abs=TOLERANCE)


def test_every_rare_earth_has_a_factor_and_no_other_name_does(world: World) -> None:
    fractions = metal_fractions(world)
    assert set(ELEMENTS) <= set(fractions)
    assert all(0.7 < fractions[e] < 0.89 for e in ELEMENTS)
    with pytest.raises(UnknownName, match="Xx"):
        metal_fraction(world, "Xx")


@pytest.mark.parametrize(
    ("formula", "atoms"), [("Nd2O3", {"Nd": 2, "O": 3}), ("CeO2", {"Ce": 1, "O": 2}), ("OCO", {"O": 2, "C": 1})]
)
def test_formulas_that_parse(formula: str, atoms: dict[str, int]) -> None:
    assert parse_formula(formula) == atoms


@pytest.mark.parametrize(
    "formula", ["", "nd2o3", "Nd2O3·H2O", "Nd(OH)3", "Nd2 O3", "2Nd", "Nd2O0", "Nd02O3", "Nd2O1.5"]
)
def test_formulas_that_do_not(formula: str) -> None:
    with pytest.raises(ValueError, match=r"formula|atoms"):
        parse_formula(formula)


@pytest.mark.parametrize(("cell", "said"), [("Nd(OH)3", "plain chemical formula"), ("Qq2O3", "Qq"), ("La2O3", "'Nd'")])
def test_an_oxide_that_cannot_be_weighed_names_its_row(
    changed_table: Callable[..., World], world: World, cell: str, said: str
) -> None:
    line = world.rows("elements", element="Nd")[0].line
    with pytest.raises(TableError, match=said) as caught:
        metal_fractions(changed_table("elements", line, "oxide", cell))
    assert f"elements.csv:{line}, oxide" in str(caught.value)
    assert "Nd2O3" in str(caught.value)


@pytest.fixture
def changed_table(tmp_path_factory: pytest.TempPathFactory, world: World) -> Callable[..., World]:
    def change(table: str, line: int, column: str, cell: str) -> World:
        directory = tmp_path_factory.mktemp("tables")
        for path in world.directory.glob("*.csv"):
            (directory / path.name).symlink_to(path)
        lines = (world.directory / f"{table}.csv").read_text(encoding="utf-8").splitlines()
        cells = lines[line - 1].split(",")
        cells[lines[0].split(",").index(column)] = cell
        lines[line - 1] = ",".join(cells)
        (directory / f"{table}.csv").unlink()
        (directory / f"{table}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return World(directory)

    return change
