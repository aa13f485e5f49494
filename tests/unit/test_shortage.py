"""Makers who stand still for want of a licence."""

from __future__ import annotations

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

COVERS = Covers(0.375, 0.75, 1.875)
DT_D = 365 / 52


@pytest.fixture(scope="module")
def licences(world: World) -> Scene:
    return prepare(world, load_scenario("licences-2025-04", world))


def held(share: float, until: int = 104, stock_d: float = 60.0) -> Run:
    """Magnets out of the first bloc of which ``share`` is held from week 10 on, and nobody files for a licence."""
    model = small_model(5)
    magnets = (model.links.form == MAGNET) & (model.links.origin == 0) & (model.links.to != 0)
    shut = happening(model, "licences", years=2, steps_per_y=52)
    licensed, holding = np.zeros_like(shut.licensed), np.zeros_like(shut.held)
    licensed[10:until] = 1.0
    holding[10:until] = share
    paths = shut._replace(
        regime_of=np.where(magnets, 0, -1).astype(shut.regime_of.dtype),
        licensed=licensed,
        held=holding,
        controlled=np.zeros_like(shut.controlled),
    )
    return simulate(model, shipped_knobs()._replace(cover_users_y=stock_d / 365), paths)


def there(run: Run) -> np.ndarray:
    """Share of the magnets of each bloc that is bought under the regime."""
    bought = run.model.links.first[:, run.model.chain.group == LIGHT].sum(axis=1) * (run.model.links.form == MAGNET)
    of = run.paths.regime_of >= 0
    under, whole = (np.bincount(run.model.links.to, bought * w, minlength=4) for w in (of, np.ones_like(of)))
    return np.divide(under, whole, out=np.zeros(4), where=whole > 0)


@pytest.mark.parametrize("bounds", [(0.4, 0.8, 1.8), (0.5, 0.5, 2.0), (0.5, 1.25, 1.25)])
def test_covers_are_a_tent(bounds: tuple[float, float, float]) -> None:
    low, mode, high = bounds
    share = np.linspace(0.01, 0.99, 41)
    stock = Triangular(low=low, mode=mode, high=high).ppf(share)
    assert Covers(*bounds).below(stock) == pytest.approx(share)
    assert Covers(*bounds).below(np.array([0.0, low, high, 10 * high])).tolist() == [0, 0, 1, 1]


def test_covers_that_are_no_spread_are_a_step() -> None:
    assert Covers(1.0, 1.0, 1.0).below(np.array([0.99, 1.0, 1.01])).tolist() == [0, 0, 1]


def test_makers_together_hold_what_the_market_has(world: World) -> None:
    covers = read_covers(world)
    assert (covers.low + covers.mode + covers.high) / 3 == pytest.approx(1)
    row = world.rows("behaviour", parameter="cover_users")[0]
    assert covers.high / covers.low == pytest.approx(row.number("high") / row.number("low"))


@pytest.mark.parametrize("share", [0.01, 0.3, 1.0])
def test_those_shut_out_for_good_stop_when_way_and_stock_are_used_up(share: float) -> None:
    run = held(share)
    weeks = np.arange(104)
    transit = run.model.links.transit_y[run.paths.regime_of >= 0][0] * 52
    out = COVERS.below(np.maximum(weeks - 9.5, 0.0) * DT_D / 60)
    expected = share * np.interp(weeks - transit, weeks, out)
    found = stopped(run, COVERS)
    assert (there(run) > 0).sum() > 1
    assert found == pytest.approx(expected[:, None] * there(run))
    assert found[-1] == pytest.approx(share * there(run))


def test_the_first_to_stop_does_not_depend_on_how_many_wait() -> None:
    first = [int((stopped(held(share), COVERS) > 0).any(axis=1).argmax()) for share in (0.02, 0.5)]
    assert first[0] == first[1] > 10


def test_who_is_let_out_works_when_his_magnets_arrive() -> None:
    run = held(0.6, until=40)
    after = 40 + int(np.ceil(run.model.links.transit_y.max() * 52))
    found = stopped(run, COVERS)
    assert found[39].max() > 0.1
    assert (found[after:] == 0).all()


def test_more_stock_stops_fewer_and_later() -> None:
    little, more, plenty = (stopped(held(0.5, until=30, stock_d=d), COVERS) for d in (30.0, 90.0, 600.0))
    assert (little >= more).all() and little.sum() > 1.5 * more.sum() > 0
    assert (plenty == 0).all()


def test_all_links_of_a_regime_hold_the_same_share_of_licences(licences: Scene) -> None:
    """What lets one of them stand for all."""
    run = licences.run()
    on = run.paths.regime_of >= 0
    assert set(run.paths.regime_of[on]) == {0}
    assert np.ptp(run.record.licensed[:, on], axis=1).max() == 0


def test_who_stops_under_the_licences_of_2025_and_when(world: World, licences: Scene) -> None:
    """First those near China with least stock; later on lapsed licences are renewed before stocks run out."""
    covers = read_covers(world)
    share = stopped(licences.run(), covers)
    names, blocs = licences.calendar.names(), licences.model.blocs
    europe, japan = blocs.index("EUU"), blocs.index("JPN")
    assert "2025-06" <= names[int(share[:, europe].argmax())][:7] <= "2025-08"
    assert 0.05 < share[:, europe].max() < 0.3
    assert 0 < share[:, japan].max() < share[:, europe].max(), "Japan makes magnets itself"
    assert (share[:, japan] > 0).argmax() < (share[:, europe] > 0).argmax()
    assert 0 < share[-26:, europe].max() < 0.005
    assert (share[:, blocs.index("CHN")] == 0).all()
    drawn = [stopped(licences.run({"cover_users": d}), covers)[:, europe].max() for d in (30.0, 120.0)]
    assert drawn[0] > 2 * drawn[1]


def test_nobody_stops_without_licences(world: World) -> None:
    scene = prepare(world, load_scenario("kachin-halt", world))
    run = scene.run()
    left = (scene.calendar.steps - 12) / 12 * 365 / 7
    assert (stopped(run, COVERS) == 0).all()
    assert list(first_stop_weeks(scene, run, 12, COVERS).values()) == pytest.approx([left] * len(run.model.blocs))
