"""Results: a dataset with labels and units, fans and first passages that agree with plain numpy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ensembles import MONTHS, Fragile, Walk, let_come_later, run

import didymium.ensemble.fans as fans_module
from didymium.ensemble.columns import TIME
from didymium.ensemble.dataset import open_dataset, read_drawn, rows
from didymium.ensemble.fans import FAN, fans, first_passage, quantiles_of
from didymium.ensemble.sample import draws, member_seed
from didymium.ensemble.series import Difference, OneRun, Series, Stored, Wish, common_times, interest
from didymium.ensemble.store import Store, ranges, read_draws
from didymium.errors import DidymiumError, UnknownName

RUNS = 40


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return run(Walk(), tmp_path_factory.mktemp("ensemble") / "store", RUNS, chunk=7).store


@pytest.fixture(scope="module")
def prices() -> np.ndarray:
    """Prices of all members, worked out without a store."""
    task = Walk()
    drawn = [dict(zip(("start", "step"), d, strict=True)) for d in draws(task.parameters, RUNS, 1)]
    return np.array([task.run(d, member_seed(1, k, "sobol", 2))["price"] for k, d in enumerate(drawn)])


def test_a_dataset_has_the_values_labels_and_units(store: Store, prices: np.ndarray) -> None:
    data = open_dataset(store)
    assert data["price"].dims == ("member", "element", "time", "bloc")
    np.testing.assert_array_equal(data["price"].values, prices)
    assert data["price"].attrs == {"units": "USD/kg", "long_name": "Price outside"}
    assert list(data["time"].values) == list(MONTHS)
    assert list(data["element"].values) == ["Nd", "Dy", "Tb"]
    assert data["total"].dims == ("member",)
    assert data["first_stop"].dims == ("member", "element")
    assert data.attrs["seed"] == 1
    assert data.attrs["failed"] == 0


def test_draws_come_with_their_units(store: Store) -> None:
    data = open_dataset(store)
    np.testing.assert_array_equal(data["draw"].values, draws(Walk().parameters, RUNS, 1))
    assert list(data["parameter"].values) == ["start", "step"]
    assert list(data["parameter_unit"].values) == ["USD/kg", "USD/kg"]


@pytest.mark.parametrize(
    ("where", "index"),
    [
        ({"element": "Dy"}, np.s_[:, 1:2]),
        ({"element": "dy, TB", "bloc": "eur"}, np.s_[:, 1:3, :, 1:2]),
        ({"time": "2025-04"}, np.s_[:, :, 3:4]),
    ],
)
def test_conditions_choose_by_label(
    store: Store, prices: np.ndarray, where: dict[str, str], index: tuple[slice, ...]
) -> None:
    data = open_dataset(store, ["price"], where)
    np.testing.assert_array_equal(data["price"].values, prices[index])
    assert "first_stop" not in data


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ({"elment": "Dy"}, "element"),
        ({"element": "Dyy"}, "did you mean Dy"),
        ({"element": ""}, "unknown element"),
    ],
)
def test_a_condition_on_what_is_not_there_is_refused(store: Store, where: dict[str, str], says: str) -> None:
    with pytest.raises(UnknownName, match=says):
        open_dataset(store, where=where)


def test_an_unknown_output_is_refused(store: Store) -> None:
    for act in (lambda: open_dataset(store, ["prise"]), lambda: fans(store, ["prise"])):
        with pytest.raises(UnknownName, match="did you mean price"):
            act()


def test_failed_members_are_left_out_and_counted(tmp_path: Path) -> None:
    report = run(Fragile(), tmp_path / "store", RUNS)
    data = open_dataset(report.store)
    failed = {f.member for f in report.failed}
    assert failed
    assert list(data["member"].values) == [k for k in range(RUNS) if k not in failed]
    assert data.attrs["failed"] == len(failed)
    np.testing.assert_array_equal(read_draws(report.store)[0], data["member"].values)
    assert fans(report.store, ["price"])["price_members"].values.max() == RUNS - len(failed)


@pytest.fixture
def growing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store with five of 20 members there at first."""
    store = run(Fragile(), tmp_path / "store", 20, chunk=5).store
    let_come_later(store, tmp_path / "aside", monkeypatch)
    return store


def test_a_dataset_read_while_a_run_writes_is_of_the_members_at_its_start(growing: Store) -> None:
    data = open_dataset(growing)
    assert set(data["member"].values) <= set(range(5))
    assert data.sizes["member"] + data.attrs["failed"] == 5
    assert len(ranges(growing)) > 1, "files came meanwhile"
    fresh = open_dataset(growing).isel(member=slice(data.sizes["member"]))
    for name in data.data_vars:
        np.testing.assert_array_equal(data[name].values, fresh[name].values)


def test_cases_of_interest_read_while_a_run_writes_are_of_the_same_members(growing: Store) -> None:
    at_first = len(interest(Stored(growing), Wish("price", True, 6.0), {"element": "Dy,Tb"}))
    assert 0 < at_first <= 5
    assert len(interest(Stored(growing), Wish("price", True, 6.0), None)) > at_first


def test_fans_read_while_a_run_writes_are_of_the_same_members(growing: Store) -> None:
    data = fans(growing, ["price", "total"])
    assert 0 < float(data["total_members"]) <= 5
    assert data["price_members"].values.max() == float(data["total_members"])
    assert len(ranges(growing)) > 1, "files came meanwhile"


def test_draws_stand_beside_the_series_of_the_same_members(growing: Store) -> None:
    stored = Stored(growing)
    numbers, _ = stored.numbered(Series("total"))
    members, drawn = read_drawn(growing, stored.among)
    assert 0 < len(numbers) <= 5
    np.testing.assert_array_equal(members, numbers)
    np.testing.assert_array_equal(stored.numbered(Series("total"))[0], numbers)
    assert len(drawn) == len(members) < len(read_draws(growing)[0])


def test_cases_before_a_year_do_not_count(store: Store) -> None:
    wish = Wish("price", True, -1e9)
    assert interest(Stored(store), wish, None, 2025).all() and interest(Stored(store), wish, None).all()
    assert not interest(Stored(store), wish, None, 2026).any(), "the walk ends in 2025"
    assert interest(Stored(store), Wish("total", True, -1e9), None, 2026).all(), "it has no time"


def test_a_series_read_while_a_run_writes_is_whole(growing: Store) -> None:
    at = (("element", "Dy"), ("bloc", "JPN"))
    assert 0 < len(Stored(growing).members(Series("price", at))) <= 5


def test_a_file_in_which_every_member_failed_is_no_member(tmp_path: Path) -> None:
    task = Fragile(limit=-1.0)
    assert open_dataset(run(task, tmp_path / "store", 4).store).sizes["member"] == 0


DY = Series("price", (("element", "Dy"), ("bloc", "JPN")))


def test_a_difference_is_of_the_members_that_both_have(store: Store, prices: np.ndarray, tmp_path: Path) -> None:
    beside = run(Fragile(), tmp_path / "beside", 20).store
    kept = read_draws(beside)[0]
    assert 0 < len(kept) < 20 and kept[-1] != len(kept) - 1, "members failed among those that ran"
    numbers, values = Difference(Stored(store), Stored(beside)).numbered(DY)
    np.testing.assert_array_equal(numbers, kept)
    # Both walk alike: member by member there is no difference.
    np.testing.assert_array_equal(values, np.zeros((len(kept), 5)))
    single = OneRun(Walk().coords, Walk().outputs, {"price": prices[0] + 2.0})
    np.testing.assert_allclose(Difference(single, Stored(store)).members(DY), np.full((1, 5), 2.0), atol=1e-12)


def test_ensembles_that_share_no_member_have_no_difference(store: Store, tmp_path: Path) -> None:
    nobody = run(Fragile(limit=-1.0), tmp_path / "nobody", 4).store
    with pytest.raises(DidymiumError, match="no member of the 40 of the one ensemble is among the 0 of the other"):
        Difference(Stored(store), Stored(nobody)).members(DY)


TWO_YEARS = tuple(f"{year}-{month:02d}-01" for year in (2024, 2025) for month in range(1, 13))


def test_runs_are_compared_up_to_the_earlier_end() -> None:
    assert (
        common_times(TWO_YEARS, TWO_YEARS[:18], 2025) == common_times(TWO_YEARS[:18], TWO_YEARS, 2025) == TWO_YEARS[:18]
    )
    with pytest.raises(DidymiumError, match="ends before 2025"):
        common_times(TWO_YEARS, TWO_YEARS[:12], 2025)


@pytest.mark.parametrize("other", [TWO_YEARS[12:], ("2024-01-01", "2024-01-08", "2024-01-15")])
def test_runs_from_another_year_or_in_other_steps_have_no_difference(other: tuple[str, ...]) -> None:
    def run_at(times: tuple[str, ...]) -> OneRun:
        return OneRun({**Walk().coords, TIME: times}, Walk().outputs, {"price": np.zeros((3, len(times), 2))})

    for one, two in ((TWO_YEARS, other), (other, TWO_YEARS)):
        with pytest.raises(DidymiumError, match="they do not match"):
            Difference(run_at(one), run_at(two)).members(DY)


def test_fans_are_order_statistics(store: Store, prices: np.ndarray) -> None:
    fan = fans(store, ["price"])
    whole = np.quantile(prices, FAN, axis=0, method="inverted_cdf")
    gap = np.zeros(prices.shape[1:], dtype=bool)
    gap[0, 3, 0] = True
    np.testing.assert_array_equal(fan["price"].values[:, ~gap], whole[:, ~gap])
    assert np.isnan(fan["price"].values[:, gap]).all()
    np.testing.assert_array_equal(fan["price_members"].values, np.where(gap, 0, RUNS))


def test_a_fan_of_years_that_may_never_come(store: Store) -> None:
    # Starts lie evenly on 0 to 10; above 5 the stop never comes.
    stop = fans(store, ["first_stop"], {"element": "Dy"})["first_stop"].values[:, 0]
    assert list(stop) == [3, 3, 3, np.inf, np.inf]


def test_quantiles_leave_gaps_out_of_their_cell_only() -> None:
    values = np.array([[1.0, np.nan], [2.0, 5.0], [3.0, np.nan], [4.0, 7.0]])
    found = quantiles_of(values, [0.0, 0.5, 0.75, 1.0])
    np.testing.assert_array_equal(found, [[1, 5], [2, 5], [3, 7], [4, 7], [4, 2]])


def test_a_share_that_rounding_lifts_keeps_its_rank() -> None:
    # 0.55 x 100 is 55.000000000000007 in floating point.
    assert quantiles_of(np.arange(1.0, 101.0)[:, None], [0.55])[0, 0] == 55


def test_no_members_give_gaps_and_no_zero() -> None:
    found = quantiles_of(np.empty((0, 2)), [0.5])
    assert np.isnan(found[0]).all()
    assert (found[1] == 0).all()


def test_a_few_columns_at_a_time_give_the_same_fan(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = fans(store)
    monkeypatch.setattr(fans_module, "MEMORY_BYTES", 1)
    assert fans(store).identical(whole)


@pytest.mark.parametrize("q", [-0.1, 1.1, 5.0])
def test_a_quantile_is_a_share(store: Store, q: float) -> None:
    with pytest.raises(DidymiumError, match=f"quantile {q}"):
        fans(store, quantiles=[q])


@pytest.mark.parametrize("below", [False, True])
def test_first_passage_counts_members_that_have_reached_the_level(
    store: Store, prices: np.ndarray, below: bool
) -> None:
    found = first_passage(store, "price", 6.0, {"element": "Dy,Tb"}, below=below)["probability"]
    for t in range(5):
        until = prices[:, 1:, : t + 1]
        extreme = until.min(axis=2) <= 6 if below else until.max(axis=2) >= 6
        np.testing.assert_allclose(found.sel(time=MONTHS[t]).values, extreme.mean(axis=0), rtol=1e-15)
    assert 0 < found.values.min() < found.values.max() < 1


def test_a_gap_takes_a_member_out_unless_it_has_arrived(store: Store, prices: np.ndarray) -> None:
    found = first_passage(store, "price", 6.0, {"element": "Nd", "bloc": "JPN"})
    before = (prices[:, 0, :3, 0] >= 6).any(axis=1)
    assert found["members"].values[0, 2, 0] == RUNS
    assert found["members"].values[0, 3, 0] == before.sum()
    assert found["probability"].values[0, 3, 0] == 1.0


@pytest.mark.parametrize(("output", "where"), [("total", {}), ("first_stop", {}), ("price", {"time": "2025-03"})])
def test_first_passage_needs_all_of_time(store: Store, output: str, where: dict[str, str]) -> None:
    with pytest.raises(DidymiumError, match="first passage of"):
        first_passage(store, output, 1.0, where)


def test_rows_are_flat_and_gaps_stay_gaps(store: Store) -> None:
    table = rows(fans(store, ["price"], {"element": "Nd", "bloc": "JPN"}, [0.5])[["price"]])
    assert len(table) == 5
    assert list(table[0]) == ["output", "unit", "quantile", "element", "time", "bloc", "value"]
    assert [row["time"] for row in table] == list(MONTHS)
    assert [row["value"] is None for row in table] == [False, False, False, True, False]
    assert {row["unit"] for row in table} == {"USD/kg"}


def test_rows_of_outputs_with_unlike_dimensions_share_their_columns(store: Store) -> None:
    table = rows(fans(store, ["price", "total"], {"time": "2025-01"}, [0.5]))
    assert len({tuple(row) for row in table}) == 1
    assert [row["time"] for row in table if row["output"] == "total"] == [None]
