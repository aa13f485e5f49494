"""The manifest of a store: what was run, on which draws, and what the columns mean."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from didymium import __version__
from didymium.ensemble.files import write_whole
from didymium.ensemble.sample import DESIGNS, Design
from didymium.ensemble.task import Output, Task
from didymium.errors import StoreError

__all__ = ["FORMAT", "MANIFEST", "Manifest", "check_same", "manifest_of", "read_manifest", "write_manifest"]

MANIFEST = "manifest.json"
FORMAT = 1
"""Layout of the folder; a reader of one layout refuses another."""


@dataclass(frozen=True)
class Manifest:
    """What a store holds. ``parameters`` are (name, unit, distribution); ``runs`` is the most that was asked for."""

    format: int
    didymium: str
    task: str
    fingerprint: str
    seed: int
    design: Design
    runs: int
    parameters: tuple[tuple[str, str, str], ...]
    coords: Mapping[str, tuple[str, ...]]
    outputs: Mapping[str, Output]


def manifest_of(task: Task, seed: int, design: Design, runs: int) -> Manifest:
    """The manifest of a run that is about to start."""
    return Manifest(
        FORMAT,
        __version__,
        task.name,
        task.fingerprint,
        seed,
        design,
        runs,
        tuple((p.name, p.unit, repr(p.distribution)) for p in task.parameters),
        {dim: tuple(labels) for dim, labels in task.coords.items()},
        {name: Output(tuple(o.dims), o.unit, o.long_name) for name, o in task.outputs.items()},
    )


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest as a whole or not at all; raises OutputError."""
    text = json.dumps(asdict(manifest), ensure_ascii=False, indent=1)
    write_whole(folder / MANIFEST, text.encode("utf-8"))


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a store; raises StoreError where it is missing, broken, or of another layout."""
    path = folder / MANIFEST
    try:
        data = json.loads(path.read_bytes())
        layout = data["format"]
    except FileNotFoundError:
        raise StoreError(
            "this folder is not a store of an ensemble",
            where=str(folder),
            expected=f"a folder with {MANIFEST}",
            cure="give the folder that the run wrote, or an empty one for a new run",
        ) from None
    except OSError as error:
        raise StoreError(f"cannot be read: {error.strerror}", where=str(path)) from None
    except (ValueError, TypeError, KeyError) as error:
        raise _broken(path, str(error)) from None
    if layout != FORMAT:
        raise StoreError(
            f"the store has layout {layout!r}, written by didymium {data.get('didymium', 'unknown')}",
            where=str(path),
            expected=f"layout {FORMAT} (didymium {__version__})",
            cure="read it with the version that wrote it, or run again into another folder",
        )
    try:
        return _parsed(data)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _broken(path, f"{type(error).__name__}: {error}") from None


def check_same(held: Manifest, wanted: Manifest, folder: Path) -> None:
    """Raise StoreError where a store was written by another run than the one wanted, and name the difference."""
    for field in fields(Manifest):
        if field.name == "runs" and held.design != "latin":
            continue
        old, new = getattr(held, field.name), getattr(wanted, field.name)
        if old != new:
            raise StoreError(
                f"the store was written with another {_WORDS.get(field.name, field.name)}",
                where=str(folder),
                expected=f"{_brief(new)}, and the store has {_brief(old)}",
                cure="run into another folder, or move this one away; its members stay as they are",
            )


_WORDS = {
    "didymium": "version of didymium",
    "fingerprint": "fingerprint of scenario, tables and code",
    "runs": "number of runs (a Latin hypercube cannot grow)",
}


def _brief(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 200 else text[:200] + " ..."


def _broken(path: Path, why: str) -> StoreError:
    return StoreError(
        f"the manifest is broken: {why}",
        where=str(path),
        expected="the JSON that the run wrote",
        cure="put it back from a copy, or move the folder away and run again; the files of members were not touched",
    )


def _parsed(data: dict[str, Any]) -> Manifest:
    design = data["design"]
    if design not in DESIGNS:
        raise ValueError(f"design {design!r}")
    return Manifest(
        data["format"],
        str(data["didymium"]),
        str(data["task"]),
        str(data["fingerprint"]),
        int(data["seed"]),
        design,
        int(data["runs"]),
        tuple((str(name), str(unit), str(shape)) for name, unit, shape in data["parameters"]),
        {str(dim): tuple(map(str, labels)) for dim, labels in data["coords"].items()},
        {str(name): Output(tuple(o["dims"]), o["unit"], o["long_name"]) for name, o in data["outputs"].items()},
    )
