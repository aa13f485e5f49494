"""The attribute table: every unit and type in it parses, and every table in it exists."""

from __future__ import annotations

import pytest

from didymium.errors import UnknownName
from didymium.units import parse_unit
from didymium.world import World
from didymium.world.schema import _PARSERS, Column, schemas, table_schema

COLUMNS = [column for schema in schemas().values() for column in schema.columns]

GOOD = {
    "text": ["anything, 甚至"],
    "place": ["RUS", "EUU"],
    "ref": ["usgs_mcs_2025"],
    "key": ["bayan_obo"],
    "period": ["2024", "2024-05", "2024-05-31", "2024-Q2", "2024-H1", "2024-01/2024-06"],
    "url": ["https://example.org/a?b=c"],
    "number": ["0.5", "1", ".5", "5e-1", "1."],
    "integer": ["12", "-3"],
    "year": ["1885", "2040"],
    "flag": ["yes", "no"],
    "unit": ["t REO/y", "USD/kg"],
    "list": ["one", "one; two", "one;"],
}
BAD = {
    "place": ["R US", "Россия"],
    "ref": ["a-b"],
    "key": ["", "a b", "ä"],
    "period": ["24", "0000", "2024-13", "2024-5", "2024-Q5", "2024-H3", "2024/", "May 2024", "2024-05-32"],
    "url": ["example.org", "ftp://example.org", "https://a b"],
    "number": ["", "nan", "-inf", "1e999", "1_000", "1,000", "٣", "0x10", "--1", "12 t"],
    "integer": ["1.5", "", "1e3", "9" * 16, "٣"],
    "year": ["24", "1799", "2200", "20240", "٢٠٢٤"],
    "flag": ["true", "Yes", "1"],
    "unit": ["tons", "t/", "USD per kg"],
}


def column(kind: str, name: str = "x") -> Column:
    return Column("table", name, kind, "", True, "a column")


@pytest.mark.parametrize("column", COLUMNS, ids=lambda c: f"{c.table}.{c.name}")
def test_every_attribute_is_whole(column: Column) -> None:
    assert column.kind in _PARSERS
    assert column.description
    if column.unit:
        parse_unit(column.unit)
    if column.kind == "one_of":
        assert column.choices and all(column.choices)
        assert len(set(column.choices)) == len(column.choices)
    if column.kind == "ref":
        assert column.refers_to in schemas()
        assert table_schema(column.refers_to).columns[0].kind == "key"


@pytest.mark.parametrize("name", list(schemas()))
def test_every_table_has_a_file_and_every_file_a_table(world: World, name: str) -> None:
    assert schemas()[name].description
    assert (world.directory / f"{name}.csv").is_file()
    assert {path.stem for path in world.directory.glob("*.csv")} == set(schemas())


def test_column_names_are_unique_within_a_table() -> None:
    for schema in schemas().values():
        names = [c.name for c in schema.columns]
        assert len(set(names)) == len(names), schema.name


def test_a_table_that_cites_also_grades() -> None:
    for schema in schemas().values():
        names = {c.name for c in schema.columns}
        assert ("source" in names and schema.name != "sources") == ("grade" in names), schema.name


@pytest.mark.parametrize(("kind", "text"), [(k, t) for k, texts in GOOD.items() for t in texts])
def test_a_type_takes_what_fits(kind: str, text: str) -> None:
    column(kind).parse(text)


@pytest.mark.parametrize(("kind", "text"), [(k, t) for k, texts in BAD.items() for t in texts])
def test_a_type_refuses_what_does_not_fit(kind: str, text: str) -> None:
    with pytest.raises(ValueError) as caught:
        column(kind).parse(text)
    assert str(caught.value)


@pytest.mark.parametrize(
    ("type_", "text", "expected"),
    [
        ("number>=0", "-0.1", "a number >= 0"),
        ("number>0", "0", "a number > 0"),
        ("number(0..100)", "100.1", "a number between 0 and 100"),
        ("one_of(A|B)", "C", "one of A, B"),
    ],
)
def test_bounds_and_choices_say_what_they_expect(type_: str, text: str, expected: str) -> None:
    with pytest.raises(ValueError) as caught:
        column(type_).parse(text)
    assert str(caught.value) == expected


def test_bounds_include_their_ends_only_where_they_say_so() -> None:
    assert column("number>=0").parse("0") == 0.0
    assert column("number(0..100)").parse("100") == 100.0


def test_unknown_table_and_column_offer_the_nearest() -> None:
    with pytest.raises(UnknownName) as caught:
        table_schema("reserve")
    assert caught.value.cure == "did you mean reserves?"
    with pytest.raises(UnknownName) as caught:
        table_schema("reserves").column("publishr")
    assert caught.value.cure == "did you mean publisher?"
