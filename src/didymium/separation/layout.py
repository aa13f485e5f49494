"""From a cascade to arrays: flows, what no equilibrium moves, sources; and the checks that need all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from didymium.errors import DidymiumError
from didymium.separation.chemistry import Chemistry
from didymium.separation.structure import Array, Cascade, Feed

__all__ = ["Layout", "anion_charge", "law_arrays", "layout_of"]

_LN10 = float(np.log(10.0))


@dataclass(frozen=True)
class Layout:
    """Arrays over stages (index 0 is stage 1); ``source`` is mol per time by stage and component.

    ``down`` and ``up`` are the flows that go on to the next stage, ``drawn_*`` the side draws beside them;
    ``anion`` is acid plus metal charge, ``sulfate`` total sulfate, ``dimer`` total extractant, all mol/L.
    """

    down: Array
    up: Array
    drawn_aq: Array
    drawn_org: Array
    anion: Array
    sulfate: Array
    dimer: Array
    source: Array
    metal: Array
    """Total aqueous metal of a full organic's cascade (zero otherwise), mol/L."""
    key: Array
    """True where a stream enters or leaves; between these stages every array but ``source`` is constant."""


def law_arrays(chemistry: Chemistry) -> tuple[Array, Array, Array, Array, Array, Array, float, float, float]:
    """The equilibrium as plain arrays: ln K, slopes (dimer, pH, pH per dimer), protons, dimers, activity, free, Ka2."""
    c = chemistry.constants
    # A full organic has no proton balance of its own: charge drops out, and the scalar F stands for phi.
    protons = np.zeros(len(c)) if chemistry.saturated else np.array([k.protons for k in c], dtype=float)
    return (
        np.array([k.log_k for k in c]) * _LN10,
        np.array([k.dimer_slope for k in c], dtype=float),
        np.array([k.ph_slope for k in c], dtype=float),
        np.array([k.ph_slope_per_dimer for k in c], dtype=float),
        protons,
        np.array([k.dimers for k in c], dtype=float),
        chemistry.activity_slope * _LN10,
        0.0 if chemistry.saturated else 1.0,
        chemistry.ka2_mol_per_l,
    )


def vector(chemistry: Chemistry, composition: object) -> Array:
    """A composition as an array in the order of the components."""
    found = dict(composition)  # type: ignore[call-overload]
    return np.array([found.get(name, 0.0) for name in chemistry.components], dtype=float)


def organic_vector(cascade: Cascade) -> Array:
    """What the entering organic carries, mol/L, with the counter-ion of a saponified chemistry."""
    chemistry = cascade.chemistry
    found = dict(cascade.organic_in)
    if chemistry.saponified and chemistry.counter_ion not in found:
        found[chemistry.counter_ion] = 2 * chemistry.saponified * chemistry.dimer_mol_per_l
    y = vector(chemistry, found)
    bound = float(y @ [c.dimers for c in chemistry.constants])
    room = chemistry.loading_mol_per_l if chemistry.saturated else chemistry.dimer_mol_per_l
    if bound > room * (1 + 1e-12) or (bound >= room and not chemistry.saturated):
        raise DidymiumError(
            f"the entering organic holds metal for {bound:g} mol/L of extractant",
            where="organic_in",
            expected=f"less than the {room:g} mol/L there is",
        )
    return y


def anion_charge(cascade: Cascade, feed: Feed) -> float:
    """Charge of the anions of an aqueous feed in mol/L: its acid and its metals."""
    protons = np.array([c.protons for c in cascade.chemistry.constants])
    return float(feed.acid + protons @ vector(cascade.chemistry, feed.composition))


def layout_of(cascade: Cascade) -> Layout:
    """The arrays of ``cascade``; raises DidymiumError where a stage runs dry or its acid or metal goes below zero."""
    n, m = cascade.n_stages, len(cascade.chemistry.components)
    aq, org, acid, anion, sulfate, dimer = (np.zeros(n) for _ in range(6))
    source = np.zeros((n, m))
    org[0], dimer[0] = cascade.organic_flow, cascade.organic_flow * _strength(cascade.chemistry)
    source[0] = cascade.organic_flow * organic_vector(cascade)
    for f in cascade.feeds:
        j, flow = f.stage - 1, f.flow_aq + f.flow_org
        source[j] += flow * vector(cascade.chemistry, f.composition)
        aq[j] += f.flow_aq
        org[j] += f.flow_org
        if f.flow_aq:
            acid[j] += flow * f.acid
            anion[j] += flow * anion_charge(cascade, f)
            sulfate[j] += flow * _sulfate(cascade, f)
        else:
            dimer[j] += flow * (_strength(cascade.chemistry) if f.dimer is None else f.dimer)
    down, drawn_aq = _flows(cascade, aq, "aqueous")
    up, drawn_org = _flows(cascade, org, "organic")
    key = (source.any(axis=1) | (aq > 0) | (org > 0) | (drawn_aq > 0) | (drawn_org > 0)).astype(float)
    key[[0, -1]] = 1.0
    if cascade.chemistry.saturated:
        dimer -= acid / 3.0
    found = Layout(
        down,
        up,
        drawn_aq,
        drawn_org,
        _carried(anion, down, drawn_aq, from_above=True),
        _carried(sulfate, down, drawn_aq, from_above=True),
        _carried(dimer, up, drawn_org, from_above=False),
        source,
        np.zeros(n),
        key,
    )
    return _saturated(cascade, found) if cascade.chemistry.saturated else _charged(found)


def _strength(chemistry: Chemistry) -> float:
    return chemistry.loading_mol_per_l if chemistry.saturated else chemistry.dimer_mol_per_l


def _sulfate(cascade: Cascade, feed: Feed) -> float:
    if cascade.chemistry.medium != "sulfate":
        return 0.0
    return anion_charge(cascade, feed) / 2 if feed.sulfate is None else feed.sulfate


def _flows(cascade: Cascade, entering: Array, phase: str) -> tuple[Array, Array]:
    """Flow on to the next stage and flow drawn off, by stage; aqueous runs down, organic up."""
    n, source = cascade.n_stages, entering.tolist()
    on, drawn = [0.0] * n, [0.0] * n
    draws = {d.stage - 1: [e for e in cascade.draws if e.phase == phase and e.stage == d.stage] for d in cascade.draws}
    flow = 0.0
    for j in range(n - 1, -1, -1) if phase == "aqueous" else range(n):
        total = flow = flow + source[j]
        for draw in draws.get(j, ()):
            drawn[j] += draw.flow if draw.flow is not None else (draw.fraction or 0.0) * total
        flow -= drawn[j]
        if total <= 0 or flow < -1e-12 * total:
            raise DidymiumError(
                f"{phase} flow is {total:g} with {drawn[j]:g} drawn off",
                where=f"stage {j + 1}",
                expected="every stage has some of both phases, and no more is drawn than arrives",
                cure="add an aqueous feed at or above this stage" if phase == "aqueous" else "draw less",
            )
        flow = on[j] = max(flow, 0.0)
    return np.array(on), np.array(drawn)


def _carried(entering: Array, on: Array, drawn: Array, *, from_above: bool) -> Array:
    """Concentration by stage of what only flows: ``entering`` is mol per time by stage."""
    if not entering.any():
        return np.zeros(len(on))
    source, go, out = entering.tolist(), on.tolist(), (on + drawn).tolist()
    found, carried = [0.0] * len(go), 0.0
    for j in range(len(go) - 1, -1, -1) if from_above else range(len(go)):
        found[j] = (carried + source[j]) / out[j]
        carried = found[j] * go[j]
    return np.array(found)


def _charged(found: Layout) -> Layout:
    if found.anion.min() <= 0:
        j = int(np.argmin(found.anion))
        raise DidymiumError(
            f"acid and metal together are {found.anion[j]:g} mol/L of charge",
            where=f"stage {j + 1}",
            expected="above zero in the aqueous of every stage",
            cure="give the aqueous feed above this stage some acid or salt",
        )
    return found


def _saturated(cascade: Cascade, found: Layout) -> Layout:
    """Check the metal flows that a full organic implies, and set the charge aside."""
    if found.dimer.min() <= 0:
        j = int(np.argmin(found.dimer))
        raise DidymiumError(
            f"the acid strips {-found.dimer[j]:g} mol/L more than the organic holds",
            where=f"stage {j + 1}",
            expected="acid / 3 below the loading of the organic",
            cure="less acid here, or more organic",
        )
    risen = found.dimer * found.up
    taken = found.source.sum(axis=1) - found.dimer * (found.up + found.drawn_org)
    taken[1:] += risen[:-1]
    metal = _carried(taken, found.down, found.drawn_aq, from_above=True)
    short = metal * (found.down + found.drawn_aq)
    if short.min() <= 0:
        j = int(np.flatnonzero(short <= 0)[-1])
        raise DidymiumError(
            f"the organic takes {-short[j]:g} mol per time more metal than reaches this stage",
            where=f"stage {j + 1}",
            expected=f"scrub acid (reflux) at least {-3 * short[j]:g} mol per time higher, or less organic",
            cure="raise the acid of the scrub, lower the organic flow, or feed more",
        )
    nothing = np.zeros(cascade.n_stages)
    return replace(found, anion=nothing + 1.0, sulfate=nothing, metal=metal)
