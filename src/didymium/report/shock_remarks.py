"""What is unusual in a firm's file, in words."""

from __future__ import annotations

from didymium.market.firm_plausible import Remark
from didymium.report.numbers import amount, mass, money
from didymium.words import Say

__all__ = ["remark_text"]


def remark_text(remark: Remark, say: Say) -> str:
    """The remark as a sentence, with where it is written."""
    values = {name: _shown(name, value, say) for name, value in remark.values.items()}
    return say("shock.warning", where=remark.where, text=say(f"shock.mind.{remark.key}", **values))


def _shown(name: str, value: str | float, say: Say) -> str:
    """A value as the ending of its name says; see Remark."""
    if isinstance(value, str):
        return value
    if name.endswith("share"):
        return say("number.percent", value=amount(say, 100 * value))
    if name.endswith("usd"):
        return money(say, value)
    return mass(say, value) if name.endswith("kg") else amount(say, value)
