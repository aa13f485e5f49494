"""In-use stocks against flodym 1.1.0 (inflow-driven model), to 1e-10.

``in_use_flodym.json`` holds its figures and the versions that made them; it is written by
``python tests/literature/in_use_by_flodym.py > tests/literature/in_use_flodym.json`` where flodym is installed.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from didymium.chain.in_use import run_off
from didymium.chain.lifetimes import Lifetime, retirement_table, survival_table

REFERENCE = json.loads(Path(__file__).with_name("in_use_flodym.json").read_text(encoding="utf-8"))
INFLOW = np.array(REFERENCE["inflow"])
TOLERANCE = 1e-10


def test_the_reference_says_what_made_it() -> None:
    assert REFERENCE["made_by"]["flodym"] == "1.1.0"
    assert {c["inflow_at"] for c in REFERENCE["cases"]} == {"start", "middle", "end", "uniform"}
    assert {c["family"] for c in REFERENCE["cases"]} == {"weibull", "normal", "lognormal", "fixed"}


@pytest.mark.parametrize("case", REFERENCE["cases"], ids=lambda c: f"{c['family']} {c['mean_y']:g} {c['inflow_at']}")
def test_survival_stock_and_outflow_are_those_of_flodym(case: dict) -> None:
    life = Lifetime(case["family"], case["mean_y"], case["spread"])
    survived = survival_table(life, len(INFLOW), case["inflow_at"])
    np.testing.assert_allclose(survived, case["survival"], rtol=0, atol=TOLERANCE)
    # One age more than there are years: the bin that takes the tail is not reached, flodym having none.
    leave = retirement_table(life, len(INFLOW) + 1, case["inflow_at"])
    for compiled in (False, True):
        left, held = run_off(INFLOW[None, :, None], leave[None], compiled=compiled)
        scale = max(case["stock"])
        np.testing.assert_allclose(held[0, :, 0], case["stock"], rtol=TOLERANCE, atol=TOLERANCE * scale)
        np.testing.assert_allclose(left[0, :, 0], case["outflow"], rtol=TOLERANCE, atol=TOLERANCE * scale)
