"""The market as a task of ensembles: a scenario with its uncertain figures, how the market behaves, and the clocks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path

from didymium.chain.flows import Flows
from didymium.chain.reconcile import base_year
from didymium.chain.structure import STAGES
from didymium.ensemble.task import Array, Output
from didymium.market.behaviour import distributions
from didymium.market.results import BASKET_NAMES, EXPORTED, Scale, results, scale_of
from didymium.market.scene import Scene, prepare
from didymium.world import World, load_world
from didymium.world.scenario import Scenario, fingerprint
from didymium.world.scenario_carried import PRICED
from didymium.world.scenario_draw import Uncertain, uncertain

__all__ = ["OUTPUTS", "MarketTask", "market_task", "paired", "uncertain_market"]

OUTPUTS = {
    "price_inside": Output(("time", "element"), "USD/kg", "Price of the oxide inside China, without tax"),
    "price_ask": Output(("time", "element"), "USD/kg", "Price of the oxide asked outside China"),
    "price_paid": Output(("time", "element"), "USD/kg", "Price of the oxide paid outside China, by volume"),
    "price_base": Output(("element",), "USD/kg", "Price of the oxide in the base year"),
    "output": Output(("time", "stage"), "t/y", "World output of Nd, Pr, Dy and Tb, REO-equivalent"),
    "china_share": Output(("time", "stage"), "1", "Share of China in the output of Nd, Pr, Dy and Tb"),
    "mined": Output(("time", "bloc"), "t/y", "Mine output, REO"),
    "magnets": Output(("time", "bloc"), "t/y", "Nd, Pr, Dy and Tb in magnets made, REO-equivalent"),
    "exports": Output(("time", "form"), "t/month", "Exports of China, gross weight"),
    "magnet_exports": Output(("time", "bloc"), "t/month", "Magnets from China by destination, gross weight"),
    "unmet": Output(("time", "bloc"), "1", "Share of the goods with magnets wanted that did not come"),
    "unmet_world": Output(("time",), "1", "Share of the goods with magnets wanted that did not come, world"),
    "cover": Output(("time", "bloc"), "d", "Days that the magnets held by makers of goods last"),
    "licensed": Output(("time", "bloc"), "1", "Share of the magnets from China whose trade is licensed"),
    "stopped": Output(("time", "bloc"), "1", "Share of the makers of goods that stand still for want of a licence"),
    "dependence": Output(("time", "bloc", "basket"), "1", "Embodied dependence in the calendar year"),
    "home_made": Output(("time", "stage", "bloc"), "1", "Share made at home of what the next stage took in the year"),
    "first_year": Output(("bloc", "basket"), "y", "First year with a dependence of at most one half"),
    "weakest": Output(("stage", "bloc", "basket"), "1", "Whether no stage is done less at home in the last year"),
}
"""What is kept of every member. Stages and forms are named as in the chain; a gap is where there is nothing to say."""

LICENCES = ("licensed", "stopped")
"""What is kept only where the scenario has licences."""


@dataclass(frozen=True, eq=False)
class MarketTask:
    """A scenario on its reconciled base year; a process that receives it makes the scene ready once."""

    scenario: Scenario
    directory: Path
    flows: Flows
    fingerprint: str
    shared: tuple[Uncertain, ...] = ()
    """Figures of another scenario, drawn here too so that both stand on the same draws."""

    @property
    def name(self) -> str:
        """The name of the scenario."""
        return self.scenario.name

    @cached_property
    def world(self) -> World:
        """The tables."""
        return load_world(self.directory)

    @cached_property
    def scene(self) -> Scene:
        """The scenario made ready."""
        return prepare(self.world, self.scenario, self.flows)

    @cached_property
    def scale(self) -> Scale:
        """Units for people."""
        return scale_of(self.world, self.scene.model)

    @cached_property
    def parameters(self) -> tuple[Uncertain, ...]:
        """Uncertain figures of the scenario, behaviour that it does not set itself, and figures only ``shared``."""
        own = {p.name: p for p in self.own}
        return tuple(own.pop(p.name, p) for p in self.shared) + tuple(own.values())

    @cached_property
    def own(self) -> tuple[Uncertain, ...]:
        """The parameters that matter here."""
        return uncertain_market(self.world, self.scenario)

    @cached_property
    def coords(self) -> Mapping[str, tuple[str, ...]]:
        """Labels; those of time are the first days of the steps."""
        return {
            "time": self.scene.calendar.names(),
            "element": PRICED,
            "stage": STAGES,
            "form": EXPORTED,
            "bloc": self.scene.model.blocs,
            "basket": BASKET_NAMES,
        }

    @property
    def outputs(self) -> Mapping[str, Output]:
        """All of ``OUTPUTS``, those of licences only where the scenario has some."""
        licences = any(e.kind == "export_licence" for e in self.scenario.happenings)
        return {name: output for name, output in OUTPUTS.items() if licences or name not in LICENCES}

    @property
    def sources(self) -> frozenset[str]:
        """Keys of the sources that members stand on."""
        return self.scene.sources | self.scale.sources

    def ready(self) -> None:
        """Prepares the scene, and loads the compiled kernel."""
        import didymium.market.kernel  # noqa: F401

        self.scene.ready()
        _ = self.scale

    def run(self, draw: Mapping[str, float], seed: int | None) -> Mapping[str, Array]:
        """One member, or with no seed one whose projects start at the medians of their clocks."""
        own = {p.name: draw[p.name] for p in self.own if p.name in draw}
        found = results(self.scene.run(own, seed), self.scale)
        return {name: found[name] for name in self.outputs}

    def __getstate__(self) -> dict[str, object]:
        return {f.name: getattr(self, f.name) for f in fields(self)}


def uncertain_market(world: World, scenario: Scenario) -> tuple[Uncertain, ...]:
    """Uncertain figures of the scenario, and behaviour that it does not set itself."""
    rest = distributions(world)
    units = {p.name: p.unit for p in rest}
    own = (Uncertain(p.name, p.unit or units.get(p.name, ""), p.distribution) for p in uncertain(scenario))
    return (*own, *(p for p in rest if p.name not in scenario.assumptions))


def market_task(world: World, scenario: Scenario) -> MarketTask:
    """The task of ``scenario``; its fingerprint changes with it, any table, or the code of the market or the draws."""
    flows = base_year(world, scenario.base_year)
    return MarketTask(scenario, world.directory, flows, f"{fingerprint(scenario)}-{_content(world)}")


def paired(one: MarketTask, other: MarketTask) -> tuple[MarketTask, MarketTask]:
    """Both tasks on the same draws, so that their members can be taken from each other one by one."""
    names = {p.name: p for p in (*one.parameters, *other.parameters)}
    return replace(one, shared=tuple(names.values())), replace(other, shared=tuple(names.values()))


def _content(world: World) -> str:
    """A short hash of every table of the world, of every module under the market, of the draws and of this one."""
    import didymium

    package = Path(didymium.__file__).parent
    found = hashlib.sha256()
    files = [*sorted(world.directory.glob("*.csv"))]
    for floor in ("world", "clocks", "chain", "market"):
        files += sorted((package / floor).glob("*.py"))
    for file in (*files, package / "ensemble" / "sample.py", Path(__file__)):
        found.update(file.name.encode())
        found.update(file.read_bytes())
    return found.hexdigest()[:16]
