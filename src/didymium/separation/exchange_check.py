"""A designed cut run again with the full ion exchange: free dimer, acid and saponification, where constants are known.

Designs stand on constant separation factors in a full organic. Here the same stages and flows are solved with log D of
pH and free dimer; then the scrub acid is set anew for the raffinate's purity, and stages are added until both products
are made.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from didymium.errors import DidymiumError
from didymium.separation.cascade import Cascade, Feed, Steady, solve, with_purity
from didymium.separation.chemistry import Chemistry, Extractant, chemistry_of
from didymium.separation.design import CutDesign
from didymium.separation.economics import estimate
from didymium.separation.extractants import extractant
from didymium.separation.remarks import MEDIUM, Remark

__all__ = ["ExchangeCheck", "check_exchange", "exchange_remarks"]

IONS = {"chloride": "Cl", "nitrate": "NO3", "sulfate": "SO4"}

MOST_UNKNOWN = 0.02
"""Share of the feed whose constants may be missing; it is left out of the check."""

LONGER = (1.0, 1.15, 1.35, 1.6, 2.0)
"""Stages over those designed that are tried."""


@dataclass(frozen=True)
class ExchangeCheck:
    """One cut with the full chemistry; mole purities at the flows designed, and what meets the purities asked.

    ``acid`` is scrub acid and ``stages`` all stages over those designed, NaN where none tried does. Where there is
    nothing to check with, ``checked`` is False. ``notes`` say why, and where constants leave their range
    (``out_of_range``); ``medium`` is that of the measurement.
    """

    name: str
    checked: bool
    raffinate: float = math.nan
    organic: float = math.nan
    acid: float = math.nan
    stages: float = math.nan
    notes: tuple[str, ...] = ()
    medium: str = ""
    out_of_range: bool = False


def check_exchange(design: CutDesign, name: str) -> ExchangeCheck:
    """``design`` with the constants of extractant ``name``; a cut that cannot be checked says why in its notes.

    Raises UnknownName for an extractant that does not exist.
    """
    task = design.task
    law = extractant(name)
    if not law.level_known:
        return ExchangeCheck(task.name, False, notes=(f"{name}: no extraction constants, only separation factors",))
    missing = [e for e in task.feed if e not in law.constants]
    share = math.fsum(task.feed[e] for e in missing)
    if share > MOST_UNKNOWN or task.light_key in missing or task.heavy_key in missing:
        note = f"{law.key}: no constants of {', '.join(missing)}, {100 * share:.3g} % of the feed"
        return ExchangeCheck(task.name, False, notes=(note,))
    notes = _notes(law, missing)
    try:
        found = solve(_cascade(design, law, 1.0))
    except DidymiumError as error:
        return ExchangeCheck(task.name, False, notes=(*notes, f"outside of what can be run: {error.what}"))
    light, heavy = _purity(found, "raffinate", task.light), _purity(found, "organic", task.heavy)
    stages, acid = _met(design, law)
    outside = any(w not in law.note for w in found.warnings)
    return ExchangeCheck(task.name, True, light, heavy, acid, stages, (*notes, *found.warnings), law.medium, outside)


def _notes(law: Extractant, missing: list[str]) -> tuple[str, ...]:
    found = [] if law.medium == MEDIUM else [f"constants measured in {law.medium}, the plant runs in {MEDIUM}"]
    return (*found, *([f"left out for want of constants: {', '.join(missing)}"] if missing else []))


def _purity(state: Steady, outlet: str, group: tuple[str, ...]) -> float:
    return state.purity(outlet, *_present(state.cascade.chemistry, group))


def _present(chemistry: Chemistry, group: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(e for e in group if e in chemistry.components)


def _met(design: CutDesign, law: Extractant) -> tuple[float, float]:
    """Stages and scrub acid over those designed at which both products are made, the acid set for the raffinate."""
    task = design.task
    start: Steady | None = None
    for longer in LONGER:
        cascade = _cascade(design, law, longer)
        try:
            start = solve(cascade, start=start)
            group = _present(cascade.chemistry, task.light)
            state = with_purity(cascade, group, "raffinate", task.purity_raffinate, start=start)
        except DidymiumError:
            continue
        if _purity(state, "organic", task.heavy) >= task.purity_organic:
            return cascade.n_stages / design.stages, state.cascade.feeds[1].acid / cascade.feeds[1].acid
    return math.nan, math.nan


def _cascade(design: CutDesign, law: Extractant, longer: float) -> Cascade:
    """The cascade of ``design`` with real flows: one mole of feed per unit time, base for the loading it was given."""
    task = design.task
    loading, dimer = estimate("organic_loading").known(), estimate("extractant_molarity").known() / 2
    strength = estimate("acid_strength").known()
    fed = design.duty.fed.total_m3_per_h / design.feed_kmol_per_h
    per_mol = estimate("base_per_transfer").known()
    shares = {e: x for e, x in task.feed.items() if e in law.constants}
    total = math.fsum(shares.values())
    fed_at = {e: x / total / fed for e, x in shares.items()}
    soap = per_mol * loading / (2 * dimer)
    chemistry = chemistry_of(law, tuple(shares), dimer_mol_per_l=dimer, saponified=soap)
    n, m = (max(1, round(longer * k)) for k in (design.extraction_stages, design.scrub_stages))
    if task.feed_in == "organic":
        feed = Feed(n, flow_org=fed, composition=fed_at)
    else:
        feed = Feed(n, flow_aq=fed, composition=fed_at)
    scrub = Feed(n + m, flow_aq=per_mol * design.scrub_flow / strength, acid=strength)
    return Cascade(n + m, chemistry, design.organic_flow / loading, feeds=(feed, scrub))


def exchange_remarks(checks: Sequence[ExchangeCheck]) -> tuple[Remark, ...]:
    """What the checks found and where they could not be made, in at most a few remarks."""
    done = [c for c in checks if c.checked]
    met, lost = [c for c in done if not math.isnan(c.acid)], [c for c in done if math.isnan(c.acid)]
    found = []
    if done:
        worst = min(done, key=lambda c: min(c.raffinate, c.organic))
        purities = {"raffinate": f"{100 * worst.raffinate:.4g}", "organic": f"{100 * worst.organic:.4g}"}
        found.append(Remark("exchange_worst", {"cut": worst.name, **purities}))
    if met:
        acid = [c.acid for c in met]
        values = {"low": f"{min(acid):.3g}", "high": f"{max(acid):.3g}", "stages": f"{max(c.stages for c in met):.3g}"}
        found.append(Remark("exchange_met", {"met": str(len(met)), "checked": str(len(done)), **values}))
    if lost:
        found.append(Remark("exchange_lost", {"cuts": _cuts(lost), "n": str(len(lost)), "most": f"{LONGER[-1]:g}"}))
    if strange := sorted({c.medium for c in done} - {MEDIUM}):
        found.append(Remark("exchange_medium", {"measured": ", ".join(IONS[x] for x in strange), "own": IONS[MEDIUM]}))
    if outside := [c for c in done if c.out_of_range]:
        found.append(Remark("exchange_range", {"cuts": _cuts(outside)}))
    if unchecked := [c for c in checks if not c.checked]:
        found.append(Remark("exchange_unchecked", {"cuts": _cuts(unchecked)}))
    return tuple(found)


def _cuts(checks: Sequence[ExchangeCheck]) -> str:
    return ", ".join(c.name for c in checks)
