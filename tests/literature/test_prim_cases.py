"""PRIM against what its papers say of it.

Friedman & Fisher (1999), Stat. Comput. 9:123; Bryant & Lempert (2010), Technol. Forecast. Soc. Change 77:34.
"""

from __future__ import annotations

from math import comb, log

import numpy as np
import pytest

from didymium.ensemble.prim import Box, Limit, discover, inside, limit_p_value, paste, peel
from didymium.ensemble.sample import draws
from didymium.errors import DidymiumError
from didymium.world.distributions import Uniform
from didymium.world.scenario_draw import Uncertain


def cloud(n: int, d: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((n, d))


@pytest.mark.parametrize(("share", "least"), [(0.05, 0.05), (0.1, 0.05), (0.05, 0.2)])
def test_patience_is_log_support_over_log_of_what_a_peel_leaves(share: float, least: float) -> None:
    # Friedman & Fisher, on patience: peels to the least support = log(least) / log(1 - share); whole members make a
    # peel a little smaller than its share, so a few more.
    x = cloud(4000, 3)
    boxes = peel(x, x[:, 0] < 0.3, share, least)
    expected = log(least) / log(1 - share)
    assert expected - 1 <= len(boxes) - 1 <= 1.05 * expected + 1
    assert least <= boxes[-1].mass < least / (1 - share)


def test_a_known_box_is_found() -> None:
    x = cloud(3000, 6)
    interest = (x[:, 1] > 0.6) & (x[:, 4] > 0.2) & (x[:, 4] < 0.5)
    box, _ = discover(x, interest, density=0.95)
    assert [limit.parameter for limit in box.limits] == [1, 4]
    second, fifth = box.limits
    # A slice of 5 % of a box that covers 12 % of 3,000 members is 0.015 of the width of the fifth input.
    assert second.low == pytest.approx(0.6, abs=0.03) and second.high == np.inf
    assert (fifth.low, fifth.high) == pytest.approx((0.2, 0.5), abs=0.03)
    assert box.density > 0.95
    assert box.coverage > 0.9


def test_no_peel_is_better_than_the_box_that_is_chosen() -> None:
    x = draws([Uncertain(f"x{j}", "1", Uniform(low=0.0, high=1.0)) for j in range(2)], 2000, 1)
    box, boxes = discover(x, (x[:, 0] > 0.6) & (x[:, 1] < 0.5))
    better = [b for b in boxes if b.coverage >= box.coverage and b.density > box.density]
    assert [(b.coverage, b.density) for b in better] == []
    assert box.coverage == 1.0 and box.density > 0.9


def test_the_trajectory_trades_coverage_for_density() -> None:
    # Bryant & Lempert figure 3: along the peels coverage falls while density rises to a plateau.
    x = cloud(3000, 4)
    _, boxes = discover(x, x[:, 0] * x[:, 1] > 0.5)
    coverage = [b.coverage for b in boxes]
    assert coverage == sorted(coverage, reverse=True)
    assert boxes[0].coverage == 1.0
    assert boxes[-1].density > 3 * boxes[0].density


def test_pasting_wins_back_what_peeling_cut_too_deep() -> None:
    x = cloud(2000, 2)
    interest = x[:, 0] < 0.5
    deep = Box((Limit(0, 0.1, 0.3),), 0, 0, 0)
    pasted = paste(x, interest, deep, 0.05)
    assert pasted.density == 1.0
    assert pasted.coverage > 0.9
    assert pasted.limits[0].low < 0.01


def test_a_limit_that_matters_and_one_that_does_not() -> None:
    x = cloud(1000, 2)
    interest = x[:, 0] < 0.3
    box = Box((Limit(0, -np.inf, 0.3), Limit(1, 0.1, np.inf)), 0, 0, 0)
    assert limit_p_value(x, interest, box, 0) < 1e-100
    assert limit_p_value(x, interest, box, 1) == pytest.approx(1.0)


def test_the_test_of_a_limit_is_a_binomial_tail() -> None:
    # Bryant & Lempert, appendix: chance of H or more cases among n inside at the density without the limit.
    x = np.arange(10.0)[:, None]
    interest = np.array([1, 1, 1, 0, 1, 0, 0, 0, 0, 0], dtype=bool)
    box = Box((Limit(0, -np.inf, 4.0),), 0, 0, 0)
    tail = sum(comb(5, k) * 0.4**k * 0.6 ** (5 - k) for k in (4, 5))
    assert limit_p_value(x, interest, box, 0) == pytest.approx(tail, rel=1e-12)


def test_an_input_with_two_values_is_cut_between_them() -> None:
    rng = np.random.default_rng(3)
    x = np.stack([rng.integers(0, 2, 400).astype(float), rng.random(400)], axis=1)
    interest = (x[:, 0] == 1) & (rng.random(400) < 0.9)
    box, _ = discover(x, interest)
    assert box.limits == (Limit(0, 1.0, np.inf),)
    np.testing.assert_array_equal(inside(x, box), x[:, 0] == 1)


@pytest.mark.parametrize("interest", [np.zeros(20, dtype=bool), np.ones(20, dtype=bool)])
def test_nothing_to_tell_apart_is_refused(interest: np.ndarray) -> None:
    with pytest.raises(DidymiumError, match="of 20 members are of interest"):
        discover(cloud(20, 2), interest)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1])
def test_a_share_outside_0_to_1_is_refused(share: float) -> None:
    x = cloud(20, 2)
    with pytest.raises(DidymiumError, match="peel_share"):
        discover(x, x[:, 0] < 0.5, peel_share=share)


def test_cases_for_other_members_are_refused() -> None:
    with pytest.raises(DidymiumError, match="cases for draws of shape"):
        discover(cloud(20, 2), np.ones(19, dtype=bool))
