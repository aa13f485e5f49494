"""Reconciliation of a base year: least squares weighted by grade under mass balance, capacity and x >= 0.

Minimise  Σ_obs ((a·x − b)/σ)² + Σ_i ((x_i − x0_i)/σ0_i)²   subject to  A x = 0,  G x ≤ h,  x ≥ 0 (stock changes free).
The first sum holds what was published, the second the first guess of :mod:`didymium.chain.prior`, which only decides
what no figure decides. Method: data reconciliation in material-flow analysis (Cencic 2016, J. Ind. Ecol. 20, 1141;
Kopec et al. 2016). Solved by Clarabel's interior point, then projected so that mass closes to rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from didymium.chain.capacity import Limit, capacity_limits
from didymium.chain.flows import Flows, Residual, basket_weights
from didymium.chain.layout import LINKED, NODES, Layout
from didymium.chain.observe import Context, Observation, observations
from didymium.chain.prior import Prior, build_prior, with_goods
from didymium.chain.structure import STAGES, Array
from didymium.errors import SolveError
from didymium.world import World

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix, csr_matrix

__all__ = ["BASKETS", "base_year", "reconcile"]

PRIOR_SIGMA = {"home": 1.0, "abroad": 0.6, "other_use": 1.5, "feed_metal": 0.6, "recycled": 1.0, "scrap_lost": 1.5}
"""Relative standard error of the first guess by kind of flow: assumptions, wide on purpose."""

STOCK_SIGMA = 0.05
"""Standard error of a year's stock change relative to the mine output or first-guess oxide: an assumption."""

UNSEPARATED_SIGMA = 0.15
"""Standard error, relative to what arrives, of mixed compounds used or stocked without separation: an assumption."""

BASKETS = {"ndpr": ("Nd", "Pr"), "dytb": ("Dy", "Tb"), "magnet": ("Nd", "Pr", "Dy", "Tb"), "all": ()}


@dataclass(frozen=True)
class _Problem:
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


@lru_cache(maxsize=8)
def base_year(world: World, year: int = 2024) -> Flows:
    """The reconciled flows of ``year``, computed once per world; raises SolveError."""
    return reconcile(world, year)


def reconcile(world: World, year: int = 2024) -> Flows:
    """Reconcile ``year``; raises TableError for gaps that leave the chain open and SolveError when not converged.

    Done twice: trade in goods is not published and follows from where magnets end up, which the first solution tells.
    """
    prior = build_prior(world, year)
    first = _once(world, year, prior)
    return _once(world, year, with_goods(prior, first.trade["magnet"].sum(axis=0)))


def _once(world: World, year: int, prior: Prior) -> Flows:
    """One reconciliation from one first guess."""
    layout = Layout.of(prior)
    context = Context.of(world, year, layout, prior)
    seen = observations(context)
    limits, unknown = capacity_limits(context)
    problem = _scaled(context, seen, limits)
    z, info = _solve(problem)
    x = np.zeros(layout.size)
    x[problem.active] = problem.scale * z
    x, moved = _close(x, problem, layout.balance(prior))
    sigma = _sigmas(context, problem, z)
    sources = frozenset(prior.sources | {s for o in seen for s in o.sources} | {s for m in limits for s in m.sources})
    return Flows(
        year=year,
        blocs=world.blocs,
        trade={form: layout.trade(x, form) for form in LINKED},
        nodes={name: layout.nodes(x, name) for name in NODES},
        recipes=prior.recipes,
        residuals=tuple(_residual(o, x) for o in seen),
        sigma=sigma,
        capacity_unknown=unknown,
        solver=info | {"projection_moved": moved, "unknowns": float(len(z)), "observations": float(len(seen))},
        sources=sources,
    )


def _residual(o: Observation, x: Array) -> Residual:
    z = (o.terms.value(x) - o.target) / o.sigma
    return Residual(
        o.key, o.kind, o.place, o.partner, o.basket, o.observed, o.fitted(x), o.unit, z, o.grade, o.sources, o.where
    )


def _prior_sigma(context: Context) -> tuple[Array, NDArray[np.bool_]]:
    """Standard errors of the first guess, and which unknowns may be negative."""
    layout, start, prior = context.layout, context.start, context.prior
    sigma = np.zeros(layout.size)
    free = np.zeros(layout.size, dtype=bool)
    floor = 1e-4 * prior.mine.sum(axis=0)
    for form, i, j in layout.links:
        at = layout.link(form, i, j)
        relative = PRIOR_SIGMA["home" if i == j else "abroad"]
        sigma[at] = np.where(start[at] > 0, np.maximum(relative * start[at], floor), 0.0)
    oxide = prior.trade["oxide"].sum(axis=1)
    for i in range(layout.n_blocs):
        for name in ("other_use", "feed_metal", "recycled", "scrap_lost"):
            at = layout.node(name, i)
            reach = start[layout.node("feed_metal", i)] + start[layout.node("other_use", i)]
            allowed = (
                (start[at] > 0)
                | ((name == "other_use") & (reach > 0))
                | ((name == "scrap_lost") & (prior.trade["scrap"][:, i].sum(axis=0) > 0))
            )
            sigma[at] = np.where(allowed, np.maximum(PRIOR_SIGMA[name] * start[at], floor), 0.0)
        at = layout.node("mine", i)
        sigma[at] = np.where(start[at] > 0, np.maximum(start[at], floor), 0.0)
        at = layout.node("unseparated", i)
        sigma[at] = UNSEPARATED_SIGMA * prior.trade["mixed"][:, i].sum(axis=0)
        for name, base in (("stock_concentrate", prior.mine[i]), ("stock_oxide", oxide[i])):
            at = layout.node(name, i)
            sigma[at], free[at] = STOCK_SIGMA * base, True
    return sigma, free


def _scaled(context: Context, seen: tuple[Observation, ...], limits: tuple[Limit, ...]) -> _Problem:
    from scipy.sparse import csr_matrix, diags

    layout = context.layout
    sigma, free = _prior_sigma(context)
    active = np.nonzero(sigma > 0)[0]
    scale = np.maximum(context.start[active], sigma[active])
    balance = layout.balance(context.prior)[:, active] @ diags(scale)
    size = np.sqrt(np.asarray(balance.multiply(balance).sum(axis=1)).ravel())
    kept = np.nonzero(size > 0)[0]
    balance = diags(1 / size[kept]) @ balance[kept]

    def matrix(forms: list[tuple[object, float]]) -> csr_matrix:
        rows, columns, values = [], [], []
        for k, (terms, unit) in enumerate(forms):
            for p, c in zip(terms.positions, terms.coefficients, strict=True):  # type: ignore[attr-defined]
                rows.append(np.full(len(p), k))
                columns.append(p)
                values.append(c / unit)
        if not rows:
            return csr_matrix((0, len(active)))
        data = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
        return csr_matrix(data, shape=(len(forms), layout.size))[:, active] @ diags(scale)

    mine_at = np.concatenate([layout.node("mine", i) for i in range(layout.n_blocs)])
    weight = np.where(np.isin(active, mine_at), 0.0, (scale / sigma[active]) ** 2)
    return _Problem(
        active=active,
        scale=scale,
        centre=context.start[active] / scale,
        weight=weight,
        balance=csr_matrix(balance),
        observed=csr_matrix(matrix([(o.terms, o.sigma) for o in seen])),
        target=np.array([o.target / o.sigma for o in seen]),
        limits=csr_matrix(matrix([(m.terms, m.limit) for m in limits])),
        limit=np.ones(len(limits)),
        free=free[active],
    )


def _solve(p: _Problem) -> tuple[Array, dict[str, float]]:
    """Clarabel on unknowns (z, residuals): minimise over both with residual = observed z − target."""
    import clarabel
    from scipy.sparse import block_array, csc_matrix, diags, eye_array

    n, m = len(p.active), len(p.target)
    quadratic = csc_matrix(diags(np.concatenate([2 * p.weight, np.full(m, 2.0)])))
    linear = np.concatenate([-2 * p.weight * p.centre, np.zeros(m)])
    bounded = eye_array(n, format="csr")[~p.free]
    constraints = csc_matrix(
        block_array([[p.balance, None], [p.observed, -eye_array(m)], [-bounded, None], [p.limits, None]])
        if p.limits.shape[0]
        else block_array([[p.balance, None], [p.observed, -eye_array(m)], [-bounded, None]])
    )
    right = np.concatenate([np.zeros(p.balance.shape[0]), p.target, np.zeros(bounded.shape[0]), p.limit])
    cones = [
        clarabel.ZeroConeT(p.balance.shape[0] + m),
        clarabel.NonnegativeConeT(bounded.shape[0] + len(p.limit)),
    ]
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_feas = settings.tol_gap_abs = settings.tol_gap_rel = 1e-9
    settings.max_iter = 200
    solution = clarabel.DefaultSolver(quadratic, linear, constraints, right, cones, settings).solve()
    if str(solution.status) not in ("Solved", "AlmostSolved"):
        raise SolveError(
            f"the reconciliation did not converge: {solution.status} after {solution.iterations} steps",
            expected="a balance that exists",
            cure="look for a capacity below what must pass, or a route to a bloc that cannot take it",
        )
    return np.array(solution.x[:n]), {
        "iterations": float(solution.iterations),
        "objective": float(solution.obj_val),
        "seconds": float(solution.solve_time),
    }


def _close(x: Array, p: _Problem, balance: csr_matrix) -> tuple[Array, float]:
    """Project onto the mass balance, moving each flow in proportion to itself; returns the largest relative move.

    Least squares with weights 1/x²; flows at zero stay at zero, so that nothing turns negative.
    """
    from scipy.sparse import csc_matrix, diags, eye_array
    from scipy.sparse.linalg import splu

    free_at = p.active[p.free]
    tiny = 1e-9 * p.scale
    bounded = ~p.free
    x = x.copy()
    values = x[p.active]
    x[p.active] = np.where(bounded & (values < tiny), 0.0, values)
    before = x.copy()
    weight = x**2
    weight[free_at] = np.maximum(weight[free_at], (1e-3 * p.scale[p.free]) ** 2)
    size = np.sqrt(np.asarray(balance.multiply(balance) @ weight)).ravel()
    kept = np.nonzero(size > 0)[0]
    rows = diags(1 / size[kept]) @ balance[kept]
    normal = csc_matrix(rows @ diags(weight) @ rows.T + 1e-13 * eye_array(len(kept)))
    factor = splu(normal)
    for _ in range(4):
        x = x - weight * (rows.T @ factor.solve(rows @ x))
    moved = np.abs(x - before)[before > 0] / before[before > 0]
    return x, float(moved.max(initial=0.0))


def _sigmas(context: Context, p: _Problem, z: Array) -> dict[tuple[str, str, str], float]:
    """Standard errors of outputs by stage, bloc and basket, from the curvature at the solution on its active set."""
    from scipy.sparse import block_array, csc_matrix, diags, eye_array
    from scipy.sparse.linalg import splu

    inside = np.nonzero((z > 1e-6) | p.free)[0]
    observed, balance = p.observed[:, inside], p.balance[:, inside]
    hessian = diags(p.weight[inside] + 1e-9) + observed.T @ observed
    used = np.nonzero(np.asarray(abs(balance).sum(axis=1)).ravel() > 1e-12)[0]
    balance = balance[used]
    system: csc_matrix = csc_matrix(
        block_array([[hessian, balance.T], [balance, -1e-10 * eye_array(balance.shape[0])]])
    )
    factor = splu(system)
    positions = {int(a): k for k, a in enumerate(p.active[inside])}
    found: dict[tuple[str, str, str], float] = {}
    for stage in STAGES:
        for i, bloc in enumerate(context.world.blocs):
            blocks = (
                [context.layout.node("mine", i)] if stage == "mine" else context.layout.outgoing(_FORM_OF[stage], i)
            )
            for name, basket in BASKETS.items():
                right = _functional(blocks, basket_weights(basket), positions, p.scale[inside], system.shape[0])
                if right.any():
                    found[stage, bloc, name] = float(np.sqrt(max(right @ factor.solve(right), 0.0)))
    return found


_FORM_OF = dict(zip(STAGES, ("concentrate", "mixed", "oxide", "metal", "magnet", "product"), strict=True))


def _functional(
    blocks: list[NDArray[np.intp]], weights: Array, positions: dict[int, int], scale: Array, size: int
) -> Array:
    right = np.zeros(size)
    for block in blocks:
        for k, at in enumerate(block):
            where = positions.get(int(at))
            if where is not None and weights[k]:
                right[where] += weights[k] * scale[where]
    return right
