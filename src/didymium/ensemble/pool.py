"""Members run here or in processes of their own; results come back in blocks that the caller writes."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
import threading
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from multiprocessing import connection
from multiprocessing.synchronize import Event
from pathlib import Path

import numpy as np

from didymium.ensemble.columns import columns_of, flatten
from didymium.ensemble.store import Block
from didymium.ensemble.task import Array, Task
from didymium.errors import DidymiumError, MemberError

__all__ = ["Piece", "here", "in_processes"]

Piece = tuple[int, tuple[int, ...], Array]
"""Members to run: number of the first, their seeds, their draws (members, parameters)."""

_POLL_S = 0.1


def here(task: Task, pieces: Iterable[Piece], stop: Callable[[], bool]) -> Generator[Block, None, None]:
    """Run the pieces in this process; after ``stop`` the block in hand comes short and is the last."""
    for piece in pieces:
        yield _run(task, piece, stop)
        if stop():
            return


def in_processes(
    task: Task, pieces: Iterable[Piece], workers: int, stop: Callable[[], bool]
) -> Generator[Block, None, None]:
    """Run the pieces in ``workers`` processes; blocks come as they finish.

    The processes start, and make the task ready, before the first piece is asked for.
    After ``stop`` the members in hand are finished and no new one starts. Raises DidymiumError for a task that cannot
    be pickled, MemberError where a process dies.
    """
    packed = _packed(task)
    context = multiprocessing.get_context("spawn")
    halt = context.Event()
    queue = iter(pieces)
    waiting: set[Future[Block]] = set()
    with ProcessPoolExecutor(max(workers, 1), context, initializer=_start, initargs=(halt,)) as pool:
        try:
            for _ in range(workers):
                with _interrupts_kept_from_children():
                    pool.submit(_ready, packed)
            while True:
                while not halt.is_set() and len(waiting) < workers + 2 and (piece := next(queue, None)):
                    with _interrupts_kept_from_children():
                        waiting.add(pool.submit(_work, packed, piece))
                if not waiting:
                    return
                for future in wait(waiting, _POLL_S, FIRST_COMPLETED).done:
                    waiting.discard(future)
                    yield future.result()
                if stop():
                    halt.set()
        except BrokenProcessPool:
            yield from (f.result() for f in waiting if f.done() and not f.cancelled() and not f.exception())
            raise MemberError(
                "a worker process died",
                expected="processes that live to the end of the run",
                cure="run the same command again, it goes on where it stopped; with fewer workers if memory ran out. "
                'In a script, the call belongs under if __name__ == "__main__":',
            ) from None
        finally:
            halt.set()
            for future in waiting:
                future.cancel()


def _packed(task: Task) -> bytes:
    try:
        return pickle.dumps(task)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise _does_not_travel(error) from None


def _does_not_travel(error: Exception) -> DidymiumError:
    return DidymiumError(
        f"the task cannot be sent to other processes: {error}",
        expected="an object of a class at the top of a module",
        cure="define it there, or run with one worker",
    )


@contextlib.contextmanager
def _interrupts_kept_from_children() -> Iterator[None]:
    """Children start with Ctrl-C blocked, and so do not die of it before they can run their own code."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_halt: Event | None = None


def _start(halt: Event) -> None:
    global _halt
    _halt = halt
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


@lru_cache(maxsize=1)
def _unpacked(packed: bytes) -> Task:
    try:
        task: Task = pickle.loads(packed)
    except Exception as error:  # whatever the task's module does when it is imported
        raise _does_not_travel(error) from None
    return task


def _ready(packed: bytes) -> None:
    # Whatever is wrong here is wrong with the first member too, and is told there.
    with contextlib.suppress(Exception):
        _unpacked(packed).ready()


def _work(packed: bytes, piece: Piece) -> Block:
    assert _halt is not None
    return _run(_unpacked(packed), piece, _halt.is_set)


def _run(task: Task, piece: Piece, stop: Callable[[], bool]) -> Block:
    first, seeds, draws = piece
    names = [p.name for p in task.parameters]
    values = {}
    for name, output in task.outputs.items():
        columns = columns_of(name, output, task.coords)
        values[name] = np.full((len(seeds), len(columns), columns[0].length or 1), np.nan)
    errors: list[str] = []
    for i, seed in enumerate(seeds):
        if stop():
            break
        draw = dict(zip(names, draws[i].tolist(), strict=True))
        errors.append(_member(task, draw, seed, {name: array[i] for name, array in values.items()}))
    n = len(errors)
    return Block(first, seeds[:n], draws[:n], {name: v[:n] for name, v in values.items()}, tuple(errors))


def _member(task: Task, draw: dict[str, float], seed: int, into: dict[str, Array]) -> str:
    """Run one member into its rows and say what went wrong, or nothing."""
    try:
        result = task.run(draw, seed)
        rows = {name: flatten(name, output, task.coords, result[name]) for name, output in task.outputs.items()}
    except Exception as error:  # one member's error must not lose the others
        last = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__}: {error} ({Path(last.filename).name}:{last.lineno})"
    for name, row in rows.items():
        into[name][:] = row
    return ""
