"""A store as an xarray dataset with labels and units, and as rows for CSV and JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from didymium.ensemble.columns import TIME, Column, columns_of, pick, picked_times
from didymium.ensemble.store import Store, ranges, read, read_draws
from didymium.ensemble.task import Array, Output
from didymium.errors import UnknownName

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "Cell",
    "Members",
    "chosen_columns",
    "chosen_outputs",
    "listed",
    "open_dataset",
    "read_columns",
    "read_drawn",
    "read_members",
    "rows",
    "shaped",
]

Cell = str | float | int | None
Members = npt.NDArray[np.int64]
"""Numbers of members (members,), ascending."""

Where = Mapping[str, str]


def open_dataset(store: Store, outputs: Sequence[str] | None = None, where: Where | None = None) -> xr.Dataset:
    """Outputs of all members that ran well: dimensions ``member`` and the output's own, units in ``attrs``.

    ``draw`` holds the draws (member, parameter) with ``parameter_unit`` along ``parameter``. Everything chosen is read
    into memory: choose with ``outputs`` and ``where`` (``{"element": "Dy"}``, see ``columns.pick``). Raises UnknownName
    for a name that is not there, StoreError for a broken file.
    """
    import xarray as xr

    manifest = store.manifest
    picked = pick(manifest.coords, where)
    among = listed(store)
    members, drawn = read_drawn(store, among)
    data: dict[str, object] = {
        "draw": (("member", "parameter"), drawn, {"long_name": "draw of each uncertain input"}),
    }
    for name, output in chosen_outputs(store, outputs).items():
        columns = chosen_columns(store, name, where)
        values = shaped(read_columns(store, columns, where, among), output, picked)
        data[name] = (("member", *output.dims), values, _attrs(output))
    dims = {d for o in chosen_outputs(store, outputs).values() for d in o.dims}
    coords = {
        "member": members,
        "parameter": [name for name, _, _ in manifest.parameters],
        "parameter_unit": ("parameter", [unit for _, unit, _ in manifest.parameters]),
        **{d: list(labels) for d, labels in picked.items() if d in dims},
    }
    attrs = {
        "task": manifest.task,
        "fingerprint": manifest.fingerprint,
        "didymium": manifest.didymium,
        "seed": manifest.seed,
        "design": manifest.design,
        "runs": manifest.runs,
        "failed": len(among) - len(members),
    }
    return xr.Dataset(data, coords, attrs)


def chosen_outputs(store: Store, names: Sequence[str] | None) -> dict[str, Output]:
    """The named outputs, or all; raises UnknownName."""
    held = store.manifest.outputs
    for name in names or ():
        if name not in held:
            raise UnknownName("output", name, held)
    return {name: held[name] for name in (held if names is None else names)}


def chosen_columns(store: Store, output: str, where: Where | None) -> tuple[Column, ...]:
    """The columns of one output that fit ``where``; a condition on a dimension that it lacks leaves it whole."""
    coords = store.manifest.coords
    picked = pick(coords, where)
    columns = columns_of(output, store.manifest.outputs[output], coords)
    return tuple(c for c in columns if all(label in picked[dim] for dim, label in c.at))


def listed(store: Store) -> Members:
    """The members whose files are there now, those that failed too.

    A run may add files at any time: what reads a store more than once lists them once, and reads among those.
    """
    return np.array([member for start, end in ranges(store) for member in range(start, end)], dtype=np.int64)


def read_drawn(store: Store, among: Members) -> tuple[Members, Array]:
    """Members ``among`` those listed that ran well, and their draws (members, parameters)."""
    members, drawn = read_draws(store)
    here = np.isin(members, among)
    return members[here], drawn[here]


def read_columns(store: Store, columns: Sequence[Column], where: Where | None, among: Members | None = None) -> Array:
    """The values of ``read_members``."""
    return read_members(store, columns, where, among)[1]


def read_members(
    store: Store, columns: Sequence[Column], where: Where | None, among: Members | None = None
) -> tuple[Members, Array]:
    """Members that ran well, and their values as (members, columns, length), the picked times only.

    Only members ``among`` are read; without it all that ``listed`` finds.
    """
    coords = store.manifest.coords
    length = columns[0].length
    times = [0] if length is None else picked_times(coords, pick(coords, where))
    whole = length is None or len(times) == length
    names = [c.name for c in columns]
    among = listed(store) if among is None else among
    numbers, values = np.empty(len(among), dtype=np.int64), np.empty((len(among), len(names), len(times)))
    at = 0
    for members, held in read(store, names):
        here = np.isin(members, among)
        end = at + int(here.sum())
        if end == at:
            continue
        numbers[at:end] = members[here]
        for i, name in enumerate(names):
            series = held[name].reshape(len(members), -1)
            values[at:end, i] = (series if whole else series[:, times])[here]
        at = end
    return numbers[:at], values[:at]


def shaped(values: Array, output: Output, picked: Mapping[str, tuple[str, ...]]) -> Array:
    """Values (n, columns, length) as (n, *dims of the output)."""
    spread = [d for d in output.dims if d != TIME]
    shape = [len(picked[d]) for d in spread]
    if TIME not in output.dims:
        return values.reshape(len(values), *shape)
    full = values.reshape(len(values), *shape, values.shape[-1])
    return np.moveaxis(full, -1, 1 + output.dims.index(TIME))


def rows(data: xr.Dataset) -> list[dict[str, Cell]]:
    """The variables of a dataset as flat rows for CSV and JSON, one per variable and cell; None is a gap.

    Columns: ``output``, ``unit``, every dimension of any variable (empty where it has none), ``value``.
    """
    dims = [str(d) for d in data.dims]
    out: list[dict[str, Cell]] = []
    for name, variable in data.data_vars.items():
        labels = {str(d): variable[d].values.tolist() for d in variable.dims}
        for at in np.ndindex(*variable.shape):
            row: dict[str, Cell] = {"output": str(name), "unit": str(variable.attrs.get("units", ""))}
            row |= dict.fromkeys(dims) | {
                d: labels[str(d)][i] for d, i in zip(map(str, variable.dims), at, strict=True)
            }
            value = float(variable.values[at])
            out.append(row | {"value": None if np.isnan(value) else value})
    return out


def _attrs(output: Output) -> dict[str, str]:
    return {"units": output.unit, "long_name": output.long_name}
