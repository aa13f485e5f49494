"""Copies of the shipped tables with some cells or rows changed."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from pathlib import Path

from didymium.world import World, load_world

Change = Callable[[dict[str, str]], Mapping[str, str] | None]


def edited(directory: Path, **changes: Change) -> World:
    """A world in ``directory`` in which each row of the named tables went through its function; None drops the row."""
    shipped = load_world().directory
    for path in shipped.glob("*.csv"):
        if path.stem not in changes:
            (directory / path.name).symlink_to(path)
    for name, change in changes.items():
        with (shipped / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            header = list(reader.fieldnames or ())
            rows = [new for row in reader if (new := change(dict(row))) is not None]
        with (directory / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, header, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return World(directory)


def appended(directory: Path, table: str, **cells: str) -> None:
    """Put one more row at the end of a table that ``edited`` wrote."""
    path = directory / f"{table}.csv"
    header = path.read_text(encoding="utf-8").splitlines()[0].split(",")
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.DictWriter(file, header, lineterminator="\n").writerow(cells)


def same(row: dict[str, str]) -> dict[str, str]:
    """The row as it is."""
    return row
