"""How a plant is run in time: start-up (normal, full reflux, partial), upset and shutdown, as phases of a cascade."""

from __future__ import annotations

from dataclasses import dataclass, replace

from didymium.errors import UnknownName
from didymium.separation.specification import scrub_feed
from didymium.separation.structure import Cascade, Feed, Steady, metals, with_feed

__all__ = ["Phase", "shutdown_phases", "start_up_phases", "upset_phases"]

BLEED = 0.02
"""Share of the feed that still enters at full reflux, so that every stage of a full organic has metal to exchange."""


@dataclass(frozen=True)
class Phase:
    """The plant run as ``cascade`` for ``duration``, in the time unit of its flows."""

    cascade: Cascade
    duration: float


def start_up_phases(
    state: Steady, mode: str, *, reflux_for: float = 0.0, then_for: float = 0.0, bleed: float = BLEED
) -> list[Phase]:
    """The phases of a start-up that ends in the cascade of ``state``.

    ``normal`` runs it from the first minute; ``full_reflux`` first returns everything but ``bleed`` of the metal for
    ``reflux_for``; ``partial`` feeds half. In both the volume flows stay (the feed is thinned with water) and the scrub
    acid strips what the product no longer takes.
    """
    shares = {"normal": 1.0, "full_reflux": bleed, "partial": 0.5}
    if mode not in shares:
        raise UnknownName("start-up", mode, shares)
    if mode == "normal" or reflux_for <= 0:
        return [Phase(state.cascade, reflux_for + then_for)]
    return [Phase(_fed(state, shares[mode], refluxed=True), reflux_for), Phase(state.cascade, then_for)]


def upset_phases(state: Steady, *, scrub_acid: float, upset_for: float, then_for: float) -> list[Phase]:
    """The scrub acid off by the factor ``scrub_acid`` for ``upset_for``, then the cascade of ``state`` again."""
    index = scrub_feed(state.cascade)
    acid = state.cascade.feeds[index].acid * scrub_acid
    return [Phase(with_feed(state.cascade, index, acid=acid), upset_for), Phase(state.cascade, then_for)]


def shutdown_phases(state: Steady, *, shut_for: float, reflux_first: float = 0.0) -> list[Phase]:
    """The feed stopped. A full organic cannot be emptied: it is kept on full reflux, its fronts standing; any other is
    washed out with the acid and the fresh organic it has.

    On full reflux the scrub acid is raised ``reflux_first`` before the feed stops, so that what it strips has come down
    to the feed stage by then; sooner, the extraction section would run out of metal.
    """
    if not state.cascade.chemistry.saturated:
        return [Phase(_fed(state, 0.0, refluxed=False), shut_for)]
    standing = _fed(state, BLEED, refluxed=True)
    leading = replace(standing, feeds=tuple(map(_with_acid_of, state.cascade.feeds, standing.feeds)))
    return [*([Phase(leading, reflux_first)] if reflux_first > 0 else []), Phase(standing, shut_for)]


def _with_acid_of(f: Feed, other: Feed) -> Feed:
    return replace(f, acid=max(f.acid, other.acid))


def _fed(state: Steady, share: float, *, refluxed: bool) -> Cascade:
    """The cascade with ``share`` of its metal fed; ``refluxed`` lets the scrub strip what the product then lacks."""
    target, scrub = state.cascade, scrub_feed(state.cascade)
    protons = [c.protons for c in target.chemistry.constants]
    counted = dict(zip(target.chemistry.components, metals(target.chemistry), strict=True))
    out = state.outlets["organic"]
    charge = float(out.flow * (out.composition * metals(target.chemistry)) @ protons) if refluxed else 0.0

    def thinned(k: int, f: Feed) -> Feed:
        if k == scrub:
            return replace(f, acid=f.acid + (1.0 - share) * charge / f.flow_aq)
        if any(v > 0 and counted[c] for c, v in f.composition.items()):
            return replace(f, composition={c: v * share for c, v in f.composition.items()}, acid=f.acid * share)
        return f

    return replace(target, feeds=tuple(thinned(k, f) for k, f in enumerate(target.feeds)))
