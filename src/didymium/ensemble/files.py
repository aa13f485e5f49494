"""Files that are there whole or not at all, and a lock that a killed process cannot leave behind."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from didymium.errors import OutputError, StoreError

__all__ = ["LOCK", "PARTIAL", "held", "make_folder", "write_whole"]

PARTIAL = ".partial"
"""Ending of a file that is being written."""

LOCK = "lock"
"""File by which a run holds its folder."""


def write_whole(path: Path, data: bytes) -> None:
    """Write ``data`` beside ``path`` and rename it into place; raises OutputError and leaves no part of it behind."""
    partial = path.with_name(path.name + PARTIAL)
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise OutputError(
            f"cannot be written: {error.strerror or error}",
            where=str(path),
            cure="make room or allow writing there, and run the same command again: it goes on where it stopped",
        ) from None


def make_folder(folder: Path) -> None:
    """Make the folder and those above it; raises OutputError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"the folder cannot be made: {error.strerror}", where=str(folder), cure="give a folder that can be written"
        ) from None


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the folder for one writer; raises StoreError while another run holds it. The system frees it on any end."""
    try:
        import fcntl
    except ImportError:
        # Without advisory locks (Windows) two runs into one folder are the user's to avoid.
        yield
        return
    try:
        lock = (folder / LOCK).open("wb")
    except OSError as error:
        raise OutputError(
            f"cannot be written: {error.strerror}", where=str(folder), cure="give a folder that can be written"
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StoreError(
                "another run is writing to this store", where=str(folder), cure="wait for it, or take another folder"
            ) from None
        yield
