"""Draws and seeds: a member's own whatever happens around it, spread as the design says, refused when impossible."""

from __future__ import annotations

import numpy as np
import pytest

from didymium.ensemble.sample import draws, member_seed
from didymium.ensemble.task import Array
from didymium.errors import DidymiumError, UnknownName
from didymium.world import World
from didymium.world.distributions import Uniform
from didymium.world.scenario import load_scenario, scenarios
from didymium.world.scenario_draw import Uncertain, uncertain

PAIR = (Uncertain("a", "1", Uniform(low=0.0, high=1.0)), Uncertain("b", "t", Uniform(low=10.0, high=20.0)))


class Broken:
    """A distribution without an upper end."""

    def ppf(self, u: Array) -> Array:
        return np.where(u > 0.5, np.inf, u)


@pytest.mark.parametrize("design", ["sobol", "latin"])
def test_64_members_fill_64_slices_of_every_input(design: str) -> None:
    drawn = draws(PAIR, 64, 3, design)  # type: ignore[arg-type]
    for values, low, width in ((drawn[:, 0], 0, 1), (drawn[:, 1], 10, 10)):
        assert sorted(((values - low) / width * 64).astype(int)) == list(range(64))


def test_draws_never_touch_the_ends() -> None:
    # 0 and 1 have no finite value under a normal; the grain of the points is 2^-30.
    shares = draws((Uncertain("a", "1", Uniform(low=0.0, high=1.0)),), 4096, 0)
    assert shares.min() >= 2.0**-31
    assert shares.max() <= 1 - 2.0**-31


def test_seeds_are_the_children_of_the_seed() -> None:
    children = np.random.SeedSequence(7).spawn(20)
    ours = [member_seed(7, k, "sobol", 2) for k in range(20)]
    assert ours == [int(c.generate_state(1, np.uint64)[0]) // 2 for c in children]
    assert len(set(ours)) == 20
    assert member_seed(8, 0, "sobol", 2) != ours[0]


def test_a_saltelli_point_is_a_b_and_a_with_one_column_of_b() -> None:
    drawn = draws(PAIR, 4 * 8, 5, "saltelli").reshape(8, 4, 2)
    a, b, first, second = drawn[:, 0], drawn[:, 1], drawn[:, 2], drawn[:, 3]
    assert (a != b).all()
    np.testing.assert_array_equal(first, np.stack([b[:, 0], a[:, 1]], axis=1))
    np.testing.assert_array_equal(second, np.stack([a[:, 0], b[:, 1]], axis=1))


def test_members_of_a_saltelli_point_share_their_seed() -> None:
    seeds = [member_seed(5, k, "saltelli", 2) for k in range(12)]
    assert [seeds.count(s) for s in seeds] == [4] * 12


def test_without_uncertain_inputs_only_seeds_differ() -> None:
    assert draws((), 5, 1).shape == (5, 0)


@pytest.mark.parametrize("runs", [0, -3])
def test_no_runs_is_refused(runs: int) -> None:
    with pytest.raises(DidymiumError, match=f"an ensemble of {runs} runs"):
        draws(PAIR, runs, 1)


def test_a_saltelli_design_names_the_runs_that_it_can_have() -> None:
    with pytest.raises(DidymiumError, match=r"take one of 256, 512, 1024") as caught:
        draws(PAIR, 1000, 1, "saltelli")
    assert draws(PAIR, 1024, 1, "saltelli").shape == (1024, 2)
    assert "4" not in caught.value.what.replace("1000", "")


def test_every_shipped_scenario_can_be_drawn(world: World) -> None:
    drawn = [draws(uncertain(load_scenario(name, world)), 8, 1) for name in scenarios()]
    assert max(d.shape[1] for d in drawn) >= 3
    assert {len(d) for d in drawn} == {8}


def test_an_unknown_design_is_refused() -> None:
    with pytest.raises(UnknownName, match="sobol"):
        draws(PAIR, 8, 1, "sobel")  # type: ignore[arg-type]


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(DidymiumError, match="seed -1"):
        draws(PAIR, 8, -1)


def test_a_distribution_without_an_end_is_named() -> None:
    with pytest.raises(DidymiumError, match="parameter share"):
        draws((Uncertain("share", "1", Broken()),), 8, 1)
