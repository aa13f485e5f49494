# mypy: disallow-untyped-decorators=False
# mypy: disable-error-code="import-untyped,import-not-found,no-untyped-call,untyped-decorator,call-overload"
"""How the kernel is compiled, and what all of its phases use.

Phases index arrays in full and in plain loops: views and whole-array operations cost reference counts at run time and
most of the time to compile.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

from numba import njit
from numba.core.compiler import Compiler

from didymium.chain.structure import Array
from didymium.market import structure
from didymium.market.structure import Links

__all__ = ["clear", "entry", "leaf", "sells", "share_of_step", "total", "version"]

P = ParamSpec("P")
R = TypeVar("R")


class _Unaliased(Compiler):
    """Tells LLVM that what is written shares no memory with anything else, as is so here: loops over rows vectorise."""

    def __init__(self, typingctx, targetctx, library, args, return_type, flags, locals):  # type: ignore[no-untyped-def]
        flags = flags.copy()
        flags.noalias = True
        super().__init__(typingctx, targetctx, library, args, return_type, flags, locals)


# No check of divisors, and no reference counts: nothing that is compiled here may create an array.
_fast = {"error_model": "numpy", "_nrt": False, "no_cfunc_wrapper": True, "pipeline_class": _Unaliased}
_sources = {__file__, structure.__file__}


def leaf(function: Callable[P, R]) -> Callable[P, R]:
    """Compiles what only compiled code calls: no entry from Python, and no cache of its own."""
    _sources.add(function.__code__.co_filename)
    return cast(Callable[P, R], njit(no_cpython_wrapper=True, forceinline=True, **_fast)(function))


def entry(function: Callable[P, R]) -> Callable[P, R]:
    """Compiles what Python calls; kept on disk."""
    return cast(Callable[P, R], njit(cache=True, **_fast)(function))


def version() -> str:
    """Changes with every file that has compiled code in it, for all leaves that are defined so far."""
    digest = sha256()
    for name in sorted(_sources):
        digest.update(Path(name).read_bytes())
    return digest.hexdigest()


@leaf
def share_of_step(dt: float, time_y: float) -> float:
    """Part of a first-order adjustment that is done within ``dt``."""
    return 1.0 - math.exp(-dt / time_y) if time_y > 0.0 else 1.0


@leaf
def total(a: Array, i: int, j: int) -> float:
    """Sum of the row ``a[i, j]``."""
    mass = 0.0
    for e in range(a.shape[2]):
        mass += a[i, j, e]
    return mass


@leaf
def sells(links: Links, f: int, i: int) -> bool:
    """Whether bloc ``i`` has anybody to send form ``f`` to; who has not gets no orders and plans nothing."""
    at = f * ((links.out.shape[0] - 1) // 6) + i
    return bool(links.out[at] < links.out[at + 1])


@leaf
def clear(a: Array) -> None:
    """Sets ``a``, of two dimensions, to zero."""
    for i in range(a.shape[0]):
        for e in range(a.shape[1]):
            a[i, e] = 0.0
