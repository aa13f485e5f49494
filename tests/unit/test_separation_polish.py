"""The last nine on a resin: factors from constants, a run worked by hand, what is refused, and what the page says."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from didymium.errors import UnknownName
from didymium.report.plant_page import plant_page
from didymium.report.plant_polish import polish_lines, polish_table
from didymium.report.plant_tables import plant_record
from didymium.separation.complexes import complexes, factor_range
from didymium.separation.economics import estimate
from didymium.separation.exchange import DisplacementColumn, development_length, integrate_plates
from didymium.separation.plant import plant
from didymium.separation.plant_data import Plant
from didymium.separation.polish import COLUMN_FIGURES, YIELD, Polish, finished
from didymium.words import languages, say_in
from didymium.world import ELEMENTS, World


@pytest.fixture(scope="module")
def made(world: World) -> Plant:
    """Two small heavies that a column could finish, one element that EDTA does not part, yttrium, and a mixture."""
    return plant(world, "nechalacho", "NdPr:4N,Eu:4N,Tb:4N,Dy:99.9,Y:4N", 5000)


def of(made: Plant, product: str) -> Polish:
    return next(p for p in made.polish if p.product == product)


def test_every_element_has_a_constant_and_the_factor_is_their_ratio() -> None:
    assert set(complexes("EDTA")) == set(ELEMENTS)
    low, value, high = factor_range("EDTA", "Dy", "Tb")  # log K 18.3 and 17.9, each printed to one decimal
    assert (low, value, high) == pytest.approx((10**0.3, 10**0.4, 10**0.5))
    assert factor_range("EDTA", "Gd", "Eu")[0] < 1
    with pytest.raises(UnknownName):
        complexes("EDTB")


def test_a_run_worked_by_hand() -> None:
    """Alpha 1.5, one neighbour ahead, 5N: the tail of constant pattern is exp(-0.874217 s) behind the boundary.

    From 4N to 5N the band gives up ln 10 / 0.874217 plates more at its front, and is five times as much longer where
    four fifths of it are to leave pure. The displacer passes the bed once: hours are its capacity
    over the flow of ligand.
    """
    column = DisplacementColumn(capacity_mol_per_l=0.6, ligand_mol_per_l=0.02, plates_per_m=100, velocity_m_per_h=0.25)
    bands = []
    for purity in (0.9999, 0.99999):
        run, moles = finished(column, ["Dy", "Tb"], [0.001, 0.999], [1.5], "Tb", purity)
        band = run.bands[0].length_plates / 100 + run.bands[1].length_plates / 100
        assert moles == pytest.approx(YIELD * 0.999 * band * 600)
        assert run.hours == pytest.approx(run.bed_m * 600 / (20 * 0.25))
        bands.append(band)
    assert bands[1] - bands[0] == pytest.approx(math.log(10) / 0.874217 / 0.2 / 0.999 / 100, rel=2e-3)


def test_the_last_of_a_band_leaves_when_the_displacer_has_passed_the_bed() -> None:
    """Plates in series, band inside the bed: after one bed of displacer all but the width of a boundary has left."""
    alpha, band = 2.5, 120
    bed = round(band * development_length(alpha))
    start = np.zeros((bed, 4))
    start[:, 3] = 1.0  # retainer
    start[:band] = [0.1, 0.9, 0.0, 0.0]
    affinity = (alpha**2, alpha, 1.0, alpha**3)
    held = integrate_plates(affinity, start, lambda t: np.array([0.0, 0.0, 1.0, 0.0]), (0.9 * bed, bed), rtol=1e-6)
    left = held[:, :, :2].sum(axis=(1, 2))
    assert left[0] == pytest.approx(0.1 * bed, abs=3)
    assert left[1] < 3


def test_a_bed_is_no_shorter_than_its_resin_asks() -> None:
    column = DisplacementColumn(capacity_mol_per_l=0.6, ligand_mol_per_l=0.02, plates_per_m=400, velocity_m_per_h=0.25)
    run, moles = finished(column, ["Dy", "Tb"], [0.001, 0.999], [2.5], "Tb", 0.999)
    assert run.bed_m == pytest.approx(0.8)
    assert moles > YIELD * run.bands[1].amount_mol


def test_a_column_is_shown_where_constants_and_size_allow(made: Plant) -> None:
    shown = {p.product: p.refused and p.refused.key for p in made.polish}
    assert shown == {"NdPr": "mixture", "Eu": "pair", "Tb": None, "Dy": None, "Y": "size"}
    assert of(made, "Eu").refused.values["pair"] == "Eu/Gd"  # type: ignore[union-attr]


@pytest.mark.parametrize("product", ["Tb", "Dy"])
def test_a_column_makes_what_the_product_is(made: Plant, product: str) -> None:
    found = of(made, product)
    assert found.start < found.purity == next(p.asked_purity for p in made.products if p.name == product)
    column = {e.key: e for e in found.column}
    assert all(e.low <= e.value <= e.high and e.low > 0 for e in found.column)  # type: ignore[operator]
    output = next(p.output_t_reo_per_y for p in made.products if p.name == product)
    days = estimate("operating_hours").known() / 24
    litres = column["polish_resin"].value * 1000  # type: ignore[operator]
    assert column["polish_productivity"].value * litres * days / 1e6 == pytest.approx(output, rel=0.02)  # type: ignore[operator]
    columns = litres / 1000 / column["polish_bed"].value / (math.pi / 4 * 0.762**2)  # type: ignore[operator]
    assert column["polish_bed"].value < 6.1 and column["polish_columns"].value == math.ceil(columns)  # type: ignore[operator]
    stages = next(e.value for e in found.cascades if e.key == "polish_stages")
    assert stages is not None and 0 < stages < made.stages


def test_a_run_is_in_the_range_that_is_published(made: Plant) -> None:
    """Elution was called too slow at 1 g/(L d) (Kraettli 2013); displacement does some times that."""
    for product in ("Tb", "Dy"):
        column = {e.key: e for e in of(made, product).column}
        productivity, cited = column["polish_productivity"], estimate("ion_exchange_productivity").known()
        assert cited < productivity.value < 10 * cited  # type: ignore[operator]


def test_a_plant_without_such_products_says_nothing(world: World) -> None:
    plain = plant(world, "mountain_pass", "NdPr:99.9", 3000)
    assert plain.polish == () and plant_record(plain)["polish"] == []
    assert not {e.key for e in plain.estimates} & set(COLUMN_FIGURES)
    assert "figure-plant-polish" not in plant_page(world, plain, say_in("en"))


@pytest.mark.parametrize("lang", languages())
def test_page_and_record_say_it_with_sources(world: World, made: Plant, lang: str) -> None:
    say = say_in(lang)
    page, record = plant_page(world, made, say), plant_record(made, say)
    assert 'id="figure-plant-polish"' in page and "RI 9564" in page and "PMC8582344" in page
    lines = polish_lines(made, say)
    assert len(lines) == len(record["polish"]) == 5  # type: ignore[arg-type]
    assert all(line.replace("&", "&amp;") in page for line in lines)
    for row in polish_table(made, say).rows:
        assert row[3] is not None or row[6]  # a gap has its reason
    assert {e["key"] for e in record["figures"]} >= set(COLUMN_FIGURES)  # type: ignore[attr-defined]


def test_a_nine_that_comes_for_nothing_is_told_as_such(world: World, made: Plant) -> None:
    """Where neighbours may lose little, the cascades make more than is asked, and a column would have nothing to do."""
    free = plant(world, "ganzhou_longnan", "Tb:99.9,Dy:99,Ho:99", 3000)
    assert of(free, "Dy").refused is not None and of(free, "Dy").refused.key == "free"  # type: ignore[union-attr]
    assert polish_table(replace(free, polish=(of(free, "Dy"),)), say_in("en")).rows[0][3] is None
