"""The base year 2010 among the tables: its rows stay out of 2024, plants close, stocks are drawn, rivals stand by."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from worlds import edited

from didymium.chain.prior import magnet_share_rows
from didymium.chain.reconcile import base_year, reconcile
from didymium.chain.structure import active_blocs
from didymium.errors import TableError
from didymium.world import World


def test_rows_of_2010_do_not_reach_2024(world: World, tmp_path: Path) -> None:
    def without(row: dict[str, str]) -> dict[str, str] | None:
        return None if row.get("year", row.get("period", ""))[:4] == "2010" else row

    def still_there(row: dict[str, str]) -> dict[str, str] | None:
        return None if row["end_year"] else row

    tables = ("production", "mixes", "routes", "observations", "shares", "magnet_shares", "trade", "activity", "uses")
    bare = reconcile(edited(tmp_path, plants=still_there, **dict.fromkeys(tables, without)), 2024)
    full = base_year(world, 2024)
    for form in full.trade:
        np.testing.assert_array_equal(bare.trade[form], full.trade[form])
    assert [r.key for r in bare.residuals] == [r.key for r in full.residuals]


def test_a_closed_plant_works_until_its_last_year(world: World) -> None:
    assert [y for y in range(2005, 2018) if "USA" in active_blocs(world, "separate", y)] == list(range(2007, 2016))
    closed_for_good = world.rows("plants", country="KAZ", status="closed")
    assert closed_for_good and "KAZ" not in active_blocs(world, "separate", 2010)


def test_magnets_are_made_as_in_the_nearest_year(world: World) -> None:
    years = {
        year: {r.integer("year") for r in magnet_share_rows(world, year)} for year in (1990, 2010, 2017, 2018, 2030)
    }
    assert years == {1990: {2010}, 2010: {2010}, 2017: {2010}, 2018: {2024}, 2030: {2024}}
    assert magnet_share_rows(world) == magnet_share_rows(world, 2024)
    for rows in (magnet_share_rows(world, 2010), magnet_share_rows(world, 2024)):
        assert len(rows) == 15 and sum(r.number("magnet_mix_pct") for r in rows) == pytest.approx(100, abs=0.05)


def test_old_concentrate_without_a_route_is_an_error(tmp_path: Path) -> None:
    """Where the plant for it is not at work, what is drawn from stocks has nowhere to go."""
    world = edited(tmp_path, plants=lambda row: row | {"end_year": "2009"} if row["plant"] == "us26" else row)
    with pytest.raises(TableError, match="USA makes concentrate in 2010"):
        reconcile(world, 2010)


def test_illegal_output_is_a_rival_and_the_chosen_figure_lies_above_the_quota(world: World) -> None:
    """USGS counts 130,000 t, far above the quota: output beyond the quota is in it. Rivals stand beside it."""
    rows = world.rows("production", place="CHN", year=2010)
    (chosen,) = [r.number("value_t_reo") for r in rows if r.flag("latest")]
    rivals = sorted(r.number("value_t_reo") for r in rows if not r.flag("latest"))
    (quota,) = [r.number("value_t_reo") for r in world.rows("quotas", place="CHN", year=2010, ore="all")]
    assert chosen == 130_000 and rivals[0] == quota == pytest.approx(93_800 / 1.0516, abs=1)
    assert rivals[1:] == [pytest.approx(quota / (1 - 0.23), abs=1), pytest.approx(quota / (1 - 0.30), abs=1)]


@pytest.mark.parametrize(("mined_t", "fewer"), [(101_000, True), (160_000, False)])
def test_shares_of_china_hardly_depend_on_its_disputed_output(
    world: World, tmp_path: Path, mined_t: int, fewer: bool
) -> None:
    """From another USGS series to illegal output on top: shares move by a point, tonnes of magnets by more."""

    def other(row: dict[str, str]) -> dict[str, str]:
        chosen = (row["place"], row["year"], row["latest"]) == ("CHN", "2010", "yes")
        return row | {"value_t_reo": str(mined_t)} if chosen else row

    china = world.blocs.index("CHN")
    ours, theirs = base_year(world, 2010), reconcile(edited(tmp_path, production=other), 2010)
    for stage in ("mine", "separate", "metal", "magnet"):
        assert abs(theirs.share(stage)[china] - ours.share(stage)[china]) < 0.015, stage
    ratio = theirs.output("magnet")[china].sum() / ours.output("magnet")[china].sum()
    assert (0.7 < ratio < 0.9) if fewer else (1.1 < ratio < 1.3)
