"""Reliance of one bloc form by form: imports, exports, net and gross import reliance, N-1 of what arrives."""

from __future__ import annotations

from dataclasses import dataclass

from didymium.chain.flows import Flows, basket_weights
from didymium.chain.structure import FORMS
from didymium.indicators import gross_import_share, hhi, n_minus_1_cover, net_import_reliance

__all__ = ["FormPosition", "trade_position"]


@dataclass(frozen=True)
class FormPosition:
    """One form for one bloc on one basket, t REO-equivalent per year and fractions (NaN where nothing arrives).

    ``world_hhi`` is the concentration of world output of the form, 0 to 10,000.
    """

    form: str
    output_t: float
    imports_t: float
    exports_t: float
    net_import_reliance: float
    gross_import_share: float
    n_minus_1_cover: float
    world_hhi: float


def trade_position(flows: Flows, bloc: str, basket: tuple[str, ...]) -> tuple[FormPosition, ...]:
    """Positions in all forms of the chain; definitions stand with the functions of :mod:`didymium.indicators`."""
    i = flows.blocs.index(bloc)
    weights = basket_weights(basket)
    found = []
    for form in FORMS:
        shipped = flows.trade[form] @ weights
        home = float(shipped[i, i])
        imports = float(shipped[:, i].sum()) - home
        exports = float(shipped[i, :].sum()) - home
        output = home + exports
        found.append(
            FormPosition(
                form=form,
                output_t=output,
                imports_t=imports,
                exports_t=exports,
                net_import_reliance=net_import_reliance(imports, exports, output),
                gross_import_share=gross_import_share(imports, home),
                n_minus_1_cover=n_minus_1_cover(shipped[:, i]),
                world_hhi=hhi(shipped.sum(axis=1)),
            )
        )
    return tuple(found)
