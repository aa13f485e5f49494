"""Clocks: how long announced rare-earth projects really take, with those that have not arrived counted in.

- :func:`clock`: the chance that a project like this one produces within so many months.
- :func:`start_probability`, :func:`sample_start_years`, :func:`pipeline`: live projects, given their age and promise.
- :func:`ramp_curve`, :func:`share_at`, :func:`cost_growth`: after the start, and what it cost.
- :func:`calibration`: how good the clocks would have been.

Importing this package loads neither numpy nor scipy.
"""

from didymium.clocks.calibration import Calibration, calibration
from didymium.clocks.clock import ClockAnswer, clock
from didymium.clocks.pipeline import PipelineRow, pipeline
from didymium.clocks.ramp import CostGrowth, RampCurve, cost_growth, ramp_curve, share_at
from didymium.clocks.records import ProjectRecord, project_records
from didymium.clocks.start import sample_start_years, start_probability

__all__ = [
    "Calibration",
    "ClockAnswer",
    "CostGrowth",
    "PipelineRow",
    "ProjectRecord",
    "RampCurve",
    "calibration",
    "clock",
    "cost_growth",
    "pipeline",
    "project_records",
    "ramp_curve",
    "sample_start_years",
    "share_at",
    "start_probability",
]
