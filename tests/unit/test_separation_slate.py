"""Product slates: what parses, how it lies over the order of extraction, what may stray."""

from __future__ import annotations

import pytest

from didymium.errors import DidymiumError, UnknownName
from didymium.separation.factors import SETS, factors
from didymium.separation.slate import Product, allowances, lay_out, parse_products

ORDER = ("La", "Ce", "Pr", "Nd", "Sm", "Eu", "Gd", "Tb", "Dy")


def test_products_parse() -> None:
    found = parse_products("NdPr:99.5, La:99%,Dy:3N ,Tb:4N5,SEG:95")
    assert [p.name for p in found] == ["NdPr", "La", "Dy", "Tb", "SEG"]
    assert found[0].elements == ("Nd", "Pr")
    assert found[4].elements == ("Sm", "Eu", "Gd")
    assert [p.purity for p in found] == pytest.approx([0.995, 0.99, 0.999, 0.99995, 0.95])


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("", DidymiumError, "does not parse"),
        ("NdPr", DidymiumError, "write NdPr:99.5"),
        ("NdPr:", DidymiumError, "does not parse"),
        (":99", DidymiumError, "does not parse"),
        ("NdPr:99.5,,La:99", DidymiumError, "does not parse"),
        ("NdPr:high", DidymiumError, "not a number"),
        ("NdPr:nan", DidymiumError, "cannot be made"),
        ("NdPr:100", DidymiumError, "cannot be made"),
        ("NdPr:120", DidymiumError, "cannot be made"),
        ("NdPr:20", DidymiumError, "cannot be made"),
        ("Nx:99", UnknownName, "Nx"),
        ("ndpr:99", UnknownName, "did you mean NdPr"),
        ("NdPr:99,Nd:99.9", DidymiumError, "Nd is asked for twice"),
    ],
)
def test_bad_products_are_refused(text: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        parse_products(text)


def test_what_nobody_asked_for_falls_in_between() -> None:
    slate = lay_out(parse_products("NdPr:99.5,Tb:99"), ORDER)
    assert [p.name for p in slate.products] == ["La-Ce", "NdPr", "Sm-Gd", "Tb", "Dy"]
    assert [e for p in slate.products for e in p.elements] == list(ORDER)
    assert slate.products[1].elements == ("Pr", "Nd")
    assert [p.name for p in slate.asked] == ["NdPr", "Tb"]


def test_a_stranger_between_the_elements_of_a_product_is_named() -> None:
    with pytest.raises(DidymiumError, match=r"Sm, Eu, Gd, Tb is extracted between"):
        lay_out(parse_products("NdDy:99"), ORDER)


def test_a_product_that_the_feed_lacks_is_named() -> None:
    with pytest.raises(DidymiumError, match="the feed has no Lu"):
        lay_out(parse_products("Lu:99"), ORDER)


def test_allowances_keep_purity_and_recovery() -> None:
    slate = lay_out((Product("Nd", ("Nd",), 0.99),), ("Pr", "Nd", "Sm"))
    moles = {"Pr": 0.2, "Nd": 0.7, "Sm": 0.1}
    low, high = allowances(slate, moles, dict.fromkeys(moles, 100.0), recovery=0.98)
    assert low.heavy_in_light == pytest.approx(0.02 * 0.7 / 2)
    assert high.light_in_heavy == pytest.approx(0.02 * 0.7 / 2)
    astray = low.light_in_heavy + high.heavy_in_light
    assert astray / (0.98 * 0.7 + astray) == pytest.approx(0.01, rel=0.02)
    tight, _ = allowances(slate, moles, dict.fromkeys(moles, 100.0), 0.98, {"Nd": 0.5})
    assert tight.light_in_heavy == pytest.approx(low.light_in_heavy / 2)
    with pytest.raises(DidymiumError, match="100 %"):
        allowances(slate, moles, moles, 1.0)
    with pytest.raises(DidymiumError, match=r"a recovery of 0\.99 %"):
        allowances(slate, moles, moles, 0.0099)


def test_every_extractant_places_fifteen_elements_with_sources() -> None:
    for name in SETS:
        found = factors(name)
        assert len(found.beta) == 15
        assert all(p.low <= p.value <= p.high and p.source and p.grade for p in found.pairs)
    assert factors("naphthenic acid").order[0] == "Y"
    assert factors("P507").order.index("Y") == factors("P507").order.index("Ho") + 1
    assert factors("P507").beta["Nd"] / factors("P507").beta["Pr"] == pytest.approx(1.9)
    with pytest.raises(UnknownName, match="did you mean P507"):
        factors("P508")


def test_doubt_adds_up_along_the_way() -> None:
    p507 = factors("P507")
    near, far = p507.sd_ln("Pr", "Nd"), p507.sd_ln("Ce", "Nd")
    assert 0 < near < far
    assert p507.sd_ln("Nd", "Pr") == near


def test_the_doubt_of_a_factor_is_that_of_its_constants_and_spans_its_rivals() -> None:
    """Tanaka 2021, one end interpolated with 0.15 decades: ln 10 times hypot(0.15, 0.045) of Ce/La; recalled 6.83."""
    pairs = {f"{p.heavier}/{p.lighter}": p for p in factors("P507").pairs}
    lanthanum = pairs["Ce/La"]
    assert lanthanum.value == pytest.approx(10 ** (2.17303 - 1.83203))
    assert lanthanum.error_ln == pytest.approx(0.3606, abs=1e-4) and lanthanum.interpolated
    assert lanthanum.sd_ln >= lanthanum.error_ln and lanthanum.salt == "nitrate"
    assert [(round(r.value, 2), r.grade) for r in lanthanum.rivals] == [(6.83, "D")]
    assert (pairs["Nd/Pr"].low, round(pairs["Nd/Pr"].high, 2)) == (pytest.approx(1.55, rel=1e-4), 2.14)
    assert pairs["Nd/Pr"].salt == "chloride" and not pairs["Sm/Nd"].interpolated
    for pair in pairs.values():
        assert pair.low >= 1 and all(pair.low <= r.value <= pair.high for r in pair.rivals)
    shown = pairs["Nd/Pr"].as_estimates()
    assert [(e.beside, e.grade) for e in shown] == [(False, "C"), (True, "C"), (True, "D")]
