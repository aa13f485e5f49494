"""Writes the reference figures of test_in_use_flodym.py to standard output; needs flodym, which didymium does not.

``python tests/literature/in_use_by_flodym.py > tests/literature/in_use_flodym.json`` with flodym's Python.
"""

import json
import math
import sys
from importlib.metadata import version

import flodym as fd
import numpy as np

YEARS = 25
CASES = [
    ("weibull", 20.0, 4.07),
    ("weibull", 15.0, 3.5),
    ("weibull", 6.0, 2.5),
    ("weibull", 4.0, 0.8),
    ("normal", 6.0, 2.0),
    ("lognormal", 10.0, 4.0),
    ("fixed", 7.0, 0.0),
    ("fixed", 6.5, 0.0),
]
# Uniform inflow is ten points a year in flodym (Gauss-Lobatto): good to 1e-10 only where survival is smooth at age 0.
SMOOTH = [("weibull", 4.07), ("weibull", 3.5), ("normal", 2.0), ("lognormal", 4.0)]
INFLOW_AT = {
    "start": {"inflow_at": "start"},
    "middle": {"inflow_at": "middle"},
    "end": {"inflow_at": "end"},
    "uniform": {"n_pts_per_interval": 10},
}


def model(dims: fd.DimensionSet, family: str, mean: float, spread: float, at: dict) -> fd.LifetimeModel:
    """flodym's lifetime model of one case."""
    if family == "weibull":
        scale = mean / math.gamma(1 + 1 / spread)
        return fd.WeibullLifetime(dims=dims, weibull_scale=scale, weibull_shape=spread, **at)
    if family == "fixed":
        return fd.FixedLifetime(dims=dims, mean=mean, **at)
    kind = {"normal": fd.NormalLifetime, "lognormal": fd.LogNormalLifetime}[family]
    return kind(dims=dims, mean=mean, std=spread, **at)


def main() -> None:
    """Survival of the first vintage, stock and outflow of every case and time of the inflow."""
    dims = fd.DimensionSet(dim_list=[fd.Dimension(name="time", letter="t", items=list(range(2000, 2000 + YEARS)))])
    inflow = 100 * 1.07 ** np.arange(YEARS) * (1 + 0.2 * np.sin(np.arange(YEARS)))
    cases = []
    for family, mean, spread in CASES:
        for name, at in INFLOW_AT.items():
            if name == "uniform" and (family, spread) not in SMOOTH:
                continue
            dsm = fd.InflowDrivenDSM(dims=dims, lifetime_model=model(dims, family, mean, spread, at))
            dsm.inflow.values[...] = inflow
            dsm.compute()
            cases.append(
                {
                    "family": family,
                    "mean_y": mean,
                    "spread": spread,
                    "inflow_at": name,
                    "survival": dsm.lifetime_model.sf[:, 0].tolist(),
                    "stock": dsm.stock.values.tolist(),
                    "outflow": dsm.outflow.values.tolist(),
                }
            )
    made_by = {name: version(name) for name in ("flodym", "numpy", "scipy")}
    json.dump({"made_by": made_by, "inflow": inflow.tolist(), "cases": cases}, sys.stdout)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
