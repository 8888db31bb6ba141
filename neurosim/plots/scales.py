"""Scales of axes that every figure shares."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike


def logarithmic_axis(axes: Axes, values: ArrayLike) -> None:
    """Make the y axis logarithmic, with plain numbers as labels, unless some value is 0."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
    values = [value for value in np.ravel(values) if math.isfinite(value)]
    if values and min(values) > 0:
        span = max(values) / min(values)
        subs = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0) if span < 10 else (1.0, 2.0, 5.0) if span < 100 else (1.0,)
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=subs))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))
        axes.yaxis.set_minor_formatter(NullFormatter())
