"""The bar of long runs: on a terminal it shows members and time left, elsewhere nothing."""

from __future__ import annotations

import time

import pytest

from didymium import console
from didymium.console import patience, progress_bar


def test_a_terminal_sees_members_done(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with progress_bar("licences-2025-04", "compiling") as move:
        move(40, 100)
        move(60, 100)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "licences-2025-04" in shown.err
    assert "60/100" in shown.err


def test_a_pipe_sees_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    with progress_bar("licences-2025-04", "compiling") as move:
        move(40, 100)
    assert capsys.readouterr() == ("", "")


def told(terminal: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ends: bool) -> str:
    """What a wait longer than ``PATIENCE_S`` tells; ``ends`` calls off the watch at once."""
    if terminal:
        monkeypatch.setenv("FORCE_COLOR", "1")
    else:
        monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setattr(console, "PATIENCE_S", 0.02)
    with patience("Still at work") as begun:
        if ends:
            begun()
        time.sleep(0.3)
    shown = capsys.readouterr()
    assert shown.out == ""
    return shown.err


def test_a_long_wait_is_explained_on_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "Still at work" in told(True, monkeypatch, capsys, ends=False)
    assert told(False, monkeypatch, capsys, ends=False) == ""
    assert told(True, monkeypatch, capsys, ends=True) == ""


def test_a_bar_that_moves_explains_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setattr(console, "PATIENCE_S", 0.02)
    with progress_bar("licences-2025-04", "Still at work") as move:
        move(0, 100)
        move(10, 100)
        time.sleep(0.3)
    assert "Still at work" not in capsys.readouterr().err
    with progress_bar("licences-2025-04", "Still at work") as move:
        move(0, 100)
        time.sleep(0.3)
    assert "Still at work" in capsys.readouterr().err
