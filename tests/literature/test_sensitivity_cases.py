"""Sobol' indices of a function whose indices are known.

Ishigami & Homma (1990), Proc. ISUMA '90:398, with a = 7 and b = 0.1: f = sin x1 + a sin² x2 + b x3⁴ sin x1 on (-π, π)³.
Its variance splits in closed form (Saltelli et al. 2008, Global Sensitivity Analysis, section 4.5 and exercise 2).
"""

from __future__ import annotations

from math import pi

import numpy as np
import pytest

from didymium.ensemble.sample import Design, draws
from didymium.ensemble.sensitivity import first_order, saltelli_indices
from didymium.ensemble.task import Array
from didymium.errors import DidymiumError
from didymium.report.simulation import LEAST_SHARE
from didymium.world.distributions import Uniform
from didymium.world.scenario_draw import Uncertain

A, B = 7.0, 0.1
V1 = 0.5 * (1 + B * pi**4 / 5) ** 2
V2 = A**2 / 8
V13 = B**2 * pi**8 * (1 / 18 - 1 / 50)
V = V1 + V2 + V13
FIRST = np.array([V1, V2, 0]) / V
TOTAL = np.array([V1 + V13, V2, V13]) / V


ANGLES = tuple(Uncertain(name, "1", Uniform(low=-pi, high=pi)) for name in ("x1", "x2", "x3"))


def ishigami(x: Array) -> Array:
    y: Array = np.sin(x[:, 0]) + A * np.sin(x[:, 1]) ** 2 + B * x[:, 2] ** 4 * np.sin(x[:, 0])
    return y


def test_the_printed_indices_are_those_of_the_formula() -> None:
    # Printed with three digits in many places: 0.314, 0.442, 0; totals 0.558, 0.442, 0.244.
    np.testing.assert_allclose(FIRST, [0.314, 0.442, 0], atol=5e-4)
    np.testing.assert_allclose(TOTAL, [0.558, 0.442, 0.244], atol=5e-4)


@pytest.mark.parametrize("seed", range(3))
def test_a_saltelli_ensemble_finds_first_and_total_indices(seed: int) -> None:
    found = saltelli_indices(ishigami(draws(ANGLES, 5 * 2048, seed, "saltelli")), 3)
    np.testing.assert_allclose(found.first, FIRST, atol=0.03)
    np.testing.assert_allclose(found.total, TOTAL, atol=0.03)
    assert found.total is not None and found.total_low is not None and found.total_high is not None
    for low, value, high in (
        (found.first_low, found.first, found.first_high),
        (found.total_low, found.total, found.total_high),
    ):
        assert (low < value).all() and (value < high).all()


@pytest.mark.parametrize(("design", "atol"), [("sobol", 0.03), ("latin", 0.06)])
@pytest.mark.parametrize("seed", range(3))
def test_any_ensemble_finds_first_order_indices(design: Design, atol: float, seed: int) -> None:
    drawn = draws(ANGLES, 1000, seed, design)
    found = first_order(drawn, ishigami(drawn), seeded=False)
    np.testing.assert_allclose(found.first, FIRST, atol=atol)
    assert found.total is None


def test_noise_of_a_seed_shared_within_a_point_is_no_effect_of_an_input() -> None:
    # Additive noise that the members of a point share has an index of its own and leaves no total to the inputs.
    drawn = draws(ANGLES, 5 * 1024, 2, "saltelli")
    noise = np.repeat(np.random.default_rng(0).normal(size=1024), 5)
    found = saltelli_indices(drawn[:, 0] + noise, 3)
    assert found.total is not None
    np.testing.assert_allclose(found.total, [pi**2 / 3 / (pi**2 / 3 + 1), 0, 0], atol=0.05)
    np.testing.assert_array_equal(found.total[1:], 0)


def test_an_input_with_few_values_is_classed_by_value() -> None:
    x = np.repeat([0.0, 1.0], 500)[:, None]
    y = np.concatenate([np.tile([1.0, 3.0], 250), np.tile([5.0, 7.0], 250)])
    # Means 2 and 6: between 4, within 1.
    assert first_order(x, y, seeded=False, resamples=2).first[0] == pytest.approx(4 / 5, abs=1e-12)
    # Were the fifth that is left chance, two classes of 1,000 members would explain 1 / 998 of it.
    assert first_order(x, y, resamples=2).first[0] == pytest.approx(4 / 5 - 1 / 998 / 5, abs=1e-12)


@pytest.mark.parametrize("members", [128, 1000])
def test_members_that_are_noise_have_no_driver(members: int) -> None:
    inputs = [Uncertain(f"x{j}", "1", Uniform(low=0.0, high=1.0)) for j in range(40)]
    noise = np.random.default_rng(1).normal(size=members)
    found = first_order(draws(inputs, members, 1), noise)
    # By chance alone the means of half of sqrt(members) classes explain 0.031 and 0.014.
    assert abs(found.first.mean()) < 0.1 / np.sqrt(members)
    assert (found.first_low < found.first).all() and (found.first < found.first_high).all()
    assert found.first_low.max() < LEAST_SHARE


def test_an_effect_among_noise_has_its_share() -> None:
    found = []
    for seed in range(8):
        x = draws(ANGLES, 256, seed)
        noise = np.random.default_rng(seed).normal(size=256) * pi / np.sqrt(3) * 2
        found.append(first_order(x, x[:, 0] + noise, resamples=2).first)
    # Variances of pi²/3 and four times that. Eight classes leave 1/64 of the effect within them.
    np.testing.assert_allclose(np.mean(found, axis=0), [0.2 * 63 / 64, 0, 0], atol=0.015)


def test_a_constant_result_has_no_driver() -> None:
    assert list(first_order(np.random.default_rng(0).random((50, 2)), np.ones(50)).first) == [0, 0]


@pytest.mark.parametrize(
    ("members", "says"), [(10, "sensitivity from 10 members"), (30, "no finite value in 1 of 30 members")]
)
def test_too_few_members_or_a_gap_are_refused(members: int, says: str) -> None:
    y = np.arange(float(members))
    y[3] = np.nan if members == 30 else 3
    with pytest.raises(DidymiumError, match=says):
        first_order(np.ones((members, 1)), y)


def test_a_saltelli_ensemble_with_a_member_missing_is_refused() -> None:
    with pytest.raises(DidymiumError, match="a Saltelli design of 3 parameters with 39 runs"):
        saltelli_indices(np.arange(39.0), 3)
