"""Indicators on plain arrays: concentration, import reliance, N-1 cover, stock cover, supply risk.

Each function names its definition, unit and source; arrays are in t REO-equivalent per year unless said otherwise.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "gross_import_share",
    "hhi",
    "n_minus_1_cover",
    "net_import_reliance",
    "shares",
    "stock_cover_weeks",
    "supply_risk",
]

Array = NDArray[np.float64]


def shares(amounts: Array) -> Array:
    """Shares (n,) of ``amounts``; all zero when there is nothing to share. Raises ValueError for amounts below zero."""
    if (amounts < 0).any():
        raise ValueError("amounts must not be negative")
    total = amounts.sum()
    return amounts / total if total > 0 else np.zeros_like(amounts)


def hhi(amounts: Array) -> float:
    """Herfindahl-Hirschman index, 10,000/n to 10,000: the sum of squared percentage shares; NaN when there is nothing.

    Hirschman 1945; US Department of Justice 2023, Merger Guidelines. Raises ValueError for amounts below zero.
    """
    found = float(((100 * shares(amounts)) ** 2).sum())
    return found if found > 0 else float("nan")


def net_import_reliance(imports: float, exports: float, home_output: float, stock_draw: float = 0.0) -> float:
    """Net import reliance as a share of apparent consumption (USGS, MCS appendix): (imports − exports + stock draw) /
    (home output + imports − exports + stock draw). Negative for a net exporter; NaN without apparent consumption.
    """
    net = imports - exports + stock_draw
    apparent = home_output + net
    return net / apparent if apparent > 0 else float("nan")


def gross_import_share(imports: float, home_supply: float) -> float:
    """Imports over all that arrived (imports and home supply to home users), 0 to 1; NaN when nothing arrived."""
    arrived = imports + home_supply
    return imports / arrived if arrived > 0 else float("nan")


def n_minus_1_cover(arrivals: Array, demand: float | None = None) -> float:
    """Supply (n suppliers,) left without the largest one, over demand (default: all that arrived); NaN without demand.

    The N-1 criterion of energy security (EU Regulation 2017/1938, Annex II) applied to suppliers; 1 or more means that
    the loss of the largest supplier could be borne.
    """
    need = float(arrivals.sum()) if demand is None else demand
    return float(arrivals.sum() - arrivals.max(initial=0.0)) / need if need > 0 else float("nan")


def stock_cover_weeks(stock_t: float, use_t_per_y: float) -> float:
    """Weeks that a stock lasts at the present rate of use; NaN without use."""
    return stock_t / use_t_per_y * 365.25 / 7 if use_t_per_y > 0 else float("nan")


def supply_risk(
    world_shares: Array,
    sourcing_shares: Array,
    governance: Array,
    import_reliance: float,
    recycling_input_rate: float,
    substitution_index: float = 1.0,
    trade_parameter: Array | None = None,
) -> float:
    """EU supply-risk score of a material, higher is riskier; about 1 is the EU threshold for critical.

    SR = [HHI_WGI(world)·IR/2 + HHI_WGI(sourcing)·(1 − IR/2)] · (1 − EoL_RIR) · SI with HHI_WGI = Σ share²·governance·t
    (European Commission 2017, Methodology for establishing the EU list of critical raw materials: Guidelines;
    justified in Blengini et al. 2017, EUR 28654 EN). Shares are fractions of one, in the order of ``governance``.
    ``governance`` (n,) is the World Governance Indicator scaled to 0–10, ten worst. Published: the formula. From the
    balance: IR and shares. Assumed by the caller: governance, the trade parameter t (1 without restriction), SI.
    """
    t = np.ones_like(governance) if trade_parameter is None else trade_parameter
    world = float((world_shares**2 * governance * t).sum())
    sourcing = float((sourcing_shares**2 * governance * t).sum())
    reliance = min(max(import_reliance, 0.0), 1.0)
    return (world * reliance / 2 + sourcing * (1 - reliance / 2)) * (1 - recycling_input_rate) * substitution_index
