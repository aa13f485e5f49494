"""Laws of the market: mass closes, nothing is negative, neither order nor unit matters, scarcity is dear."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from market_worlds import HAPPENINGS, Array, drawn_knobs, happening, permuted, scaled, shipped_knobs, small_model

from didymium.chain.reconcile import base_year
from didymium.market.behaviour import read_behaviour
from didymium.market.build import Model, build_model
from didymium.market.scene import prepare
from didymium.market.simulate import Run, simulate
from didymium.market.structure import Paths
from didymium.world import load_world
from didymium.world.scenario import load_scenario, scenarios

seeds = st.integers(0, 10_000)
names = st.lists(st.sampled_from(sorted(HAPPENINGS)), unique=True, max_size=4)
CLOSE = 1e-9
SIGNED = ("price", "thrift", "mines", "plants", "licence")
"""Logarithms, and what is overdue by law less what was decided."""

UNITLESS = ("price", "paid", "licensed")


@pytest.fixture(scope="module")
def shipped() -> Model:
    world = load_world()
    return build_model(world, base_year(world), read_behaviour(world), years=4)


def run(model: Model, *what: str, seed: int | None = None, steps_per_y: int = 12) -> Run:
    knobs = shipped_knobs() if seed is None else drawn_knobs(np.random.default_rng(seed))
    return simulate(model, knobs, happening(model, *what, steps_per_y=steps_per_y))


def open_mass(run: Run) -> float:
    """Worst mass balance of a step over the largest stock of the element."""
    r = run.record
    change = np.diff(r.stock, axis=0) - (r.mined - r.lost)[1:]
    return float((np.abs(change) / np.maximum(r.stock.max(axis=0), 1e-300)).max())


def assert_lawful(run: Run) -> None:
    assert open_mass(run) <= CLOSE
    below = [n for n, a in zip(run.record._fields, run.record, strict=True) if a.min(initial=0.0) < 0]
    below += [n for n, a in zip(run.state._fields, run.state, strict=True) if a.min(initial=0.0) < -1e-12]
    assert not set(below) - set(SIGNED)
    assert all(np.isfinite(a).all() for a in (*run.record, *run.state))


def assert_alike(a: Array, b: Array, name: str) -> None:
    assert np.abs(a - b).max(initial=0.0) <= CLOSE * max(np.abs(b).max(initial=0.0), 1e-9), name


@settings(max_examples=25, deadline=None)
@given(seeds, st.integers(3, 5), names, st.sampled_from([12, 52]))
def test_mass_closes_and_nothing_is_negative(seed: int, blocs: int, what: list[str], steps_per_y: int) -> None:
    assert_lawful(run(small_model(seed, blocs), *what, seed=seed, steps_per_y=steps_per_y))


@pytest.mark.parametrize("steps_per_y", [12, 52])
def test_mass_closes_in_the_shipped_chain(shipped: Model, steps_per_y: int) -> None:
    assert_lawful(run(shipped, steps_per_y=steps_per_y))


@pytest.mark.parametrize("name", scenarios())
def test_mass_closes_in_every_shipped_scenario(name: str) -> None:
    world = load_world()
    assert_lawful(prepare(world, load_scenario(name, world)).run())


@settings(max_examples=15, deadline=None)
@given(seeds, names, st.permutations(range(4)))
def test_the_order_of_blocs_does_not_matter(seed: int, what: list[str], order: list[int]) -> None:
    model, knobs = small_model(seed), shipped_knobs()
    paths = happening(model, *what)
    other, moved, links = permuted(model, paths, order)
    a, b = simulate(model, knobs, paths).record, simulate(other, knobs, moved).record
    for name in ("used", "wanted", "other", "other_wanted"):
        assert_alike(getattr(b, name), getattr(a, name)[:, order], name)
    assert_alike(b.output, a.output[:, :, order], "output")
    assert_alike(b.shipped, a.shipped[:, links], "shipped")
    assert_alike(b.price, a.price, "price")


@settings(max_examples=15, deadline=None)
@given(seeds, names, st.sampled_from([1e-3, 0.5, 1e3]))
def test_scaling_all_tonnages_scales_all_flows(seed: int, what: list[str], by: float) -> None:
    model, knobs = small_model(seed), shipped_knobs()
    paths = happening(model, *what)
    small, large = simulate(model, knobs, paths).record, simulate(*scaled(model, knobs, paths, by)).record
    for name, a, b in zip(small._fields, small, large, strict=True):
        assert_alike(b, a if name in UNITLESS else a * by, name)


@settings(max_examples=10, deadline=None)
@given(seeds, names)
def test_the_same_run_gives_the_same_bits(seed: int, what: list[str]) -> None:
    model = small_model(seed)
    for a, b in zip(run(model, *what).record, run(model, *what).record, strict=True):
        assert np.array_equal(a, b)


@pytest.mark.parametrize("what", sorted(set(HAPPENINGS) - {"still", "plants"}))
def test_an_event_of_no_length_changes_nothing(what: str) -> None:
    model, knobs = small_model(11), shipped_knobs()
    still, paths = happening(model), happening(model, what)
    over_time: tuple[str, ...] = ("licensed", "open", "tariff", "running", "floor", "reserve_rate", "quota")
    over_time += ("reserve_start",)
    idle = paths._replace(**{name: getattr(still, name) for name in over_time})
    for a, b in zip(simulate(model, knobs, still).record, simulate(model, knobs, idle).record, strict=True):
        assert np.array_equal(a, b)


def yearly(a: Array, steps_per_y: int) -> Array:
    """World's sums by year (years, forms or one)."""
    return a.reshape(-1, steps_per_y, *a.shape[1:]).sum(axis=1).sum(axis=(-2, -1))


@pytest.mark.parametrize(
    ("what", "at_users", "made", "price"),
    [
        ("still", 0.001, 0.001, 0.002),
        ("tariff", 0.001, 0.006, 0.002),
        ("ban", 0.005, 0.02, 0.01),
        ("licences", 0.005, 0.02, 0.01),
    ],
)
def test_weekly_and_monthly_steps_agree(shipped: Model, what: str, at_users: float, made: float, price: float) -> None:
    """World's yearly flows, and the median of yearly prices; the tolerances stand in docs/explanation/market.md."""
    months, weeks = run(shipped, what).record, run(shipped, what, steps_per_y=52).record
    for name, tolerance in (("used", at_users), ("other", at_users), ("output", made)):
        a, b = yearly(getattr(months, name), 12), yearly(getattr(weeks, name), 52)
        assert np.abs(a / b - 1).max() <= tolerance, name
    a, b = (np.log(r.price.reshape(3, -1, 2, 15).mean(axis=1)) for r in (months, weeks))
    assert np.median(np.abs(a - b)) <= price


@pytest.mark.parametrize(
    ("name", "at_users", "made", "price"),
    [
        ("baseline-2024", 0.01, 0.025, 0.01),
        ("licences-2025-04", 0.002, 0.01, 0.01),
        ("controls-2025-10", 0.002, 0.01, 0.01),
        ("full-stop", 0.06, 0.12, 0.02),
        ("kachin-halt", 0.002, 0.01, 0.01),
        ("quota-2010", 0.01, 0.05, 0.01),
        ("ussr-split", 0.01, 0.02, 0.01),
    ],
)
def test_shipped_scenarios_agree_in_weeks_and_in_months(name: str, at_users: float, made: float, price: float) -> None:
    """As above for every year of the run; the tolerances stand in docs/explanation/market.md."""
    world = load_world()
    scenario = load_scenario(name, world)
    months, weeks = (
        prepare(world, scenario.model_copy(update={"step": step})).run().record for step in ("month", "week")
    )
    years = len(months.used) // 12
    for what, tolerance in (("used", at_users), ("other", at_users), ("output", made)):
        a, b = (getattr(r, what)[: years * n] for r, n in ((months, 12), (weeks, 52)))
        assert np.abs(yearly(a, 12) / yearly(b, 52) - 1).max() <= tolerance, what
    a, b = (np.log(r.price[: years * n].reshape(years, n, 2, 15).mean(axis=1)) for r, n in ((months, 12), (weeks, 52)))
    assert np.median(np.abs(a - b)) <= price


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_less_separated_everywhere_never_lowers_the_price_of_the_basket(shipped: Model, share: float) -> None:
    still, cut = happening(shipped), happening(shipped)
    cut.running[6:18, 2] = share
    a, b = (basket(shipped, simulate(shipped, shipped_knobs(), p)) for p in (still, cut))
    assert (b[6:18] >= a[6:18] * (1 - CLOSE)).all()
    assert share > 0.8 or b[17] > 1.05 * a[17]


def test_a_stop_of_exports_never_lowers_a_price_outside_while_it_lasts(shipped: Model) -> None:
    still, cut = happening(shipped), happening(shipped)
    stop(shipped, cut)
    a, b = (simulate(shipped, shipped_knobs(), p).record.price[6:18, 1] for p in (still, cut))
    assert (b >= a * (1 - CLOSE)).all()
    assert np.median(b[2] / a[2]) > 1.3


def basket(model: Model, run: Run) -> Array:
    """Price outside (steps,) of what the world separates in the base year, by worth."""
    worth = model.chain.worth * model.chain.output[2].sum(axis=0)
    price: Array = run.record.price[:, 1] @ worth / worth.sum()
    return price


def stop(model: Model, paths: Paths) -> None:
    """Nothing from oxide to magnets leaves the inside for a year, from July."""
    links, inside = model.links, model.chain.inside
    border = inside[links.origin] & ~inside[links.to] & (links.form >= 2) & (links.form <= 4)
    paths.open[6:18, border], paths.banned[border] = 0.0, 1.0
