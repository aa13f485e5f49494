"""One bloc or country on a page: what is known, before any word is chosen."""

from __future__ import annotations

from dataclasses import dataclass

from didymium.chain.additions import HOME_STAGES
from didymium.claims import Finding, check, core_claims_path, load_claims
from didymium.claims.subject import resolve
from didymium.clocks import PipelineRow
from didymium.errors import DidymiumError
from didymium.report.standing import Race, Standing, race
from didymium.world import Belief, Choice, World, belief

__all__ = ["MISSING_BELOW", "Brief", "brief", "weakest_stages"]

MISSING_BELOW = 0.01
"""A stage whose output would carry less than this share of a bloc's own use counts as missing."""


@dataclass(frozen=True)
class Brief:
    """Everything about one place; ``place`` is a country or a bloc, flows are those of its bloc."""

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


def brief(world: World, place: str, *, seed: int = 0) -> Brief:
    """The brief of a country or bloc given by any accepted name; raises UnknownName."""
    code = world.place(place)
    bloc = world.bloc_of(code)
    whole = race(world, seed)
    members = {code} if code not in world.blocs_set else {r.text("country") for r in world.rows("countries", bloc=code)}
    live = tuple(r for r in whole.of(bloc).live if r.record.country in members or bloc == code)
    reserves, used = _reserves(world, code, members)
    findings = _findings(world, code, members, seed)
    sources = whole.flows.sources | {r.record.source for r in live}
    sources |= {s for held in reserves for s in held.sources} | {s for f in findings for s in f.sources}
    for group in whole.of(bloc).groups.values():
        sources |= group.outlook.sources
    sources |= {row.text("source") for row in world.rows("projects")}
    return Brief(code, bloc, whole, live, reserves, used, findings, frozenset(sources))


def _reserves(world: World, code: str, members: set[str]) -> tuple[tuple[Belief, ...], Choice | None]:
    """Beliefs of the country and of each of its deposits; the figure of the country that is used by default."""
    found: list[Belief] = []
    used: Choice | None = None
    try:
        own = belief(world, "reserves", code)
        found.append(own)
        used = own.pick()
    except DidymiumError:
        used = None
    names = sorted(
        {r.text("deposit") for r in world.rows("reserves") if r.text("place") in members and r.text("deposit")}
    )
    return (*found, *(belief(world, "reserves", name) for name in names)), used


def _findings(world: World, code: str, members: set[str], seed: int) -> tuple[Finding, ...]:
    """The shipped claims whose subject names the place, checked."""
    claims = load_claims(core_claims_path()).claims
    about = tuple(c for c in claims if set(resolve(world, c.subject, c.subject_type).places) & (members | {code}))
    return tuple(check(world, c, seed=seed) for c in about)


def weakest_stages(standing: Standing, group: str) -> tuple[tuple[str, ...], str, float]:
    """Stages that are missing at home, and the weakest stage with the share of own use that it could carry."""
    carried = standing.groups[group].own_need
    missing = tuple(s for s in HOME_STAGES if carried[s] < MISSING_BELOW)
    weakest = min(HOME_STAGES, key=lambda s: carried[s])
    return missing, weakest, carried[weakest]
