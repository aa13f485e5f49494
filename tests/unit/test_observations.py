"""What becomes an observation: periods, baskets, units, and figures that are published more than once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from worlds import appended, edited, same

from didymium.chain.capacity import capacity_limits
from didymium.chain.demand import final_use_shares
from didymium.chain.layout import Layout
from didymium.chain.observe import Context, Observation, observations
from didymium.chain.observe_trade import months_of
from didymium.chain.prior import build_prior
from didymium.chain.stoichiometry import metal_fraction
from didymium.world import ELEMENTS, World

ROW = {"flow": "import", "reporter": "KOR", "partner": "WLD", "product": "RE metals", "form": "metal", "basis": "REO"}
ROW |= {"period": "2024", "method": "reported", "source": "usgs_mcs_2025", "grade": "B"}


def context(world: World) -> Context:
    prior = build_prior(world, 2024)
    return Context.of(world, 2024, Layout.of(prior), prior)


def observed(directory: Path, *rows: dict[str, str]) -> list[Observation]:
    """Trade observations of South Korean metal imports when only ``rows`` tell of them."""
    world = edited(directory, trade=lambda r: None if r["reporter"] == "KOR" else r)
    for row in rows:
        appended(directory, "trade", **(ROW | row))
    found = observations(context(world))
    return [o for o in found if o.kind == "trade" and o.place == "KOR"]


@pytest.mark.parametrize(
    ("period", "months"),
    [
        ("2024", range(1, 13)),
        ("2024-05", [5]),
        ("2024-01/2024-06", range(1, 7)),
        ("2024-04/2025-03", []),
        ("2023", []),
        ("2024-H1", []),
    ],
)
def test_months_of_a_period(period: str, months: list[int]) -> None:
    assert list(months_of(period, 2024)) == list(months)


def test_products_that_one_source_lists_side_by_side_add_up_and_rivals_do_not(tmp_path: Path) -> None:
    parts = {"quantity_t": "220", "product": "metal alloys"}, {"quantity_t": "90"}
    rival = {"quantity_t": "100", "source": "recalled", "grade": "D"}
    (found,) = observed(tmp_path, *parts, rival)
    assert found.observed == 310
    assert found.sources == ("usgs_mcs_2025",)


def test_the_longest_period_goes_before_others_and_single_months_are_scaled_up(tmp_path: Path) -> None:
    months = [{"period": f"2024-0{m}", "quantity_t": "10"} for m in (3, 7)]
    for name in "ab":
        (tmp_path / name).mkdir()
    (found,) = observed(tmp_path / "a", *months)
    assert found.observed == 120 and 0.25 * 120 > found.sigma > 0.2 * 120
    (found,) = observed(tmp_path / "b", *months, {"period": "2024-01/2024-06", "quantity_t": "70"})
    assert found.observed == 140


def test_tonnes_of_metal_are_not_tonnes_of_oxide(tmp_path: Path) -> None:
    (found,) = observed(tmp_path, {"product": "dysprosium metal", "basis": "metal", "quantity_t": "50"})
    weights = np.sum(found.terms.coefficients[:1], axis=0)
    assert found.basket == "Dy" and found.unit == "t metal/y"
    assert weights[ELEMENTS.index("Dy")] == pytest.approx(metal_fraction(World(tmp_path), "Dy"))
    assert weights.sum() == weights[ELEMENTS.index("Dy")]


def test_the_code_of_neodymium_metal_leaves_out_what_is_sold_as_didymium(tmp_path: Path) -> None:
    """It is no figure of all neodymium in metal."""
    (tmp_path / "oxide").mkdir()
    assert observed(tmp_path, {"product": "neodymium metal", "basis": "metal", "quantity_t": "50"}) == []
    (oxide,) = observed(tmp_path / "oxide", {"product": "neodymium oxide", "form": "oxide", "quantity_t": "50"})
    assert oxide.basket == "Nd"


def test_scandium_is_kept_apart(tmp_path: Path) -> None:
    assert observed(tmp_path, {"product": "scandium metal", "quantity_t": "5"}) == []


def test_a_mirror_of_a_figure_is_no_second_measurement(tmp_path: Path) -> None:
    ours = {"partner": "CHN", "quantity_t": "77"}
    mirror = ours | {"flow": "export", "reporter": "CHN", "partner": "KOR"}
    found = observed(tmp_path, mirror, ours)
    assert [o.key for o in found] == ["import KOR CHN RE metals"]
    everything = [o.observed for o in observations(context(World(tmp_path))) if o.kind == "trade"]
    assert everything.count(77) == 1


def test_one_share_per_publisher_the_best_graded(world: World) -> None:
    found = [o for o in observations(context(world)) if o.kind == "share"]
    published = {r.line: r for r in world.rows("shares")}
    rows = [published[int(o.where.removeprefix("shares.csv:"))] for o in found]
    keys = [tuple(r.text(c) for c in ("stage", "place", "basis", "publisher")) for r in rows]
    assert len(keys) == len(set(keys))
    for row in rows:
        same_claim = world.rows(
            "shares", year=2024, kind="history", measure="output", **{c: row[c] for c in ("stage", "place", "basis")}
        )
        rivals = [r for r in same_claim if r.text("publisher") == row.text("publisher")]
        assert row.text("grade") == min(r.text("grade") for r in rivals)


def test_capacity_is_a_limit_only_where_it_is_known_as_a_whole(world: World) -> None:
    limits, unknown = capacity_limits(context(world))
    limited = {(m.stage, m.bloc) for m in limits}
    assert limited and unknown and not limited & set(unknown)
    for stage, bloc in limited - {("metal", b) for b in world.blocs}:
        plants = [
            r
            for r in world.rows("plants", status="operating", stage=stage)
            if world.bloc_of(r.text("country")) == bloc and (r.optional("start_year") or 2024) <= 2024
        ]
        assert plants and all(r.optional("capacity") is not None and r.text("scope") == "plant" for r in plants)


def test_final_use_that_nobody_counted_follows_gross_domestic_product(world: World, tmp_path: Path) -> None:
    nothing = edited(
        tmp_path, activity=lambda r: r if r["driver"] == "gross domestic product" else r | {"year": "1990"}
    )
    gdp = np.array([world.rows("activity", driver="gross domestic product", place=b)[0]["value"] for b in world.blocs])
    np.testing.assert_allclose(final_use_shares(nothing, 2024).shares, gdp / gdp.sum())


def test_a_member_state_does_not_stand_for_its_whole_bloc(world: World, tmp_path: Path) -> None:
    """Germany's 4.07 m vehicles are a floor for the Union, whose own figure is not in the table."""
    ours = final_use_shares(world, 2024).shares[world.blocs.index("EUU")]
    without = edited(
        tmp_path, activity=lambda r: None if (r["driver"], r["place"]) == ("motor vehicle production", "DEU") else r
    )
    assert ours >= final_use_shares(without, 2024).shares[world.blocs.index("EUU")]
    assert ours > 0.1


def test_tables_written_back_unchanged_are_the_same_world(world: World, tmp_path: Path) -> None:
    again = edited(tmp_path, trade=same, plants=same)
    assert [dict(r) for r in again.rows("trade")] == [dict(r) for r in world.rows("trade")]
