"""What a command costs: CPU seconds of a fresh process, as a ratio to starting Python alone, best of five."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

COMMANDS = {
    "help": ["-m", "didymium", "--help"],
    "data audit": ["-m", "didymium", "data", "audit"],
    "clock": ["-m", "didymium", "clock", "--stage", "separation", "--country", "USA"],
    "race": ["-m", "didymium", "race", "--no-page"],
    "brief": ["-m", "didymium", "brief", "RUS", "--no-page"],
    "check": ["-m", "didymium", "check", "--core", "--brief"],
}


def cpu_s(arguments: list[str], repeats: int = 5) -> float:
    """Least CPU time of ``repeats`` runs of Python with ``arguments``, children only."""
    found = []
    for _ in range(repeats):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(found)


@pytest.mark.parametrize("name", COMMANDS)
def test_command(name: str) -> None:
    bare = cpu_s(["-c", "pass"])
    cost = cpu_s(COMMANDS[name], repeats=3)
    print(f"\n{name}: {cost:.2f} s CPU, {cost / bare:.0f} times an empty Python ({bare:.3f} s)")
