"""The race as records and as tables: units in the keys, gaps as None, a headline that is computed."""

from __future__ import annotations

import dataclasses
import json
import math

import pytest

from didymium.chain.outlook import HORIZON_Y, Outlook
from didymium.report.numbers import amount, bare_percent, joined, mass, money, percent, year_or
from didymium.report.race_table import (
    headline,
    lede,
    project_rows,
    race_columns,
    race_records,
    race_rows,
    race_table_data,
)
from didymium.report.standing import GROUPS, Race
from didymium.words import languages, say_in
from didymium.world import World

UNITS = ("_pct", "_t_reo_per_y", "_y")
PLAIN = {"bloc", "basket", "year", "largest_supplier", "projects_live", "projects_without_capacity"}
YEARS = {"first_year_half_own_need", *(f"first_year_band{b}_{e}" for b in (50, 90) for e in ("low", "high"))}


def with_outlook(raced: Race, bloc: str, **changes: object) -> Race:
    """The race with another outlook on Nd + Pr for one bloc."""
    standing = raced.of(bloc)
    old = standing.groups["ndpr"]
    new = dataclasses.replace(old, outlook=dataclasses.replace(old.outlook, **changes))
    other = dataclasses.replace(standing, groups=standing.groups | {"ndpr": new})
    return dataclasses.replace(raced, standings=tuple(other if s.bloc == bloc else s for s in raced.standings))


def test_records_are_one_per_bloc_and_basket_and_flat(raced: Race) -> None:
    records = race_records(raced)
    assert [(r["bloc"], r["basket"]) for r in records] == [(s.bloc, g) for s in raced.standings for g in GROUPS]
    assert len({tuple(r) for r in records}) == 1
    assert json.loads(json.dumps(records, allow_nan=False)) == records


def test_every_key_carries_its_unit(raced: Race) -> None:
    free = {k for k in race_records(raced)[0] if not k.endswith(UNITS)} - PLAIN - YEARS
    assert free == {"projects_expected_by_2030", f"binding_in_{HORIZON_Y}"}


def test_gaps_are_none_and_zeros_are_zero(raced: Race) -> None:
    record = next(r for r in race_records(raced) if (r["bloc"], r["basket"]) == ("USA", "dytb"))
    assert record["share_mine_pct"] is None and record["output_mine_t_reo_per_y"] is None
    assert record["own_need_mine_pct"] is None
    assert record["share_metal_pct"] == 0.0 and record["first_year_half_own_need"] is None


@pytest.mark.parametrize("group", GROUPS)
def test_shares_in_percent_add_up(raced: Race, group: str) -> None:
    records = [r for r in race_records(raced) if r["basket"] == group]
    for stage in ("separate", "metal", "magnet", "use"):
        assert sum(float(str(r[f"share_{stage}_pct"])) for r in records) == pytest.approx(100, abs=0.05)


def test_records_agree_with_the_standing(raced: Race) -> None:
    record = next(r for r in race_records(raced) if (r["bloc"], r["basket"]) == ("USA", "ndpr"))
    g = raced.of("USA").groups["ndpr"]
    ahead = g.outlook.dependence[:, g.outlook.years.index(2035)]
    assert record["use_t_reo_per_y"] == round(g.use_t, 2)
    assert record["dependence_2035_median_pct"] == pytest.approx(100 * ahead[2], abs=1e-3)
    assert record["dependence_2035_band90_low_pct"] == pytest.approx(100 * ahead[0], abs=1e-3)
    assert record["binding_in_2045"] == ["metal"]


@pytest.mark.parametrize("lang", languages())
@pytest.mark.parametrize("group", GROUPS)
def test_tables_for_people_are_whole(world: World, raced: Race, group: str, lang: str) -> None:
    say = say_in(lang)
    names = [name for name, _ in race_columns(say)]
    rows = race_rows(world, raced, group, say)
    assert len(set(names)) == len(names)
    assert len(rows) == 18 and all(len(row) == len(names) for row in rows)
    assert all(cell and "nan" not in cell and "None" not in cell and "{" not in cell for row in rows for cell in row)
    data = race_table_data(world, raced, group, say)
    assert data.columns == tuple(names) and len(data.units) == len(names)


def test_a_gap_is_a_dash_and_what_is_little_is_not_nothing(world: World, raced: Race) -> None:
    say = say_in("en")
    rows = {row[0]: row for row in race_rows(world, raced, "dytb", say)}
    assert rows["United States"][1] == "–" and rows["United States"][3] == "0"
    assert rows["India"][1] == "<1"
    assert rows["Japan"][9] == "–"  # no live project
    assert rows["China"][6] != "0"


def test_a_bloc_that_uses_nothing_has_no_year(world: World, raced: Race) -> None:
    standing = raced.of("KAZ")
    idle = dataclasses.replace(
        standing.groups["ndpr"],
        use_t=0.0,
        dependence=math.nan,
        cover=math.nan,
        exposure=math.nan,
        supplier="",
        own_need=dict.fromkeys(standing.groups["ndpr"].own_need, math.nan),
    )
    other = dataclasses.replace(standing, groups=standing.groups | {"ndpr": idle})
    changed = dataclasses.replace(raced, standings=(other,))
    (row,) = race_rows(world, changed, "ndpr", say_in("en"))
    assert row[6:9] == ("–", "–", "–") and row[-1] == "–"
    record = race_records(changed)[0]
    assert record["dependence_pct"] is record["n_minus_1_cover_pct"] is record["largest_supplier"] is None
    assert record["own_need_mine_pct"] is None and record["use_t_reo_per_y"] == 0.0


def test_the_year_shows_its_bands_where_they_differ(world: World, raced: Race) -> None:
    changed = with_outlook(raced, "USA", first_year=2034, band50=(2032, 2039), band90=(2030, None))
    rows = {row[0]: row for row in race_rows(world, changed, "ndpr", say_in("en"))}
    assert rows["United States"][-1] == "2034 (2032–2039; 2030–>2045)"
    assert rows["Japan"][-1] == ">2045"
    assert rows["China"][-1] == "already"


def test_the_headline_is_computed(world: World, raced: Race) -> None:
    en = say_in("en")
    alone = headline(world, raced, en)
    assert "no other bloc can supply half of its own need before 2046" in alone
    assert alone.startswith("China sinters 93")
    one = headline(world, with_outlook(raced, "USA", first_year=2035), en)
    assert "half of its own need is in reach for United States alone before 2046" in one
    assert "no other bloc" not in one
    two = with_outlook(with_outlook(raced, "USA", first_year=2035), "JPN", first_year=2040)
    assert "United States and Japan" in headline(world, two, en)
    assert "美国和日本" in headline(world, two, say_in("zh"))


def test_the_leader_of_the_headline_is_the_largest_maker(world: World, raced: Race) -> None:
    japan = raced.of("JPN")
    g = japan.groups["ndpr"]
    bigger = dataclasses.replace(g, shares=g.shares | {"magnet": 0.97})
    other = dataclasses.replace(japan, groups=japan.groups | {"ndpr": bigger})
    changed = dataclasses.replace(raced, standings=tuple(other if s.bloc == "JPN" else s for s in raced.standings))
    text = headline(world, changed, say_in("en"))
    assert text.startswith("Japan sinters 97")
    assert "China" in text  # now one of those that can


def test_the_lede_counts_published_figures_and_not_assumptions(raced: Race) -> None:
    published = [r for r in raced.flows.residuals if r.grade in ("A", "B", "C")]
    assert 0 < len(published) < len(raced.flows.residuals)
    assert f"reconciled from {len(published)} published figures" in lede(raced, say_in("en"))


def test_projects_as_records(raced: Race) -> None:
    rows = project_rows(raced.live)
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows
    assert len(rows) == len(raced.live)
    assert all(0 <= float(str(r["probability_by_end_2030"])) <= 1 for r in rows)
    assert any(r["median_start_y"] is None for r in rows)


@pytest.mark.parametrize(
    ("fraction", "shown"),
    [(0.0, "0"), (1e-9, "<1"), (0.0099, "<1"), (0.01, "1"), (0.5, "50"), (0.999, "99"), (1.0, "100"), (math.nan, "–")],
)
def test_percentages_never_round_to_none_or_all(fraction: float, shown: str) -> None:
    assert bare_percent(say_in("en"), fraction) == bare_percent(say_in("zh"), fraction) == shown


def test_numbers_follow_the_language() -> None:
    en, zh = say_in("en"), say_in("zh")
    assert percent(en, 0.0512, digits=1) == "5.1\u00a0%" and percent(zh, 0.0512, digits=1) == "5.1%"
    assert percent(en, 1.32) == "132\u00a0%"
    assert percent(en, 0.9999, digits=1) == "99.9\u00a0%"
    assert amount(en, 1_234_567.0, "t") == "1,230,000 t" and amount(en, None) == amount(en, math.inf) == "–"
    assert joined(en, ["a", "b", "c"]) == "a, b and c" and joined(zh, ["甲", "乙", "丙"]) == "甲、乙和丙"
    assert joined(en, []) == "" and joined(en, ["a"]) == "a"
    sums = {1140.0: "1,140", 0.5: "0.5", 999_400.0: "999,000", 999_600.0: "1 million", 2.345e9: "2.35 billion"}
    for usd, shown in sums.items():
        assert money(en, usd).replace("\u00a0", " ") == f"US$ {shown}"
    assert money(zh, 1140.0) == "1,140美元" and money(en, math.nan) == "–"
    weights = {0.0456: "45.6 g", 0.9996: "1 kg", 32.0: "32 kg", 1234.0: "1.23 t"}
    assert {kg: mass(en, kg).replace("\u00a0", " ") for kg in weights} == weights
    assert year_or(en, None, 2024, 2045) == ">2045" and year_or(en, 2024, 2024, 2045) == "already"
    assert year_or(zh, 2030, 2024, 2045) == "2030"


def test_an_outlook_knows_its_bloc(raced: Race) -> None:
    for standing in raced.standings:
        for group in GROUPS:
            o = standing.groups[group].outlook
            assert isinstance(o, Outlook) and o.bloc == standing.bloc
