"""The cascade solver beside its peers, the same case in one run: CPU time as a ratio, and how far answers lie apart.

``python benchmarks/bench_peers.py --prommis PYTHON --difflow PYTHON --stages 3 10 30``, each PYTHON the interpreter of
an environment that has the peer (PrOMMiS needs an ``ipopt`` on PATH). A peer that is not given or does not run is named
and passed over. ``scipy.optimize.root`` on the same equations, what one would write by hand, runs always. CPU seconds
of a peer leave out its import; those of PrOMMiS take in model, start and IPOPT; those of difflow_ree are of the second
call, compiled. Ours is the best of five calls from nothing, compiled.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "literature"))

from test_separation_cases import ATOMIC, acid_section, prommis_column

from didymium.separation.cascade import Cascade, solve

PROMMIS = """
import json, logging, resource, sys
from prommis.solvent_extraction.solvent_extraction_steady import (
    get_solver, initialize_steady_model, model_buildup_and_set_inputs)
from pyomo.environ import check_optimal_termination, value
logging.disable(logging.CRITICAL)
def cpu():
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
begun = cpu()
model = model_buildup_and_set_inputs(5, int(sys.argv[1]), has_holdup=False)
initialize_steady_model(model)
done = check_optimal_termination(get_solver("ipopt_v2").solve(model))
out = model.fs.solex.organic_outlet.conc_mass_comp
found = {k: value(out[0, k + "_o"]) for k in "La Ce Pr Nd Sm Gd Dy Y Sc Al Ca Fe".split()}
print(json.dumps({"cpu": cpu() - begun, "done": bool(done), "found": found}))
"""

DIFFLOW = """
import json, sys, time
import jax, numpy as np
jax.config.update("jax_enable_x64", True)
from difflow_ree import MassActionParams, MassActionSection
elements = ("La", "Ce", "Pr", "Nd", "Sm", "Eu", "Gd", "Tb", "Dy", "Y")
section = MassActionSection(MassActionParams(n_stages=int(sys.argv[1]), extractant="PC88A", elements=elements,
    aqueous_volumetric_flow=1.0, organic_volumetric_flow=1.0))
feed = section.schema.make_aqueous({e: 0.002 for e in elements}, acid=0.03, water=55.0)
solvent = section.schema.make_organic(0.5, diluent_flow=4.0)
for _ in range(2):
    begun = time.process_time()
    info = section(feed, solvent)[2]
    ph = np.asarray(info["pH_profile"])
    spent = time.process_time() - begun
found = {str(k): float(v) for k, v in enumerate(ph[::-1])}
print(json.dumps({"cpu": spent, "done": bool(info["feasible"]), "found": found}))
"""

Answer = dict[str, float]


def ours(call: Callable[[], Answer]) -> tuple[float, Answer]:
    """The best CPU time of five calls after one to compile, and the answer."""
    found, best = call(), float("inf")
    for _ in range(5):
        begun = time.process_time()
        call()
        best = min(best, time.process_time() - begun)
    return best, found


def column(stages: int) -> Answer:
    """mg/L in the loaded organic of PrOMMiS's column of twelve metals."""
    found = prommis_column(stages)
    names = found.cascade.chemistry.components
    return {k: float(y * ATOMIC[k] * 1e3) for k, y in zip(names, found.organic[-1], strict=True)}


def section(stages: int) -> Answer:
    """pH by stage of difflow_ree's section of ten elements."""
    return {str(k): float(ph) for k, ph in enumerate(solve(acid_section(stages)).ph)}


def peer(python: str, code: str, stages: int, limit_s: float) -> tuple[float, Answer] | str:
    """CPU time and answer of a peer in its own interpreter, or a sentence that says why there is none."""
    try:
        run = subprocess.run(
            [python, "-c", code, str(stages)], capture_output=True, text=True, timeout=limit_s, check=False
        )
    except FileNotFoundError:
        return f"no interpreter at {python}"
    except subprocess.TimeoutExpired:
        return f"no answer in {limit_s:g} s"
    if run.returncode:
        return f"did not run: {run.stderr.strip().splitlines()[-1][:160]}"
    result = json.loads(run.stdout.strip().splitlines()[-1])
    return (result["cpu"], result["found"]) if result["done"] else f"did not converge ({result['cpu']:.1f} CPU-s)"


def by_hand(cascade: Cascade) -> tuple[float, Answer] | str:
    """``scipy.optimize.root`` on logarithms of acid, free dimer and every concentration by stage.

    It starts from stages in which the feed parts alone: of hybr, lm and krylov and three starts the quickest that
    converges; from the feed itself hybr does not.
    """
    from scipy.optimize import root

    chemistry, feed, n = cascade.chemistry, cascade.feeds[0], cascade.n_stages
    ln_k = np.log(10) * np.array([c.log_k for c in chemistry.constants])
    entering = np.array([feed.composition[c] for c in chemistry.components])
    charge, dimer = feed.acid + 3 * entering.sum(), chemistry.dimer_mol_per_l

    def gaps(flat: np.ndarray) -> np.ndarray:
        u = np.clip(flat.reshape(n, -1), -60, 10)
        x = np.exp(u[:, 2:])
        y = np.minimum(x * np.exp(ln_k + 3 * u[:, 1:2] - 3 * u[:, :1]), 1e6)
        above, below = np.vstack([x[1:], entering]), np.vstack([np.zeros_like(y[:1]), y[:-1]])
        acid = (np.exp(u[:, 0]) + 3 * x.sum(axis=1)) / charge - 1
        free = (np.exp(u[:, 1]) + 3 * y.sum(axis=1)) / dimer - 1
        return np.column_stack([acid, free, (above + below - x - y) / entering]).ravel()

    h, f = 0.9 * charge, 0.8 * dimer
    alone = entering / (1 + np.exp(ln_k + 3 * np.log(f / h)))
    start = np.tile(np.log(np.concatenate([[h, f], alone])), (n, 1))
    begun = time.process_time()
    found = root(gaps, start.ravel(), method="hybr", options={"maxfev": 100 * start.size})
    spent = time.process_time() - begun
    if np.abs(gaps(found.x)).max() > 1e-8:
        return f"did not converge ({spent:.1f} CPU-s)"
    ph = -found.x.reshape(n, -1)[:, 0] / np.log(10)
    return spent, {str(k): float(v) for k, v in enumerate(ph)}


def compare(name: str, stages: int, own: tuple[float, Answer], other: tuple[float, Answer] | str) -> None:
    """One line: both CPU times, their ratio, and the largest relative difference of the answers."""
    if isinstance(other, str):
        print(f"{name:14} {stages:4} stages: {1e3 * own[0]:9.2f} ms ours; {name} {other}")
        return
    apart = max(abs(other[1][k] / v - 1) for k, v in own[1].items())
    print(
        f"{name:14} {stages:4} stages: {1e3 * own[0]:9.2f} ms ours, {1e3 * other[0]:12.2f} ms theirs, "
        f"{other[0] / own[0]:9.0f} times; answers apart by {apart:.1e}"
    )


def main() -> None:
    """Compare with every peer that is given, and with scipy."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prommis", help="Python of an environment with PrOMMiS, an ipopt on PATH")
    parser.add_argument("--difflow", help="Python of an environment with difflow")
    parser.add_argument("--stages", type=int, nargs="+", default=[3, 10, 30])
    parser.add_argument("--limit", type=float, default=300.0, help="seconds a peer may take for one answer")
    given = parser.parse_args()
    peers = (("PrOMMiS", given.prommis, PROMMIS, column), ("difflow_ree", given.difflow, DIFFLOW, section))
    for stages in given.stages:
        for name, python, code, case in peers:
            if python is None:
                print(f"{name}: not compared; give --{name.split('_')[0].lower()} PYTHON of an environment that has it")
                continue
            own = ours(lambda case=case, stages=stages: case(stages))  # type: ignore[misc]
            compare(name, stages, own, peer(python, code, stages, given.limit))
        own = ours(lambda stages=stages: section(stages))  # type: ignore[misc]
        compare("scipy by hand", stages, own, by_hand(acid_section(stages)))


if __name__ == "__main__":
    main()
