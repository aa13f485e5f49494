"""Lifetimes as read, classes of use with their assumptions, and the cohorts that the base year starts from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad
from worlds import appended, edited, same

from didymium.chain.demand import NDFEB_SHARE, final_use_shares, world_counts
from didymium.chain.in_use import InUse, UseClasses, initial_in_use, outflow, past_demand, stock, use_classes
from didymium.chain.lifetimes import Lifetime, product_lives, retirement_table, survival, survival_table, years_lived
from didymium.errors import DidymiumError, TableError, UnknownName
from didymium.report.standing import Race
from didymium.world import World

EV, MICROMOTORS = "EV traction motors", "auto micromotors and other vehicle uses"


@pytest.fixture(scope="module")
def classes(world: World) -> UseClasses:
    return use_classes(world, 2024)


@pytest.fixture(scope="module")
def in_use(world: World, raced: Race) -> InUse:
    return initial_in_use(world, raced.flows)


@pytest.mark.parametrize(
    ("life", "theirs"),
    [
        (Lifetime("weibull", 20, 4.07), stats.weibull_min(4.07, scale=20 / stats.weibull_min(4.07).mean())),
        (Lifetime("weibull", 4, 0.8), stats.weibull_min(0.8, scale=4 / stats.weibull_min(0.8).mean())),
        (Lifetime("normal", 6, 2), stats.norm(6, 2)),
        (Lifetime("lognormal", 10, 4), stats.lognorm(np.sqrt(np.log(1.16)), scale=10 / np.sqrt(1.16))),
    ],
    ids=["weibull", "steep weibull", "normal", "lognormal"],
)
def test_survival_and_its_integral_are_those_of_scipy(life: Lifetime, theirs: object) -> None:
    ages = np.array([0.0, 0.3, 1.0, 5.5, 12.0, 30.0])
    np.testing.assert_allclose(survival(life, ages), theirs.sf(ages), rtol=1e-12)
    assert theirs.mean() == pytest.approx(life.mean_y)
    for age in ages[1:]:
        assert years_lived(life, age) == pytest.approx(quad(theirs.sf, 0, age, epsabs=1e-12)[0], rel=1e-8)


def test_a_fixed_life_ends_at_its_age() -> None:
    assert survival(Lifetime("fixed", 3.5), [3.4, 3.5]).tolist() == [1, 0]
    assert retirement_table(Lifetime("fixed", 2.25), 5).tolist() == [0, 0, 0.75, 0.25, 0]
    assert retirement_table(Lifetime("fixed", 2.25), 5, "middle").tolist() == [0, 0, 1, 0, 0]
    assert retirement_table(Lifetime("fixed", 9), 4).tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize(
    ("family", "mean", "spread"),
    [("gamma", 3, 1), ("weibull", 0, 2), ("weibull", 3, 0), ("normal", 3, float("nan")), ("fixed", 3, 1)],
)
def test_a_life_that_is_none_is_refused(family: str, mean: float, spread: float) -> None:
    with pytest.raises(DidymiumError):
        Lifetime(family, mean, spread)


def test_unknown_times_and_empty_tables_are_refused() -> None:
    with pytest.raises(UnknownName, match="did you mean middle"):
        survival_table(Lifetime("fixed", 3), 4, "midle")
    with pytest.raises(DidymiumError, match="one year or more"):
        retirement_table(Lifetime("fixed", 3), 0)


def test_lifetimes_are_read_as_they_stand(world: World) -> None:
    lives = product_lives(world)
    assert lives["wind turbine, all"].lifetime == Lifetime("weibull", 20, 4.07)
    assert lives[ev := "EV traction motor (BEV)"].lifetime == Lifetime("weibull", 15, 3.5)
    assert (lives[ev].spread_range, lives[ev].collection) == ((3, 4), 0.4)
    assert lives["hard disk drive"].lifetime == Lifetime("normal", 6, 2)
    assert lives["hard disk drive"].collection is None


def test_a_life_without_a_distribution_stands_on_the_assumption_and_says_so(world: World, tmp_path: Path) -> None:
    rows = {r.text("product"): r for r in world.rows("lifetimes")}
    lives = product_lives(world)
    assert {p for p, life in lives.items() if life.spread_assumed} == {
        p for p, r in rows.items() if not r["distribution"]
    }
    turbine = "wind turbine, all"
    bare = edited(
        tmp_path,
        lifetimes=lambda r: (
            r | {"distribution": "", "shape_low": "", "shape_high": ""} if r["product"] == turbine else r
        ),
    )
    life = product_lives(bare)[turbine]
    assert life.lifetime == Lifetime("weibull", 20, world.rows("assumptions", assumption="lifetime_shape")[0]["value"])
    assert life.spread_assumed and life.grade == "D" and life.sources == {rows[turbine]["source"], "recalled"}


@pytest.mark.parametrize(("column", "cell"), [("shape_low", ""), ("shape_high", ""), ("distribution", "lognormal")])
def test_a_distribution_without_its_parameter_is_an_error_of_the_table(
    changed_world: Callable[..., World], column: str, cell: str
) -> None:
    with pytest.raises(TableError, match=r"lifetimes\.csv:2, (shape_low|shape_high|sd_y)"):
        product_lives(changed_world("lifetimes", 2, column, cell))


def test_a_product_that_stands_twice_is_an_error(changed_world: Callable[..., World]) -> None:
    with pytest.raises(TableError, match="stands twice"):
        product_lives(changed_world("lifetimes", 3, "product", "wind turbine, direct-drive PMSG"))


def test_a_world_without_the_assumption_says_so(tmp_path: Path) -> None:
    other = edited(tmp_path, assumptions=lambda r: r | {"assumption": r["assumption"] + "_2"})
    with pytest.raises(UnknownName, match=r"assumptions\.csv: unknown assumption 'lifetime_shape'"):
        product_lives(other)


def test_classes_split_the_final_use_of_every_bloc(world: World, classes: UseClasses) -> None:
    assert classes.shares.sum() == pytest.approx(1) and classes.shares.min() > 0
    np.testing.assert_allclose(classes.by_bloc.sum(axis=0), 1)
    assert dict(zip(classes.names, classes.shares, strict=True))[EV] == pytest.approx(0.17)
    # Spread over blocs as the chain spreads final use: together the classes give back both margins.
    final = final_use_shares(world, 2024)
    np.testing.assert_allclose(classes.by_bloc @ final.shares, classes.shares)
    assert classes.by_bloc[classes.names.index(EV), world.blocs.index("CHN")] > 0.17
    assert classes.sources >= final.sources | {"recalled"}


def test_collection_that_nobody_states_is_the_assumption_and_never_nothing(
    world: World, classes: UseClasses, tmp_path: Path
) -> None:
    assumed = world.rows("assumptions", assumption="collection_pct")[0].number("value") / 100
    stated = dict(zip(classes.names, classes.collection_stated, strict=True))
    rate = dict(zip(classes.names, classes.collection, strict=True))
    assert stated[EV] and rate[EV] == 0.4
    assert not stated[MICROMOTORS] and rate[MICROMOTORS] == assumed > 0
    none = edited(tmp_path, lifetimes=lambda r: r | {"collection_pct": "0"} if r["product"] == "car micromotors" else r)
    again = use_classes(none, 2024)
    at = again.names.index(MICROMOTORS)
    assert again.collection[at] == 0 and again.collection_stated[at]


def test_every_class_has_a_product_of_the_lifetimes(changed_world: Callable[..., World]) -> None:
    with pytest.raises(UnknownName, match=r"use_classes\.csv:3, product"):
        use_classes(changed_world("use_classes", 3, "product", "wind turbine, al"), 2024)


def test_a_split_is_taken_whole_from_one_year(world: World, tmp_path: Path) -> None:
    """A newer share of one use alone does not enter; a split that does not add up is refused."""
    assert use_classes(world, 2020).split_year == use_classes(world, 2030).split_year == 2022
    spoiled = edited(tmp_path, uses=lambda r: r | {"value": "27"} if r["use"] == f"{EV}, share of NdFeB" else r)
    with pytest.raises(TableError, match=r"2022 add up to 110\.0%"):
        use_classes(spoiled, 2024)


def test_of_two_shares_of_one_year_the_better_graded_is_taken(world: World, tmp_path: Path) -> None:
    row = world.rows("uses", use=EV + NDFEB_SHARE)[0]
    rivals = edited(tmp_path, uses=same)
    cells = {name: "" if value is None else str(value) for name, value in row.items()}
    appended(tmp_path, "uses", **cells | {"value": "17.4", "source": "usgs_mcs_2025", "grade": "B"})
    found = use_classes(rivals, 2024)
    assert found.shares[found.names.index(EV)] == pytest.approx(0.174 / 1.004)
    assert "usgs_mcs_2025" in found.sources


def test_counts_of_several_drivers_are_of_years_that_all_have(world: World, tmp_path: Path) -> None:
    counts, sources = world_counts(world, EV + NDFEB_SHARE)
    assert counts[2024] == 17_500_000 and list(counts) == sorted(counts) and sources
    hybrid_2020 = {"driver": "EV sales, cars PHEV", "place": "WLD", "year": "2020"}
    lacking = edited(tmp_path, activity=lambda r: None if hybrid_2020.items() <= r.items() else r)
    assert set(counts) - set(world_counts(lacking, EV + NDFEB_SHARE)[0]) == {2020}
    assert world_counts(world, "consumer electronics" + NDFEB_SHARE) == ({}, frozenset())


def test_a_use_without_a_share_is_named(tmp_path: Path) -> None:
    lacking = edited(tmp_path, uses=lambda r: None if r["use"] == f"{EV}, share of NdFeB" else r)
    with pytest.raises(TableError, match=f"no share at all for {EV}"):
        use_classes(lacking, 2024)


def test_the_past_follows_world_demand_and_what_was_counted(world: World, classes: UseClasses) -> None:
    years = np.arange(1990, 2026)
    past, sources = past_demand(world, classes, years, 2024)
    at = {int(y): k for k, y in enumerate(years)}
    total = classes.shares @ past
    np.testing.assert_allclose(past[:, at[2024]], 1)
    assert total[at[2023]] / total[at[2015]] == pytest.approx(93000 / 46500)
    assert total[at[2010]] / total[at[2011]] == pytest.approx(0.5 ** (1 / 8))
    ev, motors = past[classes.names.index(EV)], past[classes.names.index(MICROMOTORS)]
    # Plug-in cars against vehicles made, 2015 and 2024.
    cars = (330_000 + 190_000) / (11_000_000 + 6_500_000) / (90_680_000 / 92_500_000)
    assert ev[at[2015]] / motors[at[2015]] == pytest.approx(cars)
    assert {"iea_global_critical_minerals_outlook_2024_re_1d8", "oica_production_statistics_via_press_131"} <= sources


def test_the_last_vintage_is_the_final_use_of_the_base_year(in_use: InUse, raced: Race) -> None:
    assert in_use.cohorts.shape == (len(in_use.classes.names), 18, 60, 15) and in_use.vintages[-1] == raced.flows.year
    np.testing.assert_allclose(in_use.cohorts[:, :, -1].sum(axis=0), raced.flows.use())
    assert in_use.sources >= raced.flows.sources | in_use.classes.sources


def test_a_growing_use_leaves_more_in_stock_than_comes_out(in_use: InUse) -> None:
    out, held = (f(in_use.cohorts, in_use.leave).sum(axis=(1, 2)) for f in (outflow, stock))
    came = in_use.cohorts[:, :, -1].sum(axis=(1, 2))
    means = np.array([life.mean_y for life in in_use.classes.lifetimes])
    assert (out < came).all() and (held < came * means).all() and (held > out * means).all()
    ev, motors = in_use.classes.names.index(EV), in_use.classes.names.index(MICROMOTORS)
    assert out[ev] / came[ev] < 0.1 < out[motors] / came[motors]


def test_mass_closes_over_the_last_year(in_use: InUse) -> None:
    before = stock(in_use.cohorts[:, :, :-1], in_use.leave)
    change = stock(in_use.cohorts, in_use.leave) - before
    net = in_use.cohorts[:, :, -1] - outflow(in_use.cohorts, in_use.leave)
    np.testing.assert_allclose(change, net, atol=1e-12 * before.max(), rtol=0)


def test_more_room_for_history_changes_little(world: World, raced: Race, in_use: InUse) -> None:
    """Sixty vintages are enough: with a hundred the stock of no class is 1 in 1,000 larger."""
    longer = initial_in_use(world, raced.flows, vintages=100)
    short, long = (stock(u.cohorts, u.leave).sum(axis=(1, 2)) for u in (in_use, longer))
    np.testing.assert_allclose(short, long, rtol=1e-3)


def test_tables_written_back_give_the_same_classes(classes: UseClasses, tmp_path: Path) -> None:
    again = use_classes(edited(tmp_path, lifetimes=same, use_classes=same, assumptions=same), 2024)
    assert (again.products, again.sources) == (classes.products, classes.sources)
    np.testing.assert_array_equal(again.by_bloc, classes.by_bloc)
