"""Quantities: the tables answer by name, with every rival."""

from __future__ import annotations

import pytest

from didymium.errors import DidymiumError, UnknownName
from didymium.world import World, belief
from didymium.world.quantities import PRODUCTION_ORDER, QUANTITIES, RESERVE_ORDER, SHARE_ORDER, TABLE_OF, deposits
from didymium.world.schema import table_schema


def test_reserves_of_russia_have_both_figures_under_their_definitions(world: World) -> None:
    rivals = belief(world, "reserves", "Russia")
    assert 3.8e6 in [f.value for f in rivals.of("reserve")]
    assert 28.5e6 in [f.value for f in rivals.of("state_balance")]
    choice = rivals.pick()
    assert (choice.figure.value, choice.figure.definition, choice.figure.grade) == (3.8e6, "reserve", "A")


@pytest.mark.parametrize("name", ["RUS", "russia", "俄罗斯", " Russia "])
def test_a_place_goes_by_any_name(world: World, name: str) -> None:
    assert belief(world, "reserves", name) == belief(world, "reserves", "RUS")


def test_ore_is_never_under_the_definition_of_an_oxide(world: World) -> None:
    rivals = belief(world, "reserves", "tomtor (buranny)")
    assert rivals.place == "Tomtor (Buranny)"
    assert {(f.value, f.unit, f.definition) for f in rivals.figures} == {
        (1.7e6, "t REO", "reserve_jorc"),
        (11.4e6, "t ore", "misread (ore)"),
    }
    assert rivals.pick().figure.value == 1.7e6
    for name in deposits(world).values():
        for figure in belief(world, "reserves", name).figures:
            assert (figure.unit == "t REO") == ("(" not in figure.definition), (name, figure)


def test_figures_of_a_deposit_stay_out_of_those_of_the_country(world: World) -> None:
    assert all(not f.scope for f in belief(world, "reserves", "RUS").figures)


def test_production_defaults_to_the_newest_year_and_edition(world: World) -> None:
    figure = belief(world, "production", "USA").pick().figure
    assert figure.year == max(row.integer("year") for row in world.rows("production", place="USA"))
    assert figure.state == "latest edition"
    choice = belief(world, "production", "CHN", year=2024).pick()
    assert (choice.figure.value, choice.figure.publisher) == (270_000.0, "MCS 2026")


def test_shares_default_to_history_of_the_magnet_basket(world: World) -> None:
    rivals = belief(world, "share", "CHN", stage="separate")
    assert rivals.definitions[0] == "separate, magnet_basket, output"
    assert 91.0 in [f.value for f in rivals.of("separate, magnet_basket, output") if f.year == 2024]
    projections = {f.definition for f in rivals.figures if f.state == "projection"}
    assert projections and all(d.endswith(", projection") for d in projections)
    assert rivals.pick().figure.state == "history"


def test_the_stage_narrows_shares_quotas_and_statements(world: World) -> None:
    for quantity, place, stage in (("share", "CHN", "magnet"), ("quota", "CHN", "mine")):
        narrowed = belief(world, quantity, place, stage=stage)
        assert all(d.startswith(stage) for d in narrowed.definitions)
    variable = world.rows("statements", place="RUS")[0].text("variable")
    figures = belief(world, "statement", "RUS", stage=variable).figures
    assert {f.definition.split(" (")[0] for f in figures} == {variable}


def test_the_year_narrows_every_quantity(world: World) -> None:
    for quantity, place in (("production", "CHN"), ("share", "CHN"), ("quota", "CHN"), ("reserves", "CHN")):
        years = {f.year for f in belief(world, quantity, place).figures}
        assert len(years) > 1, quantity
        newest = max(years)
        assert {f.year for f in belief(world, quantity, place, year=newest).figures} == {newest}


def test_every_figure_says_where_it_stands(world: World) -> None:
    for quantity in QUANTITIES:
        for figure in belief(world, quantity, "CHN" if quantity == "quota" else "RUS").figures:
            assert world.source(figure.source).text("title")
            assert figure.where.startswith(f"{TABLE_OF[quantity]}.csv:")
            assert figure.unit and figure.definition and figure.publisher and figure.grade in "ABCD"


def test_the_orders_name_what_the_tables_allow() -> None:
    assert set(RESERVE_ORDER) == set(table_schema("reserves").column("definition").choices)
    assert set(PRODUCTION_ORDER) == set(table_schema("production").column("definition").choices)
    for order, name in zip(SHARE_ORDER, ("stage", "basis", "measure"), strict=True):
        assert set(order) == set(table_schema("shares").column(name).choices)


def test_mistakes_offer_the_nearest(world: World) -> None:
    with pytest.raises(UnknownName) as caught:
        belief(world, "reserve", "RUS")
    assert caught.value.cure == "did you mean reserves?"
    with pytest.raises(UnknownName) as caught:
        belief(world, "production", "Rusia")
    assert "Russia" in caught.value.cure
    with pytest.raises(UnknownName) as caught:
        belief(world, "reserves", "Tomtr")
    assert caught.value.cure == f"did you mean {deposits(world)['tomtor']}?"
    with pytest.raises(UnknownName) as caught:
        belief(world, "share", "CHN", stage="seperate")
    assert caught.value.cure == "did you mean separate?"


def test_a_quantity_without_stages_refuses_one(world: World) -> None:
    with pytest.raises(DidymiumError, match="reserves does not come by stage"):
        belief(world, "reserves", "RUS", stage="mine")


def test_where_nobody_publishes_the_error_says_what_to_look_at(world: World) -> None:
    with pytest.raises(DidymiumError) as caught:
        belief(world, "production", "CHN", year=1850)
    assert caught.value.what == "nobody publishes production of CHN for 1850"
    assert "data show production" in caught.value.cure
