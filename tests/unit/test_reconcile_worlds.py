"""Worlds with gaps, splits and mistyped cells: the balance closes, or an error says what to do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from worlds import appended, edited, same

from didymium.chain import reconcile as reconciling
from didymium.chain.capacity import HEADROOM
from didymium.chain.flows import Flows
from didymium.chain.least_squares import Problem, close, solve
from didymium.chain.observe import Context, Observation, observations
from didymium.chain.prior import build_prior
from didymium.chain.reconcile import reconcile
from didymium.chain.stoichiometry import metal_fractions
from didymium.chain.structure import active_blocs, read_links
from didymium.chain.trace import trace
from didymium.errors import SolveError, TableError, UnitError
from didymium.world import ELEMENTS, World


def assert_sound(flows: Flows) -> None:
    assert flows.imbalance() <= 1e-9
    assert all((a >= 0).all() for a in flows.trade.values())
    assert all(np.isfinite(seen.z) for seen in flows.residuals)
    found = trace(flows)
    for bloc, used in zip(flows.blocs, flows.use().sum(axis=1), strict=True):
        if used > 0:
            assert found.stays_within(bloc, flows.blocs) == pytest.approx(1, abs=1e-6), bloc


@pytest.mark.parametrize("capacity", ["0", "1e-9", "0.5", "1e12"])
def test_a_mistyped_capacity_still_closes_and_is_obeyed(tmp_path: Path, capacity: str) -> None:
    """All sintering of South Korea in one cell that lost or gained digits."""
    world = edited(
        tmp_path,
        plants=lambda row: row | {"capacity": capacity} if (row["country"], row["stage"]) == ("KOR", "magnet") else row,
    )
    flows = reconcile(world)
    assert_sound(flows)
    assert ("magnet", "KOR") not in flows.capacity_unknown
    content = world.rows("contents", good="magnet")[0].number("content_fraction")
    metal = np.array([metal_fractions(world)[e] for e in ELEMENTS])
    made_t_magnets = flows.output("magnet")[flows.blocs.index("KOR")] @ metal / content
    assert made_t_magnets <= HEADROOM * float(capacity) * (1 + 1e-3) + 1e-3


def test_a_capacity_in_another_unit_is_converted(world: World, tmp_path: Path) -> None:
    def kilotonnes(row: dict[str, str]) -> dict[str, str]:
        if (row["country"], row["stage"]) == ("KOR", "magnet"):
            return row | {"capacity": str(float(row["capacity"]) / 1000), "unit": "kt NdFeB/y"}
        return row

    ours, theirs = reconcile(world), reconcile(edited(tmp_path, plants=kilotonnes))
    np.testing.assert_allclose(theirs.output("magnet"), ours.output("magnet"), rtol=1e-4, atol=0.1)


def test_an_observation_in_another_unit_is_converted(world: World, tmp_path: Path) -> None:
    def kilotonnes(row: dict[str, str]) -> dict[str, str]:
        return row | {"value": str(float(row["value"]) / 1000), "unit": "k" + row["unit"]}

    ours, theirs = reconcile(world), reconcile(edited(tmp_path, observations=kilotonnes))
    np.testing.assert_allclose(theirs.output("magnet"), ours.output("magnet"), rtol=2e-3, atol=1.0)


def test_a_year_without_listed_observations_shares_or_trade_still_closes(tmp_path: Path) -> None:
    def past(row: dict[str, str]) -> dict[str, str]:
        return row | {"year": "1990"}

    flows = reconcile(
        edited(tmp_path, observations=past, shares=past, trade=lambda row: row | {"period": "1990"}), 2024
    )
    assert {seen.kind for seen in flows.residuals} <= {"production", "assay", "magnet_mix"}
    assert_sound(flows)


def test_a_member_state_can_be_split_out(tmp_path: Path) -> None:
    world = edited(
        tmp_path,
        blocs=same,
        activity=same,
        countries=lambda row: row | {"bloc": "DEU"} if row["country"] == "DEU" else row,
    )
    appended(tmp_path, "blocs", bloc="DEU", name="Germany", name_zh="德国", order="19")
    with pytest.raises(TableError, match="gross domestic product for DEU"):
        reconcile(world)
    gdp = {"driver": "gross domestic product", "place": "DEU", "year": "2023", "value": "4.5e12", "unit": "USD"}
    appended(tmp_path, "activity", **gdp, kind="history", source="recalled", grade="D")
    split = World(tmp_path)
    assert len(split.blocs) == 19 and split.bloc_of("DEU") == "DEU"
    flows = reconcile(split)
    assert_sound(flows)
    assert flows.use()[flows.blocs.index("DEU")].sum() > 0
    # Germany sinters but does not separate: its scrap has nowhere to go and must not choke its magnets.
    assert "DEU" in active_blocs(split, "magnet", 2024) - active_blocs(split, "separate", 2024)
    links = read_links(split, 2024)
    assert (links.shares["scrap"][flows.blocs.index("DEU")].sum(axis=0) == 1).all()
    assert not flows.nodes["recycled"][flows.blocs.index("DEU")].any()


def test_ore_that_no_route_takes_is_an_error_and_no_mine_that_vanishes(tmp_path: Path) -> None:
    world = edited(
        tmp_path,
        routes=lambda row: None if (row["exporter"], row["form"]) == ("MMR", "concentrate") else row,
    )
    with pytest.raises(TableError, match="MMR makes concentrate") as caught:
        reconcile(world)
    assert "routes.csv" in str(caught.value) and "cure" in str(caught.value)


def test_routes_that_could_not_be_used_are_listed(world: World) -> None:
    links = read_links(world, 2024)
    for place in links.unused:
        (row,) = [r for r in world.rows("routes") if r.line == int(place.removeprefix("routes.csv:"))]
        assert not links.shares[row.text("form")][
            world.blocs.index(row.text("exporter")), world.blocs.index(row.text("importer"))
        ].any()


def test_a_year_in_which_nobody_mines(world: World) -> None:
    with pytest.raises(TableError, match="1066"):
        reconcile(world, 1066)


@pytest.mark.parametrize(
    ("cells", "error", "said"),
    [
        ({"quantity": "trade"}, TableError, "has no place in the balance"),
        ({"form": "oxid"}, TableError, "'oxid'"),
        ({"unit": "t ore/y"}, UnitError, "t ore/y"),
        ({"unit": "count"}, UnitError, "count"),
    ],
)
def test_an_observation_that_is_not_understood_is_refused(
    tmp_path: Path, cells: dict[str, str], error: type[Exception], said: str
) -> None:
    world = edited(tmp_path, observations=lambda row: row | cells if row["observation"] == "magnet_chn" else row)
    with pytest.raises(error, match=said):
        reconcile(world)


def test_a_yield_of_nothing_is_refused(tmp_path: Path) -> None:
    world = edited(tmp_path, recipes=lambda row: row | {"yield_fraction": "0", "low": "0"})
    with pytest.raises(TableError, match=r"recipes.csv:\d+, yield_fraction"):
        reconcile(world)


def test_mixes_missing_for_a_mine(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="IND mines in 2024"):
        reconcile(edited(tmp_path, mixes=lambda row: None if row["place"] == "IND" else row))


@pytest.fixture
def fit(world: World) -> reconciling._Fit:
    return reconciling._fit(world, 2024, build_prior(world, 2024))


def test_limits_that_contradict_the_balance_say_so(fit: reconciling._Fit) -> None:
    problem: Problem = fit.problem
    with pytest.raises(SolveError, match="did not converge") as caught:
        solve(replace(problem, limit=-np.ones_like(problem.limit)))
    assert caught.value.cure and caught.value.exit_code == 3


def test_the_projection_repairs_a_disturbed_solution_and_moves_little(fit: reconciling._Fit) -> None:
    rng = np.random.default_rng(2024)
    disturbed = fit.x * (1 + 1e-4 * rng.standard_normal(len(fit.x)))
    balance = fit.layout.balance(fit.prior)
    closed, moved = close(disturbed, fit.problem, balance)
    throughput = abs(balance) @ np.abs(closed)
    assert (np.abs(balance @ closed) <= 1e-12 * np.maximum(throughput, 1e-3)).all()
    assert moved < 5e-3
    assert (closed[fit.x == 0] == 0).all()


def test_garbage_is_not_shown(world: World, fit: reconciling._Fit) -> None:
    with pytest.raises(SolveError, match="do not close"):
        reconciling._flows(world, 2024, replace(fit, x=fit.x * np.linspace(0.9, 1.1, len(fit.x))))
    with pytest.raises(SolveError, match="do not close"):
        reconciling._flows(world, 2024, replace(fit, x=np.full_like(fit.x, np.nan)))


def test_a_standard_error_is_what_one_more_measurement_says_it_is(
    world: World, fit: reconciling._Fit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new figure d above the old one, as uncertain as it, moves it by half of d: variance s²s²/(s² + s²)."""
    stage, bloc = "mine", "USA"
    sigma = reconciling._sigmas(world.blocs, fit)[stage, bloc, "all"]
    i = world.blocs.index(bloc)
    at = fit.layout.made("concentrate", i)
    before = float(fit.x[at[0]].sum())

    def one_more(context: Context) -> tuple[Observation, ...]:
        seen = observations(context)
        (mine,) = [o for o in seen if o.key == f"mine {bloc}"]
        return (*seen, replace(mine, target=before + 0.1 * sigma, sigma=sigma))

    monkeypatch.setattr(reconciling, "observations", one_more)
    after = reconciling._fit(world, 2024, fit.prior)
    assert float(after.x[at[0]].sum()) - before == pytest.approx(0.05 * sigma, rel=0.02)
