"""Less supply and the price: what never lowers the price outside of the elements it cuts, and how far the rest may."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from market_worlds import Array, happening, shipped_knobs

from didymium.chain.reconcile import base_year
from didymium.market.behaviour import Behaviour, distributions, knobs, read_behaviour
from didymium.market.build import Model, build_model, with_behaviour
from didymium.market.simulate import Run, simulate
from didymium.market.structure import CONCENTRATE, OXIDE, Knobs, Paths
from didymium.world import ELEMENTS, World, load_world

YEARS = 4
EXACT = 1e-9

listed = st.sets(st.integers(0, len(ELEMENTS) - 1), min_size=1).map(sorted)
spans = st.tuples(st.integers(1, 23), st.integers(1, 24)).map(lambda s: slice(s[0], s[0] + s[1]))
shares = st.floats(0.0, 0.98)
draws = st.integers(0, 10_000)


@pytest.fixture(scope="module")
def world() -> World:
    return load_world()


@pytest.fixture(scope="module")
def model(world: World) -> Model:
    return build_model(world, base_year(world), read_behaviour(world), years=YEARS)


def drawn(world: World, model: Model, seed: int) -> tuple[Model, Knobs]:
    """The shipped chain and behaviour drawn anywhere in the ranges of the table."""
    rng, central = np.random.default_rng(seed), read_behaviour(world)
    values = {p.name: float(p.distribution.ppf(rng.uniform(0.02, 0.98))) for p in distributions(world)}
    behaviour: Behaviour = central.with_values(values)
    return with_behaviour(model, central, behaviour), knobs(behaviour)


def shut(model: Model, paths: Paths, when: slice, elements: list[int], open_share: float) -> None:
    """Of oxide, metal and magnets with the ``elements`` only ``open_share`` leaves the inside."""
    links, inside = model.links, model.chain.inside
    border = np.flatnonzero(inside[links.origin] & ~inside[links.to] & (links.form >= 2) & (links.form <= 4))
    paths.open[when, border] = open_share
    paths.banned[np.ix_(border, elements)] = 1.0


def rise(model: Model, knobs: Knobs, cut: Paths, when: slice) -> tuple[Array, Run, Run]:
    """Logarithm of the price outside over that of the run in which nothing happens, while the cut lasts."""
    a, b = (simulate(model, knobs, p) for p in (happening(model, years=YEARS), cut))
    return np.log(b.record.price[when, 1] / a.record.price[when, 1]), a, b


@settings(max_examples=60, deadline=None)
@given(draws, spans, listed)
def test_a_stop_of_exports_of_any_elements_lowers_none_of_their_prices_in_any_step(
    world: World, model: Model, seed: int, when: slice, elements: list[int]
) -> None:
    chain, behaviour = drawn(world, model, seed)
    cut = happening(chain, years=YEARS)
    shut(chain, cut, when, elements, 0.0)
    found = rise(chain, behaviour, cut, when)[0][:, elements]
    assert found.min() >= -EXACT
    assert found[0].min() > 0.05, "the price rises at once"


@settings(max_examples=60, deadline=None)
@example(7754, slice(6, 20), [0, 1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 14], 0.9686397296352061)
@given(draws, spans, listed, shares)
def test_a_ban_of_any_depth_lowers_none_of_their_prices_on_average(
    world: World, model: Model, seed: int, when: slice, elements: list[int], open_share: float
) -> None:
    chain, behaviour = drawn(world, model, seed)
    cut = happening(chain, years=YEARS)
    shut(chain, cut, when, elements, open_share)
    found = rise(chain, behaviour, cut, when)[0][:, elements]
    assert found.mean(axis=0).min() >= -EXACT
    assert found.min() >= -0.02, "in single steps joint products and glut at home may carry it down, by so much at most"


@settings(max_examples=40, deadline=None)
@example(2349, slice(7, 31), 0.828125)
@example(0, slice(1, 18), 0.96875)
@given(draws, spans, st.floats(0.0, 0.98))
def test_less_separated_everywhere_lowers_no_price_until_more_is_made(
    world: World, model: Model, seed: int, when: slice, share: float
) -> None:
    found = slowed(world, model, seed, OXIDE, when, share)
    assert found.min() >= -1e-5


@settings(max_examples=40, deadline=None)
@given(draws, spans, st.floats(0.0, 0.98))
def test_less_mined_everywhere_lowers_no_price_until_more_is_separated(
    world: World, model: Model, seed: int, when: slice, share: float
) -> None:
    found = slowed(world, model, seed, CONCENTRATE, when, share)
    assert found.min() >= -EXACT
    assert found.max() > 5e-4 or share > 0.5 or when.stop - when.start < 6, "something is dearer"


def slowed(world: World, model: Model, seed: int, stage: int, when: slice, share: float) -> Array:
    """What a cut of ``stage`` everywhere to ``share`` adds to prices outside, until more oxide is made in some step."""
    chain, behaviour = drawn(world, model, seed)
    cut = happening(chain, years=YEARS)
    cut.running[when, stage] = share
    found, still, less = rise(chain, behaviour, cut, when)
    more = np.maximum.accumulate(made(less) > made(still) * (1 + 1e-12), axis=0)
    return np.where(more[when], 0.0, found)


def made(run: Run) -> Array:
    """Oxide (steps, 15) that the world makes in each step."""
    total: Array = run.record.output[:, OXIDE].sum(axis=1)
    return total


def test_the_joint_product_of_a_halt_is_cheaper_where_more_of_it_is_separated(model: Model) -> None:
    """Half of all mines off: crackers run on from stock with more clay in it; Er is dearer when that is gone."""
    cut = happening(model, years=YEARS)
    cut.running[6:18, 0] = 0.5
    found, still, less = rise(model, shipped_knobs(), cut, slice(6, 24))
    er = ELEMENTS.index("Er")
    cheaper = found[:, er] < -EXACT
    assert 3 <= cheaper.sum() <= 9 and -0.03 < found[:, er].min() < -0.01
    more, usual = (made(run).cumsum(axis=0)[6:24, er] for run in (less, still))
    assert (more[cheaper] > usual[cheaper]).all()
    assert found[:, er].max() > 0.08
