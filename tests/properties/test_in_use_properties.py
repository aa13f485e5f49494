"""Laws of in-use stocks: nothing is lost, nothing stays for ever, and a steady stock is inflow times mean life."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from didymium.chain.in_use import outflow, remaining, run_off, stock
from didymium.chain.lifetimes import (
    INFLOW_AT,
    Lifetime,
    hazards,
    retirement_table,
    survival,
    survival_table,
    years_lived,
)

SMALL = settings(max_examples=60, deadline=None)

means = st.floats(0.5, 40)
lifetimes = st.one_of(
    st.builds(Lifetime, st.just("weibull"), means, st.floats(0.7, 12)),
    st.builds(
        lambda family, mean, relative: Lifetime(family, mean, relative * mean),
        st.sampled_from(["normal", "lognormal"]),
        means,
        st.floats(0.05, 0.8),
    ),
    st.builds(Lifetime, st.just("fixed"), means),
)
moments = st.sampled_from(["uniform", *INFLOW_AT])


def inflows(seed: int, classes: int, years: int) -> np.ndarray:
    """Random inflow (classes, years, 3 blocs, 2 elements) over six powers of ten, some of it nothing."""
    rng = np.random.default_rng(seed)
    amounts = 10 ** rng.uniform(-2, 4, (classes, years, 3, 2))
    return np.where(rng.random(amounts.shape) < 0.2, 0.0, amounts)


@SMALL
@given(lifetimes, moments, st.integers(1, 90))
def test_what_leaves_adds_up_to_what_came(life: Lifetime, moment: str, years: int) -> None:
    leave = retirement_table(life, years, moment)
    assert leave.shape == (years,) and leave.min() >= 0
    assert leave.sum() == pytest.approx(1, abs=1e-13)
    assert remaining(leave)[-1] == 0


@SMALL
@given(lifetimes, moments)
def test_survival_falls_from_one_and_hazards_rebuild_it(life: Lifetime, moment: str) -> None:
    table = survival_table(life, 60, moment)
    assert table.max() <= 1 and table.min() >= 0 and np.diff(table).max() <= 0
    np.testing.assert_allclose(np.cumprod(1 - hazards(table)), table, atol=1e-12)


@SMALL
@given(lifetimes)
def test_inflow_through_the_year_lies_between_that_at_its_ends(life: Lifetime) -> None:
    start, through, end = (survival_table(life, 40, m) for m in ("start", "uniform", "end"))
    assert (start <= through + 1e-12).all() and (through <= end + 1e-12).all()


@SMALL
@given(lifetimes, st.floats(0.1, 1e6))
def test_a_steady_stock_is_inflow_times_mean_life(life: Lifetime, yearly: float) -> None:
    """Exactly so under inflow through the year; a normal is not cut at age 0, so its mean life in use is longer."""
    years = 3000
    leave = retirement_table(life, years + 1)
    held = float(stock(np.full((1, 1, years, 1), yearly), leave[None])[0, 0, 0])
    mean = life.mean_y
    if life.family == "normal":
        z = life.mean_y / life.spread
        mean = life.mean_y * ndtr(z) + life.spread * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    assert held == pytest.approx(yearly * mean, rel=1e-5)
    assert held == pytest.approx(yearly * float(years_lived(life, years)), rel=1e-12)


@SMALL
@given(st.integers(0, 2**32 - 1), st.lists(lifetimes, min_size=1, max_size=4), moments, st.booleans())
def test_mass_closes_every_year(seed: int, lives: list[Lifetime], moment: str, compiled: bool) -> None:
    inflow = inflows(seed, len(lives), 40)
    leave = np.stack([retirement_table(life, 25, moment) for life in lives])
    left, held = run_off(inflow, leave, compiled=compiled)
    change = np.diff(held, axis=1, prepend=0.0)
    assert np.abs(change - (inflow - left)).max() <= 1e-12 * inflow.sum(axis=1).max()
    # The stock is also what stays of every vintage: cohorts and series are the same model.
    cohorts = np.moveaxis(inflow, 1, 2)
    for year in (0, 7, 39):
        seen = cohorts[:, :, : year + 1]
        scale = inflow.sum(axis=1).max()
        np.testing.assert_allclose(outflow(seen, leave), left[:, year], rtol=1e-12, atol=1e-13 * scale)
        np.testing.assert_allclose(stock(seen, leave), held[:, year], rtol=1e-12, atol=1e-12 * scale)


@SMALL
@given(st.integers(0, 2**32 - 1), lifetimes, st.integers(1, 50))
def test_the_compiled_sum_over_vintages_is_the_plain_one(seed: int, life: Lifetime, ages: int) -> None:
    from didymium.chain.in_use_kernels import left_in_year

    cohorts = np.moveaxis(inflows(seed, 2, 30), 1, 2).copy()
    leave = np.stack([retirement_table(life, ages), retirement_table(Lifetime("fixed", 3.0), ages)])
    out = np.full((2, 3, 2), np.nan)
    for last in (0, 4, 29):
        left_in_year(cohorts, last, leave, out)
        np.testing.assert_allclose(out, outflow(cohorts[:, :, : last + 1], leave), rtol=1e-12, atol=1e-12)


@SMALL
@given(lifetimes, st.floats(0, 80), st.floats(0, 80))
def test_years_lived_grow_by_no_more_than_time(life: Lifetime, a: float, b: float) -> None:
    early, late = sorted((a, b))
    lived = float(years_lived(life, late) - years_lived(life, early))
    assert float(survival(life, late)) * (late - early) - 1e-9 <= lived
    assert lived <= float(survival(life, early)) * (late - early) + 1e-9
