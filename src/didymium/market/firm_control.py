"""The day that a firm's weeks count from, and the days from which it can act against what a scenario announces."""

from __future__ import annotations

import datetime as dt
from typing import Any

from didymium.chain.structure import FORMS
from didymium.errors import RecordError
from didymium.market.firm_file import Firm
from didymium.market.firm_supply import Lane
from didymium.market.structure import OXIDE
from didymium.world import ELEMENTS
from didymium.world.scenario import Scenario

__all__ = ["announced", "control_of", "licence_starts", "remedies_begin"]

BARRIERS = ("export_licence", "ban", "quota", "cut_chain")


def control_of(scenario: Scenario, firm: Firm) -> dt.date:
    """The day on which the first licence, ban, quota or cut between the firm and a supplier begins.

    Without any, that of the first halt. Raises RecordError where nothing in the scenario does.
    """
    first = _first_control(scenario, firm)
    if first is None:
        makers, forms = _reach(firm)
        abroad = ", ".join(sorted(makers)) or "abroad"
        raise RecordError(
            f"nothing in the scenario comes between {firm.name} and its suppliers",
            where=scenario.name,
            expected=f"a licence, ban, quota or cut on {', '.join(sorted(forms))} from {abroad}",
            cure="take another scenario, or give the day to count from with --from",
        )
    return first


def remedies_begin(scenario: Scenario, firm: Firm, control: dt.date) -> dt.date:
    """The day on which remedies are begun: ``control``, or that of the first barrier where it comes later."""
    return max(control, _first_control(scenario, firm) or control)


def announced(scenario: Scenario, lane: Lane, blocs: tuple[str, ...]) -> dt.date | None:
    """The day from which applications for ``lane`` can be filed: the start of its first regime; None without any."""
    to, origin, form = blocs[lane.to], blocs[lane.origin], FORMS[lane.form]
    return min(
        (
            e.start
            for e in scenario.happenings
            if e.kind == "export_licence" and _touches(e, {origin}, {form}, to) and _lists(e, lane)
        ),
        default=None,
    )


def licence_starts(scenario: Scenario) -> list[dt.date]:
    """First days of all licence regimes."""
    return [e.start for e in scenario.happenings if e.kind == "export_licence"]


def _first_control(scenario: Scenario, firm: Firm) -> dt.date | None:
    makers, forms = _reach(firm)
    days = [e.start for e in scenario.happenings if e.kind in BARRIERS and _touches(e, makers, forms, firm.bloc)]
    days = days or [e.start for e in scenario.happenings if e.kind == "halt"]
    first = dt.date(scenario.base_year, 1, 1)
    return min((d for d in days if first <= d < scenario.past_end), default=None)


def _reach(firm: Firm) -> tuple[set[str], set[str]]:
    """Blocs abroad that supply the firm, and the forms that it buys."""
    parts = [part for p in firm.products for part in p.parts]
    return {s.bloc for part in parts for s in part.suppliers} - {firm.bloc}, {part.form for part in parts}


def _touches(event: Any, makers: set[str], forms: set[str], bloc: str) -> bool:
    listed = getattr(event, "forms", None)
    if listed is not None and not forms & set(listed):
        return False
    if event.kind == "cut_chain":
        return bloc in event.between and bool(makers & set(event.between))
    importers = getattr(event, "importers", None)
    return event.exporter in makers and (importers is None or bloc in importers)


def _lists(licence: Any, lane: Lane) -> bool:
    """Whether what the lane carries holds a listed element; ore and the like hold them all."""
    return licence.elements is None or lane.form < OXIDE or any(ELEMENTS[e] in licence.elements for e in lane.elements)
