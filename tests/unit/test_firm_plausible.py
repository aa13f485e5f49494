"""Figures of a firm that cannot be meant: what is remarked on, with its line and what is usual, and what is refused."""

from __future__ import annotations

import datetime as dt

import pytest
from firms import SMALL, changed

from didymium.chain.reconcile import base_year
from didymium.errors import RecordError
from didymium.market.behaviour import read_behaviour
from didymium.market.build import build_model
from didymium.market.firm_file import firms
from didymium.market.firm_plausible import check_possible, remarks
from didymium.market.firm_read import in_python, parse_firm, read_firm
from didymium.market.plausible import Remark, Usual, usual_in
from didymium.report.remarks import remark_text
from didymium.words import say_in
from didymium.world import World

GRADE = "grade: NdFeB grade SH (150 C)"
HEAD = "            tiers:"
REGIME = dt.date(2025, 4, 4)


@pytest.fixture(scope="module")
def usual(world: World) -> Usual:
    return usual_in(world, build_model(world, base_year(world, 2024), read_behaviour(world), years=1))


def told(text: str, usual: Usual) -> tuple[Remark, ...]:
    firm = parse_firm(text, "small.yaml", usual.world)
    return remarks(firm, usual, lambda way: ".".join(map(str, way)), REGIME, 104)


def test_the_sample_firms_and_a_small_one_are_as_usual(world: World, usual: Usual) -> None:
    for name in firms():
        found = read_firm(name, world)
        check_possible(found.firm, usual, found.where)
        assert remarks(found.firm, usual, found.where, REGIME, 104) == ()
    assert told(SMALL, usual) == ()


PART = "products.0.parts.0"
ODD = [
    ("cover_weeks: {uniform: [1, 3]}", "cover_weeks: 400", f"{PART}.cover_weeks", "weeks", "26 weeks, missile-seeker"),
    ("transit_weeks: 4", "transit_weeks: 28", f"{PART}.suppliers.0.transit_weeks", "weeks", "8 weeks, wind-turbine"),
    ("delay_weeks: 0.5", "delay_weeks: 30", f"{PART}.suppliers.0.tiers.0.delay_weeks", "weeks", "8 weeks"),
    ("lead_weeks: 20", "lead_weeks: 900", f"{PART}.second_source.lead_weeks", "weeks", "104 weeks"),
    ("lead_weeks: 40", "lead_weeks: 900", f"{PART}.heavy_free.lead_weeks", "weeks", "208 weeks"),
    (GRADE, "composition: {Nd: 0.1, Dy: 0.3}", f"{PART}.composition.Dy", "element", "at most 11 %"),
    (GRADE, "composition: {Nd: 0.4, Pr: 0.1}", f"{PART}.composition", "content", "25 % to 34 %"),
    (GRADE, "composition: {Nd: 0.003}", f"{PART}.composition", "content", "0.3 % of the magnet"),
    ("kg_per_unit: 0.5", "kg_per_unit: 400", f"{PART}.kg_per_unit", "use_bloc", "all of EUU"),
    ("kg_per_unit: 0.5", "kg_per_unit: 5000", f"{PART}.kg_per_unit", "use_world", "of what the world makes"),
    ("per_week: 100", "per_week: 1000000", f"{PART}.kg_per_unit", "use_world", "per_week (units a week)"),
    ("kg_per_unit: 0.5", "kg_per_unit: 0.0001", f"{PART}.kg_per_unit", "use_low", "520 g"),
    ("price_usd_per_kg: 80", "price_usd_per_kg: 0.08", f"{PART}.price_usd_per_kg", "price_low", "US$ 0.08"),
    ("price_usd_per_kg: 80", "price_usd_per_kg: 80000", f"{PART}.price_usd_per_kg", "price_high", "US$ 80,000"),
    ("bloc: EUU", "bloc: EUU\nholding_percent_per_y: 0.1", "holding_percent_per_y", "holding_low", "10 % if a share"),
    ("bloc: EUU", "bloc: EUU\nholding_percent_per_y: 800", "holding_percent_per_y", "holding_high", "800 % a year"),
    (
        HEAD,
        f"            licence: {{filed: 1990-01-01}}\n{HEAD}",
        f"{PART}.suppliers.0.licence.filed",
        "filed_early",
        "counts as filed on 2025-04-04",
    ),
    (
        HEAD,
        f"            licence: {{filed_after_days: 1000}}\n{HEAD}",
        f"{PART}.suppliers.0.licence.filed_after_days",
        "filed_late",
        "beyond the 104 weeks",
    ),
]


@pytest.mark.parametrize(("old", "new", "where", "key", "words"), ODD, ids=[f"{o[3]}-{o[1][:24]}" for o in ODD])
def test_a_figure_out_of_the_usual_is_remarked_on(
    usual: Usual, old: str, new: str, where: str, key: str, words: str
) -> None:
    (found,) = told(changed(old, new), usual)
    assert (found.where, found.key) == (where, key)
    text = remark_text(found, say_in("en")).replace("\u00a0", " ")
    assert text.startswith(f"warning: {where}: ") and words in text
    assert where in remark_text(found, say_in("zh"))


def test_what_the_world_makes_is_the_share_that_is_told(usual: Usual) -> None:
    (found,) = told(changed("kg_per_unit: 0.5", "kg_per_unit: 5000"), usual)
    # Of the two elements dysprosium is the scarcer: 3 % of 100 magnets of 5 t a week.
    assert found.values["element"] == "Dy"
    assert found.values["year_kg"] == pytest.approx(0.03 * 100 * 5000 * 52)
    share, world_kg = found.values["share"], found.values["world_kg"]
    assert isinstance(share, float) and share * float(world_kg) == pytest.approx(found.values["year_kg"])


def test_a_plant_that_the_world_could_not_feed_is_refused(world: World, usual: Usual) -> None:
    for text in (changed("kg_per_unit: 0.5", "kg_per_unit: 500000"), changed("per_week: 100", "per_week: 1e300")):
        firm = parse_firm(text, "small.yaml", world)
        with pytest.raises(RecordError, match="times the Dy that the world makes") as caught:
            check_possible(firm, usual, in_python(firm))
        assert caught.value.where == "small-firm, products[0], parts[0], kg_per_unit"
        assert "kg, not g" in caught.value.cure
    check_possible(parse_firm(changed("kg_per_unit: 0.5", "kg_per_unit: 5000"), "s.yaml", world), usual, str)


def test_remarks_come_in_the_order_of_the_keys(usual: Usual) -> None:
    text = changed("cover_weeks: {uniform: [1, 3]}", "cover_weeks: 400").replace("lead_weeks: 40", "lead_weeks: 900")
    text = text.replace("bloc: EUU", "bloc: EUU\nholding_percent_per_y: 0.1").replace(GRADE, "composition: {Dy: 0.3}")
    assert [r.key for r in told(text, usual)] == ["holding_low", "element", "weeks", "weeks"]
