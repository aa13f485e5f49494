"""The weighted least squares behind the reconciliation: a scaled problem, its solution, and the closing projection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from didymium.chain.observe import Terms
from didymium.chain.structure import Array
from didymium.errors import SolveError

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

__all__ = ["Answer", "Problem", "close", "factor", "matrix", "row_size", "solve"]


@dataclass(frozen=True)
class Problem:
    """The scaled problem over active unknowns: x = scale * z."""

    active: NDArray[np.intp]
    scale: Array
    centre: Array
    weight: Array
    balance: csr_matrix
    observed: csr_matrix
    target: Array
    limits: csr_matrix
    limit: Array
    free: NDArray[np.bool_]


@dataclass(frozen=True)
class Answer:
    """What the solver found: unknowns, which of them are held at zero, and how it went."""

    z: Array
    at_zero: NDArray[np.bool_]
    info: dict[str, float]


def row_size(rows: csr_matrix, weight: Array | None = None) -> Array:
    """Euclidean length of each row, columns weighted."""
    squares = rows.multiply(rows)
    size: Array = np.sqrt(squares @ (np.ones(rows.shape[1]) if weight is None else weight))
    return size


def matrix(forms: list[Terms], units: list[float], size: int) -> csr_matrix:
    """Linear forms as rows, each divided by its unit; positions that occur twice add up."""
    from scipy.sparse import csr_matrix

    rows = [np.full(len(p), k) for k, terms in enumerate(forms) for p in terms.positions]
    if not rows:
        return csr_matrix((len(forms), size))
    columns = [p for terms in forms for p in terms.positions]
    values = [c / unit for terms, unit in zip(forms, units, strict=True) for c in terms.coefficients]
    data = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    return csr_matrix(data, shape=(len(forms), size))


def solve(p: Problem) -> Answer:
    """Clarabel on unknowns (z, residuals): minimise over both with residual = observed z − target."""
    import clarabel
    from scipy.sparse import csc_matrix, diags, eye_array, hstack, vstack

    n, m = len(p.active), len(p.target)
    quadratic = csc_matrix(diags(np.concatenate([2 * p.weight, np.full(m, 2.0)])))
    linear = np.concatenate([-2 * p.weight * p.centre, np.zeros(m)])
    bounded = eye_array(n, format="csr")[~p.free]
    on_flows = vstack([p.balance, p.observed, -bounded, p.limits])
    on_residuals = vstack(
        [csc_matrix((p.balance.shape[0], m)), -eye_array(m), csc_matrix((bounded.shape[0] + len(p.limit), m))]
    )
    right = np.concatenate([np.zeros(p.balance.shape[0]), p.target, np.zeros(bounded.shape[0]), p.limit])
    equal = p.balance.shape[0] + m
    cones = [clarabel.ZeroConeT(equal), clarabel.NonnegativeConeT(bounded.shape[0] + len(p.limit))]
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_feas = settings.tol_gap_abs = settings.tol_gap_rel = 1e-9
    settings.max_iter = 200
    constraints = csc_matrix(hstack([on_flows, on_residuals]))
    solution = clarabel.DefaultSolver(quadratic, linear, constraints, right, cones, settings).solve()
    if str(solution.status) not in ("Solved", "AlmostSolved"):
        raise SolveError(
            f"the reconciliation did not converge: {solution.status} after {solution.iterations} steps",
            expected="a balance that exists",
            cure="look for a capacity below what must pass, or a route to a bloc that cannot take it",
        )
    # At zero the price (dual) of the bound outweighs its slack, elsewhere the slack outweighs the price.
    at = slice(equal, equal + bounded.shape[0])
    at_zero = np.zeros(n, dtype=bool)
    at_zero[~p.free] = np.array(solution.z[at]) > np.array(solution.s[at])
    constant = float(p.weight @ p.centre**2)
    return Answer(
        np.array(solution.x[:n]),
        at_zero,
        {
            "iterations": float(solution.iterations),
            "objective": float(solution.obj_val) + constant,
            "seconds": float(solution.solve_time),
        },
    )


def factor(system: Any) -> Callable[[Array], Array]:
    """A solver for one sparse symmetric matrix; raises SolveError when it is singular."""
    from scipy.sparse import csc_matrix
    from scipy.sparse.linalg import splu

    symmetric: Any = {"SymmetricMode": True}  # ordering for A + Aᵀ: ten times sparser here than the default
    try:
        found = splu(csc_matrix(system), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.01, options=symmetric)
    except RuntimeError as error:
        raise SolveError(
            f"the balance cannot be factorised: {error}",
            expected="balances that do not contradict each other",
            cure="look for a figure of a wildly wrong size among the edited rows",
        ) from None
    solver: Callable[[Array], Array] = found.solve
    return solver


def close(x: Array, p: Problem, balance: csr_matrix) -> tuple[Array, float]:
    """Project onto the mass balance, moving each flow in proportion to itself; returns the largest move over its scale.

    Least squares with weights 1/x², so that flows at zero stay there. A flow that the step would turn negative is set
    to zero and the rest is projected again.
    """
    before = x[p.active]
    tiny = np.zeros_like(x)
    tiny[p.active[~p.free]] = 1e-9 * p.scale[~p.free]
    loose = np.zeros_like(x)
    loose[p.active[p.free]] = (1e-3 * p.scale[p.free]) ** 2
    x = np.where(x < tiny, np.minimum(x, 0.0) * (loose > 0), x)
    for _ in range(5):
        x = _projected(x, balance, np.maximum(x**2, loose))
        negative = (x < 0) & (loose == 0)
        if not negative.any():
            break
        x = np.where(negative, 0.0, x)
    return x, float((np.abs(x[p.active] - before) / p.scale).max(initial=0.0))


def _projected(x: Array, balance: csr_matrix, weight: Array) -> Array:
    from scipy.sparse import diags, eye_array

    size = row_size(balance, weight)
    kept = np.nonzero(size > 0)[0]
    rows = diags(1 / size[kept]) @ balance[kept]
    solver = factor(rows @ diags(weight) @ rows.T + 1e-13 * eye_array(len(kept)))
    for _ in range(4):  # iterative refinement
        x = x - weight * (rows.T @ solver(rows @ x))
    return x
