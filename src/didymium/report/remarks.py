"""What is unusual in a file of a firm or scenario, in words."""

from __future__ import annotations

from collections.abc import Callable

from didymium.market.plausible import Remark
from didymium.market.scenario_plausible import scenario_remarks
from didymium.report.numbers import amount, mass, money
from didymium.words import Say
from didymium.world import World
from didymium.world.scenario import Scenario, read_scenario

__all__ = ["remark_text", "warned_scenario"]


def remark_text(remark: Remark, say: Say) -> str:
    """The remark as a sentence, with where it is written."""
    values = {name: _shown(name, value, say) for name, value in remark.values.items()}
    return say("remark.warning", where=remark.where, text=say(f"remark.mind.{remark.key}", **values))


def warned_scenario(name: str, world: World, say: Say, warn: Callable[[str], None]) -> Scenario:
    """The scenario of that name or file; what is unusual in it goes to ``warn``, a sentence each."""
    found = read_scenario(name, world)
    for remark in scenario_remarks(world, found):
        warn(remark_text(remark, say))
    return found.scenario


def _shown(name: str, value: str | float, say: Say) -> str:
    """A value as the ending of its name says; see Remark."""
    if isinstance(value, str):
        return value
    if name.endswith("share"):
        return say("number.percent", value=amount(say, 100 * value))
    if name.endswith("usd"):
        return money(say, value)
    return mass(say, value) if name.endswith("kg") else amount(say, value)
