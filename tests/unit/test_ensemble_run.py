"""Running: failures kept apart, kills and Ctrl-C that lose nothing, the same bits from one process and from two."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from ensembles import Deadly, Fragile, Interrupted, Nudged, Walk, bits, contents, run, with_parameters

from didymium.ensemble.run import Report, Stopped, require_all
from didymium.ensemble.sample import draws, member_seed
from didymium.ensemble.store import open_store, ranges
from didymium.ensemble.task import Array, Output
from didymium.errors import DidymiumError, MemberError
from didymium.world.distributions import Uniform
from didymium.world.scenario_draw import Uncertain

CHILD = """
import sys
from ensembles import Slow
from didymium.ensemble.run import run_ensemble

if __name__ == "__main__":
    folder, diary, workers = sys.argv[1:]
    run_ensemble(Slow(diary=diary), folder, runs=400, seed=1, workers=int(workers), chunk=5)
"""


def start_child(tmp_path: Path, workers: int) -> tuple[subprocess.Popen[bytes], Path, Path]:
    """A run in a process of its own, in its own group, that has written two files or more."""
    store, diary = tmp_path / "store", tmp_path / "diary"
    diary.mkdir()
    script = tmp_path / "child.py"
    script.write_text(CHILD)
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    child = subprocess.Popen(
        [sys.executable, str(script), str(store), str(diary), str(workers)],
        env=os.environ | {"PYTHONPATH": path},
        start_new_session=True,
        stderr=subprocess.PIPE,
    )
    until(lambda: len(list(store.glob("*.parquet"))) >= 2 or child.poll() is not None)
    assert child.poll() is None, (child.stderr or sys.stderr).read()
    return child, store, diary


def until(true: Callable[[], bool]) -> None:
    """Wait for something that must come; the test fails after two minutes without it."""
    for _ in range(2400):
        if true():
            return
        time.sleep(0.05)
    pytest.fail("it never came")


def running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes under /proc")
@pytest.mark.parametrize("workers", [1, 2])
def test_a_killed_run_resumes_without_loss_or_duplicate(tmp_path: Path, workers: int) -> None:
    child, folder, diary = start_child(tmp_path, workers)
    with child:
        child.kill()
    left = ranges(open_store(folder))
    before = bits(open_store(folder))
    assert 10 <= len(before) < 400
    pids = [int(p.name) for p in diary.iterdir()]
    assert 1 <= len(pids) <= workers  # one may have written two files before the other woke
    until(lambda: not any(map(running, pids)))  # its workers do not outlive it

    report = run(Walk(), folder, 400, chunk=7)
    assert (report.kept, report.ran) == (len(before), 400 - len(before))
    assert set(left) <= set(ranges(report.store))
    assert contents(report.store)["member"].to_list() == list(range(400))
    assert bits(report.store) == bits(run(Walk(), tmp_path / "whole", 400).store)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupt_keeps_what_is_finished(tmp_path: Path, workers: int) -> None:
    child, folder, _ = start_child(tmp_path, workers)
    os.killpg(child.pid, signal.SIGINT)
    _, said = child.communicate()
    assert b"Stopped: stopped with" in said
    assert said.count(b"Traceback") == 1, said.decode()  # the workers are silent
    kept = len(bits(open_store(folder)))
    assert 10 <= kept < 400
    assert f"stopped with {kept} of 400 members".encode() in said
    report = run(Walk(), folder, 400)
    assert (report.kept, report.ran) == (kept, 400 - kept)
    assert bits(report.store) == bits(run(Walk(), tmp_path / "whole", 400).store)


@pytest.mark.parametrize("at", [0, 4, 7])
def test_the_first_interrupt_ends_after_the_member_in_hand(tmp_path: Path, at: int) -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(Stopped, match=f"stopped with {at + 1} of 12 members") as caught:
        run(Nudged(member_seed=member_seed(1, at, "sobol", 2)), tmp_path / "store", 12, chunk=3)
    report = caught.value.report
    assert (report.runs, report.kept, report.ran) == (12, 0, at + 1)
    assert signal.getsignal(signal.SIGINT) == before
    again = run(Walk(), tmp_path / "store", 12)
    assert (again.kept, again.ran) == (at + 1, 11 - at)
    assert bits(again.store) == bits(run(Walk(), tmp_path / "whole", 12).store)


def test_an_interrupt_inside_a_member_loses_that_file_only(tmp_path: Path) -> None:
    seventh = member_seed(1, 7, "sobol", 2)
    with pytest.raises(KeyboardInterrupt):
        run(Interrupted(member_seed=seventh), tmp_path / "store", 12, chunk=3)
    store = open_store(tmp_path / "store")
    assert ranges(store) == ((0, 3), (3, 6))
    assert bits(run(Walk(), tmp_path / "store", 12).store) == bits(run(Walk(), tmp_path / "whole", 12).store)


def test_two_processes_give_the_bits_of_one(tmp_path: Path) -> None:
    one = run(Fragile(), tmp_path / "one", 40, workers=1)
    two = run(Fragile(), tmp_path / "two", 40, workers=2, chunk=3)
    assert bits(one.store) == bits(two.store)
    assert one.failed == two.failed


def test_a_failed_member_is_kept_with_its_error_and_draw_and_loses_no_other(tmp_path: Path) -> None:
    report = run(Fragile(), tmp_path / "store", 12)
    starts = draws(Walk().parameters, 12, 1)
    bad = np.flatnonzero(starts[:, 0] > 8)
    assert 1 <= len(bad) < 6
    assert [f.member for f in report.failed] == list(bad)
    for failure in report.failed:
        assert failure.draw == dict(zip(("start", "step"), starts[failure.member], strict=True))
        assert failure.error.startswith(f"ValueError: a start of {failure.draw['start']:.1f} (ensembles.py:")
    well = contents(run(Walk(), tmp_path / "well", 12).store)
    held = contents(report.store)
    for name in ("price|element=Dy,bloc=JPN", "total"):
        for member in set(range(12)) - set(bad):
            np.testing.assert_array_equal(held[name][int(member)], well[name][int(member)])


def test_a_run_with_failures_says_so_and_leaves_with_3(tmp_path: Path) -> None:
    report = run(Fragile(), tmp_path / "store", 12)
    with pytest.raises(MemberError, match=f"{len(report.failed)} of 12 members failed; the others are kept") as caught:
        require_all(report)
    assert caught.value.exit_code == 3
    assert "start = " in caught.value.cure
    require_all(run(Walk(), tmp_path / "well", 12))


def test_failed_members_are_not_run_again(tmp_path: Path) -> None:
    first = run(Fragile(), tmp_path / "store", 12)
    again = run(Fragile(), tmp_path / "store", 12)
    assert (again.kept, again.ran, again.failed) == (12, 0, first.failed)


@dataclass(frozen=True)
class Misshapen(Walk):
    """A walk whose result lacks a dimension."""

    def run(self, draw: dict[str, float], seed: int) -> dict[str, Array]:
        return super().run(draw, seed) | {"price": np.zeros(3)}


@dataclass(frozen=True)
class Forgetful(Walk):
    """A walk that leaves out an output."""

    def run(self, draw: dict[str, float], seed: int) -> dict[str, Array]:
        return {name: value for name, value in super().run(draw, seed).items() if name != "total"}


@pytest.mark.parametrize(("task", "says"), [(Misshapen(), r"shape \(3,\), not \(3, 5, 2\)"), (Forgetful(), "total")])
def test_a_result_of_another_shape_is_a_failure(tmp_path: Path, task: Walk, says: str) -> None:
    report = run(task, tmp_path / "store", 3)
    assert len(report.failed) == 3
    with pytest.raises(MemberError, match=says):
        require_all(report)
    assert np.isnan(contents(report.store)["first_stop|element=Nd"].to_numpy()).all()


def test_a_process_that_dies_is_told_and_the_files_before_it_stay(tmp_path: Path) -> None:
    with pytest.raises(MemberError, match="a worker process died"):
        run(Deadly(), tmp_path / "store", 60, workers=2, chunk=2)
    store = open_store(tmp_path / "store")
    kept = len(bits(store)) if ranges(store) else 0
    assert kept < 60
    report = run(Walk(), tmp_path / "store", 60)
    assert report.kept == kept
    assert bits(report.store) == bits(run(Walk(), tmp_path / "whole", 60).store)


def test_a_task_that_cannot_travel_is_told_before_the_run(tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Local(Walk):
        pass

    with pytest.raises(DidymiumError, match="cannot be sent to other processes"):
        run(Local(), tmp_path / "store", 3, workers=2)
    assert run(Local(), tmp_path / "store", 3, workers=1).ran == 3


def test_progress_starts_with_what_is_there_and_ends_with_all(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    run(Walk(), tmp_path / "store", 10, progress=lambda *at: told.append(at))
    run(Walk(), tmp_path / "store", 20, progress=lambda *at: told.append(at))
    split = told.index((10, 20))
    assert told[0] == (0, 10)
    assert told[split - 1] == (10, 10)
    assert told[-1] == (20, 20)
    assert told[split:] == sorted(told[split:])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"runs": 0}, "an ensemble of 0 runs"),
        ({"runs": -5}, "an ensemble of -5 runs"),
        ({"chunk": 0}, "chunk = 0"),
        ({"workers": 0}, "workers = 0"),
        ({"workers": -2}, "workers = -2"),
    ],
)
def test_impossible_numbers_are_refused_before_anything_is_written(
    tmp_path: Path, options: dict[str, int], says: str
) -> None:
    with pytest.raises(DidymiumError, match=says):
        run(Walk(), tmp_path / "store", **options)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("task", "says"),
    [
        (
            with_parameters(Walk(), *[Uncertain("x", "1", Uniform(low=0.0, high=1.0))] * 2),
            "parameter 'x' is there twice",
        ),
        (Walk(outputs={"p": Output(("place",), "t", "P")}), "has dimension 'place', which has no labels"),
        (Walk(outputs={}), "a task without outputs"),
    ],
)
def test_a_task_that_makes_no_sense_is_refused(tmp_path: Path, task: Walk, says: str) -> None:
    with pytest.raises(DidymiumError, match=says):
        run(task, tmp_path / "store")
    assert list(tmp_path.iterdir()) == []


def test_a_report_tells_where_it_stands(tmp_path: Path) -> None:
    report = run(Walk(), tmp_path / "store", 7)
    assert report == Report(report.store, 7, 0, 7, ())
