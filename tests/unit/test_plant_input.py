"""Bad input to ``didymium plant``: every mistake is answered in a few lines that name the key and the cure."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from didymium.cli_plant import plant_command
from didymium.errors import DidymiumError, OutputError, UnknownName
from didymium.separation.extractants import extractant
from didymium.separation.factors import factors
from didymium.separation.plant import plant
from didymium.world import World

app = typer.Typer()
app.command()(plant_command)
runner = CliRunner()

GOOD = {"--feed": "mountain_pass", "--products": "NdPr:99.5", "--capacity": "5000"}

BAD = {
    "unknown mine": ({"--feed": "mountain_pas"}, "unknown mine 'mountain_pas'", "did you mean mountain_pass"),
    "no mine": ({"--feed": ""}, "unknown mine ''", "one of bayan_obo"),
    "mine without assay": ({"--feed": "fujian_iac"}, "has no assay that can be used", "choose one of these"),
    "element not in the feed": ({"--products": "Dy:99"}, "products: the feed has no Dy", "choose another feed"),
    "not an element": ({"--products": "Xx:99"}, "unknown element 'Xx'", "one of La"),
    "not a rare earth of the vector": ({"--products": "Sc:99"}, "unknown element 'Sc'", "one of La"),
    "purity of 100": ({"--products": "NdPr:100"}, "products: a purity of 100 %", "5N for 99.999 %"),
    "purity above 100": ({"--products": "NdPr:101"}, "products: a purity of 101 %", "5N for 99.999 %"),
    "purity of ten nines": ({"--products": "Nd:99.99999999"}, "beyond solvent extraction", "ask for Nd:5N"),
    "purity of eight nines": ({"--products": "Nd:8N"}, "below eight nines", "ask for Nd:5N"),
    "purity as a fraction": ({"--products": "NdPr:0.999"}, "products: a purity of 0.999 %", "write 99.5 for 99.5 %"),
    "purity not a number": ({"--products": "NdPr:nan"}, "products: a purity of nan %", "write 99.5"),
    "purity in words": ({"--products": "NdPr:pure"}, "products: purity 'pure'", "write 99.5"),
    "purity below the feed's": ({"--products": "LaCe:60"}, "asks for nothing: the feed is 82.8", "ask for more"),
    "all of the feed": ({"--products": "LaCePrNdSmEuGdY:99"}, "100 % of it already", "leave the product out"),
    "no purity": ({"--products": "NdPr"}, "product 'NdPr' does not parse", "write NdPr:99.5"),
    "no product": ({"--products": ""}, "product '' does not parse", "write NdPr:99.5"),
    "one element in two products": ({"--products": "NdPr:99.5,Nd:99"}, "Nd is asked for twice", "leave Nd out of one"),
    "one product twice": ({"--products": "Nd:99.5,Nd:99"}, "Nd is asked for twice", "leave Nd out of one"),
    "one element twice": ({"--products": "NdPrNd:99.5"}, "names an element twice", "write NdPr"),
    "not neighbours": ({"--products": "LaNd:99"}, "Ce, Pr is extracted between", "ask for LaCePrNd"),
    "no capacity": ({"--capacity": "0"}, "capacity: a capacity of 0 t REO a year", "try 5000"),
    "negative capacity": ({"--capacity": "-5"}, "capacity: a capacity of -5 t REO a year", "try 5000"),
    "capacity not a number": ({"--capacity": "nan"}, "capacity: a capacity of nan t REO a year", "try 5000"),
    "endless capacity": ({"--capacity": "inf"}, "capacity: a capacity of inf t REO a year", "try 5000"),
    "capacity beyond the world": ({"--capacity": "1e30"}, "capacity: a capacity of 1e+30 t REO a year", "try 5000"),
    "capacity of a beaker": ({"--capacity": "1e-9"}, "capacity: a capacity of 1e-09 t REO a year", "try 5000"),
    "whole recovery": ({"--recovery": "100"}, "recovery: a recovery of 100 %", "99 for 99 %"),
    "recovery not a number": ({"--recovery": "nan"}, "recovery: a recovery of nan %", "99 for 99 %"),
    "recovery as a fraction": ({"--recovery": "0.99"}, "recovery: a recovery of 0.99 %", "99 for 99 %"),
    "unknown language": ({"--lang": "xx"}, "unknown language 'xx'", "one of en, zh"),
}  # fmt: skip


def arguments(changed: dict[str, str]) -> list[str]:
    """The command line of a good plant with some options changed; ``=`` keeps a value that looks like an option."""
    return [f"{name}={value}" for name, value in (GOOD | changed).items()]


@pytest.mark.parametrize("case", BAD)
def test_a_mistake_is_answered_with_key_and_cure(case: str) -> None:
    changed, what, cure = BAD[case]
    done = runner.invoke(app, [*arguments(changed), "--no-page"])
    error = done.exception
    assert isinstance(error, DidymiumError) and error.exit_code == 2
    text = error.render()
    assert what in text and cure in text
    assert len(text.splitlines()) <= 3 and done.stdout == ""


@pytest.mark.parametrize("place", ["nowhere/plant.html", ".", "file.txt/plant.html"])
def test_a_page_that_cannot_be_written_is_refused_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("the plant was designed for a page that cannot be written")

    monkeypatch.setattr("didymium.separation.plant.plant", never)
    (tmp_path / "file.txt").write_text("kept", encoding="utf-8")
    done = runner.invoke(app, [*arguments({}), f"--page={tmp_path / place}"])
    assert isinstance(done.exception, OutputError) and done.exception.exit_code == 2
    assert done.exception.cure and str(tmp_path) in done.exception.where
    assert done.stdout == "" and (tmp_path / "file.txt").read_text(encoding="utf-8") == "kept"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_without_leave_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    done = runner.invoke(app, [*arguments({}), f"--page={tmp_path / 'plant.html'}"])
    assert isinstance(done.exception, OutputError) and "may not be written to" in done.exception.what


def test_no_page_is_asked_for_where_none_is_written(tmp_path: Path) -> None:
    done = runner.invoke(app, [*arguments({}), f"--page={tmp_path / 'nowhere' / 'plant.html'}", "--json"])
    assert done.exit_code == 0 and done.stdout.startswith("{")


def test_the_program_leaves_with_two_and_no_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "didymium", "plant", *arguments({"--products": "NdPr:100"})]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 2 and done.stdout == ""
    assert "Traceback" not in done.stderr and len(done.stderr.splitlines()) == 3
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("find", "name", "near"), [(factors, "P5O7", "P507"), (extractant, "cyanex 27", "cyanex 272")])
def test_an_unknown_extractant_is_answered_with_the_nearest(find: object, name: str, near: str) -> None:
    with pytest.raises(UnknownName, match="unknown extractant") as caught:
        find(name)  # type: ignore[operator]
    assert near in caught.value.render()


@pytest.mark.parametrize("cell", ["90", "0.34"])
def test_an_assay_that_does_not_sum_is_refused(changed_world: object, world: World, cell: str) -> None:
    row = next(r for r in world.rows("assays", mine="mountain_pass") if r.flag("preferred"))
    spoiled = changed_world("assays", row.line, "Ce", cell)  # type: ignore[operator]
    with pytest.raises(DidymiumError, match="the assay sums to") as caught:
        plant(spoiled, "mountain_pass", "NdPr:99", 5000)
    assert caught.value.where == f"assays.csv:{row.line}" and "percent of TREO" in caught.value.cure
