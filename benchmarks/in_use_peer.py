"""One run of in-use stocks in a fresh process, for bench_in_use.py: ``python in_use_peer.py WHO FOLDER``.

WHO is ``flodym``, ``numpy`` or ``numba`` (the last two are didymium). Reads ``inflow.npy`` (years, elements, regions,
products) and ``lives.json`` in FOLDER and writes ``WHO.npz`` with stock and outflow of the same shape. Prints as JSON
CPU seconds and the peak of resident memory less what was resident before (Linux). Imports and reading are not counted;
numba compiles on a small case before.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

Series = tuple[np.ndarray, np.ndarray]
Run = Callable[[np.ndarray, list[list[float]]], Series]


def by_flodym() -> Run:
    """flodym's inflow-driven model, as its documentation builds it: one lifetime a product, inflow in mid-year."""
    import flodym as fd

    def run(inflow: np.ndarray, lives: list[list[float]]) -> Series:
        sizes = dict(zip(("time", "element", "region", "product"), inflow.shape, strict=True))
        dims = fd.DimensionSet(
            dim_list=[fd.Dimension(name=n, letter=n[0], items=list(range(2000, 2000 + k))) for n, k in sizes.items()]
        )
        product = dims.get_subset(("p",))
        scale = np.array([mean / math.gamma(1 + 1 / shape) for mean, shape in lives])
        life = fd.WeibullLifetime(
            dims=dims,
            inflow_at="middle",
            weibull_scale=fd.FlodymArray(dims=product, values=scale),
            weibull_shape=fd.FlodymArray(dims=product, values=np.array([shape for _, shape in lives])),
        )
        dsm = fd.InflowDrivenDSM(dims=dims, lifetime_model=life)
        dsm.inflow.values[...] = inflow
        dsm.compute()
        return dsm.outflow.values, dsm.stock.values

    return run


def by_didymium(compiled: bool) -> Run:
    """The same by didymium; the axes are turned there and back inside the time."""
    from didymium.chain.in_use import run_off
    from didymium.chain.lifetimes import Lifetime, retirement_table

    def run(inflow: np.ndarray, lives: list[list[float]]) -> Series:
        years = len(inflow)
        leave = np.stack([retirement_table(Lifetime("weibull", *life), years + 1, "middle") for life in lives])
        left, held = run_off(np.moveaxis(inflow, -1, 0), leave, compiled=compiled)
        return np.moveaxis(left, 0, -1), np.moveaxis(held, 0, -1)

    run(np.ones((3, 2, 2, 2)), [[3.0, 2.0], [4.0, 3.0]])
    return run


def resident_mb(field: str) -> float:
    """VmRSS (now) or VmHWM (the peak) of this process."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024


def main(who: str, folder: Path) -> None:
    """Run, write the series, print what it cost."""
    run = by_flodym() if who == "flodym" else by_didymium(who == "numba")
    inflow = np.load(folder / "inflow.npy")
    lives = json.loads((folder / "lives.json").read_text(encoding="utf-8"))
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")  # the peak starts anew from here
    before = resident_mb("VmRSS")
    start = time.process_time()
    left, held = run(inflow, lives)
    seconds = time.process_time() - start
    peak = resident_mb("VmHWM")
    np.savez(folder / f"{who}.npz", outflow=left, stock=held)
    sys.stdout.write(json.dumps({"cpu_s": seconds, "grown_mb": peak - before, "whole_mb": peak}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
