"""The bar of long runs: on a terminal it shows members and time left, elsewhere nothing."""

from __future__ import annotations

import pytest

from didymium.console import progress_bar


def test_a_terminal_sees_members_done(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with progress_bar("licences-2025-04") as move:
        move(40, 100)
        move(60, 100)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "licences-2025-04" in shown.err
    assert "60/100" in shown.err


def test_a_pipe_sees_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    with progress_bar("licences-2025-04") as move:
        move(40, 100)
    assert capsys.readouterr() == ("", "")
