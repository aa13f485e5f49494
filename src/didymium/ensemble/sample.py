"""Draws of the uncertain inputs and seeds of the members; a member's own do not depend on workers or chunks.

Sobol' points: Joe & Kuo (2008) direction numbers, Owen-type scrambling (Matoušek 1998), from scipy.stats.qmc. Member k
has the same draw however many members there are, so a store can grow. Latin hypercubes depend on the number of runs.
The Saltelli design (Saltelli et al. 2010, Comput. Phys. Commun. 181:259) takes d + 2 members per point: A, B, and A
with one column of B each.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from didymium.ensemble.task import Array
from didymium.errors import DidymiumError, UnknownName

if TYPE_CHECKING:
    from didymium.world.scenario_draw import Uncertain

__all__ = ["DESIGNS", "Design", "check_draws", "check_runs", "draws", "grows", "member_seed"]

Design = Literal["sobol", "latin", "saltelli"]
DESIGNS: tuple[Design, ...] = get_args(Design)

_HALF_A_CELL = 2.0**-31
"""Half the grain of the 30-bit Sobol' points: keeps them off 0 and 1, where a normal has no value."""


def grows(design: Design) -> bool:
    """Whether more runs leave the draws of the earlier ones as they were."""
    return design != "latin"


def check_runs(runs: int, design: Design, parameters: int) -> None:
    """Raise DidymiumError for a number of runs that the design cannot have."""
    if design not in DESIGNS:
        raise UnknownName("design", design, DESIGNS)
    if runs < 1:
        raise DidymiumError(f"an ensemble of {runs} runs", expected="1 or more runs", cure="give --runs, say 1000")
    if runs > 2**30:
        raise DidymiumError(f"an ensemble of {runs} runs", expected="at most 2^30 runs")
    if design == "saltelli":
        points, rest = divmod(runs, parameters + 2)
        if rest or points & (points - 1) or not parameters:
            good = [(parameters + 2) * 2**m for m in range(6, 11)]
            raise DidymiumError(
                f"a Saltelli design of {parameters} parameters with {runs} runs",
                expected=f"{parameters} + 2 times a power of two, and at least one parameter",
                cure=f"take one of {', '.join(map(str, good))} runs",
            )


def check_draws(parameters: Sequence[Uncertain], runs: int, seed: int, design: Design = "sobol") -> None:
    """Raise DidymiumError for impossible runs, a negative seed, or a distribution whose ends are not finite.

    Costs nothing beside ``draws``, which waits a second for its library.
    """
    check_runs(runs, design, len(parameters))
    if seed < 0:
        raise DidymiumError(f"seed {seed}", expected="a whole number from 0 on")
    for parameter in parameters:
        _values(parameter, np.array([_HALF_A_CELL, 1.0 - _HALF_A_CELL]))


def draws(parameters: Sequence[Uncertain], runs: int, seed: int, design: Design = "sobol") -> Array:
    """Draws of all members, (runs, parameters), each in the unit of its parameter.

    Raises DidymiumError as ``check_draws`` does, and for a distribution that gives a value that is not finite.
    """
    check_draws(parameters, runs, seed, design)
    shares = _shares(len(parameters), runs, seed, design)
    values = np.empty_like(shares)
    for j, parameter in enumerate(parameters):
        values[:, j] = _values(parameter, shares[:, j])
    return values


def _values(parameter: Uncertain, shares: Array) -> Array:
    values: Array = parameter.distribution.ppf(shares)
    if not np.isfinite(values).all():
        raise DidymiumError(
            "the distribution gives values that are not finite",
            where=f"parameter {parameter.name}",
            expected=f"finite values in {parameter.unit}",
            cure="look at its bounds",
        )
    return values


def member_seed(seed: int, member: int, design: Design, parameters: int) -> int:
    """Seed of a member's own random numbers: child ``member`` of SeedSequence(seed).

    Members of one Saltelli point share a seed, so that chance is not taken for the effect of a parameter.
    """
    child = member // (parameters + 2) if design == "saltelli" else member
    sequence = np.random.SeedSequence(seed, spawn_key=(child,))
    return int(sequence.generate_state(1, np.uint64)[0] >> np.uint64(1))


def _shares(d: int, runs: int, seed: int, design: Design) -> Array:
    from scipy.stats import qmc

    if d == 0:
        return np.empty((runs, 0))
    if design == "latin":
        drawn: Array = qmc.LatinHypercube(d, rng=np.random.default_rng(seed)).random(runs)
        return np.maximum(drawn, _HALF_A_CELL)
    if design == "sobol":
        return _sobol(d, runs, seed)
    pairs = _sobol(2 * d, runs // (d + 2), seed)
    a, b = pairs[:, :d], pairs[:, d:]
    members = np.repeat(a[:, None, :], d + 2, axis=1)
    members[:, 1] = b
    for j in range(d):
        members[:, 2 + j, j] = b[:, j]
    return members.reshape(runs, d)


def _sobol(d: int, n: int, seed: int) -> Array:
    from scipy.stats import qmc

    engine = qmc.Sobol(d, scramble=True, rng=np.random.default_rng(seed))
    with warnings.catch_warnings():
        # Any number of points is allowed; a power of two is only better balanced.
        warnings.filterwarnings("ignore", message="The balance properties")
        points: Array = engine.random(n)
    return points + _HALF_A_CELL
