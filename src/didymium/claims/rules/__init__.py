"""Rules: which function checks which kind of claim. The vocabulary names the check of each variable."""

from __future__ import annotations

from collections.abc import Callable

from didymium.claims.case import Case
from didymium.claims.rules.agreements import agreements, deal_value
from didymium.claims.rules.capex import capex
from didymium.claims.rules.dates import dates
from didymium.claims.rules.durations import lead_time, time_to_independence
from didymium.claims.rules.output import production, quota, rank
from didymium.claims.rules.prices import price, price_floor
from didymium.claims.rules.projects import capacity, projects, start_date
from didymium.claims.rules.quality import purity, recycling_rate, recycling_recovery
from didymium.claims.rules.reserves import reserves, share_reserves
from didymium.claims.rules.shares import market_share, shares, technology_share
from didymium.claims.rules.statements import counts, import_dependence
from didymium.claims.rules.targets import production_target
from didymium.claims.rules.trade import import_share_from, trade_quantity
from didymium.claims.verdict import Finding

__all__ = ["RULES", "Rule"]

Rule = Callable[[Case], Finding]

RULES: dict[str, Rule] = {
    "agreements": agreements,
    "capacity": capacity,
    "capex": capex,
    "counts": counts,
    "dates": dates,
    "deal_value": deal_value,
    "exploitation_rate": counts,
    "import_dependence": import_dependence,
    "import_share_from": import_share_from,
    "lead_time": lead_time,
    "price": price,
    "price_floor": price_floor,
    "production": production,
    "production_target": production_target,
    "projects": projects,
    "purity": purity,
    "quota": quota,
    "rank": rank,
    "recycling_rate": recycling_rate,
    "recycling_recovery": recycling_recovery,
    "reserves": reserves,
    "share_market": market_share,
    "share_reserves": share_reserves,
    "share_technology": technology_share,
    "shares": shares,
    "start_date": start_date,
    "time_to_independence": time_to_independence,
    "trade_quantity": trade_quantity,
}
"""The checks by the name that the vocabulary uses."""
