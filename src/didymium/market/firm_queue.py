"""The licence office alone through time, compiled: how far each queue has come by the end of every step."""

from __future__ import annotations

from collections.abc import Callable

from didymium.chain.structure import Array
from didymium.market.compiled import entry, version
from didymium.market.permits import licence_office
from didymium.market.structure import Ints, Knobs, Links, Paths, State, Work

__all__ = ["office"]

Office = Callable[[Links, Knobs, Paths, State, Work, Ints, Array], None]


def _compile(version: str) -> Office:
    """The loop over steps; ``version`` in its closure tells Numba's cache when compiled code elsewhere has changed."""

    @entry
    def office(links: Links, knobs: Knobs, paths: Paths, state: State, work: Work, seen: Ints, history: Array) -> None:
        """Writes the licences of the links ``seen`` (R,) at the end of every step into ``history`` (T, R, 4)."""
        version  # noqa: B018
        dt = 1.0 / paths.steps_per_y
        for t in range(history.shape[0]):
            licence_office(links, knobs, paths, state, work, t, dt)
            for r in range(seen.shape[0]):
                for k in range(history.shape[2]):
                    history[t, r, k] = state.licence[seen[r], k]

    return office


office = _compile(version())
