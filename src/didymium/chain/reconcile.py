"""Reconciliation of a base year: least squares weighted by grade under mass balance, capacity and x >= 0.

Minimise  Σ_obs ((a·x − b)/σ)² + Σ_i ((x_i − x0_i)/σ0_i)²   subject to  A x = 0,  G x ≤ h,  x ≥ 0 (stock changes free).
The first sum holds what was published, the second the first guess of :mod:`didymium.chain.prior`, which only decides
what no figure decides; a third holds praseodymium to neodymium, for they are traded together.
Method: data reconciliation in material-flow analysis (Cencic 2016, J. Ind. Ecol. 20, 1141;
Kopec et al. 2016). Solved by Clarabel's interior point, then projected so that mass closes to rounding. Standard errors
come from the curvature of the sum at the solution, with flows at zero held there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from didymium.chain.capacity import Limit, capacity_limits
from didymium.chain.flows import OUTPUT_FORM, Flows, Residual, basket_weights
from didymium.chain.layout import LINKED, NODES, Layout
from didymium.chain.least_squares import Answer, Problem, close, factor, matrix, row_size, solve
from didymium.chain.observe import Context, Observation, Terms, observations
from didymium.chain.prior import Prior, build_prior, unreported_elements, with_goods
from didymium.chain.structure import Array
from didymium.errors import SolveError
from didymium.world import ELEMENTS, World

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

__all__ = ["BASKETS", "base_year", "reconcile"]

PRIOR_SIGMA = {"home": 1.0, "abroad": 0.6, "other_use": 1.5, "feed_metal": 0.6, "recycled": 1.0, "scrap_lost": 1.5}
"""Relative standard error of the first guess by kind of flow: assumptions, wide on purpose."""

STOCK_SIGMA = 0.05
"""Standard error of a year's stock change relative to the mine output or first-guess oxide: an assumption."""

DRAWN_SIGMA = 0.5
"""Relative standard error of concentrate drawn from stocks, element by element: an assumption."""

UNSEPARATED_SIGMA = 0.15
"""Standard error, relative to what arrives, of mixed compounds used or stocked without separation: an assumption."""

DIDYMIUM_FORMS = ("oxide", "metal")
"""Forms on whose links praseodymium is tied to neodymium; later ones get what these hold."""

DIDYMIUM_SIGMA = 0.15
"""Relative standard error of praseodymium over neodymium on a link: they are traded and worked as a mixture."""

MASS_TOLERANCE = 1e-9
"""Largest imbalance of a node relative to its throughput that is let through."""

BASKETS = {"ndpr": ("Nd", "Pr"), "dytb": ("Dy", "Tb"), "magnet": ("Nd", "Pr", "Dy", "Tb"), "all": ()}


@dataclass(frozen=True)
class _Fit:
    """One reconciliation from one first guess; ``x`` holds all unknowns in t REO/y."""

    prior: Prior
    layout: Layout
    seen: tuple[Observation, ...]
    limits: tuple[Limit, ...]
    capacity_unknown: tuple[tuple[str, str], ...]
    problem: Problem
    answer: Answer
    x: Array
    moved: float


@lru_cache(maxsize=8)
def base_year(world: World, year: int = 2024) -> Flows:
    """The reconciled flows of ``year``, computed once per world; raises SolveError."""
    return reconcile(world, year)


def reconcile(world: World, year: int = 2024) -> Flows:
    """Reconcile ``year``; raises TableError for gaps that leave the chain open and SolveError when not converged.

    Done twice: trade in goods is not published and follows from where magnets end up, which the first solution tells.
    """
    prior = build_prior(world, year)
    first = _fit(world, year, prior)
    magnets = first.layout.trade(first.x, "magnet").sum(axis=0)
    return _flows(world, year, _fit(world, year, with_goods(prior, magnets)))


def _fit(world: World, year: int, prior: Prior) -> _Fit:
    layout = Layout.of(prior)
    context = Context.of(world, year, layout, prior)
    seen = observations(context)
    limits, unknown = capacity_limits(context)
    balance = layout.balance(prior)
    problem = _scaled(context, balance, seen, limits)
    answer = solve(problem)
    x = np.zeros(layout.size)
    x[problem.active] = problem.scale * answer.z
    x, moved = close(x, problem, balance)
    return _Fit(prior, layout, seen, limits, unknown, problem, answer, x, moved)


def _flows(world: World, year: int, fit: _Fit) -> Flows:
    used = {s for o in fit.seen for s in o.sources} | {s for m in fit.limits for s in m.sources}
    counts = {"unknowns": float(len(fit.answer.z)), "observations": float(len(fit.seen))}
    flows = Flows(
        year=year,
        blocs=world.blocs,
        trade={form: fit.layout.trade(fit.x, form) for form in LINKED},
        nodes={name: fit.layout.nodes(fit.x, name) for name in NODES},
        recipes=fit.prior.recipes,
        residuals=tuple(_residual(o, fit.x) for o in fit.seen),
        sigma=_sigmas(world.blocs, fit),
        capacity_unknown=fit.capacity_unknown,
        unreported=unreported_elements(world, year),
        solver=fit.answer.info | counts | {"projection_moved": fit.moved},
        sources=fit.prior.sources | used,
    )
    _check(flows)
    return flows


def _check(flows: Flows) -> None:
    """Raise SolveError for flows that may not be shown: open balances or negative flows."""
    least = min(
        *(float(a.min()) for a in flows.trade.values()),
        *(float(a.min()) for name, a in flows.nodes.items() if not name.startswith("stock_")),
    )
    # Written so that NaN fails too.
    if not (flows.imbalance() <= MASS_TOLERANCE and least >= 0):
        raise SolveError(
            f"the reconciled flows do not close: imbalance {flows.imbalance():.1e}, least flow {least:.1e} t/y",
            expected=f"an imbalance of at most {MASS_TOLERANCE:g} and no negative flow",
            cure="look for figures of wildly different size on one balance, such as a capacity typed in the wrong unit",
        )


def _residual(o: Observation, x: Array) -> Residual:
    z = (o.terms.value(x) - o.target) / o.sigma
    return Residual(
        o.key,
        o.kind,
        o.place,
        o.partner,
        o.basket,
        o.form,
        o.observed,
        o.fitted(x),
        o.unit,
        z,
        o.grade,
        o.sources,
        o.where,
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
        sigma[layout.node("stock_concentrate", i)] += DRAWN_SIGMA * prior.drawn[i]
    return sigma, free


def _didymium(context: Context) -> list[tuple[Terms, float]]:
    """Pr less its share of Nd in the first guess, and its standard error, for each link of oxide and metal.

    Each of them is loosely known on a link, the two together are not: nobody sells one and keeps the other.
    """
    layout, start = context.layout, context.start
    nd, pr = ELEMENTS.index("Nd"), ELEMENTS.index("Pr")
    found = []
    for form, i, j in layout.links:
        at = layout.link(form, i, j) if form in DIDYMIUM_FORMS else None
        if at is not None and start[at[nd]] > 0 and start[at[pr]] > 0:
            weights = np.zeros(len(ELEMENTS))
            weights[pr], weights[nd] = 1.0, -start[at[pr]] / start[at[nd]]
            found.append((Terms().add([at], weights), DIDYMIUM_SIGMA * float(start[at[pr]])))
    return found


def _scaled(context: Context, balance: csr_matrix, seen: tuple[Observation, ...], limits: tuple[Limit, ...]) -> Problem:
    from scipy.sparse import csr_matrix, diags

    layout = context.layout
    sigma, free = _prior_sigma(context)
    active = np.nonzero(sigma > 0)[0]
    scale = np.maximum(context.start[active], sigma[active])
    scaled = csr_matrix(balance[:, active] @ diags(scale))
    size = row_size(scaled)
    kept = np.nonzero(size > 0)[0]
    mine_at = np.concatenate([layout.node("mine", i) for i in range(layout.n_blocs)])
    weight = np.where(np.isin(active, mine_at), 0.0, (scale / sigma[active]) ** 2)
    limit_unit = [max(m.limit, 1.0) for m in limits]
    known = [(o.terms, o.sigma, o.target) for o in seen] + [(terms, s, 0.0) for terms, s in _didymium(context)]

    def scaled_forms(forms: list[Terms], units: list[float]) -> csr_matrix:
        return csr_matrix(matrix(forms, units, layout.size)[:, active] @ diags(scale))

    return Problem(
        active=active,
        scale=scale,
        centre=context.start[active] / scale,
        weight=weight,
        balance=csr_matrix(diags(1 / size[kept]) @ scaled[kept]),
        observed=scaled_forms([terms for terms, _, _ in known], [sigma for _, sigma, _ in known]),
        target=np.array([target / sigma for _, sigma, target in known]),
        limits=scaled_forms([m.terms for m in limits], limit_unit),
        limit=np.array([m.limit / unit for m, unit in zip(limits, limit_unit, strict=True)]),
        free=free[active],
    )


def _sigmas(blocs: tuple[str, ...], fit: _Fit) -> dict[tuple[str, str, str], float]:
    """Standard errors of outputs by stage, bloc and basket: the inverse of half the curvature, flows at zero held.

    A capacity that binds is not held: nameplates are not known so well that output at one would be known exactly.
    The sum is Σ r², so half its Hessian is the information matrix. Observations are rows of their own with −1 on the
    diagonal, which leaves the system sparse.
    """
    from scipy.sparse import block_array, diags, eye_array

    p = fit.problem
    inside = np.nonzero(~fit.answer.at_zero)[0]
    held = p.balance[:, inside]
    held = held[np.nonzero(row_size(held) > 1e-12)[0]]
    observed = p.observed[:, inside]
    prior = diags(p.weight[inside] + 1e-9)
    blocks: list[Any] = [
        [prior, observed.T, held.T],
        [observed, -eye_array(observed.shape[0]), None],
        [held, None, -1e-10 * eye_array(held.shape[0])],
    ]
    system: Any = block_array(blocks)
    names, forms = _outputs(blocs, fit.layout)
    wanted = (
        matrix(forms, [1.0] * len(forms), fit.layout.size)[:, p.active[inside]] @ diags(p.scale[inside])
    ).toarray()
    used = np.nonzero((wanted != 0).any(axis=1))[0]
    right = np.zeros((system.shape[0], len(used)))
    right[: len(inside)] = wanted[used].T
    variance = np.maximum((right * factor(system)(right)).sum(axis=0), 0.0)
    return {names[k]: float(np.sqrt(v)) for k, v in zip(used, variance, strict=True)}


def _outputs(blocs: tuple[str, ...], layout: Layout) -> tuple[list[tuple[str, str, str]], list[Terms]]:
    """Names and linear forms of the outputs of every stage, bloc and basket."""
    names, forms = [], []
    for stage, form in OUTPUT_FORM.items():
        for i, bloc in enumerate(blocs):
            made = layout.made(form, i)
            for name, basket in BASKETS.items():
                names.append((stage, bloc, name))
                forms.append(Terms().add(made, basket_weights(basket)))
    return names, forms
