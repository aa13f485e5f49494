"""Claims in other units of mass: the same quantity gets the same finding, and unlike units are never compared."""

from __future__ import annotations

import pytest

from didymium.claims import (
    Finding,
    Stated,
    Verdict,
    check,
    core_claims_path,
    explain,
    load_claims,
    parse_claims,
    sample_claims_path,
)
from didymium.claims.record import Claim
from didymium.claims.vocabulary import canonical_unit, fits, vocabulary
from didymium.errors import RecordError, UnitError
from didymium.units import convert
from didymium.world import World

BASE = {
    "id": "x",
    "subject": "United States",
    "subject_type": "country",
    "variable": "production_t",
    "unit": "t REO/y",
    "comparator": "eq",
    "modality": "reported_fact",
    "anchor_date": "2025-11-01",
}
TARGET = {"subject": "Russia", "variable": "production_target_t", "modality": "target", "when": "2030"}
QUOTA = {"subject": "China", "variable": "production_quota_t", "when": "2024"}
EXPORT = {"subject": "China", "variable": "export_t", "when": "2024"}
PLANT = {"subject": "MP Materials", "subject_type": "company", "variable": "capacity_t"}


def claim(**fields: object) -> Claim:
    return Claim.model_validate(BASE | fields)


def keys(finding: Finding) -> set[str]:
    return {r.key for r in finding.reasoning}


def shown(finding: Finding) -> tuple[object, ...]:
    chance = finding.attainable
    return (
        finding.verdict,
        finding.stated,
        None if chance is None else chance.probability,
        keys(finding),
        finding.missing,
        {(e.where, e.relation) for e in finding.evidence},
    )


def restated(original: Claim, prefix: str, factor: float) -> Claim:
    """The same claim in another unit of mass."""
    changed: dict[str, object] = {"unit": prefix + original.unit.removeprefix("t")}
    for key in ("value", "value_low", "value_high"):
        number = getattr(original, key)
        if isinstance(number, (int, float)):
            changed[key] = number * factor
    return original.model_copy(update=changed)


SHIPPED = [*load_claims(core_claims_path()).claims, *load_claims(sample_claims_path()).claims]
STATED = [c for c in SHIPPED if c.unit.split(" ")[0].split("/")[0] == "t"]
MADE = [
    claim(id=f"made-{i}", unit=unit, value=value, **fields)
    for i, (fields, unit, value) in enumerate(
        [
            ({"when": "2024"}, "t REO", 45500),
            ({"when": "2024"}, "t REO/y", 45500),
            ({"when": "2024"}, "t", 45500),
            ({"when": "2024"}, "t/y", 4550),
            (QUOTA, "t REO", 270000),
            (QUOTA, "t/y", 270000),
            (TARGET, "t REO/y", 50000),
            (TARGET, "t", 2000),
            (EXPORT, "t", 55000),
            (EXPORT, "t/y", 55000),
            (PLANT, "t/y", 3000),
            (PLANT, "t", 123456),
            ({"subject": "Brazil", "variable": "resources_t"}, "t", 21e6),
            ({"subject": "Tomtor", "subject_type": "deposit", "variable": "reserves_t_REO"}, "t REO", 10e6),
            ({"subject": "Russia", "variable": "reserves_t_REO"}, "t", 3.8e6),
            ({"subject": "Türkiye", "variable": "reserves_t_REO"}, "t REO", 694e6),
            ({"subject": "China", "variable": "import_t", "when": "2024"}, "t/y", 129000),
        ]
    )
]


def test_the_shipped_claims_hold_tonnages() -> None:
    assert len(STATED) >= 5


@pytest.mark.parametrize(("prefix", "factor"), [("kt", 1e-3), ("Mt", 1e-6), ("kg", 1e3)])
@pytest.mark.parametrize("original", [*STATED, *MADE], ids=lambda c: f"{c.id}-{c.variable}")
def test_another_unit_of_mass_gives_the_same_finding(world: World, original: Claim, prefix: str, factor: float) -> None:
    other = restated(original, prefix, factor)
    assert fits(other.unit, vocabulary()[other.variable])
    assert shown(check(world, other)) == shown(check(world, original))


@pytest.mark.parametrize("unit", ["t REO/y", "t REO", "t/y", "t"])
@pytest.mark.parametrize("prefix", ["t", "kt"])
def test_output_of_the_table_supports_in_every_unit(world: World, unit: str, prefix: str) -> None:
    value = 45500 if prefix == "t" else 45.5
    stated = claim(unit=prefix + unit[1:], value=value, when="2024")
    assert check(world, stated).verdict is Verdict.SUPPORTED
    wrong = claim(unit=prefix + unit[1:], value=value * 1000, when="2024")
    assert check(world, wrong).verdict is Verdict.CONTRADICTED


@pytest.mark.parametrize(("unit", "value"), [("kt REO", 270), ("t REO", 270000), ("kt/y", 270)])
def test_a_quota_is_converted(world: World, unit: str, value: float) -> None:
    assert check(world, claim(**QUOTA, unit=unit, value=value)).verdict is Verdict.SUPPORTED


def test_a_target_in_kilotonnes_is_not_a_thousandth_of_it(world: World) -> None:
    finding = check(world, claim(**TARGET, unit="kt/y", value=50))
    growth = next(dict(r.parameters)["factor"] for r in finding.reasoning if r.key == "growth_needed")
    assert isinstance(growth, float) and growth > 10
    assert finding.attainable is not None and finding.attainable.probability == 0
    assert finding.missing == ("substance_of_tonnes",) and finding.stated is not Stated.NOT_FOUND


def test_tonnes_of_another_substance_are_not_compared(world: World) -> None:
    finding = check(world, claim(**(PLANT | {"subject": "Mountain Pass"}), unit="t metal/y", value=40000))
    assert finding.verdict is Verdict.NOT_COMPARABLE and keys(finding) == {"units_unlike"}
    oxide = check(world, claim(**EXPORT, unit="t REO/y", value=55000))
    assert oxide.verdict is Verdict.NOT_COMPARABLE
    assert any("t REO/y" in line for line in explain(oxide)) and explain(oxide, "zh")


def test_a_country_without_a_figure_shows_its_deposits(world: World) -> None:
    kazakhstan = check(world, claim(subject="Kazakhstan", variable="reserves_t_REO", unit="t REO", value=20e6))
    assert kazakhstan.verdict is Verdict.NOT_ENOUGH and keys(kazakhstan) == {"only_deposit_figures"}
    assert any(e.value == 20e6 and "Zhana Kazakhstan" in e.text for e in kazakhstan.evidence)
    assert explain(kazakhstan, "zh")


@pytest.mark.parametrize(("unit", "value"), [("t REO", 694e6), ("Mt REO", 694), ("t", 694e6)])
def test_a_country_claim_that_repeats_misread_ore_is_not_comparable(world: World, unit: str, value: float) -> None:
    turkey = check(world, claim(subject="Türkiye", variable="reserves_t_REO", unit=unit, value=value))
    assert turkey.verdict is Verdict.NOT_COMPARABLE
    assert keys(turkey) >= {"ore_not_oxide", "only_deposit_figures"}
    assert any("Beylikova" in e.text for e in turkey.evidence)
    small = check(world, claim(subject="Türkiye", variable="reserves_t_REO", unit=unit, value=value / 100))
    assert small.verdict is Verdict.NOT_ENOUGH


def test_shares_of_another_time_are_said_to_be_so(world: World) -> None:
    share = {"subject": "China", "variable": "share_magnets", "unit": "percent", "modality": "forecast"}
    finding = check(world, claim(**share, value=80, when="2040"))
    assert finding.verdict is Verdict.NOT_ENOUGH
    assert keys(finding) & {"no_figure_of_that_time", "no_figure_of_time"} and "no_figure" not in keys(finding)
    assert finding.evidence
    monaco = check(world, claim(**(share | {"subject": "Monaco"}), value=80, when="2040"))
    assert keys(monaco) == {"no_figure"}


def test_megatonnes_are_read_with_their_substance() -> None:
    assert canonical_unit("Mt REO") == "Mt REO"
    assert convert(3.8, "Mt REO", "t REO") == pytest.approx(3.8e6, rel=1e-12)


@pytest.mark.parametrize("text", ["MT REO", "Gt REO", "mt REO", "Mtt/y"])
def test_a_cure_never_drops_powers_of_ten(text: str) -> None:
    with pytest.raises(UnitError) as caught:
        canonical_unit(text)
    assert caught.value.cure == "write t, kt or Mt, and scale the number to it"


def test_the_beginning_of_a_variable_is_completed() -> None:
    lines = "\n    ".join(
        f"{k}: {v}" for k, v in (BASE | {"value": 1, "variable": "reserves", "unit": "t REO"}).items()
    )
    with pytest.raises(RecordError) as caught:
        parse_claims(f"claims:\n  - {lines}\n")
    assert caught.value.cure == "did you mean 'reserves_t_REO'?"
