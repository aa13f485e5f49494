"""How the market behaves: the parameters of the table ``behaviour`` as the kernel takes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from didymium.errors import UnknownName
from didymium.market.structure import Knobs
from didymium.world import ELEMENTS, World
from didymium.world.distributions import Triangular
from didymium.world.scenario_draw import Uncertain

__all__ = ["Behaviour", "distributions", "knobs", "read_behaviour"]

DAYS_PER_Y = 365.0

MAGNET_ELEMENTS = ("Pr", "Nd", "Sm", "Gd", "Ho")
HEAVY_ELEMENTS = ("Tb", "Dy")


@dataclass(frozen=True)
class Behaviour:
    """Values of all parameters by name, in the units of the table, and the sources they stand on."""

    values: Mapping[str, float]
    sources: frozenset[str]

    def with_values(self, changed: Mapping[str, float]) -> Behaviour:
        """The same with some parameters changed; raises UnknownName."""
        for name in changed:
            if name not in self.values:
                raise UnknownName("parameter", name, self.values)
        return Behaviour({**self.values, **changed}, self.sources)


def read_behaviour(world: World) -> Behaviour:
    """Central values of all parameters."""
    rows = world.rows("behaviour")
    return Behaviour({r.text("parameter"): r.number("value") for r in rows}, frozenset(r.text("source") for r in rows))


def distributions(world: World) -> tuple[Uncertain, ...]:
    """Every parameter with a range, as a tent from its low over its value, the best guess, to its high."""
    return tuple(
        Uncertain(
            r.text("parameter"),
            r.text("unit"),
            Triangular(low=r.number("low"), mode=r.number("value"), high=r.number("high")),
        )
        for r in world.rows("behaviour")
        if r.number("low") < r.number("high")
    )


def knobs(behaviour: Behaviour) -> Knobs:
    """The parameters in years and by element."""
    v = behaviour.values

    def years(name: str) -> float:
        return v[name] / DAYS_PER_Y

    return Knobs(
        demand_short=_by_element(v, "short"),
        demand_long=_by_element(v, "long"),
        thrift_y=v["thrift_y"],
        mine_short=v["mine_short"],
        mine_long=v["mine_long"],
        mine_response_y=v["mine_response_y"],
        expansion_y=v["expansion_y"],
        headroom=v["headroom"],
        target_use=v["target_use"],
        cover_users_y=years("cover_users"),
        cover_bulk_y=years("cover_bulk"),
        cover_made_y=years("cover_made"),
        order_adjust_y=years("order_adjust"),
        expect_y=years("expect"),
        supplier_price=v["supplier_price"],
        supplier_inertia_y=years("supplier_inertia"),
        reliability_y=years("reliability"),
        home_preference=v["home_preference"],
        heavy_share=v["heavy_share"],
        price_cover=v["price_cover"],
        price_shortage=v["price_shortage"],
        price_adjust_y=years("price_adjust"),
        arbitrage_per_y=v["arbitrage_per_y"],
        caution=v["caution"],
        caution_decay_y=years("caution_decay"),
        spot_share=v["spot_share"],
        filing_y=years("filing"),
    )


def _by_element(values: Mapping[str, float], run: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    def kind(element: str) -> str:
        return "heavy" if element in HEAVY_ELEMENTS else "magnet" if element in MAGNET_ELEMENTS else "light"

    return np.array([values[f"demand_{kind(e)}_{run}"] for e in ELEMENTS])
