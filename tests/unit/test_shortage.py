"""Makers who stand still for want of a licence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from market_worlds import happening, shipped_knobs, small_model

from didymium.market.scene import Scene, prepare
from didymium.market.shortage import Covers, first_stop_weeks, read_covers, stopped
from didymium.market.simulate import Run, simulate
from didymium.market.structure import LIGHT, MAGNET
from didymium.world import World
from didymium.world.distributions import Triangular
from didymium.world.scenario import load_scenario

COVERS = Covers(30.0, 60.0, 150.0)


@pytest.fixture(scope="module")
def licences(world: World) -> Scene:
    return prepare(world, load_scenario("licences-2025-04", world))


@pytest.fixture(scope="module")
def refused(world: World) -> Run:
    """Licences on all magnets of the first bloc from week 10 on, and nobody ever gets one."""
    model = small_model(5)
    magnets = (model.links.form == MAGNET) & (model.links.origin == 0) & (model.links.to != 0)
    shut = happening(model, "licences", years=2, steps_per_y=52)
    licensed = np.zeros_like(shut.licensed)
    licensed[10:] = 1.0
    paths = shut._replace(
        regime_of=np.where(magnets, 0, -1).astype(shut.regime_of.dtype),
        licensed=licensed,
        approved=np.zeros_like(shut.approved),
        general=np.zeros_like(shut.general),
        held=np.zeros_like(shut.held),
        controlled=np.ones_like(shut.controlled),
    )
    return simulate(model, shipped_knobs(), paths)


@pytest.mark.parametrize("bounds", [(30.0, 60.0, 150.0), (10.0, 10.0, 40.0), (10.0, 40.0, 40.0)])
def test_covers_are_a_tent(bounds: tuple[float, float, float]) -> None:
    low, mode, high = bounds
    share = np.linspace(0.01, 0.99, 41)
    days = Triangular(low=low, mode=mode, high=high).ppf(share)
    assert Covers(*bounds).below(days) == pytest.approx(share)
    assert Covers(*bounds).below(np.array([0.0, low, high, 10 * high])).tolist() == [0, 0, 1, 1]


def test_covers_that_are_no_spread_are_a_step() -> None:
    assert Covers(20.0, 20.0, 20.0).below(np.array([19.0, 20.0, 21.0])).tolist() == [0, 0, 1]


def test_the_covers_of_the_table_move_with_the_mean(world: World) -> None:
    assert read_covers(world, 60.0) == COVERS
    assert read_covers(world, 120.0) == Covers(60.0, 120.0, 300.0)


def test_without_any_licence_all_who_buy_there_stop_when_way_and_stock_are_used_up(refused: Run) -> None:
    share, links = stopped(refused, COVERS), refused.model.links
    bought = links.first[:, refused.model.chain.group == LIGHT].sum(axis=1) * (links.form == MAGNET)
    of = refused.paths.regime_of >= 0
    steps, weeks = links.transit_y[of][0] * 52, np.arange(len(share))
    out = COVERS.below(np.maximum(weeks - 9, 0) * 365 / 52)
    buyers = np.unique(links.to[of & (bought > 0)])
    assert len(buyers) > 1
    for i in buyers:
        there = bought[of & (links.to == i)].sum() / bought[links.to == i].sum()
        assert share[-1, i] == pytest.approx(there)
        assert share[:, i] == pytest.approx(there * np.interp(weeks - steps, weeks, out))
    assert (np.diff(share, axis=0) >= -1e-12).all()
    assert (share[:, 0] == 0).all()


def test_more_stock_stops_fewer_and_later(refused: Run) -> None:
    little, more = (stopped(refused, replace(COVERS, low_d=low)) for low in (10.0, 50.0))
    assert (little >= more).all() and little.sum() > 1.02 * more.sum()
    assert (stopped(refused, Covers(2000.0, 3000.0, 4000.0)) == 0).all()


def test_all_links_of_a_regime_hold_the_same_share_of_licences(licences: Scene) -> None:
    """What lets one of them stand for all."""
    run = licences.run()
    on = run.paths.regime_of >= 0
    assert set(run.paths.regime_of[on]) == {0}
    assert np.ptp(run.record.licensed[:, on], axis=1).max() == 0


def test_who_stops_under_the_licences_of_2025_and_when(licences: Scene) -> None:
    """First those with least stock; by the end of 2026 only those who are refused again and again."""
    run = licences.run()
    share = stopped(run, COVERS)
    names, blocs = licences.calendar.names(), licences.model.blocs
    europe, japan = blocs.index("EUU"), blocs.index("JPN")
    assert "2025-06" <= names[int(share[:, europe].argmax())][:7] <= "2025-08"
    assert 0.05 < share[:, europe].max() < 0.25
    assert 0 < share[:, japan].max() < share[:, europe].max(), "Japan makes magnets itself"
    assert share[-1, europe] < 0.2 * share[:, europe].max()
    assert (share[:, blocs.index("CHN")] == 0).all()


def test_nobody_stops_without_licences(world: World) -> None:
    scene = prepare(world, load_scenario("kachin-halt", world))
    run = scene.run()
    left = (scene.calendar.steps - 12) / 12 * 365 / 7
    assert (stopped(run, COVERS) == 0).all()
    assert list(first_stop_weeks(scene, run, 12, COVERS).values()) == pytest.approx([left] * len(run.model.blocs))
