"""Run an ensemble into a store: sampled, in processes, resumable; a member that fails does not lose the others."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from didymium.ensemble.files import held
from didymium.ensemble.manifest import manifest_of
from didymium.ensemble.pool import Piece, here, in_processes
from didymium.ensemble.sample import Design, check_draws, draws, member_seed
from didymium.ensemble.store import Failure, Store, claim, failures, prepare, ranges, write_block
from didymium.ensemble.task import Task, check_task
from didymium.errors import DidymiumError, MemberError, counted

__all__ = ["CHUNK", "Report", "Stopped", "require_all", "run_ensemble"]

CHUNK = 50
"""Members per file. A kill costs each worker at most this many."""

Progress = Callable[[int, int], None]
"""Called with members in the store and members wanted, at the start and after each file."""


@dataclass(frozen=True)
class Report:
    """What a run did: members wanted, those that were there before, those run now, and those that raised."""

    store: Store
    runs: int
    kept: int
    ran: int
    failed: tuple[Failure, ...]


class Stopped(KeyboardInterrupt):
    """Ctrl-C during a run: the members finished are in the store, and the same call goes on from there."""

    def __init__(self, report: Report) -> None:
        self.report = report
        done = report.kept + report.ran
        super().__init__(f"stopped with {done} of {counted(report.runs, 'member')} in {report.store.folder}")


def run_ensemble(
    task: Task,
    folder: Path | str,
    *,
    runs: int,
    seed: int,
    design: Design = "sobol",
    workers: int | None = None,
    chunk: int = CHUNK,
    progress: Progress | None = None,
) -> Report:
    """Run the members that the store in ``folder`` lacks, and say what became of them.

    ``workers`` processes, by default as many as there are processors; one runs here. Raises DidymiumError for bad
    numbers, StoreError for a store of another run, OutputError where the store cannot be written (what is written
    stays), MemberError where a process dies, Stopped after Ctrl-C.
    """
    workers = os.cpu_count() or 1 if workers is None else workers
    for what, value in (("workers", workers), ("chunk", chunk)):
        if value < 1:
            raise DidymiumError(f"{what} = {value}", expected="a whole number from 1 on")
    check_task(task)
    check_draws(task.parameters, runs, seed, design)
    path = claim(folder)
    with held(path), _stop_on_interrupt() as stop:
        store = prepare(path, manifest_of(task, seed, design, runs))
        gaps = _gaps(ranges(store), runs)
        missing = sum(end - start for start, end in gaps)
        size = min(chunk, -(-missing // (4 * workers)) or 1)
        pieces = _pieces(task, gaps, size, runs, seed, design)
        crew = min(workers, -(-missing // size))
        blocks = here(task, pieces, stop) if workers == 1 else in_processes(task, pieces, crew, stop)
        kept, ran = runs - missing, 0
        _tell(progress, kept, runs)
        with contextlib.closing(blocks):
            for block in blocks:
                if block.errors:
                    write_block(store, block)
                    ran += len(block.errors)
                    _tell(progress, kept + ran, runs)
        report = Report(store, runs, kept, ran, failures(store))
    if kept + ran < runs:
        raise Stopped(report)
    return report


def require_all(report: Report) -> None:
    """Raise MemberError where members failed, with the first of them."""
    if not report.failed:
        return
    first = report.failed[0]
    draw = ", ".join(f"{name} = {value:.6g}" for name, value in first.draw.items())
    raise MemberError(
        f"{len(report.failed)} of {counted(report.runs, 'member')} failed; the others are kept",
        where=str(report.store.folder),
        expected="every member to run to its end",
        cure=f"look at the first: member {first.member}, {first.error}; draw: {draw or 'none'}",
    )


def _tell(progress: Progress | None, done: int, runs: int) -> None:
    if progress is not None:
        progress(done, runs)


def _gaps(there: tuple[tuple[int, int], ...], runs: int) -> list[tuple[int, int]]:
    gaps, at = [], 0
    for start, end in (*there, (runs, runs)):
        if at < min(start, runs):
            gaps.append((at, min(start, runs)))
        at = max(at, end)
    return gaps


def _pieces(
    task: Task, gaps: list[tuple[int, int]], size: int, runs: int, seed: int, design: Design
) -> Iterator[Piece]:
    """What is missing, cut to size; the draws are made when the first piece is asked for."""
    if not gaps:
        return
    drawn = draws(task.parameters, runs, seed, design)
    for start, end in gaps:
        for first in range(start, end, size):
            last = min(first + size, end)
            seeds = tuple(member_seed(seed, m, design, drawn.shape[1]) for m in range(first, last))
            yield first, seeds, drawn[first:last]


@contextlib.contextmanager
def _stop_on_interrupt() -> Iterator[Callable[[], bool]]:
    """The first Ctrl-C asks for a clean stop, the second acts as ever. Outside the main thread Ctrl-C is not ours."""
    asked = False

    def ask(signum: int, frame: FrameType | None) -> None:
        nonlocal asked
        asked = True
        signal.signal(signal.SIGINT, before)

    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, ask)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)
