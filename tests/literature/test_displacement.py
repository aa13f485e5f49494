"""Displacement ion exchange against the slopes of constant-pattern theory and the bands of ideal displacement."""

from __future__ import annotations

import math

import numpy as np
import pytest

from didymium.errors import DidymiumError
from didymium.separation.exchange import (
    DisplacementColumn,
    boundary_slopes,
    developed_boundary,
    development_length,
    displace,
    integrate_plates,
)

COLUMN = DisplacementColumn(capacity_mol_per_l=0.6, ligand_mol_per_l=0.03, plates_per_m=400, velocity_m_per_h=0.5)


def test_slopes_at_one_and_a_half() -> None:
    """Constant-pattern theory (Spedding's displacement): alpha 1.5 gives .762689 and .874217; to 1e-6."""
    leading, trailing = boundary_slopes(1.5)
    assert leading == pytest.approx(0.762689, abs=1e-6)
    assert trailing == pytest.approx(0.874217, abs=1e-6)


@pytest.mark.parametrize("alpha", [1.02, 1.26, 1.5, 2.0, 6.0])
def test_slopes_are_roots_and_near_one_is_a_wave_of_burgers(alpha: float) -> None:
    leading, trailing = boundary_slopes(alpha)
    assert leading == pytest.approx(math.expm1(leading) / alpha, rel=1e-10)
    assert trailing == pytest.approx(-alpha * math.expm1(-trailing), rel=1e-10)
    if alpha < 1.03:
        assert leading == pytest.approx(2 * (alpha - 1), rel=0.02)


@pytest.mark.parametrize("alpha", [1.26, 1.5, 2.2])
def test_plates_in_series_find_the_slopes(alpha: float) -> None:
    """From a step, without knowing the theory: both tails fall with the roots of the two equations; to 1 %.

    Only the part of a tail that has had time to develop is compared.
    """
    travel = math.ceil(60 / (alpha - 1))
    plates = travel + 40
    start = np.tile([1.0, 0.0], (plates, 1))
    held = integrate_plates((alpha, 1.0), start, lambda t: np.array([0.0, 1.0]), (float(travel),), rtol=1e-9)
    slow = held[-1, :, 1]
    ahead = np.flatnonzero((slow > 1e-4) & (slow < 5e-3))
    behind = np.flatnonzero((1 - slow > 1e-4) & (1 - slow < 5e-3))
    leading, trailing = boundary_slopes(alpha)
    assert -np.polyfit(ahead, np.log(slow[ahead]), 1)[0] == pytest.approx(leading, rel=0.02)
    assert np.polyfit(behind, np.log(1 - slow[behind]), 1)[0] == pytest.approx(trailing, rel=0.02)


def test_a_boundary_moves_one_plate_per_plate_capacity_and_mass_closes() -> None:
    start = np.tile([1.0, 0.0], (120, 1))
    held = integrate_plates((1.5, 1.0), start, lambda t: np.array([0.0, 1.0]), (30.0, 70.0))
    assert held[0, :, 1].sum() == pytest.approx(30.0, rel=1e-6)
    assert held[1, :, 1].sum() == pytest.approx(70.0, rel=1e-6)
    assert np.allclose(held.sum(axis=2), 1, atol=1e-9)


def test_a_mixed_band_has_parted_after_the_ideal_length() -> None:
    """Helfferich and Klein 1970: bed over band is alpha/(alpha - 1); in plates, to 3."""
    alpha, band = 2.0, 200
    length = int(band * development_length(alpha))
    assert length == 400
    affinity = (alpha**2, alpha, 1.0, alpha**3)  # fast, slow, the displacer behind and the retainer ahead
    start = np.zeros((2 * length, 4))
    start[:, 3] = 1.0
    start[:band] = [0.5, 0.5, 0.0, 0.0]
    meet = band * (0.5 + alpha * 0.5) / (alpha - 1)  # when the two shocks meet, at plate ``length``
    times = (0.5 * meet, 1.15 * meet)
    held = integrate_plates(affinity, start, lambda t: np.array([0.0, 0.0, 1.0, 0.0]), times, rtol=1e-6)
    mixed = [float(np.minimum(h[:, 0], h[:, 1]).sum()) for h in held]
    boundary = developed_boundary(alpha)
    parted = float(np.minimum(boundary.slow_fraction, 1 - boundary.slow_fraction).sum())
    assert mixed[0] > 5 * parted
    assert mixed[1] == pytest.approx(parted, rel=0.1)
    between = int(np.argmin(np.abs(held[1, : int(length * 1.2), 0] - 0.5)))
    assert between == pytest.approx(length + 0.15 * meet, abs=3)


def test_band_volume_is_moles_over_ligand() -> None:
    run = displace(COLUMN, ("Dy", "Tb", "Gd"), (0.5, 0.2, 0.3), (2.0, 2.5), band_m=1.0, purity=0.999)
    for band, share in zip(run.bands, (0.5, 0.2, 0.3), strict=True):
        assert band.volume_l == pytest.approx(share * 1000 * 0.6 / 0.03)
        assert band.length_plates == pytest.approx(share * 400)
    assert sum(b.amount_mol for b in run.bands) == pytest.approx(600)
    assert 0.8 < run.yield_fraction < 1
    assert run.bed_m > 2.0


def test_a_further_nine_costs_the_same_plates_each_time() -> None:
    """Tails are exponential: from 4N to 5N takes as many plates as from 3N to 4N."""
    boundary = developed_boundary(1.5)
    widths = [boundary.width_plates(1 - 10.0**-n) for n in (3, 4, 5, 6)]
    steps = np.diff(widths)
    leading, trailing = boundary_slopes(1.5)
    assert steps == pytest.approx(math.log(10) * (1 / leading + 1 / trailing), rel=0.01)


def test_a_band_shorter_than_its_boundaries_gives_no_pure_cut() -> None:
    run = displace(COLUMN, ("Ho", "Dy", "Tb"), (0.495, 0.01, 0.495), (1.3, 1.3), band_m=0.2, purity=0.9999)
    middle = run.bands[1]
    assert middle.pure_fraction == 0
    longer = displace(COLUMN, ("Ho", "Dy", "Tb"), (0.495, 0.01, 0.495), (1.3, 1.3), band_m=40.0, purity=0.9999)
    assert longer.yield_fraction > run.yield_fraction


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fractions": (0.5, 0.4)}, "sums to 0.9"),
        ({"alphas": (1.0,)}, "separates nothing"),
        ({"alphas": (2.0, 2.0)}, "do not match"),
        ({"purity": 1.0}, "purity 1"),
        ({"band_m": 0.0}, "band 0"),
    ],
)
def test_bad_runs_are_refused(change: dict[str, object], message: str) -> None:
    good: dict[str, object] = {"elements": ("Dy", "Tb"), "fractions": (0.5, 0.5), "alphas": (2.0,)}
    with pytest.raises(DidymiumError, match=message):
        displace(COLUMN, **(good | {"band_m": 1.0, "purity": 0.999} | change))  # type: ignore[arg-type]


def test_bad_columns_and_resins_are_refused() -> None:
    with pytest.raises(DidymiumError, match="capacity_mol_per_l"):
        DisplacementColumn(0.0, 0.03, 400, 0.5)
    with pytest.raises(DidymiumError, match="not saturated"):
        integrate_plates((1.5, 1.0), np.full((3, 2), 0.4), lambda t: np.array([0.0, 1.0]), (1.0,))
    with pytest.raises(DidymiumError, match=r"0\.5"):
        developed_boundary(1.5).width_plates(1.0)
