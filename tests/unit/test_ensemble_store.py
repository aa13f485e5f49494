"""The store: whole files only, clear refusals, and nothing lost whatever goes wrong with it."""

from __future__ import annotations

import errno
import json
import os
import shutil
from pathlib import Path

import pytest
from ensembles import Walk, bits, run, snapshot, with_parameters

import didymium.ensemble.manifest as manifest_module
from didymium.ensemble.dataset import open_dataset
from didymium.ensemble.files import held
from didymium.ensemble.manifest import read_manifest
from didymium.ensemble.run import Report
from didymium.ensemble.store import open_store, ranges
from didymium.ensemble.task import Output
from didymium.errors import DidymiumError, OutputError, StoreError
from didymium.world.distributions import Uniform
from didymium.world.scenario_draw import Uncertain


@pytest.fixture
def done(tmp_path: Path) -> Report:
    """A store of 12 members in files of three."""
    return run(Walk(), tmp_path / "store", 12, chunk=3)


def test_a_manifest_reads_back_as_it_was(done: Report) -> None:
    assert read_manifest(done.store.folder) == done.store.manifest
    assert done.store.manifest.parameters[0] == ("start", "USD/kg", "Uniform(low=0.0, high=10.0)")
    assert done.store.manifest.outputs["price"].unit == "USD/kg"


def test_files_are_named_by_their_members(done: Report) -> None:
    names = [path.name for path in sorted(done.store.folder.glob("*.parquet"))]
    assert names[:2] == ["members-00000000-00000002.parquet", "members-00000003-00000005.parquet"]
    assert ranges(done.store) == ((0, 3), (3, 6), (6, 9), (9, 12))


def test_a_store_grows_and_then_holds_what_one_run_holds(tmp_path: Path, done: Report) -> None:
    old = snapshot(done.store.folder)
    grown = run(Walk(), done.store.folder, 20)
    assert (grown.kept, grown.ran, grown.store.manifest.runs) == (12, 8, 20)
    assert {name: data for name, data in snapshot(done.store.folder).items() if name in old} | {
        "manifest.json": old["manifest.json"]
    } == old
    assert bits(grown.store) == bits(run(Walk(), tmp_path / "whole", 20).store)


def test_fewer_runs_than_are_there_leave_the_store_as_it_is(done: Report) -> None:
    old = snapshot(done.store.folder)
    report = run(Walk(), done.store.folder, 5)
    assert (report.kept, report.ran) == (5, 0)
    assert snapshot(done.store.folder) == old


@pytest.mark.parametrize(
    ("task", "options", "says"),
    [
        (Walk(fingerprint="two"), {}, "another fingerprint"),
        (Walk(name="stroll"), {}, "another task"),
        (Walk(), {"seed": 2}, "another seed"),
        (Walk(), {"design": "latin"}, "another design"),
        (with_parameters(Walk(), Uncertain("start", "USD/kg", Uniform(low=0.0, high=9.0))), {}, "another parameters"),
        (Walk(outputs={"total": Output((), "t", "Total")}), {}, "another outputs"),
        (Walk(coords=Walk().coords | {"bloc": ("EUR", "JPN")}), {}, "another coords"),
    ],
)
def test_a_store_of_another_run_is_refused_and_left_alone(
    done: Report, task: Walk, options: dict[str, object], says: str
) -> None:
    old = snapshot(done.store.folder)
    with pytest.raises(StoreError, match=says) as caught:
        run(task, done.store.folder, 12, **options)
    assert "run into another folder" in caught.value.cure
    assert snapshot(done.store.folder) == old


def test_a_store_of_another_version_is_refused_for_writing_and_readable(
    done: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manifest_module, "__version__", "99.0")
    with pytest.raises(StoreError, match="another version of didymium") as caught:
        run(Walk(), done.store.folder, 12)
    assert "'99.0'" in caught.value.expected
    assert len(open_dataset(open_store(done.store.folder)).member) == 12


def test_a_latin_store_cannot_grow(tmp_path: Path) -> None:
    run(Walk(), tmp_path / "store", 8, design="latin")
    with pytest.raises(StoreError, match="a Latin hypercube cannot grow"):
        run(Walk(), tmp_path / "store", 16, design="latin")
    assert run(Walk(), tmp_path / "store", 8, design="latin").ran == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "the manifest is broken"),
        ("", "the manifest is broken"),
        ("[1, 2]", "the manifest is broken"),
        ("\udcff", "the manifest is broken"),
        ('{"format": 1}', "the manifest is broken: KeyError"),
        ('{"format": 1, "design": "wild"}', "the manifest is broken: ValueError"),
        ('{"format": 9, "didymium": "7.0"}', "the store has layout 9, written by didymium 7.0"),
    ],
)
def test_a_broken_manifest_is_told_and_members_stay(done: Report, text: str, says: str) -> None:
    path = done.store.folder / "manifest.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    old = snapshot(done.store.folder)
    for act in (lambda: open_store(done.store.folder), lambda: run(Walk(), done.store.folder, 12)):
        with pytest.raises(StoreError, match=says):
            act()
    assert snapshot(done.store.folder) == old


@pytest.mark.parametrize("key", ["task", "parameters", "coords", "outputs", "runs"])
def test_a_manifest_with_a_part_of_another_kind_is_broken(done: Report, key: str) -> None:
    path = done.store.folder / "manifest.json"
    data = json.loads(path.read_text())
    del data[key]
    path.write_text(json.dumps(data))
    with pytest.raises(StoreError, match="the manifest is broken"):
        open_store(done.store.folder)


def test_a_folder_without_a_manifest_is_no_store(tmp_path: Path, done: Report) -> None:
    (done.store.folder / "manifest.json").unlink()
    with pytest.raises(StoreError, match="not a store"):
        open_store(done.store.folder)
    old = snapshot(done.store.folder)
    with pytest.raises(StoreError, match=r"holds files but no manifest\.json"):
        run(Walk(), done.store.folder, 12)
    assert snapshot(done.store.folder) == old


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(StoreError, match="give an empty or a new folder"):
        run(Walk(), tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("cut", [0, 10, -5])
def test_a_broken_file_is_named_and_only_its_members_run_anew(tmp_path: Path, done: Report, cut: int) -> None:
    whole = bits(done.store)
    path = done.store.folder / "members-00000003-00000005.parquet"
    path.write_bytes(path.read_bytes()[:cut])
    for act in (lambda: open_dataset(done.store), lambda: run(Walk(), done.store.folder, 12)):
        with pytest.raises(StoreError, match="the file is broken") as caught:
            act()
        assert caught.value.where.endswith(path.name)
        assert "delete this one file" in caught.value.cure
    path.unlink()
    assert run(Walk(), done.store.folder, 12).ran == 3
    assert bits(done.store) == whole


def test_a_file_under_another_name_is_not_believed(done: Report) -> None:
    folder = done.store.folder
    shutil.copy(folder / "members-00000000-00000002.parquet", folder / "members-00000012-00000014.parquet")
    with pytest.raises(StoreError, match="does not hold the members that its name says"):
        open_dataset(done.store)


def test_two_files_of_the_same_members_are_told(done: Report) -> None:
    folder = done.store.folder
    shutil.copy(folder / "members-00000000-00000002.parquet", folder / "members-00000002-00000004.parquet")
    with pytest.raises(StoreError, match="two files hold the same members"):
        open_dataset(done.store)


def test_a_file_half_written_by_a_killed_run_does_not_count(done: Report) -> None:
    partial = done.store.folder / "members-00000012-00000014.parquet.partial"
    partial.write_bytes(b"PAR1")
    assert len(open_dataset(done.store).member) == 12
    run(Walk(), done.store.folder, 13)
    assert not partial.exists()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_full_disk_leaves_whole_files_and_the_run_goes_on_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    written = 0

    def full(descriptor: int) -> None:
        nonlocal written
        written += 1
        if written > 3:  # the manifest and two files
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    folder = tmp_path / "store"
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OutputError, match="No space left on device") as caught:
            run(Walk(), folder, 40, chunk=3, workers=workers)
    assert "run the same command again" in caught.value.cure
    assert sorted(p.suffix for p in folder.iterdir() if p.name != "lock") == [".json", ".parquet", ".parquet"]
    report = run(Walk(), folder, 40)
    assert (report.kept, report.ran) == (6, 34)
    assert bits(report.store) == bits(run(Walk(), tmp_path / "whole", 40).store)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    for folder in (tmp_path / "file", tmp_path / "file" / "store"):
        with pytest.raises(OutputError, match="the folder cannot be made"):
            run(Walk(), folder)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(OutputError, match="Permission denied"):
        run(Walk(), tmp_path / "store")


def test_a_second_writer_is_refused_while_the_first_writes(done: Report) -> None:
    pytest.importorskip("fcntl")
    with held(done.store.folder), pytest.raises(StoreError, match="another run is writing"):
        run(Walk(), done.store.folder, 20)
    assert run(Walk(), done.store.folder, 20).ran == 8


def test_every_error_of_a_store_leaves_with_2() -> None:
    assert issubclass(StoreError, DidymiumError)
    assert StoreError.exit_code == 2
