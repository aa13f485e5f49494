"""The world: blocs cover it once, names resolve, and a bibliography holds exactly what was used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from didymium.errors import TableError, UnknownName
from didymium.world import ELEMENTS, WORLD, World, belief, load_world
from didymium.world.schema import schemas
from didymium.world.world import HasSources


def test_every_table_of_the_shipped_world_is_read(world: World) -> None:
    for name in schemas():
        assert world.table(name).rows, name


def test_eighteen_blocs_cover_the_world_exactly_once(world: World) -> None:
    assert len(world.blocs) == len(set(world.blocs)) == 18
    counts = Counter(row.text("country") for row in world.rows("countries"))
    assert set(counts.values()) == {1}
    assert len(counts) >= 249
    assert {world.bloc_of(country) for country in counts} == set(world.blocs)


def test_blocs_are_in_the_order_of_their_column(world: World) -> None:
    order = {row.text("bloc"): row.integer("order") for row in world.rows("blocs")}
    assert [order[b] for b in world.blocs] == sorted(order.values())
    assert len(set(order.values())) == 18


def test_a_bloc_named_like_a_country_holds_that_country(world: World) -> None:
    for bloc in world.blocs_set & world.countries:
        assert world.bloc_of(bloc) == bloc
        assert bloc in [row.text("country") for row in world.rows("countries", bloc=bloc)]


@pytest.mark.parametrize(
    ("country", "bloc"),
    [("DEU", "EUU"), ("FRA", "EUU"), ("GBR", "GBR"), ("ZAF", "AFR"), ("TWN", "ROW"), ("NOR", "ROW"), ("RUS", "RUS")],
)
def test_bloc_of(world: World, country: str, bloc: str) -> None:
    assert world.bloc_of(country) == bloc
    assert world.bloc_of(bloc) == bloc


EU_MEMBERS = [
    "AUT", "BEL", "BGR", "CYP", "CZE", "DEU", "DNK", "ESP", "EST", "FIN", "FRA", "GRC", "HRV", "HUN", "IRL", "ITA",
    "LTU", "LUX", "LVA", "MLT", "NLD", "POL", "PRT", "ROU", "SVK", "SVN", "SWE",
]  # fmt: skip


def test_the_european_union_has_its_27_members(world: World) -> None:
    assert len(EU_MEMBERS) == 27
    assert {world.bloc_of(country) for country in EU_MEMBERS} == {"EUU"}
    for outside in ("CHE", "GBR", "GRL", "ISL", "NOR", "TUR", "UKR"):
        assert world.bloc_of(outside) != "EUU"


def test_every_place_of_every_table_resolves(world: World) -> None:
    for schema in schemas().values():
        for column in schema.columns:
            if column.kind == "place" or column.refers_to in ("countries", "blocs"):
                for code in {row.text(column.name) for row in world.rows(schema.name)} - {"", WORLD}:
                    assert world.bloc_of(code) in world.blocs_set, (schema.name, column.name, code)


def test_no_name_stands_for_two_places(world: World) -> None:
    owners: dict[str, set[str]] = {}
    for row in world.rows("countries"):
        for name in {row.text("country"), row.text("name"), row.text("name_zh"), *row.words("aliases")} - {""}:
            owners.setdefault(name.casefold(), set()).add(row.text("country"))
    assert {name: codes for name, codes in owners.items() if len(codes) > 1} == {}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("RUS", "RUS"), ("russia", "RUS"), ("俄罗斯", "RUS"), ("USA", "USA"), ("United States", "USA"), ("美国", "USA"),
        ("Kazakhstan", "KAZ"), ("EUU", "EUU"), ("world", "WLD"), ("Myanmar", "MMR"), ("Burma", "MMR"), ("wld", "WLD"),
    ],
)  # fmt: skip
def test_a_place_goes_by_code_name_alias_and_chinese_name(world: World, name: str, code: str) -> None:
    assert world.place(name) == code


def test_an_unknown_place_or_element_offers_the_nearest(world: World) -> None:
    with pytest.raises(UnknownName) as caught:
        world.place("Kazakstan")
    assert "Kazakhstan" in caught.value.cure
    with pytest.raises(UnknownName) as caught:
        world.element("neodymum")
    assert "neodymium" in caught.value.cure.casefold()
    with pytest.raises(UnknownName):
        world.bloc_of("ZZZ")


def test_an_element_goes_by_symbol_and_name(world: World) -> None:
    assert world.element("nd") == world.element("Neodymium") == "Nd"
    assert [world.element(e) for e in ELEMENTS] == list(ELEMENTS)
    with pytest.raises(UnknownName):
        world.element("O")


def test_names_of_places_in_both_languages(world: World) -> None:
    assert world.place_name("RUS") == "Russia"
    assert world.place_name("RUS", "zh") == "俄罗斯"
    assert world.place_name("DEU") == "Germany"
    assert world.place_name("Tomtor") == "Tomtor"


def test_rows_by_columns(world: World) -> None:
    rows = world.rows("plants", country="RUS", stage="separate")
    assert rows and all((r["country"], r["stage"]) == ("RUS", "separate") for r in rows)
    with pytest.raises(UnknownName):
        world.rows("plants", land="RUS")


def test_the_bibliography_is_exactly_the_sources_of_a_result(world: World) -> None:
    rivals = belief(world, "reserves", "RUS")
    assert isinstance(rivals, HasSources)
    listed = [row.text("source") for row in world.bibliography(rivals)]
    assert listed == sorted({f.source for f in rivals.figures})
    assert all(row.text("title") and row.text("publisher") for row in world.bibliography(rivals))


def test_a_bibliography_of_keys_and_of_nothing(world: World) -> None:
    @dataclass(frozen=True)
    class Nothing:
        sources: frozenset[str] = frozenset()

    assert world.bibliography(Nothing()) == ()
    assert [r.text("source") for r in world.bibliography(["usgs_mcs_2025", "usgs_mcs_2025"])] == ["usgs_mcs_2025"]
    with pytest.raises(UnknownName) as caught:
        world.bibliography(["usgs_mcs_2052"])
    assert "usgs_mcs_20" in caught.value.cure


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TableError) as caught:
        load_world(tmp_path / "nowhere")
    assert caught.value.where == str(tmp_path / "nowhere")
    with pytest.raises(TableError, match="there is no such file"):
        load_world(tmp_path).table("blocs")


def test_each_table_is_read_once(world: World) -> None:
    assert world.table("blocs") is world.table("blocs")
    assert load_world() is load_world()


def test_an_unknown_bloc_in_countries_stops_every_table_of_places(
    changed_world: Callable[..., World], world: World
) -> None:
    broken = changed_world("countries", world.rows("countries", country="KAZ")[0].line, "bloc", "KAS")
    with pytest.raises(TableError, match="'KAS' is not known"):
        broken.table("reserves")
