"""What an ensemble runs: a task with sampled inputs and named outputs. The market is one; a test may bring its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from didymium.errors import DidymiumError

if TYPE_CHECKING:
    from didymium.world.scenario_draw import Uncertain

__all__ = ["Array", "Output", "Task", "check_task"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Output:
    """What a member returns under one name: its dimensions in order, its unit, its name for people."""

    dims: tuple[str, ...]
    unit: str
    long_name: str


class Task(Protocol):
    """A picklable object that runs one member; the same draw and seed always give the same result."""

    @property
    def name(self) -> str:
        """Name for people, for instance of the scenario."""
        ...

    @property
    def fingerprint(self) -> str:
        """A text that changes when the scenario, the world or the code does."""
        ...

    @property
    def parameters(self) -> tuple[Uncertain, ...]:
        """The sampled inputs; the ``repr`` of a distribution is kept in the store and compared."""
        ...

    @property
    def coords(self) -> Mapping[str, tuple[str, ...]]:
        """Labels along each dimension; those of ``time`` are ISO dates in ascending order."""
        ...

    @property
    def outputs(self) -> Mapping[str, Output]:
        """What ``run`` returns."""
        ...

    def ready(self) -> None:
        """Make what all members share, so that a process can do it while the draws are made; ``run`` needs no call."""
        ...

    def run(self, draw: Mapping[str, float], seed: int) -> Mapping[str, Array]:
        """One member: an array per output, shaped as its dims say; NaN is a gap."""
        ...


def check_task(task: Task) -> None:
    """Raise DidymiumError where names collide or an output has a dimension without labels."""
    names = [p.name for p in task.parameters]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise DidymiumError(f"parameter {twice[0]!r} is there twice", where=task.name, cure="give each its own name")
    for name, output in task.outputs.items():
        for dim in output.dims:
            if not task.coords.get(dim):
                raise DidymiumError(
                    f"output {name!r} has dimension {dim!r}, which has no labels",
                    where=task.name,
                    expected=f"one of {', '.join(task.coords)}",
                )
    if not task.outputs:
        raise DidymiumError("a task without outputs has nothing to keep", where=task.name, cure="name some outputs")
