"""The market as a task: one scene per process, all that is sampled counts, and dependence is that of the trace."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ensembles import bits, contents

from didymium.chain.flows import basket_weights
from didymium.chain.reconcile import BASKETS
from didymium.chain.trace import trace
from didymium.ensemble.columns import columns_of, flatten
from didymium.ensemble.market_task import OUTPUTS, MarketTask, market_task, paired
from didymium.ensemble.run import run_ensemble
from didymium.ensemble.sample import draws, member_seed
from didymium.market.results import BASKET_NAMES, MAGNET_BASKET
from didymium.market.year_flows import dependence, home_of, year_flows, yearly
from didymium.world import ELEMENTS, World
from didymium.world.scenario import load_scenario, parse_scenario

SHORT = "name: short\nquestion: q?\nbase: licences-2025-04\nstep: month\nstart: 2024-01\nend: 2025-12\n"


@pytest.fixture(scope="module")
def task(world: World) -> MarketTask:
    return market_task(world, parse_scenario(SHORT, "short.yaml", world))


def test_every_output_has_the_shape_that_it_states(task: MarketTask) -> None:
    found = task.run({}, 1)
    assert set(found) == set(OUTPUTS)
    for name, output in task.outputs.items():
        assert found[name].shape == tuple(len(task.coords[d]) for d in output.dims), name
        assert not np.isnan(found[name]).all(), name


def test_licences_are_kept_only_where_there_are_some(world: World) -> None:
    assert "licensed" not in market_task(world, load_scenario("baseline-2024", world)).outputs


def test_a_copy_in_another_process_gives_the_same_bits(task: MarketTask) -> None:
    packed = pickle.dumps(task)
    assert len(packed) < 2_000_000
    copy = pickle.loads(packed)
    for name, value in task.run({"price_shortage": 2.0}, 7).items():
        np.testing.assert_array_equal(copy.run({"price_shortage": 2.0}, 7)[name], value)


def test_an_ensemble_gives_the_same_bits_from_one_process_from_two_and_here(task: MarketTask, tmp_path: Path) -> None:
    one, two = (run_ensemble(task, tmp_path / str(n), runs=8, seed=1, workers=n, chunk=2).store for n in (1, 2))
    assert bits(one) == bits(two)
    kept = contents(one)
    points = draws(task.parameters, 8, 1, "sobol")
    names = [p.name for p in task.parameters]
    for m in range(8):
        found = task.run(dict(zip(names, points[m].tolist(), strict=True)), member_seed(1, m, "sobol", len(names)))
        for name, output in task.outputs.items():
            rows = flatten(name, output, task.coords, found[name])
            for column, row in zip(columns_of(name, output, task.coords), rows, strict=True):
                np.testing.assert_array_equal(np.ravel(kept[column.name][m]), row, strict=False)
    assert len({row[1:] for row in bits(one)}) == 8, "every member is another"


def test_every_parameter_that_is_drawn_moves_something(task: MarketTask) -> None:
    base = task.run({}, None)
    for p in task.parameters:
        found = task.run({p.name: float(p.distribution.ppf(0.9))}, None)
        assert any(not np.array_equal(found[n], base[n], equal_nan=True) for n in base), p.name


def test_seeds_move_the_starts_of_projects_alone(world: World) -> None:
    task = market_task(world, load_scenario("go-alone", world))
    one, again, other = task.run({}, 1), task.run({}, 1), task.run({}, 2)
    np.testing.assert_array_equal(one["magnets"], again["magnets"])
    assert not np.array_equal(one["magnets"], other["magnets"])


def test_the_fingerprint_changes_with_the_scenario(task: MarketTask, world: World) -> None:
    changed = parse_scenario(SHORT.replace("2025-12", "2025-11"), "short.yaml", world)
    assert market_task(world, changed).fingerprint != task.fingerprint
    assert market_task(world, task.scenario).fingerprint == task.fingerprint


@pytest.mark.parametrize("module", ["ensemble/sample.py", "ensemble/market_task.py", "market/results.py"])
def test_the_fingerprint_changes_with_the_code_that_makes_members(
    task: MarketTask, world: World, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    plain = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda f: plain(f) + b"#" * f.as_posix().endswith(f"didymium/{module}"))
    assert market_task(world, task.scenario).fingerprint != task.fingerprint


def test_pairs_draw_the_same_figures(task: MarketTask, world: World) -> None:
    one, other = paired(task, market_task(world, load_scenario("baseline-2024", world)))
    assert [p.name for p in one.parameters] == [p.name for p in other.parameters]
    assert {p.name for p in task.parameters} <= {p.name for p in other.parameters}
    draw = {p.name: float(p.distribution.ppf(0.3)) for p in other.parameters}
    np.testing.assert_array_equal(
        other.run(draw, 3)["mined"],
        replace(other, shared=()).run({p.name: draw[p.name] for p in other.own}, 3)["mined"],
    )


@pytest.mark.parametrize("basket", BASKET_NAMES)
def test_dependence_in_a_simulated_year_is_that_of_the_trace(task: MarketTask, basket: str) -> None:
    run = task.scene.run({}, 5)
    found = dependence(home_of(run, range(len(ELEMENTS))), basket_weights(BASKETS[basket]))
    for year in (2024, 2025):
        traced = trace(year_flows(run, year))
        wanted = [traced.dependence(b, BASKETS[basket]) for b in traced.blocs]
        np.testing.assert_allclose(found[year - 2024], wanted, atol=1e-10)


def test_a_year_of_flows_is_what_was_recorded(task: MarketTask) -> None:
    run = task.scene.run({}, 5)
    flows = year_flows(run, 2025)
    np.testing.assert_allclose(flows.nodes["mine"], run.record.output[12:24, 0].sum(axis=0))
    np.testing.assert_allclose(flows.use().sum(), run.record.shipped[12:24, run.model.links.form == 5].sum())
    # What is taken back in a year is a part of the oxide made in it.
    assert (flows.nodes["recycled"] <= run.record.output[12:24, 2].sum(axis=0) * (1 + 1e-9)).all()
    np.testing.assert_allclose(yearly(run, run.record.mined)[1], run.record.mined[12:24].sum(axis=0))


def test_a_year_outside_the_run_is_refused(task: MarketTask) -> None:
    from didymium.errors import DidymiumError

    with pytest.raises(DidymiumError, match="2026"):
        year_flows(task.scene.run({}, 5), 2026)


def test_results_add_up(task: MarketTask) -> None:
    found, run = task.run({}, 5), task.scene.run({}, 5)
    np.testing.assert_allclose(found["magnet_exports"].sum(axis=1), found["exports"][:, 2])
    np.testing.assert_allclose(found["mined"].sum(axis=1) / 12, run.record.mined.sum(axis=1))
    made = run.record.output[:, 4] @ MAGNET_BASKET
    np.testing.assert_allclose(found["china_share"][:, 4], made[:, 0] / made.sum(axis=1))
    known = [k for k, usd in enumerate(found["price_base"]) if np.isfinite(usd)]
    assert len(known) >= 8, "a price of the base year that is missing is a gap"
    at = [ELEMENTS.index(task.coords["element"][k]) for k in known]
    np.testing.assert_allclose((found["price_ask"] / found["price_base"])[:, known], run.record.price[:, 1][:, at])
