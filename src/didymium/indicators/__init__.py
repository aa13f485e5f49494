"""Shares, concentration, reliance and risk as pure functions."""

from didymium.indicators.measures import (
    gross_import_share,
    hhi,
    n_minus_1_cover,
    net_import_reliance,
    shares,
    stock_cover_weeks,
    supply_risk,
)

__all__ = [
    "gross_import_share",
    "hhi",
    "n_minus_1_cover",
    "net_import_reliance",
    "shares",
    "stock_cover_weeks",
    "supply_risk",
]
