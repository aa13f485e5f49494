"""How long the ways between blocs take."""

from __future__ import annotations

import numpy as np
import pytest

from didymium.market.behaviour import read_behaviour
from didymium.market.lanes import REFERENCE, read_lanes, transit_y
from didymium.market.scene import prepare
from didymium.world import World
from didymium.world.scenario import load_scenario

BLOCS = ("CHN", "EUU", "JPN", "KAZ", "SAU")


def test_every_pair_stands_once_and_none_with_itself(world: World) -> None:
    pairs = [frozenset((r.text("one"), r.text("other"))) for r in world.rows("lanes")]
    assert len(pairs) == len(set(pairs))
    assert all(len(p) == 2 for p in pairs)
    assert frozenset(REFERENCE) in pairs


def test_lengths_are_those_of_the_table_over_the_lane_of_reference(world: World) -> None:
    lanes = read_lanes(world, BLOCS).over_reference
    km = {frozenset((r.text("one"), r.text("other"))): r.number("km") for r in world.rows("lanes")}
    assert lanes[0, 1] == lanes[1, 0] == 1
    assert lanes[0, 2] == pytest.approx(km[frozenset(("CHN", "JPN"))] / km[frozenset(("CHN", "EUU"))])
    assert (lanes == lanes.T).all() and (np.diag(lanes) == 0).all()
    assert lanes[3, 4] == 1, "a pair without a row is as far as the lane of reference"


def test_known_distances_between_ports(world: World) -> None:
    """Ningbo lies near Shanghai, from where tables give 10,500 km to Los Angeles and 19,500 to Rotterdam."""
    km = {(r.text("one"), r.text("other")): r.number("km") for r in world.rows("lanes")}
    assert km["CHN", "USA"] == pytest.approx(10_500, rel=0.05)
    assert km["CHN", "EUU"] == pytest.approx(19_500, rel=0.05)


def test_time_on_the_way_has_a_part_that_distance_does_not_change(world: World) -> None:
    behaviour = read_behaviour(world).with_values({"transit_abroad": 40.0, "transit_handling": 0.25})
    days = transit_y(np.array([0.0, 0.1, 1.0, 1.2]), behaviour) * 365
    assert days == pytest.approx([0.0, 10 + 3, 40, 10 + 36])


def test_a_draw_of_transit_reaches_every_lane_of_a_run(world: World) -> None:
    scene = prepare(world, load_scenario("licences-2025-04", world))
    usual, slow = (scene.run({"transit_abroad": d}).model.links.transit_y for d in (40.0, 60.0))
    abroad = usual > 0
    assert slow[abroad] == pytest.approx(1.5 * usual[abroad])
    assert len(np.unique(usual)) > 50
