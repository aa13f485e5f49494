"""The store: a folder of Parquet files, one per chunk of members, that a killed run leaves readable and complete.

The name of a file says which members it holds. A file appears whole (written aside, then renamed) and is never changed,
so what is missing is known from the names alone.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from didymium.ensemble.columns import columns_of
from didymium.ensemble.files import LOCK, PARTIAL, make_folder, write_whole
from didymium.ensemble.manifest import MANIFEST, Manifest, check_same, read_manifest, write_manifest
from didymium.ensemble.task import Array
from didymium.errors import StoreError

if TYPE_CHECKING:
    import polars as pl

__all__ = [
    "Block",
    "Failure",
    "Store",
    "claim",
    "failures",
    "open_store",
    "prepare",
    "ranges",
    "read",
    "read_draws",
    "write_block",
]

_FILE = re.compile(r"members-(\d+)-(\d+)\.parquet")
_DRAW = "draw:"
"""Stands before the name of a parameter in the name of its column."""


@dataclass(frozen=True)
class Store:
    """A folder and what it holds."""

    folder: Path
    manifest: Manifest


@dataclass(frozen=True)
class Failure:
    """A member that raised: its number, the error, its draw."""

    member: int
    error: str
    draw: dict[str, float]


@dataclass(frozen=True)
class Block:
    """Members in a row: draws (members, parameters), outputs (members, columns, length), errors (empty: none)."""

    first: int
    seeds: tuple[int, ...]
    draws: Array
    values: dict[str, Array]
    errors: tuple[str, ...]


def open_store(folder: Path | str) -> Store:
    """A store to read; raises StoreError where the folder holds none."""
    path = Path(folder)
    return Store(path, read_manifest(path))


def claim(folder: Path | str) -> Path:
    """A folder that is new, empty or a store. Raises OutputError where it cannot be made, StoreError for another."""
    path = Path(folder)
    make_folder(path)
    ours = {MANIFEST, MANIFEST + PARTIAL, LOCK}
    names = {f.name for f in path.iterdir()}
    if MANIFEST not in names and names - ours:
        raise StoreError(
            f"the folder holds files but no {MANIFEST}", where=str(path), cure="give an empty or a new folder"
        )
    return path


def prepare(folder: Path, wanted: Manifest) -> Store:
    """A store to write in a claimed folder: a new one, or one of the same run, which then may grow.

    Raises StoreError for a store of another run or with a broken file, OutputError where it cannot be written.
    """
    for partial in folder.glob(f"*{PARTIAL}"):
        partial.unlink(missing_ok=True)
    if not (folder / MANIFEST).exists():
        write_manifest(folder, wanted)
        return Store(folder, wanted)
    held = read_manifest(folder)
    check_same(held, wanted, folder)
    store = Store(folder, replace(held, runs=max(held.runs, wanted.runs)))
    for start, end in ranges(store):
        _frame(store, start, end, ["member"])
    if store.manifest != held:
        write_manifest(folder, store.manifest)
    return store


def ranges(store: Store) -> tuple[tuple[int, int], ...]:
    """First member and one past the last of every file, ascending; raises StoreError where two files overlap."""
    found = sorted((int(m[1]), int(m[2]) + 1) for f in store.folder.iterdir() if (m := _FILE.fullmatch(f.name)))
    for (start, end), (start_next, end_next) in pairwise(found):
        if start_next < end:
            raise StoreError(
                "two files hold the same members",
                where=f"{_path(store, start, end)}, {_path(store, start_next, end_next).name}",
                cure="delete one of them and run the same command again",
            )
    return tuple(found)


def write_block(store: Store, block: Block) -> None:
    """Write a block as a file of its own, whole or not at all; raises OutputError."""
    import polars as pl

    n = len(block.errors)
    members = np.arange(block.first, block.first + n, dtype=np.int64)
    data: dict[str, object] = {"member": members, "seed": np.array(block.seeds, dtype=np.int64)}
    for j, (name, _, _) in enumerate(store.manifest.parameters):
        data[_DRAW + name] = block.draws[:, j]
    data["error"] = pl.Series([e or None for e in block.errors], dtype=pl.String)
    for name, output in store.manifest.outputs.items():
        for i, column in enumerate(columns_of(name, output, store.manifest.coords)):
            series = block.values[name][:, i, :]
            data[column.name] = series[:, 0] if column.length is None else np.ascontiguousarray(series)
    buffer = io.BytesIO()
    pl.DataFrame(data).write_parquet(buffer, compression="lz4", statistics=False)
    write_whole(_path(store, block.first, block.first + n), buffer.getvalue())


def read(store: Store, columns: Sequence[str]) -> Iterator[tuple[npt.NDArray[np.int64], dict[str, Array]]]:
    """Members that ran well and their columns (members, length) or (members,), one file at a time, ascending.

    Raises StoreError for a file that cannot be read or does not hold what its name says.
    """
    import polars as pl

    for start, end in ranges(store):
        frame = _frame(store, start, end, ["member", "error", *columns])
        frame = frame.filter(pl.col("error").is_null())
        yield frame["member"].to_numpy(), {name: frame[name].to_numpy() for name in columns}


def read_draws(store: Store) -> tuple[npt.NDArray[np.int64], Array]:
    """Members that ran well, and their draws (members, parameters)."""
    names = [_DRAW + name for name, _, _ in store.manifest.parameters]
    parts = [(m, np.array([c[n] for n in names]).reshape(len(names), len(m)).T) for m, c in read(store, names)]
    if not parts:
        return np.empty(0, dtype=np.int64), np.empty((0, len(names)))
    return np.concatenate([m for m, _ in parts]), np.concatenate([d for _, d in parts])


def failures(store: Store) -> tuple[Failure, ...]:
    """Members that raised, ascending."""
    import polars as pl

    names = [name for name, _, _ in store.manifest.parameters]
    failed: list[Failure] = []
    for start, end in ranges(store):
        frame = _frame(store, start, end, ["member", "error", *(_DRAW + n for n in names)])
        for row in frame.filter(pl.col("error").is_not_null()).iter_rows(named=True):
            failed.append(Failure(row["member"], row["error"], {n: row[_DRAW + n] for n in names}))
    return tuple(failed)


def _path(store: Store, start: int, end: int) -> Path:
    return store.folder / f"members-{start:08d}-{end - 1:08d}.parquet"


def _frame(store: Store, start: int, end: int, columns: Sequence[str]) -> pl.DataFrame:
    import polars as pl

    path = _path(store, start, end)
    try:
        frame = pl.read_parquet(path, columns=list(columns), use_statistics=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise _corrupt(path, str(error).splitlines()[0]) from None
    if not np.array_equal(frame["member"].to_numpy(), np.arange(start, end)):
        raise _corrupt(path, "it does not hold the members that its name says")
    return frame


def _corrupt(path: Path, why: str) -> StoreError:
    return StoreError(
        f"the file is broken: {why}",
        where=str(path),
        expected="the Parquet file that the run wrote",
        cure="delete this one file and run the same command again: only its members run anew",
    )
