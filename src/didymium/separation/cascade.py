"""Counter-current cascades at steady state: the public door (data in structure, mathematics in newton and kernels)."""

from __future__ import annotations

from collections.abc import Sequence

from didymium.separation.structure import Cascade, Draw, Feed, Outlet, Steady

__all__ = ["Cascade", "Draw", "Feed", "Outlet", "Steady", "solve", "with_purity"]


def solve(cascade: Cascade, *, start: Steady | None = None, tolerance: float = 1e-10) -> Steady:
    """The steady state of ``cascade``; outlets are named raffinate, organic, and each draw by its name (draw1 ...).

    ``start`` is a steady state of a similar cascade (any number of stages) to begin from. Raises SolveError, saying
    where
    and what to try, when no steady state is reached: a result is always converged.
    """
    from didymium.separation.newton import steady_state

    return steady_state(cascade, start, tolerance)


def with_purity(
    cascade: Cascade,
    component: str | Sequence[str],
    outlet: str,
    purity: float,
    *,
    vary: str = "acid",
    feed: int | None = None,
    start: Steady | None = None,
    tolerance: float = 1e-10,
    method: str = "newton",
) -> Steady:
    """The steady state in which ``component`` (or several together) has mole share ``purity`` in ``outlet``.

    ``vary`` is what gives way: "acid" (total acid of a feed: index ``feed``, by default the scrub, the aqueous feed
    nearest stage N without metal), "scrub_flow" (its flow), "organic_flow", or "reflux" (organic flow, with the scrub
    acid that takes off the further organic's load, so that the split of the products stays). ``method`` "newton" solves
    cascade and purity at once and falls back on "search", a bracketed search around one steady state per setting. The
    answer's ``cascade`` holds the value found. Raises SolveError saying the purity that can be reached, and at which
    value, when the asked one cannot.
    """
    from didymium.separation.specification import solve_for_purity

    return solve_for_purity(cascade, component, outlet, purity, vary, feed, start, tolerance, method)
