"""The fit finds planted parameters, its draws cover them, and bounds hold."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from didymium.chain.structure import Array
from didymium.errors import SolveError
from didymium.market.fit import Bounded, Draw, Fitted, fit, quantiles, weights_of

RATE, LEVEL = Bounded("rate", "1/y", 0.1, 10), Bounded("level", "t", 0, 4)
TIMES = np.linspace(0, 3, 40)
SIGMA = 0.05


def decay(values: dict[str, float]) -> Array:
    found: Array = values["level"] * np.exp(-values["rate"] * TIMES)
    return found


def spread(found: Fitted, name: str, share: float) -> tuple[float, float]:
    """The interval of a parameter in the approximation: bounds are mapped as values are, so quantiles are too."""
    k = [p.name for p in found.parameters].index(name)
    reach = NormalDist().inv_cdf((1 + share) / 2) * math.sqrt(found.covariance[k, k])
    low, high = (found.parameters[k].value(float(found.at[k]) + side * reach) for side in (-1, 1))
    return low, high


def residuals_of(planted: dict[str, float], noise: Array) -> Callable[[dict[str, float]], Array]:
    seen = decay(planted) + SIGMA * noise
    return lambda values: (seen - decay(values)) / SIGMA


@pytest.mark.parametrize("planted", [{"rate": 0.8, "level": 2.5}, {"rate": 3.0, "level": 1.0}])
def test_planted_parameters_are_found_within_their_spread(planted: dict[str, float]) -> None:
    noise = np.random.default_rng(4).standard_normal(len(TIMES))
    found = fit((RATE, LEVEL), residuals_of(planted, noise))
    for name, value in planted.items():
        low, high = spread(found, name, 0.99)
        assert low < value < high
        assert found.values[name] == pytest.approx(value, rel=0.15)
    assert found.runs > 0


def test_a_parameter_that_nothing_tells_of_keeps_its_prior() -> None:
    idle = Bounded("idle", "1", 0, 1)
    found = fit((RATE, LEVEL, idle), residuals_of({"rate": 0.8, "level": 2.5}, np.zeros(len(TIMES))))
    low, high = spread(found, "idle", 0.9)
    assert found.values["idle"] == pytest.approx(0.5, abs=1e-3)
    reach = 1 / (1 + math.exp(-1.645 * 1.5))
    assert high == pytest.approx(reach, abs=0.03)
    assert low == pytest.approx(1 - reach, abs=0.03)


def test_progress_rises_to_at_most_one() -> None:
    told: list[float] = []
    fit((RATE, LEVEL), residuals_of({"rate": 1, "level": 2}, np.zeros(len(TIMES))), starts=2, progress=told.append)
    assert told == sorted(told)
    assert 0.5 < told[-1] <= 1


def test_residuals_that_are_not_finite_end_in_an_error_for_people() -> None:
    with pytest.raises((SolveError, ValueError)):
        fit((RATE,), lambda values: np.array([math.nan]), starts=1)


@given(st.floats(-6, 6), st.sampled_from([RATE, LEVEL, Bounded("cut", "1", -0.5, -0.1)]))
def test_values_stay_within_their_bounds(u: float, bounded: Bounded) -> None:
    assert bounded.low - 1e-12 <= bounded.value(u) <= bounded.high + 1e-12
    assert bounded.value(u) <= bounded.value(u + 0.1)


def test_the_middle_of_a_wide_range_is_its_geometric_mean() -> None:
    assert RATE.value(0) == pytest.approx(1.0)
    assert LEVEL.value(0) == pytest.approx(2.0)


def test_weights_turn_wide_draws_into_the_posterior() -> None:
    """A normal posterior of known width, drawn from the fit: the weighted width is the exact one."""
    noise = np.zeros(len(TIMES))
    residuals = residuals_of({"rate": 0.8, "level": 2.5}, noise)
    found = fit((RATE, LEVEL), residuals)
    draws = found.draws(800, seed=1)
    weights = weights_of(draws, [residuals(d.values) for d in draws])
    assert weights.sum() == pytest.approx(1)
    assert 1 / (weights**2).sum() > 400
    low, high = quantiles(np.array([d.values["rate"] for d in draws]), weights, (0.05, 0.95))
    exact = spread(found, "rate", 0.9)
    assert (low, high) == pytest.approx(exact, rel=0.05)


def test_a_round_of_draws_moves_to_where_the_weights_are() -> None:
    residuals = residuals_of({"rate": 0.8, "level": 2.5}, np.zeros(len(TIMES)))
    found = fit((RATE, LEVEL), residuals)
    off = type(found)(found.parameters, found.at + 0.02, found.covariance * 9, found.cost, found.runs)
    draws = off.draws(400, seed=0)
    weights = weights_of(draws, [residuals(d.values) for d in draws])
    closer = off.drawn_to(draws, weights)
    assert np.abs(closer.at - found.at).max() < 0.02
    assert (np.diag(closer.covariance) < np.diag(off.covariance)).all()


def test_draws_are_those_of_their_seed() -> None:
    found = fit((RATE, LEVEL), residuals_of({"rate": 1, "level": 2}, np.zeros(len(TIMES))), starts=1)
    assert [d.values for d in found.draws(5, 3)] == [d.values for d in found.draws(5, 3)]
    assert found.draws(5, 3)[0].values != found.draws(5, 4)[0].values


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=30))
def test_quantiles_of_equal_weights_are_within_the_values_and_in_order(values: list[float]) -> None:
    weights = np.full(len(values), 1 / len(values))
    low, middle, high = quantiles(np.array(values), weights, (0.05, 0.5, 0.95))
    assert min(values) <= low <= middle <= high <= max(values)


def test_quantiles_follow_the_weights() -> None:
    assert quantiles(np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 0.0]), (0.5,)) == (2.0,)
    assert Draw({"a": 1.0}, np.zeros(1), 0.0).values["a"] == 1.0
