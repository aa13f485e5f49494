"""Designed cuts run again with free dimer and acid: what constant factors miss, and what cannot be checked."""

from __future__ import annotations

import math

import pytest

from didymium.errors import UnknownName
from didymium.separation.chemistry import separation_factor
from didymium.separation.design import CutDesign, design_cut
from didymium.separation.exchange_check import check_exchange, exchange_remarks
from didymium.separation.extractants import extractant
from didymium.separation.task import cut_task

LIGHTS = {"La": 0.25, "Ce": 0.5, "Pr": 0.05, "Nd": 0.2}


def cut(feed: dict[str, float], after: str, purity: float = 0.999) -> CutDesign:
    """The cut designed with the factors that the constants themselves give, so that only the chemistry differs."""
    law = extractant("P507")
    first = next(iter(feed))
    beta = {e: separation_factor(law, (e, first))[0] if e in law.constants else 1e3 for e in feed}
    return design_cut(cut_task(feed, beta, after, purity, purity))


def test_the_full_exchange_meets_the_cut_with_a_little_more_acid() -> None:
    found = check_exchange(cut(LIGHTS, "Ce"), "P507")
    assert found.checked
    assert 0.9 < found.organic < 0.999 < found.raffinate
    assert 1.0 < found.acid < 1.2
    assert 1.0 <= found.stages <= 1.35
    assert any("nitrate" in note for note in found.notes)
    said = {r.key: r.values for r in exchange_remarks((found,))}
    assert said["exchange_met"]["low"] == said["exchange_met"]["high"] == f"{found.acid:.3g}"
    assert said["exchange_worst"]["cut"] == "Ce | Pr" and said["exchange_medium"] == {"measured": "NO3", "own": "Cl"}


def test_what_cannot_be_checked_says_why() -> None:
    heavy = check_exchange(cut({"Nd": 0.5, "Er": 0.5}, "Nd"), "P507")
    assert not heavy.checked and "Er, 50 % of the feed" in heavy.notes[0]
    level = check_exchange(cut(LIGHTS, "Ce"), "naphthenic acid")
    assert not level.checked and "only separation factors" in level.notes[0]
    assert math.isnan(level.acid)
    assert [(r.key, r.values) for r in exchange_remarks((level,))] == [("exchange_unchecked", {"cuts": "Ce | Pr"})]
    with pytest.raises(UnknownName):
        check_exchange(cut(LIGHTS, "Ce"), "P508")


def test_traces_without_constants_are_left_out_and_named() -> None:
    feed = {"La": 0.25, "Ce": 0.5, "Pr": 0.05, "Nd": 0.195, "Er": 0.005}
    found = check_exchange(cut(feed, "Ce"), "P507")
    assert found.checked and "left out for want of constants: Er" in found.notes


def test_an_impossible_cut_is_not_met_by_more_stages() -> None:
    """Designed with factors far above what the constants give, the cut misses its purity whatever the stages."""
    found = check_exchange(
        design_cut(cut_task(LIGHTS, {"La": 1.0, "Ce": 9.0, "Pr": 81.0, "Nd": 243.0}, "Ce", 0.9999, 0.9999)), "P507"
    )
    assert found.checked and math.isnan(found.acid)
    assert "exchange_lost" in {r.key for r in exchange_remarks((found,))}
