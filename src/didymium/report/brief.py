"""One bloc or country on a page: what is known, before any word is chosen."""

from __future__ import annotations

import math
from dataclasses import dataclass

from didymium.claims import Finding, check, core_claims_path, load_claims
from didymium.claims.subject import resolve
from didymium.clocks import PipelineRow
from didymium.report.standing import Race, Standing, clock_sources, race
from didymium.world import Belief, Choice, World, belief

__all__ = ["MISSING_BELOW", "Brief", "brief", "weakest_stages"]

OTHER_COUNTRIES = "ROW"
"""In the reserves table this code is the row 'Other countries' of an edition, which is not the bloc of that name."""

MISSING_BELOW = 0.01
"""A stage whose output would carry less than this share of a bloc's own use counts as missing."""


@dataclass(frozen=True)
class Brief:
    """Everything about one place; ``place`` is a country or a bloc, flows are those of its bloc.

    ``reserves`` holds a belief for the place itself, for each country in it and for each of their deposits, as far as
    anybody publishes a figure; ``used`` is the figure of the place itself that is picked by default.
    """

    place: str
    bloc: str
    race: Race
    live: tuple[PipelineRow, ...]
    reserves: tuple[Belief, ...]
    used: Choice | None
    findings: tuple[Finding, ...]
    sources: frozenset[str]

    @property
    def standing(self) -> Standing:
        """The standing of the bloc."""
        return self.race.of(self.bloc)

    @property
    def own_reserves(self) -> Belief | None:
        """What is published about the reserves of the place as a whole."""
        return next((x for x in self.reserves if x.place == self.place), None)

    @property
    def part_reserves(self) -> tuple[Belief, ...]:
        """What is published about countries in it and about deposits."""
        return tuple(x for x in self.reserves if x.place != self.place)


def brief(world: World, place: str, *, seed: int = 0) -> Brief:
    """The brief of a country or bloc given by any accepted name; raises UnknownName."""
    code = world.place(place)
    bloc = world.bloc_of(code)
    whole = race(world, seed)
    members = {code} if code not in world.blocs_set else {r.text("country") for r in world.rows("countries", bloc=code)}
    live = tuple(r for r in whole.of(bloc).live if r.record.country in members or bloc == code)
    reserves = _reserves(world, code, members)
    findings = _findings(world, code, members, seed)
    sources = frozenset[str]().union(
        *(group.outlook.sources for group in whole.of(bloc).groups.values()),
        *(held.sources for held in reserves),
        *(f.sources for f in findings),
        clock_sources(world) if live else (),
    )
    return Brief(code, bloc, whole, live, reserves, _used(reserves, code), findings, sources)


def _reserves(world: World, code: str, members: set[str]) -> tuple[Belief, ...]:
    """Beliefs of the place, of the countries in it and of their deposits, in this order."""
    rows = [r for r in world.rows("reserves") if r.text("place") in members | {code}]
    places = {r.text("place") for r in rows if not r.text("deposit")} - {OTHER_COUNTRIES}
    deposits = {r.text("deposit") for r in rows if r.text("deposit")}
    names = [*sorted(places, key=lambda p: (p != code, p)), *sorted(deposits)]
    return tuple(belief(world, "reserves", name) for name in names)


def _used(reserves: tuple[Belief, ...], code: str) -> Choice | None:
    """The figure of the place itself that is used by default; None where nobody states one."""
    own = next((x for x in reserves if x.place == code), None)
    stated = own is not None and any(f.value is not None for f in own.figures)
    return own.pick() if own is not None and stated else None


def _findings(world: World, code: str, members: set[str], seed: int) -> tuple[Finding, ...]:
    """The shipped claims whose subject names the place, checked."""
    claims = load_claims(core_claims_path()).claims
    about = tuple(c for c in claims if set(resolve(world, c.subject, c.subject_type).places) & (members | {code}))
    return tuple(check(world, c, seed=seed) for c in about)


def weakest_stages(standing: Standing, group: str) -> tuple[tuple[str, ...], str, float]:
    """Stages that are missing at home, and the weakest stage with the share of own use that it could carry."""
    carried = {s: v for s, v in standing.groups[group].own_need.items() if math.isfinite(v)}
    missing = tuple(s for s, v in carried.items() if v < MISSING_BELOW)
    weakest = min(carried, key=lambda s: carried[s])
    return missing, weakest, carried[weakest]
