"""The brief: weakest link, rivals about reserves, claims about it; of blocs, of countries inside one, and with gaps."""

from __future__ import annotations

import dataclasses
import json
import math

import pytest

from didymium.claims import core_claims_path, load_claims
from didymium.claims.record import Comparator
from didymium.errors import UnknownName
from didymium.report.brief import Brief, brief, weakest_stages
from didymium.report.brief_text import (
    SIGNS,
    brief_record,
    brief_sentences,
    chance_text,
    claim_rows,
    claim_text,
    definition_word,
    headline,
    verdict_text,
)
from didymium.report.standing import GroupStanding, Race, Standing, clock_sources
from didymium.words import Say, languages, say_in
from didymium.world import World

EN, ZH = say_in("en"), say_in("zh")


@pytest.fixture(scope="module")
def russia(world: World, raced: Race) -> Brief:
    return brief(world, "RUS")


def text_of(world: World, b: Brief, say: Say = EN) -> str:
    return "\n".join((headline(world, b, say), *brief_sentences(world, b, say)))


def with_group(b: Brief, **changes: object) -> Brief:
    """The brief of a bloc whose standing on Nd + Pr reads otherwise."""
    old = b.standing
    new = dataclasses.replace(old, groups=old.groups | {"ndpr": dataclasses.replace(old.groups["ndpr"], **changes)})
    standings = tuple(new if s.bloc == b.bloc else s for s in b.race.standings)
    return dataclasses.replace(b, race=dataclasses.replace(b.race, standings=standings))


# --- Russia -------------------------------------------------------------------------------------------


def test_the_headline_names_what_russia_lacks(world: World, russia: Brief) -> None:
    said = headline(world, russia, EN).replace("\u00a0", " ")
    assert said == "Russia lacks for Nd + Pr: separation, reduction to metal and sintering of magnets"
    assert headline(world, russia, ZH) == "俄罗斯的钕+镨链条缺少：分离、金属冶炼和磁体烧结"


def test_rivals_about_russian_reserves_stand_side_by_side(world: World, russia: Brief) -> None:
    own = russia.own_reserves
    assert own is not None and russia.used is not None
    by_value = {f.value: f.definition for f in own.figures}
    assert by_value[3_800_000] == "reserve" and by_value[28_500_000] == "state_balance"
    assert russia.used.figure.value == 3_800_000
    said = text_of(world, russia)
    assert "3,800,000 t REO by default (reserve, USGS MCS 2026" in said
    assert "run from 3,800,000 to 28,700,000 t REO" in said


def test_tomtor_is_a_deposit_of_its_own_with_its_misreading(world: World, russia: Brief) -> None:
    parts = {x.place: x for x in russia.part_reserves}
    assert "Tomtor (Buranny)" in parts
    misread = next(f for f in parts["Tomtor (Buranny)"].figures if f.definition.startswith("misread"))
    assert misread.unit == "t ore" and misread.value == 11_400_000
    assert definition_word(EN, misread.definition) == "misread (ore)"
    assert definition_word(ZH, misread.definition) == "误读（矿石）"


def test_claims_about_russia_are_those_that_name_it(russia: Brief) -> None:
    ids = [f.claim.id for f in russia.findings]
    assert {"A-01", "A-02", "A-03", "A-08", "A-11"} <= set(ids) and not {"A-17", "B-04"} & set(ids)
    order = [c.id for c in load_claims(core_claims_path()).claims]
    assert ids == [i for i in order if i in ids]


def test_live_projects_of_russia(world: World, russia: Brief) -> None:
    assert {r.record.country for r in russia.live} == {"RUS"}
    assert f"Live projects: {len(russia.live)}; expected to produce by the end of 2030" in text_of(world, russia)


def test_sources_are_of_what_is_said(world: World, russia: Brief) -> None:
    assert clock_sources(world) <= russia.sources
    used = {s for x in russia.reserves for s in x.sources} | {s for f in russia.findings for s in f.sources}
    assert used <= russia.sources
    assert len(world.bibliography(russia.sources)) == len(russia.sources)


# --- other places -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "bloc", "its_name"), [("DEU", "EUU", "European Union"), ("NOR", "ROW", "Rest of world")]
)
def test_a_country_inside_a_bloc_is_not_given_the_figures_of_the_bloc(
    world: World, raced: Race, place: str, bloc: str, its_name: str
) -> None:
    b = brief(world, place)
    assert (b.place, b.bloc) == (place, bloc)
    assert headline(world, b, EN).startswith(its_name)
    first, second, *_ = brief_sentences(world, b, EN)
    assert "is counted within the bloc" in first and its_name in first
    assert second.startswith(its_name)
    assert {r.record.country for r in b.live} <= {place}
    assert len(b.live) < len(raced.of(bloc).live)


def test_deposits_of_a_country_without_a_figure_of_its_own_are_named(world: World, raced: Race) -> None:
    b = brief(world, "NOR")
    assert b.used is None and b.own_reserves is None
    assert "there are figures for Fen." in text_of(world, b)


def test_a_bloc_without_any_reserve_figure_says_so(world: World, raced: Race) -> None:
    b = brief(world, "JPN")
    assert b.reserves == () and b.used is None
    assert "No figure for its reserves is at hand." in brief_sentences(world, b, EN)


def test_a_figure_that_is_withheld_is_not_used(world: World, raced: Race) -> None:
    """Kazakhstan stands in the table as not listed: a row without a value."""
    b = brief(world, "KAZ")
    assert b.own_reserves is not None and all(f.value is None for f in b.own_reserves.figures)
    assert b.used is None
    assert "No figure for its reserves as a whole" in text_of(world, b)


def test_countries_inside_a_bloc_keep_their_own_reserves(world: World, raced: Race) -> None:
    africa = brief(world, "AFR")
    assert {"ZAF", "TZA"} <= {x.place for x in africa.part_reserves}
    assert "South Africa" in text_of(world, africa)


def test_other_countries_of_an_edition_are_not_the_rest_of_the_world(world: World, raced: Race) -> None:
    assert {r.text("place") for r in world.rows("reserves", place="ROW")} == {"ROW"}
    b = brief(world, "ROW")
    assert b.own_reserves is None and b.used is None
    assert "GRL" in {x.place for x in b.part_reserves}


def test_a_bloc_without_live_projects_stands_on_no_project_on_record(world: World, raced: Race) -> None:
    b = brief(world, "JPN")
    assert b.live == ()
    assert "No live project is known." in brief_sentences(world, b, EN)
    assert not clock_sources(world) <= b.sources


def test_china_is_told_its_weakest_link_and_that_it_is_there_already(world: World, raced: Race) -> None:
    said = text_of(world, brief(world, "China")).replace("\u00a0", " ")
    assert "China: the weakest link for Nd + Pr is mining, enough for 131 % of its own need" in said
    assert "Home output already carries half of its own need or more in 2024." in said


def idle(g: GroupStanding) -> dict[str, object]:
    nothing = dict.fromkeys(g.own_need, math.nan)
    return {"use_t": 0.0, "own_need": nothing, "dependence": math.nan, "cover": math.nan, "supplier": ""}


def test_a_bloc_that_uses_nothing_is_not_called_dependent(world: World, raced: Race) -> None:
    b = brief(world, "KAZ")
    b = with_group(b, **idle(b.standing.groups["ndpr"]))
    assert headline(world, b, EN).replace("\u00a0", " ") == "Kazakhstan: next to no Nd + Pr used in goods with magnets"
    said = text_of(world, b)
    assert "supplier" not in said and "draw" not in said and "nan" not in said


def test_the_outlook_sentence_follows_the_draws(world: World, russia: Brief) -> None:
    o = russia.standing.groups["ndpr"].outlook
    never = text_of(world, russia)
    assert "no draw reaches half of its own need by 2045" in never
    for stage in ("separation", "reduction to metal", "sintering of magnets"):
        assert stage in never.split("what binds then")[1]
    late = with_group(russia, outlook=dataclasses.replace(o, first_year=2038, reached=0.6))
    assert "60\u00a0% of the draws" in text_of(world, late) and "the median year is 2038" in text_of(world, late)


def test_weakest_stages_pass_over_gaps(raced: Race) -> None:
    american = raced.of("USA")
    missing, weakest, share = weakest_stages(american, "dytb")
    assert "mine" not in missing and weakest == "metal" and share == 0
    g = dataclasses.replace(
        american.groups["ndpr"], own_need={"mine": 0.4, "separate": 0.02, "metal": 3.0, "magnet": 1.0}
    )
    one = Standing("USA", american.groups | {"ndpr": g}, ())
    assert weakest_stages(one, "ndpr") == ((), "separate", 0.02)


@pytest.mark.parametrize("lang", languages())
def test_every_place_has_a_brief_in_words(world: World, raced: Race, lang: str) -> None:
    say = say_in(lang)
    listed = {row.text("place") for row in world.rows("reserves")} - {"WLD"}
    for place in sorted(listed | world.blocs_set):
        # Claims are checked elsewhere, and they are what takes long.
        b = dataclasses.replace(brief_without_claims(world, place), findings=())
        said = text_of(world, b, say)
        assert not any(word in said for word in ("nan", "None", "{", "inf ")), place
        assert world.place_name(b.bloc, lang) in said


def brief_without_claims(world: World, place: str) -> Brief:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("didymium.report.brief._findings", lambda *_: ())
        return brief(world, place)


def test_an_unknown_place_offers_the_nearest(world: World) -> None:
    with pytest.raises(UnknownName, match="did you mean"):
        brief(world, "Rusia")


# --- claims and the record ----------------------------------------------------------------------------


def test_claims_are_told_in_words_and_signs(russia: Brief) -> None:
    told = {f.claim.id: claim_text(f.claim, EN) for f in russia.findings}
    assert told["A-01"] == "Russia: policy deadline ≤ 2025-12-01"
    assert told["A-02"] == "Russia: reserves = 3,800,000 t REO"
    assert told["A-06"] == "Russia: share of the market < 1 %"
    assert told["A-12"].endswith("≥ 10,000,000,000 (currency not stated)")
    assert claim_text(next(f.claim for f in russia.findings if f.claim.id == "A-21"), ZH) == "Russia：所需时间 ≥ 5 年"


def test_every_comparator_has_a_sign() -> None:
    assert set(SIGNS) == set(Comparator.__args__)


@pytest.mark.parametrize("lang", languages())
def test_claims_fill_their_columns(russia: Brief, lang: str) -> None:
    rows = claim_rows(russia.findings, say_in(lang))
    assert [row[0] for row in rows] == [f.claim.id for f in russia.findings]
    assert all(len(row) == 6 and row[3] for row in rows)
    assert not any("_" in str(row[1]) for row in rows)


def test_a_claim_about_the_past_has_no_chance_and_a_target_never_none(russia: Brief) -> None:
    by_id = {f.claim.id: f for f in russia.findings}
    assert chance_text(by_id["A-02"], EN) is None
    assert claim_rows((by_id["A-02"],), EN)[0][4] == "–"
    assert chance_text(by_id["A-11"], EN) == "<0.1\u00a0%"
    assert verdict_text(by_id["A-10"], ZH).count("；") == 1


def test_the_record_is_plain_and_whole(russia: Brief) -> None:
    from didymium.console import _plain

    record = brief_record(russia)
    json.dumps(_plain(record), allow_nan=False)
    assert set(record) == {"place", "bloc", "standing", "forms", "projects", "reserves", "claims", "sources"}
    assert set(record["standing"]) == {"ndpr", "dytb"}  # type: ignore[call-overload]
    values = {(f["scope"], f["value"]) for f in record["reserves"]}  # type: ignore[attr-defined]
    assert {("RUS", 3_800_000), ("RUS", 28_500_000), ("Tomtor", 4_000_000)} <= values
    assert len(record["claims"]) == len(russia.findings)  # type: ignore[arg-type]
    assert record["sources"] == sorted(russia.sources)
