"""Whom a scenario asks about: what its tables and pages head, and how far a bloc that is named stands alone."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import numpy as np
import pytest
from scenario_files import HEAD
from typer.testing import CliRunner

from didymium.cli import app
from didymium.ensemble.market_task import market_task
from didymium.ensemble.series import Series
from didymium.errors import DidymiumError
from didymium.market.results import LEAST_USE_T_PER_Y, MAGNET_BASKET
from didymium.market.year_flows import year_flows
from didymium.report.simulation import extreme
from didymium.world import World
from didymium.world.scenario import dump_scenario, fingerprint, load_scenario, parse_scenario
from didymium.world.scenario_fields import Shows

SHORT = "name: short\nquestion: q?\nbase: go-alone\nstart: 2024-01\nend: 2026-12\n"


def ask(*words: str | Path) -> str:
    result = CliRunner().invoke(app, [*map(str, words)], env={"COLUMNS": "160"}, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def shown(*words: str | Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(ask("simulate", *words, "--csv"))))


@pytest.fixture
def short(tmp_path: Path) -> Path:
    path = tmp_path / "short.yaml"
    path.write_text(SHORT)
    return path


def test_one_name_or_several_are_read_and_written_back(world: World) -> None:
    scenario = parse_scenario(HEAD + "shows: {blocs: RUS, elements: [Nd, Dy]}\n", "my.yaml", world)
    assert scenario.shows == Shows(blocs=("RUS",), elements=("Nd", "Dy"))
    assert parse_scenario(dump_scenario(scenario), "my.yaml", world) == scenario
    assert parse_scenario(HEAD, "my.yaml", world).shows == Shows()


def test_what_a_base_shows_is_taken_over_unless_the_file_says_otherwise(world: World) -> None:
    base = load_scenario("go-alone", world).shows
    assert base.blocs == ("RUS",) and base.elements
    assert load_scenario("cooperate", world).shows == base
    other = parse_scenario(SHORT + "shows: {blocs: [KAZ]}\n", "my.yaml", world).shows
    assert other == Shows(blocs=("KAZ",), elements=base.elements)
    assert parse_scenario(SHORT + "shows: {blocs: []}\n", "my.yaml", world).shows.blocs == ()


def test_members_do_not_hang_on_what_is_shown_of_them(world: World) -> None:
    plain, other = (parse_scenario(HEAD + t, "my.yaml", world) for t in ("", "shows: {blocs: JPN}\n"))
    assert fingerprint(plain) == fingerprint(other)


@pytest.mark.parametrize(
    ("text", "key", "what", "cure"),
    [
        ("{blocs: [RUSS]}", "blocs", "unknown bloc 'RUSS'", "did you mean RUS?"),
        ("{blocs: [Germany]}", "blocs", "unknown bloc 'Germany'", "Germany lies in bloc EUU"),
        ("{blocs: [RUS, RUS]}", "blocs", "'RUS' is listed twice", ""),
        ("{elements: [neodymium]}", "elements", "unknown element 'neodymium'", "write Nd"),
        ("{elements: [Nd, Eu]}", "elements", "the market tells no price of Eu", "take an element that is traded"),
        ("{bloc: [RUS]}", "bloc", "unknown key 'bloc'", "did you mean 'blocs'?"),
        ("[RUS]", "shows", "does not fit", "write a line such as key: value"),
    ],
)
def test_what_cannot_be_shown_is_refused_at_its_line(text: str, key: str, what: str, cure: str, world: World) -> None:
    with pytest.raises(DidymiumError) as caught:
        parse_scenario(f"{HEAD}shows: {text}\n", "my.yaml", world)
    assert caught.value.where == f"my.yaml:5, {key}"
    assert what in caught.value.what and cure in caught.value.cure and caught.value.expected


def test_the_bloc_of_the_scenario_heads_its_tables_and_where_comes_before_it(short: Path) -> None:
    rows = shown(short)
    assert {r["bloc"] for r in rows} == {"", "RUS"}
    assert {r["element"] for r in rows} == {"", "Nd", "Dy"}
    assert {"magnets", "home_made", "dependence", "unmet"} == {r["output"] for r in rows if r["bloc"] == "RUS"}
    assert {r["stage"] for r in rows if r["output"] == "home_made"} == {"separate", "metal", "magnet"}
    other = shown(short, "--where", "bloc=Japan", "--where", "stage=mine", "--where", "basket=dytb")
    assert {r["bloc"] for r in other} == {"", "JPN"} and {r["element"] for r in other} == {"", "Nd", "Dy"}
    assert {(r["stage"], r["basket"]) for r in other if r["bloc"]} == {("", ""), ("mine", ""), ("", "dytb")}


def test_a_scenario_that_names_no_bloc_keeps_its_table_short(short: Path) -> None:
    short.write_text(SHORT.replace("go-alone", "baseline-2024"))
    rows = shown(short)
    assert {r["bloc"] for r in rows} == {"", "USA", "EUU", "IND"}
    assert not {"magnets", "home_made", "dependence"} & {r["output"] for r in rows}
    assert "Made at home" not in ask("simulate", short)


@pytest.mark.parametrize(
    ("lang", "row", "note"), [("en", "Made at home, Russia: oxide", "had made itself"), ("zh", "本地制造", "份额")]
)
def test_table_and_page_tell_what_the_bloc_makes_itself(
    short: Path, tmp_path: Path, lang: str, row: str, note: str
) -> None:
    page = tmp_path / "page.html"
    told = ask("simulate", short, "--runs", "2", "--workers", "1", "--lang", lang, "--page", page)
    drawn = page.read_text(encoding="utf-8")
    assert row in told and note in told
    assert row in drawn and note in drawn
    assert all(f'id="figure-{key}-RUS"' in drawn for key in ("magnets", "home-made", "dependence"))
    assert not re.search(r"[MLHV ]nan\b|>nan<", drawn), "no metal is taken before 2027: a gap is not drawn"


def test_a_partnership_of_decades_turns_no_year_into_another() -> None:
    alone, together = (
        next(x for x in ask("simulate", n).splitlines() if "Series" in x) for n in ("go-alone", "cooperate")
    )
    assert alone.split() == together.split() and "2036" in alone


def test_data_scenario_names_whom_it_shows() -> None:
    assert "simulate shows Russia, Nd, Dy." in ask("data", "scenario", "go-alone")
    assert "simulate shows" not in ask("data", "scenario", "full-stop")


def test_what_is_made_at_home_is_that_of_the_flows_of_the_year(world: World) -> None:
    """The last year is half as long; where next to nothing arrives there is a gap."""
    task = market_task(world, parse_scenario(SHORT.replace("2026-12", "2026-06"), "short.yaml", world))
    run, found = task.scene.run({}, None), task.run({}, None)["home_made"]
    for year, length_y in ((2024, 1.0), (2026, 0.5)):
        flows = year_flows(run, year)
        for k, form in enumerate(("concentrate", "mixed", "oxide", "metal", "magnet", "product")):
            trade = flows.trade[form] @ MAGNET_BASKET
            came = trade.sum(axis=0)
            enough = came >= LEAST_USE_T_PER_Y * length_y
            told = found[12 * (year - 2024), k]
            np.testing.assert_allclose(told[enough], np.diag(trade)[enough] / came[enough], atol=1e-12)
            assert np.isnan(told[~enough]).all()
    russia, stages = task.coords["bloc"].index("RUS"), task.coords["stage"]
    assert np.isnan(found[0, stages.index("metal"), russia]), "nobody there sinters magnets in 2024"
    assert found[0, stages.index("mine"), russia] == 1, "it cracks its own ore alone"


def test_a_gap_is_no_extreme() -> None:
    values = np.array([[np.nan, 0.2, 0.4], [np.nan, np.nan, np.nan]])
    np.testing.assert_array_equal(extreme(Series("home_made"), values), [0.4, np.nan])
    np.testing.assert_array_equal(extreme(Series("dependence"), values), [0.2, np.nan])
