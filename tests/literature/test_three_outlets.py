"""Three outlets from one cascade: the Gd/Eu/Sm case of Zhang, Zhao and Schreiner 2016."""

from __future__ import annotations

from dataclasses import replace

import pytest

from didymium.errors import DidymiumError, SolveError, UnknownName
from didymium.separation.middle import MiddleTask, design_middle, judge_middle
from didymium.separation.slate import Product, allowances, lay_out
from didymium.separation.three_outlets import middle_remarks, three_outlets
from didymium.separation.tree import Extraction, Tree, TreeTask, design_tree

# Sm2O3 99.99 % at 99.9 % recovery, Gd2O3 99.91 % at 61.8 % recovery, a 40 % Eu concentrate; factors 2.00 and 1.40.
TASK = MiddleTask(
    feed={"Sm": 0.51, "Eu": 0.10, "Gd": 0.39},
    beta={"Sm": 1.0, "Eu": 2.0, "Gd": 2.8},
    light=("Sm",),
    middle=("Eu",),
    heavy=("Gd",),
    raffinate=0.51 * 0.999 / 0.9999,
    organic=0.618 * 0.39 / 0.9991,
    purity_raffinate=0.9999,
    purity_organic=0.9991,
)
PUBLISHED = {1.40: (22, 39, 85), 1.75: (19, 32, 66), 2.00: (18, 30, 60)}


@pytest.mark.parametrize("s", PUBLISHED)
def test_published_cascades_give_published_products(s: float) -> None:
    """Zhang 2016, table of S_o, draw stage, n, n + m: Sm 99.99 %, Gd 99.91 %, Eu 40.0 %; to 2e-4."""
    n, draw_at, total = PUBLISHED[s]
    steady, _ = judge_middle(TASK, s, (n, draw_at - n, total - draw_at))
    assert steady.purity("raffinate", "Sm") == pytest.approx(0.9999, abs=2e-4)
    assert steady.purity("organic", "Gd") == pytest.approx(0.9991, abs=2e-4)
    assert steady.purity("middle", "Eu") == pytest.approx(0.400, abs=2e-3)
    assert steady.recovery("organic", "Gd") == pytest.approx(0.618, abs=2e-3)


@pytest.mark.parametrize("s", [1.75, 2.00])
def test_the_design_needs_about_the_published_stages(s: float) -> None:
    """The published stage numbers come from short formulae; the search comes within 10 % of them."""
    design = design_middle(TASK, s)
    assert design.total_stages == pytest.approx(PUBLISHED[s][2], rel=0.1)
    assert design.steady.purity("raffinate", "Sm") >= 0.9999 - 1e-9
    assert design.steady.purity("organic", "Gd") >= 0.9991 - 1e-9
    assert design.middle_share == pytest.approx(0.40, abs=0.01)


def test_too_few_stages_say_how_far_they_come() -> None:
    with pytest.raises(SolveError, match=r"three outlets: .* times the impurity"):
        design_middle(TASK, 1.40, most_stages=50)


def test_bad_tasks_are_refused() -> None:
    with pytest.raises(SolveError, match="below the minimum"):
        judge_middle(TASK, 0.3, (10, 10, 10))
    with pytest.raises(DidymiumError, match="outlets"):
        replace(TASK, raffinate=0.9)
    with pytest.raises(DidymiumError, match="not the feed"):
        replace(TASK, light=("Sm", "Eu"))
    with pytest.raises(DidymiumError, match="100 %"):
        replace(TASK, purity_organic=1.0)
    with pytest.raises(UnknownName, match="Xx"):
        replace(TASK, light=("Xx",))


def scarce(middle: float, recovery: float) -> Tree:
    """Sm and Gd of three nines at a recovery, the factors of Zhang 2016; the Eu between them nobody asked for."""
    beta = {"Sm": 1.0, "Eu": 2.0, "Gd": 2.8}
    moles = {"Sm": 0.55 * (1 - middle), "Eu": middle, "Gd": 0.45 * (1 - middle)}
    slate = lay_out([Product(e, (e,), 0.999) for e in ("Sm", "Gd")], list(beta))
    allowed = allowances(slate, moles, dict.fromkeys(beta, 165.0), recovery)
    return design_tree(TreeTask(slate, moles, allowed, Extraction("test", beta), 10.0))


def test_a_middle_draw_is_cheaper_where_the_middle_is_scarce() -> None:
    (found,) = three_outlets(scarce(0.005, 0.9), 0.9)
    assert found.cuts == ("Sm | Eu", "Eu | Gd") and found.middle == "Eu"
    assert found.cheaper and found.design is not None
    (remark,) = middle_remarks((found,))
    assert remark.key == "middle_draw" and 0 < float(remark.values["saved"]) < 100
    steady = found.design.steady
    assert steady.purity("raffinate", "Sm") >= found.design.task.purity_raffinate >= 0.999 - 1e-4
    assert steady.purity("organic", "Gd") >= found.design.task.purity_organic
    assert min(steady.recovery("raffinate", "Sm"), steady.recovery("organic", "Gd")) >= 0.9 - 1e-3


def test_a_middle_draw_costs_more_where_little_may_be_lost() -> None:
    (found,) = three_outlets(scarce(0.005, 0.99), 0.99)
    assert found.design is not None and not found.cheaper
    (none,) = three_outlets(scarce(0.05, 0.99), 0.99)
    assert none.design is None and not none.cheaper
    assert middle_remarks((found, none)) == ()
