"""Every python and console block of the documents runs, and prints what it is said to print.

``DIDYMIUM_UPDATE_GOLDEN=1 pytest tests/docs`` puts the present output into the console blocks; review the difference.
"""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from blocks import DOCUMENTS, ROOT, Block, Command, blocks, commands, files_of, name_of, printed_in, refreshed, same

SCRIPT = Path(sys.executable).with_name("didymium")
WITH_PYTHON = [d for d in DOCUMENTS if blocks(d, "python")]
CONSOLE = [b for d in DOCUMENTS for b in blocks(d, "console")]


def test_the_documents_are_found() -> None:
    names = {name_of(d) for d in DOCUMENTS}
    assert {"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"} <= names
    assert len(WITH_PYTHON) >= 7 and len(CONSOLE) >= 5
    explained = {Path(n).stem for n in names if n.startswith("docs/explanation/")}
    subjects = {"chain", "beliefs", "reconciliation", "dependence", "clocks", "indicators", "claims", "separation"}
    assert subjects <= explained
    assert "docs/tutorials/from-mountain-pass-to-ndpr.md" in {name_of(d) for d in WITH_PYTHON}


@pytest.mark.parametrize("document", WITH_PYTHON, ids=name_of)
def test_python_blocks_run_in_order(document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One namespace per document, in an empty directory; warnings are errors as in all tests."""
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "document"}
    shown = printed_in(document)
    for block in blocks(document, "python"):
        # Empty lines in front, so that a traceback names the line of the document.
        source = "\n" * (block.line - 1) + block.text
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(source, name_of(document), "exec"), namespace)
        if block.line in shown:
            compare(document, shown[block.line].text, printed.getvalue(), f"line {block.line}")
        else:
            assert not printed.getvalue(), f"line {block.line} prints what no text block shows"


def compare(document: Path, shown: str, printed: str, what: str) -> None:
    """Assert that ``printed`` fits what the document shows, or put it there when the golden texts are updated."""
    if os.environ.get("DIDYMIUM_UPDATE_GOLDEN") and shown:
        text = document.read_text(encoding="utf-8")
        assert text.count(shown) == 1, what
        document.write_text(text.replace(shown, refreshed(shown, printed)), encoding="utf-8")
        return
    assert same(shown, printed), f"{what}\n--- shown\n{shown}--- got\n{printed}"


def printed_by(command: Command, directory: Path) -> subprocess.CompletedProcess[str]:
    program, *arguments = shlex.split(command.text)
    assert program == "didymium", command.text
    env = os.environ | {"COLUMNS": "120", "PYTHONUTF8": "1", "PYTHONWARNINGS": "error"}
    return subprocess.run(
        [SCRIPT, *arguments],
        cwd=directory,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("block", CONSOLE, ids=lambda b: f"{name_of(b.document)}:{b.line}")
def test_console_blocks_print_what_they_show(block: Block, tmp_path: Path) -> None:
    for name, text in files_of(block.document).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    for command in commands(block):
        done = printed_by(command, tmp_path)
        assert done.returncode == command.exit_code, f"{command.text}\n{done.stdout}"
        compare(block.document, command.output, done.stdout, command.text)


def test_make_targets_named_in_the_documents_exist() -> None:
    targets = {line.split(":")[0] for line in (ROOT / "Makefile").read_text().splitlines() if ":" in line}
    named = {
        line.split()[1]
        for document in DOCUMENTS
        for block in blocks(document, "sh")
        for line in block.text.splitlines()
        if line.startswith("make ")
    }
    assert named and named <= targets


def test_an_ellipsis_stands_for_lines_and_nothing_else() -> None:
    printed = "head\n  a  1  \n\n  b  2\nfoot\n"
    assert same("head\n...\nfoot\n", printed) and same("", printed) and same("head\n  a  1\n  b  2\nfoot", printed)
    assert not same("head\n", printed) and not same("head\n...\n  b  3\nfoot\n", printed)
    assert refreshed("head\n...\n  b  3\n", printed) == "head\n...\n  b  2\n"
    assert refreshed("old\n", "new\n\n  lines  \n") == "new\n  lines\n"
