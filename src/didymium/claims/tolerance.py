"""How near is near enough: from the comparator, and from the digits in which a value is stated.

========================  =======================================================================================
eq                        half a unit of the last significant digit, at least 2 % and at most 5 % of the value
approx                    10 % of the value either way
approx_below              10 % below the value up to the value itself
lt, le, gt, ge, range     the interval as stated
a share                   never beyond 0 and 100 %
eq of a count             the number itself; approx of a count 10 %, at least one
purity                    in nines, -log10(1 - purity): 0.3 of a nine either way for eq, half a nine for approx
========================  =======================================================================================

The 2, 5 and 10 % are conventions of this project: rounding in press texts hides at most half a digit, and 85 must not
pass for 91.
"""

from __future__ import annotations

import math
from dataclasses import replace

from didymium.claims.record import Claim
from didymium.claims.verdict import Tolerance, because
from didymium.claims.vocabulary import vocabulary

__all__ = ["nines", "tolerance_of"]

EQ_LEAST, EQ_MOST, APPROX = 0.02, 0.05, 0.10


def _half_digit(value: float) -> float:
    """Half a unit of the last significant digit of ``value``."""
    if value == 0:
        return 0.0
    text = f"{abs(value):.10e}"
    mantissa, exponent = text.split("e")
    decimals = (
        len(mantissa.rstrip("0").rstrip(".").split(".")[1]) if mantissa.rstrip("0").rstrip(".").find(".") > 0 else 0
    )
    return float(0.5 * 10.0 ** (int(exponent) - decimals))


def nines(purity_pct: float) -> float:
    """Purity in nines: 99.9 % is 3."""
    return -math.log10(max(1 - purity_pct / 100, 1e-9))


def tolerance_of(claim: Claim) -> Tolerance | None:
    """The interval of values that agree with ``claim``, or None for a claim without a number."""
    found, unit = _interval(claim), claim.unit
    if found is None or vocabulary()[claim.variable].kind not in ("share", "purity") or unit != "percent":
        return found
    return replace(found, low=max(found.low, 0.0), high=min(found.high, 100.0))


def _interval(claim: Claim) -> Tolerance | None:
    if claim.comparator == "range" and claim.value_low is not None and claim.value_high is not None:
        return Tolerance(claim.value_low, claim.value_high, because("tolerance_range"))
    value = claim.number
    if value is None:
        return None
    kind = vocabulary()[claim.variable].kind
    match claim.comparator:
        case "lt":
            return Tolerance(-math.inf, value, because("tolerance_bound"), high_open=True)
        case "le":
            return Tolerance(-math.inf, value, because("tolerance_bound"))
        case "gt":
            return Tolerance(value, math.inf, because("tolerance_bound"), low_open=True)
        case "ge":
            return Tolerance(value, math.inf, because("tolerance_bound"))
        case "approx_below":
            return Tolerance(
                value - APPROX * abs(value), value, because("tolerance_approx_below", percent=100 * APPROX)
            )
    return _around(value, kind, claim.comparator == "approx")


def _around(value: float, kind: str, loose: bool) -> Tolerance:
    if kind == "purity":
        step = 0.5 if loose else 0.3
        low, high = (100 * (1 - 10 ** -(nines(value) + s)) for s in (-step, step))
        return Tolerance(low, high, because("tolerance_nines", nines=step))
    if kind == "count":
        half = max(1.0, APPROX * value) if loose else 0.0
        return Tolerance(value - half, value + half, because("tolerance_count", half=half))
    size = abs(value)
    share = APPROX if loose else min(max(_half_digit(value), EQ_LEAST * size), EQ_MOST * size) / (size or 1)
    how = because("tolerance_approx" if loose else "tolerance_eq", percent=100 * share)
    return Tolerance(value - share * size, value + share * size, how)
