"""A firm's file: what is read, and what is refused with file, line, key and cure."""

from __future__ import annotations

from pathlib import Path

import pytest
from firms import SMALL, changed

from didymium.errors import DidymiumError, RecordError, UnknownName
from didymium.market.firm_file import Firm, firms
from didymium.market.firm_read import check_firm, composition, figures, load_firm, parse_firm, uncertain_figures
from didymium.world import World


def test_a_small_firm_is_read(world: World) -> None:
    firm = parse_firm(SMALL, "small.yaml", world)
    part = firm.products[0].parts[0]
    assert [s.bloc for s in part.suppliers] == ["CHN", "JPN"]
    assert composition(part, world) == ({"Nd": 0.27, "Dy": 0.03}, "recalled")
    assert [u.name for u in uncertain_figures(firm)] == ["products.0.parts.0.cover_weeks"]


def test_the_sample_firms_are_these_and_every_figure_is_sourced_or_assumed(world: World) -> None:
    assert firms() == ("car-maker", "missile-seeker-maker", "wind-turbine-maker")
    for name in firms():
        firm = load_firm(name, world)
        assert [f.name for f in figures(firm) if not (f.assumed or f.source)] == []
        assert any(f.assumed for f in figures(firm))
        assert "invented" in str(firm.note)


FAULTS = [
    ("share: 0.2", "share: 0.4", "add up to 1.2", "small.yaml:15, suppliers"),
    ("share: 0.2", "share: 0.1", "add up to 0.9", "small.yaml:15, suppliers"),
    ("share: 0.2", "share: 0.21", "add up to 1.01", "small.yaml:15, suppliers"),
    ("cover_weeks: 2", "cover_weeks: -1", "-1 is out of range", "small.yaml:21, cover_weeks"),
    ("uniform: [1, 3]", "uniform: [-1, 3]", "reaches from -1", "small.yaml:12, cover_weeks"),
    ("uniform: [1, 3]", "uniform: [3, 1]", "crossed", "small.yaml:12, cover_weeks"),
    ("bloc: CHN", "bloc: CHI", "unknown bloc 'CHI'", "small.yaml:16, bloc"),
    ("bloc: EUU", "bloc: Germany", "unknown bloc 'Germany'", "small.yaml:3, bloc"),
    ("share: 0.8", "share: 0.8\n            licence: {approved_share: 1.3}", "1.3 is out of range", "approved_share"),
    ("price_usd_per_kg: 80", "price_usd_per_kg: 0", "0 is out of range", "price_usd_per_kg"),
    ("grade: NdFeB grade SH (150 C)", "grade: NdFeB grade SG (150 C)", "unknown grade", "small.yaml:10, grade"),
    ("grade: NdFeB grade SH (150 C)", "composition: {Ndd: 0.3}", "unknown element 'Ndd'", "small.yaml:10, Ndd"),
    ("grade: NdFeB grade SH (150 C)", "composition: {Nd: 0.7, Dy: 0.4}", "add up to 1.1", "composition"),
    ("grade: NdFeB grade SH (150 C)", "composition: {Nd: 30}", "30 is out of range", "small.yaml:10, Nd"),
    ("grade: NdFeB grade SH (150 C)", "composition: {Nd: '30%'}", "'30%' is not a number", "small.yaml:10, Nd"),
    ("grade: NdFeB grade SH (150 C)", "composition: {Nd: true}", "true is not a number", "small.yaml:10, Nd"),
    ("grade: NdFeB grade SH (150 C)", "composition: {Nd: 0}", "0 is out of range", "small.yaml:10, Nd"),
    (
        "grade: NdFeB grade SH (150 C)",
        "composition: {Nd: {uniform: [0.2, 0.3]}}",
        "a distribution",
        "small.yaml:10, Nd",
    ),
    ("grade: NdFeB grade SH (150 C)", "composition: [Nd, Dy]", "a list does not fit", "small.yaml:10, composition"),
    (
        "grade: NdFeB grade SH (150 C)",
        "form: oxide\n        composition: {Nd: 0.99}",
        "more of the element than its oxide holds",
        "small.yaml:11, composition",
    ),
    ("name: maker in Japan", "name: maker in China", "two suppliers are called", "small.yaml:15, suppliers"),
    ("name: rotor magnets", "name: '  '", "the text is blank", "small.yaml:9, name"),
    ("name: rotor magnets", "name:", "an empty value", "small.yaml:9, name"),
    ("share: 0.2", "share: {uniform: [0.4, 0.6]}", "add up to 1.3 at their medians", "small.yaml:15, suppliers"),
    ("per_week: 100", "per_week: 0", "0 is out of range", "small.yaml:6, per_week"),
    ("per_week: 100", "per_week: .inf", "inf is not finite", "small.yaml:6, per_week"),
    ("grade: NdFeB grade SH (150 C)", "form: magnet", "neither a grade nor a composition", "grade"),
    ("cover_weeks: {uniform", "cover_week: {uniform", "unknown key 'cover_week'", "small.yaml:12, cover_week"),
    ("unit: pumps", "unit: pumps\n    source: nobody", "unknown source 'nobody'", "small.yaml:8, source"),
    ("per_week: 100", "per_week: many", "'many' is not a number", "small.yaml:6, per_week"),
    ("name: small-firm", "name: Small Firm", "does not fit", "small.yaml:1, name"),
    ("title: A small firm\n", "", "missing", "small.yaml:1, title"),
]


@pytest.mark.parametrize(("old", "new", "what", "where"), FAULTS, ids=[f"{f[1][:28]}-{f[2][:12]}" for f in FAULTS])
def test_a_fault_is_told_with_its_place(world: World, old: str, new: str, what: str, where: str) -> None:
    with pytest.raises(RecordError) as caught:
        parse_firm(changed(old, new), "small.yaml", world)
    assert what in caught.value.what
    assert where in caught.value.where
    assert caught.value.where.startswith("small.yaml:")


def test_the_nearest_name_and_the_bloc_of_a_country_are_offered(world: World) -> None:
    for old, new, cure in (
        ("cover_weeks: {uniform", "cover_week: {uniform", "cover_weeks"),
        ("bloc: EUU", "bloc: Germany", "Germany lies in bloc EUU"),
        ("grade: NdFeB grade SH (150 C)", "grade: NdFeB grade SG (150 C)", "NdFeB grade SH (150 C)"),
        ("grade: NdFeB grade SH (150 C)", "composition: {Neodymium: 0.3}", "write Nd"),
        ("grade: NdFeB grade SH (150 C)", "composition: {Nd: 30}", "write 0.3 if 30 % is meant"),
        ("grade: NdFeB grade SH (150 C)", "composition: {Nd: '30 %'}", "write 0.3 for a share"),
        ("share: 0.8", "share: 80", "write 0.8 if 80 % is meant"),
        ("share: 0.2", "note: no share", "one without counts as 1"),
    ):
        with pytest.raises(RecordError) as caught:
            parse_firm(changed(old, new), "small.yaml", world)
        assert cure in caught.value.cure


def test_shares_that_are_off_by_rounding_are_shares(world: World) -> None:
    third = changed("share: 0.8", "share: 0.333").replace("share: 0.2", "share: 0.666")
    firm = parse_firm(third, "small.yaml", world)
    assert [s.share for s in firm.products[0].parts[0].suppliers] == [0.333, 0.666]


def test_a_missing_key_is_told_with_what_it_means(world: World) -> None:
    with pytest.raises(RecordError, match="the key is missing") as caught:
        parse_firm(changed("        cover_weeks: {uniform: [1, 3]}\n", ""), "small.yaml", world)
    assert caught.value.where == "small.yaml:9, cover_weeks"
    assert caught.value.expected == "cover_weeks: Stock at the plant, in weeks of use"


def test_an_oxide_holds_as_much_of_its_element_as_chemistry_says(world: World) -> None:
    form = "form: oxide\n        composition: "
    pure = 2 * 144.242 / (2 * 144.242 + 3 * 15.999)
    parse_firm(changed("grade: NdFeB grade SH (150 C)", f"{form}{{Nd: {pure - 1e-4}}}"), "small.yaml", world)
    with pytest.raises(RecordError) as caught:
        parse_firm(changed("grade: NdFeB grade SH (150 C)", f"{form}{{Nd: {pure + 1e-3}}}"), "small.yaml", world)
    assert caught.value.expected == "at most 0.857 of Nd if pure"


def test_an_empty_bill_of_materials_is_refused(world: World) -> None:
    head = SMALL.split("    parts:")[0]
    with pytest.raises(RecordError, match="the bill of materials is empty") as caught:
        parse_firm(f"{head}    parts: []\n", "small.yaml", world)
    assert caught.value.where == "small.yaml:8, parts"


def test_files_that_are_no_firm_are_refused(world: World, tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="there is no such file"):
        load_firm(tmp_path / "none.yaml", world)
    for name, raw, what in (
        ("binary.yaml", b"\x89PNG\r\n\x1a\n\x00", "not UTF-8"),
        ("list.yaml", b"- a\n- b\n", "not a mapping"),
        ("broken.yaml", b"name: [a\n", "not well-formed YAML"),
        ("empty.yaml", b"", "the file is empty"),
    ):
        (tmp_path / name).write_bytes(raw)
        with pytest.raises(DidymiumError, match=what):
            load_firm(tmp_path / name, world)
    with pytest.raises(UnknownName, match="did you mean car-maker"):
        load_firm("car-makr", world)


def test_a_firm_made_in_python_is_checked_too(world: World) -> None:
    firm = parse_firm(SMALL, "small.yaml", world)
    check_firm(firm, world)
    with pytest.raises(RecordError, match="unknown bloc 'XXX'"):
        check_firm(Firm.model_validate(firm.model_dump() | {"bloc": "XXX"}), world)
