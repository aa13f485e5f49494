"""When capacity opens: partnerships speed the clocks of their bloc and stage, and leave all others alone."""

from __future__ import annotations

import numpy as np
import pytest

from didymium.market.behaviour import knobs
from didymium.market.openings import as_openings, opening_draws, pending
from didymium.market.paths import still_paths
from didymium.market.scene import prepare
from didymium.market.simulate import start
from didymium.market.structure import MIXED
from didymium.world import World
from didymium.world.scenario import Scenario, load_scenario, parse_scenario
from didymium.world.scenario_draw import settle

RAMP = np.array([[0.0, 1.0], [0.0, 1.0]])
PARTNER = """name: helped
question: q?
base: go-alone
start: 2024-01
end: 2040-12
policies:
  - kind: partnership
    bloc: RUS
    partner: CHN
    stage: magnet
    clock_factor: 0.5
    start: 2027-01-01
    assumed: true
"""


def starts(world: World, scenario: Scenario, drawn: float) -> dict[tuple[str, str], float]:
    settled = settle(scenario)
    waiting = pending(world, settled, 2024)
    found = as_openings(settled, RAMP, waiting, np.full(len(waiting), drawn))
    return {(p.record.project, p.stage): o.start_y for p, o in zip(waiting, found, strict=True)}


@pytest.mark.parametrize(
    ("drawn", "end", "wanted"),
    [
        (2035.0, "", 2031.0),
        (2026.0, "", 2026.0),
        (2035.0, "    end: 2030-01-01\n", 2032.0),
        (2032.0, "    end: 2030-01-01\n", 2029.5),
    ],
)
def test_a_partner_speeds_what_is_left_of_the_wait_while_it_stays(
    world: World, drawn: float, end: str, wanted: float
) -> None:
    found = starts(world, parse_scenario(PARTNER + end, "helped.yaml", world), drawn)
    assert found["glazov_2024", "magnet"] == pytest.approx(wanted)
    assert found["lovozero_2025", "mine"] == drawn


def test_cooperation_moves_no_project_that_it_does_not_touch(world: World) -> None:
    drawn = {}
    for name in ("go-alone", "cooperate"):
        waiting = pending(world, settle(load_scenario(name, world)), 2024)
        draws = opening_draws(world, waiting, 3, 20)
        drawn[name] = {(p.record.project, p.stage): d for p, d in zip(waiting, draws, strict=True)}
    for key, draws in drawn["go-alone"].items():
        np.testing.assert_array_equal(drawn["cooperate"][key], draws)
    assert any(stage == "metal" and name.startswith("RUS") for name, stage in drawn["cooperate"])


def test_projects_of_separation_bring_capacity(world: World) -> None:
    waiting = pending(world, settle(load_scenario("baseline-2024", world)), 2024)
    tonnes = {(p.record.project, p.stage): p.t_reo_per_y for p in waiting}
    assert tonnes["solikamsk_2023", "separate"] == 2500
    assert all(t > 0 for t in tonnes.values())


def test_makers_sell_what_they_make_from_the_start_whatever_is_to_come(world: World) -> None:
    """Plants to come would buy too; the parts in which mixed compounds go their ways are those of the base year."""
    scene = prepare(world, load_scenario("baseline-2024", world))
    begun = start(scene.model, knobs(scene.behaviour), still_paths(scene.model, 12, 12))
    sold, made = begun.expected[MIXED], scene.model.chain.output[MIXED]
    running, links = sold.sum(axis=1) > 0, scene.model.links
    assert running.sum() >= 5
    assert (links.first[links.form == MIXED].sum(axis=1) == 0).any(), "some buyers are to come"
    assert sold[running] == pytest.approx(made[running], rel=1e-9)
