"""From dates to spans: who is counted, for how long, and who is left out with what reason."""

from dataclasses import replace

import pytest

from didymium.clocks.records import (
    MIN_SPAN_Y,
    ProjectRecord,
    announcement_spans,
    delay_spans,
    project_records,
    promise_y,
    unusable,
)

OPEN = ProjectRecord("a", "a", "separate", "USA", "USA", as_of_y=2026.65, announced_y=2022.25)
STARTED = replace(OPEN, project="b", actual_start_y=2024.75, outcome="realised", promised_start_y=2024.0)


def test_a_start_is_an_event_and_a_wait_is_censored() -> None:
    started, waiting = announcement_spans([STARTED, OPEN])
    assert (started.time_y, started.event) == (2.5, True)
    assert (waiting.time_y, waiting.event) == (4.4, False)
    assert started.watched_y == pytest.approx(4.4)


def test_the_abandoned_stay_at_risk_to_the_end_of_the_study() -> None:
    gone = replace(OPEN, outcome="abandoned", as_of_y=2023.0)
    lost = replace(OPEN, outcome="censored", as_of_y=2023.0)
    times = [s.time_y for s in announcement_spans([gone, lost, STARTED])]
    assert times == [pytest.approx(4.4), pytest.approx(0.75), 2.5]
    assert announcement_spans([gone], study_end_y=2030.0)[0].time_y == pytest.approx(7.75)


def test_equal_dates_give_equal_times() -> None:
    # Differences of decimal years carry rounding, which would split ties and move a start across 12 months.
    assert 2024.88 - 2019.5 != 5.38
    pairs = [(2019.5, 2024.88), (2016.12, 2021.5), (2007.0, 2012.38)]
    spans = announcement_spans([replace(STARTED, announced_y=a, actual_start_y=b) for a, b in pairs])
    assert {span.time_y for span in spans} == {5.38}


def test_bare_years_never_give_a_span_of_zero() -> None:
    same_year = replace(STARTED, announced_y=2024.5, actual_start_y=2024.5)
    assert announcement_spans([same_year])[0].time_y == MIN_SPAN_Y


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (replace(OPEN, announced_y=None), "no_announcement_date"),
        (replace(STARTED, actual_start_y=None), "start_date_unknown"),
        (replace(OPEN, status_text="operating?"), "start_date_unknown"),
        (replace(STARTED, announced_y=2025.5), "start_before_announcement"),
    ],
)
def test_what_cannot_be_timed_is_left_out_and_named(record: ProjectRecord, reason: str) -> None:
    assert [u.reason for u in unusable([record, OPEN])] == [reason]
    assert len(announcement_spans([record, OPEN])) == 1


def test_a_promised_year_is_kept_until_its_end() -> None:
    assert promise_y(replace(OPEN, promised_start_y=2028.5)) == 2029.0
    assert promise_y(replace(OPEN, promised_start_y=2028.25)) == 2028.25
    assert promise_y(OPEN) is None
    # Marked as due in the year under way: then the middle of the year was meant.
    assert promise_y(replace(OPEN, promised_start_y=2026.5, outcome="censored")) == 2026.5
    assert promise_y(replace(OPEN, promised_start_y=2026.5, outcome="not_due")) == 2027.0


def test_the_latest_promise_counts_only_when_asked_for() -> None:
    slipped = replace(OPEN, promised_start_y=2025.25, current_start_y=2027.75)
    assert promise_y(slipped) == 2025.25
    assert promise_y(slipped, latest=True) == 2027.75


def test_delays_are_signed_and_only_of_promises_due() -> None:
    early = replace(STARTED, promised_start_y=2025.0)
    waiting = replace(OPEN, promised_start_y=2024.0)
    ahead = replace(OPEN, promised_start_y=2028.0)
    early_of_ahead = replace(STARTED, promised_start_y=2028.0)
    spans = delay_spans([STARTED, early, waiting, ahead, early_of_ahead])
    assert [(s.time_y, s.event) for s in spans] == [(0.75, True), (-0.25, True), (2.65, False)]


class _World:
    """Two tables, as a world gives them."""

    def rows(self, table: str) -> list[dict[str, object]]:
        if table == "countries":
            return [{"country": "EST", "bloc": "EUU"}]
        fields = {f: getattr(OPEN, f) for f in ProjectRecord.__dataclass_fields__ if f != "bloc"}
        return [fields | {"country": "EST", "stages": ("separate", "magnet")}]


def test_rows_become_records_with_the_bloc_of_their_country() -> None:
    (record,) = project_records(_World())
    assert (record.country, record.bloc, record.stages) == ("EST", "EUU", ("separate", "magnet"))
    assert record.announced_y == 2022.25
