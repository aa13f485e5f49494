"""The outlook on hand-made networks, where the answer is known."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from networks import at_home, network, through
from pipelines import BASKET, looked_ahead, project
from worlds import edited

from didymium.chain.additions import HOME_STAGES, additions, installed
from didymium.chain.flows import Flows, basket_weights
from didymium.chain.outlook import HORIZON_Y, Growth, binding_stages, demand_growth, home_yield, outlooks
from didymium.chain.reconcile import BASKETS
from didymium.chain.structure import STAGES
from didymium.chain.trace import trace
from didymium.clocks import RampCurve, project_records
from didymium.errors import TableError
from didymium.report.standing import Race, race
from didymium.world import World

ABROAD = tuple([("BBB", "BBB")] * 5 + [("BBB", "AAA")])
"""Everything is made in BBB, and the goods go to AAA."""


def dependent(amount: float = 100.0) -> Flows:
    """AAA makes nothing and uses goods of BBB."""
    return network(("AAA", "BBB"), through(*ABROAD, amount=amount), nodes={"mine": {"BBB": 100.0}})


def whole_chain(tonnes: float) -> list[tuple[str, float]]:
    return [(stage, tonnes) for stage in HOME_STAGES]


def test_without_output_and_projects_the_year_never_comes(world: World) -> None:
    o = looked_ahead(world, dependent(), [], [])["AAA"]
    assert o.first_year is None and o.band50 == (None, None) and o.band90 == (None, None)
    assert o.reached == 0
    assert (o.dependence == 1).all()
    assert o.projects == o.imputed == ()


def test_a_bloc_that_makes_it_all_at_home_is_there_in_the_base_year(world: World) -> None:
    flows = network(("AAA", "BBB"), at_home("AAA"))
    o = looked_ahead(world, flows, [], [])["AAA"]
    assert o.first_year == flows.year and o.reached == 1
    assert o.dependence[2, 0] == pytest.approx(0, abs=1e-9)
    # Demand grows and nothing is added: the share made at home falls as demand grows.
    growth = o.growth.factor(np.array(o.years), flows.year)
    np.testing.assert_allclose(o.dependence[2], 1 - 1 / growth, atol=1e-9)


def test_capacity_above_need_at_every_stage_gives_no_dependence(world: World) -> None:
    projects = [project(stage, [stage], 1e6) for stage in HOME_STAGES]
    o = looked_ahead(world, dependent(), projects, [2025.0] * 4)["AAA"]
    assert o.dependence[2, 0] == 1
    assert (o.dependence[:, 1:] == 0).all()
    assert o.first_year == 2025 and o.band90 == (2025, 2025)


def test_one_stage_that_is_missing_keeps_the_bloc_dependent(world: World) -> None:
    for missing in HOME_STAGES:
        projects = [project(stage, [stage], 1e6) for stage in HOME_STAGES if stage != missing]
        o = looked_ahead(world, dependent(), projects, [2025.0] * 3)["AAA"]
        assert o.first_year is None
        assert binding_stages(o) == (missing,)


def test_stages_that_are_all_missing_all_bind(world: World) -> None:
    o = looked_ahead(world, dependent(), [], [])["AAA"]
    assert o.binding == dict.fromkeys(HOME_STAGES, 1.0)
    assert binding_stages(o) == HOME_STAGES


def test_the_base_year_is_what_the_trace_saw(world: World) -> None:
    flows = network(("AAA", "BBB"), at_home("AAA", "BBB"))
    flows.trade["magnet"][0, 0] = 0.0
    traced = trace(flows)
    for bloc, o in looked_ahead(world, flows, [], []).items():
        np.testing.assert_array_equal(o.dependence[:, 0], traced.dependence(bloc, BASKET))


def test_shipped_outlooks_begin_at_the_traced_dependence(raced: Race) -> None:
    for standing in raced.standings:
        for g in standing.groups.values():
            np.testing.assert_array_equal(g.outlook.dependence[:, 0], g.dependence)


def test_bands_are_of_the_draws(world: World) -> None:
    starts = [[2026.0] * 10 + [2030.0] * 60 + [math.inf] * 30] * 4
    projects = [project(stage, [stage], 1e6) for stage in HOME_STAGES]
    o = looked_ahead(world, dependent(), projects, starts)["AAA"]
    assert o.reached == 0.7
    assert o.first_year == 2030
    assert o.band90 == (2026, None) and o.band50 == (2030, None)


def test_output_ramps_up_from_the_start_and_not_before(world: World) -> None:
    ramp = RampCurve(years=(1.0, 3.0), p25=(0.5, 1.0), median=(0.5, 1.0), p75=(0.5, 1.0), n=(1, 1))
    projects = [project(stage, [stage], 40.0) for stage in ("mine", "separate")]
    projects += [project(stage, [stage], 1e6) for stage in ("metal", "magnet")]
    o = looked_ahead(world, dependent(), projects, [2029.5] * 4, ramp=ramp)["AAA"]
    demand = 100 * o.growth.factor(np.array(o.years), 2024)
    share = dict(zip(o.years, (1 - o.dependence[2]) * demand / 40, strict=True))
    assert share[2028] == share[2029] == 0
    assert share[2030] == pytest.approx(0.5) and share[2031] == pytest.approx(0.75)
    assert share[2032] == share[2040] == pytest.approx(1.0)


def test_yields_downstream_are_paid(world: World) -> None:
    flows = network(("AAA", "BBB"), through(*ABROAD), nodes={"mine": {"BBB": 100.0}}, separate_yield=0.5)
    projects = [project(stage, [stage], 100.0 if stage == "mine" else 1e6) for stage in HOME_STAGES]
    o = looked_ahead(world, flows, projects, [2025.0] * 4)["AAA"]
    demand = 100 * o.growth.factor(np.array(o.years), 2024)
    np.testing.assert_allclose(o.dependence[2, 1:], 1 - 0.5 * 100 / demand[1:])


def test_nothing_in_use_is_a_gap_and_not_independence(world: World) -> None:
    flows = network(("AAA", "BBB"), at_home("BBB"))
    o = looked_ahead(world, flows, [project("m", ["mine"], 10.0)], [2026.0])["AAA"]
    assert np.isnan(o.dependence).all()
    assert o.first_year is None and o.reached == 0


def test_a_capacity_that_is_not_published_is_the_median_of_its_stage_and_marked(world: World) -> None:
    known = [project(f"k{t}", ["separate"], float(t)) for t in (100, 200, 900)]
    silent = project("silent", ["separate"], None)
    found = {a.project.project: a for a in additions(world, (*known, silent), BASKET)}
    assert found["silent"].t_reo_per_y == 200 and found["silent"].imputed
    assert not any(found[k.project].imputed for k in known)
    o = looked_ahead(world, dependent(), [*known, silent], [2026.0] * 4)["AAA"]
    assert o.imputed == ("silent",) and len(o.projects) == 4


def test_a_circuit_for_heavy_rare_earths_adds_none_of_the_light_ones(world: World) -> None:
    heavy = project("heavy", ["separate"], 200.0, basis="heavy", heavy=True)
    assert [a.t_reo_per_y for a in additions(world, (heavy,), BASKET)] == [0.0]
    assert [a.t_reo_per_y for a in additions(world, (heavy,), BASKETS["dytb"])] == [200.0]


def test_magnets_count_with_their_share_of_the_basket(world: World) -> None:
    magnet = project("m", ["magnet"], 1000.0)
    (light,) = additions(world, (magnet,), BASKET)
    (heavy,) = additions(world, (magnet,), BASKETS["dytb"])
    # A NdFeB magnet is about 30 % rare-earth metal; as oxide, 35 %; most of it Nd and Pr.
    assert 250 < light.t_reo_per_y < 350
    assert 5 < heavy.t_reo_per_y < 40


def test_recycling_and_cracking_are_not_stages_of_the_home_chain(world: World) -> None:
    assert additions(world, (project("r", ["recycle", "crack"], 10.0),), BASKET) == ()


def test_every_live_project_with_a_home_stage_is_counted_once_per_stage(world: World) -> None:
    records = tuple(r for r in project_records(world) if r.pipeline)
    found = additions(world, records, BASKET)
    pairs = [(a.project.project, a.stage) for a in found]
    assert len(pairs) == len(set(pairs))
    assert set(pairs) == {(r.project, s) for r in records for s in r.stages if s in HOME_STAGES}
    assert all(math.isfinite(a.t_reo_per_y) and a.t_reo_per_y >= 0 for a in found)


def test_no_plant_is_counted_as_running_and_as_added(world: World) -> None:
    """What the plants table holds as running by the end of the base year is not a project that starts later."""
    running = {a.project.project for a in installed(world, 2024, BASKET)}
    started = {row.text("plant"): row.optional("start_year") for row in world.rows("plants")}
    assert running and all((started[name] or 0) <= 2024 for name in running)
    late = project("late", ["mine"], 1e6, pipeline=False, actual_start_y=2024.9)
    flows = dependent()
    assert looked_ahead(world, flows, [late], [2024.9])["AAA"].projects == ()
    later = project("later", ["mine"], 1e6, pipeline=False, actual_start_y=2025.1)
    assert looked_ahead(world, flows, [later], [2025.1])["AAA"].projects == ("later",)


def test_growth_follows_the_points_of_the_forecast(world: World) -> None:
    rows = {
        (row.integer("year"), row.text("kind")): row.number("value")
        for row in world.rows("uses", use="magnet rare earths (Nd Pr Dy Tb), all uses", place="WLD")
    }
    d2023, d2030, d2050 = rows[2023, "history"], rows[2030, "projection"], rows[2050, "projection"]
    growth = demand_growth(world)
    assert growth.points == ((2023, d2023), (2030, d2030), (2050, d2050))
    assert growth.steps[0][1] == pytest.approx((d2030 / d2023) ** (1 / 7) - 1)
    assert growth.steps[1][1] == pytest.approx((d2050 / d2030) ** (1 / 20) - 1)
    at = growth.factor(np.array([2024, 2030, 2045, 2050]), 2024)
    first = (d2030 / d2023) ** (1 / 7)
    np.testing.assert_allclose(at[[0, 1, 3]], [1.0, first**6, d2050 / d2023 / first])
    assert at[1] < at[2] < at[3]
    for _, rate, formula in growth.steps:
        assert eval(formula.replace("^", "**")) == pytest.approx(rate)  # the formula shown gives the number shown


def test_nothing_is_extrapolated_past_the_forecast() -> None:
    growth = Growth(((2020, 1.0), (2030, 2.0)), frozenset())
    np.testing.assert_allclose(growth.factor(np.array([2025, 2030, 2045]), 2020), [2**0.5, 2.0, 2.0])


def test_a_forecast_that_is_missing_is_named(tmp_path: Path) -> None:
    world = edited(tmp_path, uses=lambda row: None if row["year"] == "2050" else row)
    with pytest.raises(TableError, match="2050"):
        demand_growth(world)


def test_home_yields_multiply_down_the_chain(raced: Race) -> None:
    flows, weights = raced.flows, basket_weights(BASKET)
    for i in range(len(flows.blocs)):
        yields = [home_yield(flows, i, stage, weights) for stage in STAGES]
        assert yields == sorted(yields) and yields[-1] == 1.0
        assert 0.3 < yields[0] < 0.7


@pytest.mark.parametrize(("bloc", "group"), [("VNM", "ndpr"), ("CHN", "ndpr"), ("CHN", "dytb")])
def test_without_anything_new_the_home_path_is_only_outgrown(raced: Race, bloc: str, group: str) -> None:
    """No mine is announced in these blocs and the mine is their weakest stage: what stays at home stays as it was."""
    g = raced.of(bloc).groups[group]
    assert min(g.own_need.values()) == g.own_need["mine"]
    grown = g.outlook.growth.factor(np.array([raced.flows.year + 5]), raced.flows.year)[0]
    assert g.outlook.dependence[2, 0] == pytest.approx(g.dependence)
    assert g.outlook.dependence[2, 5] == pytest.approx(1 - (1 - g.dependence) / grown)


def test_the_same_seed_gives_the_same_outlook(world: World, raced: Race) -> None:
    again = outlooks(world, raced.flows, raced.traced, BASKET, seed=0)
    other = outlooks(world, raced.flows, raced.traced, BASKET, seed=1)
    for bloc, o in again.items():
        np.testing.assert_array_equal(o.dependence, raced.of(bloc).groups["ndpr"].outlook.dependence)
    assert any((o.dependence != other[bloc].dependence).any() for bloc, o in again.items())


def test_every_source_of_an_outlook_is_known(world: World, raced: Race) -> None:
    for standing in raced.standings:
        o = standing.groups["ndpr"].outlook
        assert o.growth.sources <= o.sources <= raced.sources
        assert world.bibliography(o.sources)
        assert o.years[0] == raced.flows.year and o.years[-1] == HORIZON_Y
        assert set(o.imputed) <= set(o.projects)


def test_race_is_worked_out_once(world: World) -> None:
    assert race(world, 0) is race(world, 0)
