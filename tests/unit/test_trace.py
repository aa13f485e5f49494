"""The trace on networks small enough to answer by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from networks import at_home, network, through

from didymium.chain.trace import STATES, trace
from didymium.errors import UnknownName

A, B, C = "AAA", "BBB", "CCC"
EXACT = 1e-9


def merged(*parts: dict) -> dict:
    forms: dict = {}
    for part in parts:
        for form, links in part.items():
            forms[form] = forms.get(form, {}) | links
    return forms


def test_a_country_that_does_everything_at_home_depends_on_nobody() -> None:
    found = trace(network((A, B), at_home(A, B)))
    assert found.dependence(A) == pytest.approx(0, abs=EXACT)
    assert found.exposure(A, B) == pytest.approx(0, abs=EXACT)
    assert found.exposure(A, A) == pytest.approx(1, abs=EXACT)


def test_a_mine_that_sends_concentrate_abroad_and_buys_magnets_back_depends_wholly() -> None:
    """A mines and assembles; B cracks, separates, reduces and sinters A's own ore."""
    found = trace(network((A, B), through((A, B), (B, B), (B, B), (B, B), (B, A), (A, A))))
    assert found.dependence(A) == pytest.approx(1, abs=EXACT)
    assert found.exposure(A, B) == pytest.approx(1, abs=EXACT)
    assert found.origins(A)["mine"] == pytest.approx([1, 0])
    assert found.origins(A)["separate"] == pytest.approx([0, 1])


def test_half_of_the_metal_imported_is_half_dependence() -> None:
    upstream = at_home(A, B, amount=50.0)
    halves = {"metal": {(A, A): 50.0, (B, A): 50.0}, "magnet": {(A, A): 100.0}, "product": {(A, A): 100.0}}
    found = trace(network((A, B), upstream | halves))
    assert found.dependence(A) == pytest.approx(0.5, abs=EXACT)
    assert found.origins(A)["metal"] == pytest.approx([0.5, 0.5])


def test_imported_concentrate_alone_is_full_dependence() -> None:
    found = trace(network((A, B), through((B, A), (A, A), (A, A), (A, A), (A, A), (A, A))))
    assert found.dependence(A) == pytest.approx(1, abs=EXACT)
    for stage in STATES[:-1]:
        assert found.origins(A)[stage] == pytest.approx([1, 0]), stage


def test_goods_made_elsewhere_from_home_magnets_have_left_the_country() -> None:
    found = trace(network((A, B), through((A, A), (A, A), (A, A), (A, A), (A, B), (B, A))))
    assert found.dependence(A) == pytest.approx(1, abs=EXACT)


def test_a_loop_of_home_scrap_adds_no_dependence_and_one_of_foreign_metal_keeps_it() -> None:
    home = at_home(A, amount=100.0) | {"scrap": {(A, A): 30.0}}
    found = trace(network((A, B), home, nodes={"recycled": {A: 30.0}}))
    assert found.dependence(A) == pytest.approx(0, abs=EXACT)
    # The same loop at home, but all ore is B's: what comes back as scrap was foreign before.
    foreign = through((B, A), (A, A), (A, A), (A, A), (A, A), (A, A)) | {"scrap": {(A, A): 30.0}}
    found = trace(network((A, B), foreign, nodes={"recycled": {A: 30.0}}))
    assert found.dependence(A) == pytest.approx(1, abs=EXACT)


def test_a_path_through_the_loop_counts_its_stages_again() -> None:
    """30 of 130 t of oxide come from scrap of magnets of B, so the path passes that stage 1 + 30/130 times."""
    trade = through((A, A), (A, A), (A, A), (A, A), (A, A), (A, A)) | {"scrap": {(B, A): 30.0}}
    trade = merged(trade, {"metal": {(B, B): 30.0}, "oxide": {(B, B): 30.0}, "mixed": {(B, B): 30.0}})
    trade["concentrate"] = {(A, A): 100.0, (B, B): 30.0}
    found = trace(network((A, B), trade, nodes={"recycled": {A: 30.0}}))
    assert found.dependence(A) == pytest.approx(30 / 130, abs=EXACT)
    assert found.origins(A)["magnet"] == pytest.approx([1 / (1 + 30 / 130), (30 / 130) / (1 + 30 / 130)])


def test_the_yield_of_separation_sets_the_weight_of_scrap() -> None:
    """At a yield of one half 100 t of mixed compounds give 50 t beside 50 t of recycled oxide from B's scrap."""
    trade = through((A, A), (A, A), (A, A), (A, A), (A, A), (A, A)) | {"scrap": {(B, A): 50.0}}
    found = trace(network((A, B), trade, nodes={"recycled": {A: 50.0}}, separate_yield=0.5))
    assert found.dependence(A) == pytest.approx(0.5, abs=EXACT)


def test_mixed_compounds_that_were_not_separated_give_no_oxide() -> None:
    """Of 100 t that arrive 60 t lie unseparated: 40 t of primary oxide beside 10 t from foreign scrap."""
    trade = through((A, A), (A, A), (A, A), (A, A), (A, A), (A, A)) | {"scrap": {(B, A): 10.0}}
    found = trace(network((A, B), trade, nodes={"recycled": {A: 10.0}, "unseparated": {A: 60.0}}))
    assert found.dependence(A) == pytest.approx(0.2, abs=EXACT)


def test_a_loop_of_scrap_that_never_meets_ore_ends_nowhere() -> None:
    """B makes oxide of scrap only, and the scrap is B's own: nothing in the path is known to be home-mined."""
    trade = {form: {(A, A): 10.0} for form in ("oxide", "metal", "magnet", "product", "scrap")}
    found = trace(network((A, B), trade, nodes={"recycled": {A: 10.0}}))
    assert found.dependence(A) == pytest.approx(1, abs=EXACT)
    assert all(np.isfinite(share).all() or stage in ("crack", "mine") for stage, share in found.origins(A).items())


def test_exposure_to_a_third_country_and_the_origins_of_each_stage() -> None:
    """A's use: 75 t from home; 25 t from B, whose oxide came in equal parts from B and C."""
    trade = {form: {(A, A): 75.0, (B, B): 25.0} for form in ("metal", "magnet")}
    trade["product"] = {(A, A): 75.0, (B, A): 25.0}
    trade["oxide"] = {(A, A): 75.0, (B, B): 12.5, (C, B): 12.5}
    for form in ("concentrate", "mixed"):
        trade[form] = {(A, A): 75.0, (B, B): 12.5, (C, C): 12.5}
    found = trace(network((A, B, C), trade))
    assert found.dependence(A) == pytest.approx(0.25, abs=EXACT)
    assert found.exposure(A, B) == pytest.approx(0.25, abs=EXACT)
    assert found.exposure(A, C) == pytest.approx(0.125, abs=EXACT)
    assert found.stays_within(A, (A, B)) == pytest.approx(0.875, abs=EXACT)
    origins = found.origins(A)
    assert tuple(origins) == STATES
    for stage in STATES:
        assert origins[stage].sum() == pytest.approx(1), stage
    assert origins["assemble"] == pytest.approx([0.75, 0.25, 0])
    assert origins["separate"] == pytest.approx([0.75, 0.125, 0.125])


def test_a_basket_is_weighted_by_final_use() -> None:
    """90 t of neodymium all at home and 10 t of dysprosium all from B: 0, 1, and 0.1 together."""
    trade = {form: {(A, A): {"Nd": 90.0}, (B, A): {"Dy": 10.0}} for form in ("product",)}
    for form in ("concentrate", "mixed", "oxide", "metal", "magnet"):
        trade[form] = {(A, A): {"Nd": 90.0}, (B, B): {"Dy": 10.0}}
    found = trace(network((A, B), trade))
    assert found.dependence(A, ("Nd",)) == pytest.approx(0, abs=EXACT)
    assert found.dependence(A, ("Dy",)) == pytest.approx(1, abs=EXACT)
    assert found.dependence(A, ("Nd", "Dy")) == pytest.approx(0.1, abs=EXACT)
    assert found.dependence(A) == pytest.approx(0.1, abs=EXACT)


def test_no_use_is_not_a_number() -> None:
    found = trace(network((A, B), at_home(A)))
    assert math.isnan(found.dependence(B))
    assert math.isnan(found.exposure(B, A))
    assert math.isnan(found.dependence(A, ("Dy",)))
    assert all(np.isnan(share).all() for share in found.origins(B).values())


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda t: t.dependence("AAB"), "did you mean AAA"),
        (lambda t: t.exposure(A, "BBBB"), "did you mean BBB"),
        (lambda t: t.stays_within(A, (A, "BB")), "did you mean BBB"),
        (lambda t: t.origins("ZZZ"), "one of AAA, BBB"),
        (lambda t: t.dependence(A, ("nd",)), "did you mean Nd"),
    ],
)
def test_unknown_names_are_told_apart_from_zero(call, said: str) -> None:
    with pytest.raises(UnknownName, match=said):
        call(trace(network((A, B), at_home(A, B))))
