"""Tables on a terminal: where they do not fit, headings take more lines before cells do, and no number is broken."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from didymium.console import print_table

HEADS = ["Series", "Rival: before the shock", "In the 90 % band", "Figures"]
ROWS = [["Magnet exports to the European Union", "45.8 %", "3 of 4", 4], ["Dy oxide", "1.2 %", "0 of 3", 3]]


def shown(columns: list[str], rows: list[list[str | float | int | None]], width: int) -> list[str]:
    out = Console(file=io.StringIO(), width=width)
    print_table(columns, rows, to=out)
    return out.file.getvalue().splitlines()  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize("width", [120, 78, 60])
def test_headings_fold_before_cells(width: int) -> None:
    lines = shown(HEADS, ROWS, width)
    assert max(map(len, lines)) <= width
    assert ("Rival: before the shock" in "\n".join(lines)) is (width == 120)
    (row,) = [line for line in lines if "Magnet exports" in line]
    assert "45.8 %" in row and "3 of 4" in row
    assert ("Magnet exports to the European Union" in row) is (width > 60)
    told = " ".join(lines).split()
    assert all(word in told for text in (*HEADS, ROWS[0][0]) for word in str(text).split())


def test_a_number_stays_whole_on_a_terminal_that_is_too_narrow() -> None:
    assert any("123,456,789" in line for line in shown(["a", "b"], [[123456789, "x" * 40]], 20))


def test_chinese_counts_two_cells_a_character_and_its_headings_fold_anywhere() -> None:
    lines = shown(["序列", "朴素预测与冲击之前的数值", "平均误差"], [["中国对欧盟的磁体出口", "45.8%", "3.7%"]], 48)
    assert max(map(cell_len, lines)) <= 48
    assert any("中国对欧盟的磁体出口" in line and "45.8%" in line for line in lines)


def test_a_number_among_chinese_words_stays_whole() -> None:
    assert any("15个中的6.9个" in line for line in shown(["项目", "说明"], [["15个中的6.9个", "投产" * 20]], 30))
