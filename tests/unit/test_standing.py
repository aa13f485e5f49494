"""Where every bloc stands: shares add up, gaps stay gaps, and each number agrees with the flows it comes from."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from networks import at_home, network, through

from didymium.chain.additions import HOME_STAGES
from didymium.chain.flows import Flows, basket_weights
from didymium.chain.reconcile import BASKETS
from didymium.chain.trace import trace
from didymium.clocks import pipeline
from didymium.report.standing import (
    GROUPS,
    SHOWN_STAGES,
    TARGET_YEAR,
    GroupStanding,
    Race,
    clock_sources,
    race,
    unlimited_plants,
)
from didymium.report.trade_position import trade_position
from didymium.world import World


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("stage", SHOWN_STAGES)
def test_shares_of_all_blocs_add_up_to_the_world(raced: Race, group: str, stage: str) -> None:
    shares = [s.groups[group].shares[stage] for s in raced.standings]
    known = [v for v in shares if math.isfinite(v)]
    assert len(known) >= 17
    assert sum(known) == pytest.approx(1.0, abs=1e-3)
    assert all(0 <= v <= 1 for v in known)


@pytest.mark.parametrize("group", GROUPS)
def test_use_of_all_blocs_is_the_use_of_the_flows(raced: Race, group: str) -> None:
    weights = basket_weights(BASKETS[group])
    assert sum(s.groups[group].use_t for s in raced.standings) == pytest.approx(
        float(raced.flows.use().sum(0) @ weights)
    )


def test_blocs_come_in_the_order_of_the_world(world: World, raced: Race) -> None:
    assert tuple(s.bloc for s in raced.standings) == world.blocs
    assert raced.of("RUS").bloc == "RUS"


def test_a_bloc_that_mines_but_publishes_no_assay_has_a_gap(raced: Race) -> None:
    """Mountain Pass assays leave out Dy and Tb: what is not known is neither 0 nor a share of the world."""
    american = raced.of("USA").groups["dytb"]
    assert math.isnan(american.shares["mine"]) and math.isnan(american.output_t["mine"])
    assert math.isfinite(raced.of("USA").groups["ndpr"].shares["mine"])


@pytest.mark.parametrize("group", GROUPS)
def test_cover_dependence_and_supplier_hang_together(raced: Race, group: str) -> None:
    for standing in raced.standings:
        g = standing.groups[group]
        assert g.in_use
        assert g.supplier != standing.bloc
        assert g.cover == pytest.approx(1 - g.exposure)
        assert -1e-9 <= g.exposure <= g.dependence + 1e-9 <= 1 + 1e-9


def test_china_and_the_others(raced: Race) -> None:
    china = raced.of("CHN").groups["ndpr"]
    assert china.shares["magnet"] > 0.85 and china.dependence < 0.5
    assert all(s.groups["ndpr"].dependence > 0.9 for s in raced.standings if s.bloc != "CHN")
    assert all(v > 1 for v in china.own_need.values())


def test_own_need_counts_what_is_lost_on_the_way(raced: Race) -> None:
    i, weights = raced.flows.blocs.index("USA"), basket_weights(BASKETS["ndpr"])
    y = raced.flows.recipes.yields
    later = ("crack", "separate", "metal", "magnet", "assemble")
    factor = float(np.prod([y[s][i] @ weights / weights.sum() for s in later]))
    g = raced.of("USA").groups["ndpr"]
    assert g.own_need["mine"] == pytest.approx(g.output_t["mine"] * factor / g.use_t)
    assert set(g.own_need) == set(HOME_STAGES)


def standing_of(flows: Flows, bloc: str, raced: Race) -> GroupStanding:
    from didymium.report import standing

    return standing._group(flows, trace(flows), bloc, "ndpr", raced.of("CHN").groups["ndpr"].outlook)


def test_a_bloc_without_use_has_gaps_and_no_supplier(raced: Race) -> None:
    g = standing_of(network(("AAA", "BBB"), at_home("BBB")), "AAA", raced)
    assert not g.in_use and g.use_t == 0 and g.supplier == ""
    assert all(math.isnan(v) for v in (g.dependence, g.exposure, g.cover, *g.own_need.values()))
    assert g.shares == dict.fromkeys(SHOWN_STAGES, 0.0)


def test_the_largest_supplier_is_the_one_whose_loss_hurts_most(raced: Race) -> None:
    path = [("CCC", "BBB"), *[("BBB", "BBB")] * 4, ("BBB", "AAA")]
    flows = network(("AAA", "BBB", "CCC"), through(*path), nodes={"mine": {"CCC": 100.0}})
    flows.trade["concentrate"][1, 1] = flows.trade["concentrate"][2, 1] / 2
    flows.nodes["mine"][1] = flows.trade["concentrate"][1].sum(axis=0)
    g = standing_of(flows, "AAA", raced)
    assert g.supplier == "BBB"
    assert g.exposure == pytest.approx(1.0) and g.cover == pytest.approx(0.0)


def test_live_projects_are_those_of_the_clocks(world: World, raced: Race) -> None:
    assert raced.live == pipeline(world, by_year=TARGET_YEAR + 1.0, seed=0)
    assert sum(len(s.live) for s in raced.standings) == len(raced.live)
    for standing in raced.standings:
        assert 0 <= standing.expected <= len(standing.live)
        assert all(row.record.bloc == standing.bloc for row in standing.live)


def test_the_worst_ten_are_the_worst(raced: Race) -> None:
    z = [abs(r.z) for r in raced.worst]
    assert len(z) == 10 and z == sorted(z, reverse=True)
    assert z[-1] >= sorted((abs(r.z) for r in raced.flows.residuals), reverse=True)[10]


def test_sources_hold_flows_clocks_and_outlooks(world: World, raced: Race) -> None:
    assert raced.flows.sources | clock_sources(world) <= raced.sources
    assert clock_sources(world) == {row.text("source") for row in world.rows("projects")}
    assert len(world.bibliography(raced.sources)) == len(raced.sources)


def test_plants_without_a_limit_are_those_of_their_bloc_and_stage(world: World, raced: Race) -> None:
    found = unlimited_plants(world, raced.flows)
    assert tuple(found) == raced.flows.capacity_unknown
    for (_, bloc), rows in found.items():
        assert all(world.bloc_of(row.text("country")) == bloc for row in rows)
    assert sum(map(len, found.values())) > 10


def test_another_seed_moves_the_draws_and_not_the_base_year(world: World, raced: Race) -> None:
    other = race(world, 3)
    assert [r.median_start_y for r in other.live] != [r.median_start_y for r in raced.live]
    for a, b in zip(raced.standings, other.standings, strict=True):
        assert a.groups["ndpr"].shares == b.groups["ndpr"].shares
        assert a.expected == pytest.approx(b.expected)


def test_trade_positions_balance(raced: Race) -> None:
    for standing in raced.standings:
        for p in trade_position(raced.flows, standing.bloc, BASKETS["ndpr"]):
            assert p.imports_t >= 0 and 0 <= p.exports_t <= p.output_t + 1e-9
            assert math.isnan(p.gross_import_share) or 0 <= p.gross_import_share <= 1
            assert 0 < p.world_hhi <= 10_000
    magnets = next(p for p in trade_position(raced.flows, "CHN", BASKETS["ndpr"]) if p.form == "magnet")
    assert magnets.net_import_reliance < 0  # a net exporter


def test_a_standing_is_plain_data(raced: Race) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        raced.of("RUS").bloc = "CHN"  # type: ignore[misc]
