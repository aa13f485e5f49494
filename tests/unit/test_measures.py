"""Indicators against numbers worked by hand; the arithmetic stands beside each."""

from __future__ import annotations

import math

import numpy as np
import pytest

from didymium.indicators import (
    gross_import_share,
    hhi,
    n_minus_1_cover,
    net_import_reliance,
    shares,
    stock_cover_weeks,
    supply_risk,
)

NOTHING = np.zeros(3)


def test_shares() -> None:
    assert shares(np.array([270.0, 45.0, 75.0])) == pytest.approx([0.6923, 0.1154, 0.1923], abs=5e-5)
    assert (shares(NOTHING) == 0).all()
    with pytest.raises(ValueError, match="negative"):
        shares(np.array([1.0, -1.0]))


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ([60.0, 30.0, 10.0], 4600),  # 3600 + 900 + 100
        ([7.0], 10_000),
        ([5.0, 5.0, 5.0, 5.0], 2500),
        ([270.0, 45.0, 75.0], 5296.0),  # (270² + 45² + 75²) / 390² · 10,000 = 80,550 / 152,100 · 10,000
    ],
)
def test_hhi(amounts: list[float], expected: float) -> None:
    assert hhi(np.array(amounts)) == pytest.approx(expected, abs=0.2)


def test_hhi_of_nothing_is_unknown_rather_than_spread_out() -> None:
    assert math.isnan(hhi(NOTHING))
    assert math.isnan(hhi(np.array([])))


@pytest.mark.parametrize(
    ("imports", "exports", "output", "draw", "expected"),
    [
        (100, 30, 50, 5, 0.6),  # 75 / (50 + 75)
        (100, 0, 0, 0, 1.0),
        (0, 0, 80, 20, 0.2),  # stock that is used up counts as supply from outside the year's output
        (10, 40, 100, 0, -3 / 7),  # a net exporter: −30 / 70
    ],
)
def test_net_import_reliance(imports: float, exports: float, output: float, draw: float, expected: float) -> None:
    assert net_import_reliance(imports, exports, output, draw) == pytest.approx(expected)


def test_reliance_without_consumption_is_unknown() -> None:
    assert math.isnan(net_import_reliance(0, 50, 50))
    assert math.isnan(gross_import_share(0, 0))
    assert math.isnan(stock_cover_weeks(10, 0))
    assert math.isnan(n_minus_1_cover(NOTHING))


def test_gross_import_share() -> None:
    assert gross_import_share(30, 70) == pytest.approx(0.3)
    assert gross_import_share(0, 1) == 0


def test_n_minus_1_cover() -> None:
    suppliers = np.array([91.0, 5.0, 4.0])
    assert n_minus_1_cover(suppliers) == pytest.approx(0.09)
    assert n_minus_1_cover(suppliers, demand=9) == pytest.approx(1.0)
    assert n_minus_1_cover(np.array([100.0])) == 0


def test_stock_cover_in_weeks() -> None:
    # 100 t at 1,200 t a year last 1/12 of 52.18 weeks.
    assert stock_cover_weeks(100, 1200) == pytest.approx(4.348, abs=5e-4)


WORLD = np.array([0.6, 0.3, 0.1])
SOURCING = np.array([0.2, 0.8, 0.0])
GOVERNANCE = np.array([5.0, 2.0, 8.0])


@pytest.mark.parametrize(
    ("reliance", "recycled", "substitution", "trade", "expected"),
    [
        # World: 0.36·5 + 0.09·2 + 0.01·8 = 2.06. Sourcing: 0.04·5 + 0.64·2 = 1.48.
        (0.0, 0.0, 1.0, None, 1.48),
        (1.0, 0.0, 1.0, None, 1.77),  # half of each
        (0.5, 0.2, 0.9, None, 1.17),  # (2.06·0.25 + 1.48·0.75)·0.8·0.9 = 1.625·0.72
        (0.5, 0.2, 0.9, [1.2, 1.0, 1.0], 1.2564),  # (2.42·0.25 + 1.52·0.75)·0.72
        (-0.4, 0.0, 1.0, None, 1.48),  # a net exporter is as one that imports nothing
        (0.5, 1.0, 1.0, None, 0.0),
    ],
)
def test_supply_risk_of_the_european_union(
    reliance: float, recycled: float, substitution: float, trade: list[float] | None, expected: float
) -> None:
    """European Commission 2017, Methodology for establishing the EU list of critical raw materials: Guidelines."""
    t = None if trade is None else np.array(trade)
    found = supply_risk(WORLD, SOURCING, GOVERNANCE, reliance, recycled, substitution, t)
    assert found == pytest.approx(expected)
