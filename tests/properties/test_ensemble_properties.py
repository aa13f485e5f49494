"""Ensembles: whatever the chunks, the workers and the point of a kill, a store ends up holding the same."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from ensembles import Fragile, Interrupted, Walk, bits, run
from hypothesis import given, settings
from hypothesis import strategies as st

from didymium.ensemble.fans import fans
from didymium.ensemble.prim import discover, inside
from didymium.ensemble.sample import Design, draws, member_seed
from didymium.ensemble.sensitivity import first_order
from didymium.ensemble.store import open_store, ranges

RUNS = 23


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, ...]]:
    return bits(run(Fragile(), tmp_path_factory.mktemp("ensemble"), RUNS, chunk=RUNS).store)


@given(chunks=st.lists(st.integers(1, 9), min_size=1, max_size=3), parts=st.lists(st.integers(1, RUNS), max_size=2))
@settings(max_examples=15, deadline=None)
def test_any_chunks_and_any_growth_give_the_same_store(
    whole: list[tuple[object, ...]], chunks: list[int], parts: list[int]
) -> None:
    with TemporaryDirectory() as folder:
        for i, runs in enumerate([*parts, RUNS]):
            report = run(Fragile(), Path(folder), runs, chunk=chunks[i % len(chunks)])
        assert bits(report.store) == whole


@given(chunk=st.integers(1, 9), workers=st.integers(2, 3))
@settings(max_examples=2, deadline=None)
def test_any_number_of_workers_gives_the_same_store(whole: list[tuple[object, ...]], chunk: int, workers: int) -> None:
    with TemporaryDirectory() as folder:
        assert bits(run(Fragile(), Path(folder), RUNS, chunk=chunk, workers=workers).store) == whole


@given(at=st.integers(0, RUNS - 1), chunk=st.integers(1, 9), later=st.integers(1, 9))
@settings(max_examples=15, deadline=None)
def test_a_run_cut_short_at_any_member_resumes_to_the_same_store(at: int, chunk: int, later: int) -> None:
    with TemporaryDirectory() as folder, TemporaryDirectory() as other:
        with pytest.raises(KeyboardInterrupt):
            run(Interrupted(member_seed=member_seed(1, at, "sobol", 2)), Path(folder), RUNS, chunk=chunk)
        kept = ranges(open_store(folder))
        assert sum(end - start for start, end in kept) <= at
        report = run(Walk(), Path(folder), RUNS, chunk=later)
        assert set(kept) <= set(ranges(report.store))
        assert bits(report.store) == bits(run(Walk(), Path(other), RUNS).store)


@given(lost=st.sets(st.integers(0, 7), min_size=1), chunk=st.integers(1, 9))
@settings(max_examples=15, deadline=None)
def test_any_lost_files_are_run_anew(lost: set[int], chunk: int) -> None:
    with TemporaryDirectory() as folder:
        store = run(Walk(), Path(folder), RUNS, chunk=3).store
        before = bits(store)
        files = sorted(store.folder.glob("*.parquet"))
        for k in lost:
            files[k].unlink()
        report = run(Walk(), Path(folder), RUNS, chunk=chunk)
        assert report.ran == sum(2 if k == 7 else 3 for k in lost)
        assert bits(store) == before


@given(few=st.integers(1, 64), more=st.integers(0, 64), seed=st.integers(0, 2**32))
def test_more_runs_leave_the_draws_of_the_first_as_they_were(few: int, more: int, seed: int) -> None:
    parameters = Walk().parameters
    np.testing.assert_array_equal(draws(parameters, few, seed), draws(parameters, few + more, seed)[:few])


@given(points=st.integers(0, 4), more=st.integers(0, 3), seed=st.integers(0, 2**32))
def test_more_points_of_a_saltelli_design_leave_the_first(points: int, more: int, seed: int) -> None:
    few, many = (4 * 2**m for m in (points, points + more))
    parameters = Walk().parameters
    first = draws(parameters, many, seed, "saltelli")[:few]
    np.testing.assert_array_equal(draws(parameters, few, seed, "saltelli"), first)


@given(seed=st.integers(0, 2**32), design=st.sampled_from(["sobol", "latin"]))
def test_the_same_seed_gives_the_same_draws_and_another_seed_others(seed: int, design: Design) -> None:
    first, again, other = (draws(Walk().parameters, 16, s, design) for s in (seed, seed, seed + 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@given(shares=st.lists(st.floats(0, 1), min_size=2, max_size=5))
@settings(max_examples=10, deadline=None)
def test_fans_do_not_cross(shares: list[float]) -> None:
    with TemporaryDirectory() as folder:
        store = run(Walk(), Path(folder), 9).store
        values = fans(store, ["first_stop"], {"element": "Nd,Dy"}, sorted(shares))["first_stop"].values
    assert (values[1:] >= values[:-1]).all()


@given(seed=st.integers(0, 1000), order=st.permutations([0, 1, 2]))
@settings(max_examples=20, deadline=None)
def test_the_order_of_inputs_changes_no_index(seed: int, order: list[int]) -> None:
    x = np.random.default_rng(seed).random((200, 3))
    y = 2 * x[:, 0] + x[:, 1] ** 2
    plain, moved = (first_order(d, y, resamples=2).first for d in (x, x[:, order]))
    np.testing.assert_array_equal(moved, plain[order])


@given(seed=st.integers(0, 1000), cut=st.floats(0.2, 0.8))
@settings(max_examples=20, deadline=None)
def test_a_box_holds_what_it_says(seed: int, cut: float) -> None:
    x = np.random.default_rng(seed).random((150, 3))
    interest = x[:, 0] + 0.3 * x[:, 1] < cut
    box, trajectory = discover(x, interest)
    for b in (box, *trajectory):
        within = inside(x, b)
        assert b.mass == within.mean()
        assert b.density == pytest.approx(interest[within].mean())
        assert b.coverage == pytest.approx(interest[within].sum() / interest.sum())
    masses = [b.mass for b in trajectory]
    assert masses[0] == 1.0
    assert masses == sorted(masses, reverse=True)
    assert len(set(masses)) == len(masses)
