"""From solved scalars to a steady state: outlets, recoveries, purities, closures, warnings."""

from __future__ import annotations

import numpy as np

from didymium.separation.chemistry import range_warnings
from didymium.separation.layout import Layout
from didymium.separation.structure import Array, Cascade, Outlet, Steady, metals

__all__ = ["outlets_of", "steady_result"]


def steady_result(cascade: Cascade, lay: Layout, s: Array, x: Array, d: Array, iterations: int) -> Steady:
    """The converged state as a Steady; ``s`` holds ln h and ln F by stage, ``x`` aqueous mol/L, ``d`` distribution
    ratios.
    """
    chemistry = cascade.chemistry
    y = d * x
    h, free = np.exp(s[:, 0]), np.exp(s[:, 1])
    if chemistry.saturated:
        ph, free, acid = np.full(len(h), np.nan), np.zeros(len(h)), np.zeros(len(h))
    else:
        ph, acid = -s[:, 0] / np.log(10.0), h + lay.sulfate * h / (chemistry.ka2_mol_per_l + h)
    outlets = outlets_of(cascade, lay, x, y, acid)
    entering = lay.source.sum(axis=0)
    counted = metals(chemistry).astype(float)
    return Steady(
        cascade=cascade,
        aqueous=x,
        organic=y,
        ph=ph,
        free_dimer=free,
        aqueous_flow=lay.down + lay.drawn_aq,
        organic_flow=lay.up + lay.drawn_org,
        ln_scalars=s,
        outlets=outlets,
        recoveries={n: _share(o.flow * o.composition, entering) for n, o in outlets.items()},
        purities={n: _purity(o.composition, counted) for n, o in outlets.items()},
        balances=_balances(cascade, lay, outlets, x, y, acid, free),
        iterations=iterations,
        warnings=() if chemistry.saturated else tuple(range_warnings(chemistry, (float(ph.min()), float(ph.max())))),
    )


def outlets_of(cascade: Cascade, lay: Layout, x: Array, y: Array, acid: Array) -> dict[str, Outlet]:
    """What leaves: raffinate, organic, and the draws by name."""
    n = cascade.n_stages
    out = {
        "raffinate": Outlet("raffinate", "aqueous", 1, float(lay.down[0]), x[0], float(acid[0])),
        "organic": Outlet("organic", "organic", n, float(lay.up[-1]), y[-1], 0.0),
    }
    for k, draw in enumerate(cascade.draws, 1):
        j, aqueous = draw.stage - 1, draw.phase == "aqueous"
        total = (lay.down + lay.drawn_aq if aqueous else lay.up + lay.drawn_org)[j]
        flow = draw.flow if draw.flow is not None else (draw.fraction or 0.0) * total
        name = draw.name or f"draw{k}"
        out[name] = Outlet(
            name, draw.phase, draw.stage, float(flow), (x if aqueous else y)[j], float(acid[j]) if aqueous else 0.0
        )
    return out


def _share(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)


def _purity(composition: Array, counted: Array) -> Array:
    metal = np.where(counted, composition, 0.0)
    total = metal.sum()
    return metal / total if total > 0 else metal


def _balances(
    cascade: Cascade, lay: Layout, outlets: dict[str, Outlet], x: Array, y: Array, acid: Array, free: Array
) -> dict[str, float]:
    """Relative closure of each component over the whole cascade, and the worst stage for extractant and charge."""
    constants = cascade.chemistry.constants
    entering = lay.source.sum(axis=0)
    leaving = np.sum([o.flow * o.composition for o in outlets.values()], axis=0)
    out = {
        c.component: float(abs(a - b) / a) if a > 0 else float(abs(b))
        for c, a, b in zip(constants, entering, leaving, strict=True)
    }
    dimers = np.array([c.dimers for c in constants])
    out["extractant"] = float(np.max(np.abs(free + y @ dimers - lay.dimer) / lay.dimer))
    if not cascade.chemistry.saturated:
        protons = np.array([c.protons for c in constants])
        out["charge"] = float(np.max(np.abs(acid + x @ protons - lay.anion) / lay.anion))
    return out
