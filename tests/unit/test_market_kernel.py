"""The compiled market equals the same equations in plain NumPy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from market_reference import Reference
from market_worlds import HAPPENINGS, drawn_knobs, happening, shipped_knobs, small_model

from didymium.chain.reconcile import base_year
from didymium.errors import RecordError
from didymium.market import compiled, kernel
from didymium.market.behaviour import read_behaviour
from didymium.market.build import build_model
from didymium.market.simulate import simulate
from didymium.market.structure import Record
from didymium.world import load_world

CLOSE = 1e-12


def assert_equal(ours: Record, theirs: Record) -> None:
    for name, a, b in zip(Record._fields, ours, theirs, strict=True):
        worst = np.abs(a - b).max(initial=0.0)
        assert worst <= CLOSE * max(1.0, np.abs(b).max(initial=0.0)), (name, worst)


@pytest.mark.parametrize("steps_per_y", [12, 52])
@pytest.mark.parametrize("name", HAPPENINGS)
def test_the_kernel_equals_the_reference(name: str, steps_per_y: int) -> None:
    model, knobs = small_model(7), shipped_knobs()
    paths = happening(model, name, steps_per_y=steps_per_y)
    ours = simulate(model, knobs, paths).record
    assert_equal(ours, Reference(model, knobs, paths).run())
    if name != "still":
        still = simulate(model, knobs, happening(model, steps_per_y=steps_per_y)).record
        assert np.abs(ours.output - still.output).max() > 1e-3 * still.output.max(), "nothing happened"


@pytest.mark.parametrize("steps_per_y", [12, 52])
def test_lanes_of_many_lengths_some_shorter_than_a_step(steps_per_y: int) -> None:
    model, knobs = small_model(11), shipped_knobs()
    transit_y = model.links.transit_y * np.random.default_rng(11).uniform(0.02, 1.5, len(model.way))
    short = (transit_y > 0) & (transit_y < 1 / steps_per_y)
    assert short.any() and (transit_y > 1 / steps_per_y).any()
    uneven = replace(model, links=model.links._replace(transit_y=transit_y))
    paths = happening(uneven, *HAPPENINGS, steps_per_y=steps_per_y)
    assert_equal(simulate(uneven, knobs, paths).record, Reference(uneven, knobs, paths).run())


@pytest.mark.parametrize("steps_per_y", [12, 52])
def test_the_first_step_of_a_world_at_rest_knows_no_lanes(steps_per_y: int) -> None:
    """What is on the way at the start is what makes it arrive as it did, whether in this step or in later ones."""
    model, knobs = small_model(11), shipped_knobs()
    length = np.where(np.arange(len(model.way)) % 2, 0.1, 1.3)
    uneven = replace(model, links=model.links._replace(transit_y=length * model.links.transit_y))
    ours, even = (simulate(m, knobs, happening(m, steps_per_y=steps_per_y)).record for m in (uneven, model))
    assert ours.used[0] * steps_per_y == pytest.approx(model.chain.final_use)
    assert ours.feed[0] == pytest.approx(even.feed[0])


def test_a_step_longer_than_every_transit_is_refused() -> None:
    near = small_model(11, transit_y=16 / 365)
    with pytest.raises(RecordError, match="longer than the longest transit, of 16 days"):
        simulate(near, shipped_knobs(), happening(near))
    simulate(near, shipped_knobs(), happening(near, steps_per_y=52))


@pytest.mark.parametrize("seed", range(4))
def test_everything_at_once_on_drawn_worlds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    model, knobs = small_model(seed, blocs=3 + seed % 3), drawn_knobs(rng)
    names = [n for n in HAPPENINGS if rng.random() < 0.5]
    paths = happening(model, *names)
    assert_equal(simulate(model, knobs, paths).record, Reference(model, knobs, paths).run())


def test_the_shipped_chain_in_which_forms_carry_part_of_the_elements() -> None:
    world = load_world()
    model = build_model(world, base_year(world), read_behaviour(world), years=2)
    assert 0 < model.links.goods.min() < model.links.goods.max() == model.links.offered.shape[1]
    knobs, paths = shipped_knobs(), happening(model, "licences", "ban", years=2)
    ours = simulate(model, knobs, paths).record
    assert_equal(ours, Reference(model, knobs, paths).run())


def test_a_run_longer_than_its_model_is_refused() -> None:
    model = small_model(1, years=2)
    with pytest.raises(RecordError, match="3 years on a model of 2"):
        simulate(model, shipped_knobs(), happening(model, years=3))


def test_what_the_kernel_writes_shares_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """The compiler is told so; see ``compiled``."""
    seen: list[tuple[np.ndarray, ...]] = []
    monkeypatch.setattr(kernel, "advance", lambda *given: seen.extend(given))
    model = small_model(3)
    simulate(model, shipped_knobs(), happening(model, *HAPPENINGS))
    chain, links, knobs, paths, *written = ([a for a in group if isinstance(a, np.ndarray)] for group in seen)
    ours = [a for group in written for a in group]
    assert len(ours) > 50
    for k, array in enumerate(ours):
        for other in (*chain, *links, *knobs, *paths, *ours[:k]):
            assert not np.may_share_memory(array, other)


def test_the_cache_knows_every_file_with_compiled_code(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    home = Path(kernel.__file__).parent
    with_code = {p.name for p in home.glob("*.py") if "@leaf" in p.read_text(encoding="utf-8")}
    assert {Path(name).name for name in compiled._sources} == with_code | {"structure.py"}
    before, other = compiled.version(), tmp_path / "changed.py"
    other.write_text("# changed\n", encoding="utf-8")
    monkeypatch.setattr(compiled, "_sources", {*compiled._sources, str(other)})
    assert compiled.version() != before
    cells = dict(zip(kernel.advance.py_func.__code__.co_freevars, kernel.advance.py_func.__closure__, strict=True))
    assert cells["version"].cell_contents == before
