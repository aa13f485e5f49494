"""Uncertain numbers: what is read, what is refused, and quantiles against scipy's own."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from didymium.world.distributions import (
    Choice,
    Distribution,
    LogNormal,
    Misfit,
    Normal,
    Triangular,
    Uniform,
    bounds,
    centre,
    plain_number,
    read_number,
)

U = np.array([0.001, 0.1, 0.25, 0.5, 0.75, 0.9, 0.999])
FORMS: list[tuple[object, Distribution]] = [
    ({"uniform": [2, 5]}, Uniform(low=2, high=5)),
    ({"triangular": [1, 2, 5]}, Triangular(low=1, mode=2, high=5)),
    ({"normal": {"mean": 1, "sd": 0.5}}, Normal(mean=1, sd=0.5)),
    ({"normal": {"mean": 1, "sd": 0.5, "low": 0, "high": 1.2}}, Normal(mean=1, sd=0.5, low=0, high=1.2)),
    ({"lognormal": {"median": 10, "gsd": 3}}, LogNormal(median=10, gsd=3)),
    ({"choice": [3, 1, 2]}, Choice(values=(3, 1, 2))),
    ({"choice": {"values": [3, 1], "weights": [1, 3]}}, Choice(values=(3, 1), weights=(1, 3))),
]


@pytest.mark.parametrize(("written", "meant"), FORMS)
def test_each_form_is_read_and_written_back(written: object, meant: Distribution) -> None:
    assert read_number(written) == meant
    assert plain_number(meant) == written
    assert read_number(meant) is meant


@pytest.mark.parametrize(
    ("distribution", "scipys"),
    [
        (Uniform(low=2, high=5), stats.uniform(2, 3)),
        (Triangular(low=1, mode=2, high=5), stats.triang(0.25, 1, 4)),
        (Triangular(low=1, mode=1, high=5), stats.triang(0, 1, 4)),
        (Normal(mean=1, sd=0.5), stats.norm(1, 0.5)),
        (Normal(mean=1, sd=0.5, low=0, high=1.2), stats.truncnorm(-2, 0.4, 1, 0.5)),
        (LogNormal(median=10, gsd=3), stats.lognorm(math.log(3), scale=10)),
    ],
)
def test_quantiles_are_those_of_scipy(distribution: Distribution, scipys: object) -> None:
    np.testing.assert_allclose(distribution.ppf(U), scipys.ppf(U), rtol=1e-12)  # type: ignore[attr-defined]
    assert distribution.ppf(U.reshape(7, 1)).shape == (7, 1)


def test_a_choice_gives_each_value_its_weight() -> None:
    even = (np.arange(1000) + 0.5) / 1000
    drawn = Choice(values=(5, 1, 3), weights=(0.2, 0.5, 0.3)).ppf(even)
    assert [int(np.sum(drawn == v)) for v in (1, 3, 5)] == [500, 300, 200]
    assert Choice(values=(5, 1), weights=(1, 0)).ppf([0.0, 1.0]).tolist() == [5, 5]
    assert Choice(values=(1, 5), weights=(0, 1)).ppf(0.0) == 5


def test_the_centre_is_the_median() -> None:
    assert centre(3) == 3
    assert centre(Uniform(low=2, high=5)) == 3.5
    assert centre(LogNormal(median=10, gsd=3)) == pytest.approx(10, rel=1e-15)
    assert centre(Normal(mean=1, sd=2)) == pytest.approx(1, abs=1e-15)


def test_bounds_are_those_that_can_be_drawn() -> None:
    assert bounds(4) == (4, 4)
    assert bounds(Normal(mean=0, sd=1, low=-1)) == (-1, math.inf)
    assert bounds(LogNormal(median=2, gsd=2)) == (0, math.inf)
    assert bounds(Choice(values=(1, 2, 9), weights=(1, 1, 0))) == (1, 2)


@pytest.mark.parametrize(
    ("written", "what", "expected"),
    [
        ({"uniform": [5, 2]}, "the bounds are crossed: 5 to 2", "low < high"),
        ({"uniform": [2, 2]}, "both bounds are 2", "low < high"),
        ({"uniform": [1]}, "1 numbers", "{uniform: [low, high]}"),
        ({"uniform": 3}, "3 does not fit", "{uniform: [low, high]}"),
        ({"uniform": ["a", 3]}, "['a', 3] does not make a uniform distribution", "{uniform: [low, high]}"),
        ({"uniform": [True, 3]}, "[True, 3] does not make a uniform distribution", "{uniform: [low, high]}"),
        ({"uniform": [0, math.inf]}, "[0, inf] does not make a uniform distribution", "{uniform: [low, high]}"),
        ({"triangular": [1, 9, 5]}, "the bounds are crossed: 1, 9, 5", "low <= mode <= high"),
        ({"triangular": [1, 1, 1]}, "both bounds are 1", "low < high"),
        ({"normal": {"mean": 1, "sd": 0}}, "sd is 0", "sd > 0"),
        ({"normal": {"mean": 1, "sd": -1}}, "sd is -1", "sd > 0"),
        ({"normal": {"mean": 1, "sd": 1, "low": 3, "high": 2}}, "the bounds are crossed: 3 to 2", "low < high"),
        ({"normal": {"mean": 0, "sd": 1, "low": 50}}, "nothing is left between 50 and inf", "within 8 sd"),
        ({"normal": {"mean": 0, "sd": 1, "mode": 2}}, "does not make a normal distribution", "mean:, sd:"),
        ({"normal": [1, 2]}, "[1, 2] does not fit", "mean:, sd:"),
        ({"lognormal": {"median": 0, "gsd": 2}}, "median is 0", "median > 0"),
        ({"lognormal": {"median": 1, "gsd": 1}}, "gsd is 1", "gsd > 1"),
        ({"choice": []}, "there is nothing to choose from", "{choice:"),
        ({"choice": {"values": [1, 2], "weights": [1]}}, "1 weights for 2 values", "one weight for each value"),
        ({"choice": {"values": [1, 2], "weights": [1, -1]}}, "a weight is negative", "weights >= 0"),
        ({"choice": {"values": [1, 2], "weights": [0, 0]}}, "all are zero", "sum above 0"),
        ({"uniform": [1, 2], "normal": {}}, "a mapping of 2 keys", "a number, or one of"),
        ("many", "'many' is not a number", "a number, or one of"),
        (True, "true is not a number", "a number, or one of"),
        (None, "an empty value is not a number", "a number, or one of"),
        (math.nan, "nan is not finite", "a number, or one of"),
    ],
)
def test_what_is_no_number_is_refused(written: object, what: str, expected: str) -> None:
    with pytest.raises(Misfit) as caught:
        read_number(written)
    assert what in caught.value.what
    assert expected in caught.value.expected


def test_a_misspelt_distribution_gets_the_nearest_name() -> None:
    with pytest.raises(Misfit) as caught:
        read_number({"unifrom": [1, 2]})
    assert caught.value.cure == "did you mean 'uniform'?"
