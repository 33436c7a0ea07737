"""The paired test: is the candidate's score, window by window, another than the champion's?

Student's t over one log ratio of the two scores a window. The ratio takes out how hard a window was, for December is no
February, and its logarithm treats "half" and "twice" alike; the mean of the logs is the geometric mean of the ratios.
Days of a window are correlated, series more so; none of that matters to a test over windows, which needs only that they
are apart. For two-sided levels of 5 % or less it errs, if at all, to the side of no decision when the windows differ in
spread.

Sources: Davydenko & Fildes (2013), "Measuring forecasting accuracy: the case of judgmental adjustments to SKU-level
demand forecasts", International Journal of Forecasting 29(3), for the ratios; Ibragimov & Müller (2010), "t-Statistic
Based Correlation and Heterogeneity Robust Inference", Journal of Business & Economic Statistics 28(4), for the test.
Diebold and Mariano's test with the correction of Harvey, Leybourne and Newbold (1997) would have to estimate, from 3 to
6 stretches of 28 days, a long-run variance over 27 lags, and knows its distribution only for long series.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from retailctl.domain.comparison.student import critical_value, two_sided_p

LEAST_WINDOWS_TESTED = 2
"""One ratio has no spread."""
_NOTHING = 1e-9
"""Of a logarithm: what the order of additions makes of two equal models."""


@dataclass(frozen=True)
class PairedTest:
    """The typical difference as a share of the champion's score (-0.05: 5 % lower), its interval and p-value."""

    difference: float
    low: float
    high: float
    p_value: float
    """Two-sided."""
    windows: int


def paired_test(ratios: Sequence[float], confidence: float) -> PairedTest:
    """Test ratios candidate / champion, one a window and each above zero, against one.

    Args:
        ratios: at least :data:`LEAST_WINDOWS_TESTED`.
    """
    logs = [math.log(ratio) for ratio in ratios]
    count = len(logs)
    mean = math.fsum(logs) / count
    spread = math.sqrt(math.fsum((each - mean) ** 2 for each in logs) / (count - 1))
    if spread <= _NOTHING:
        p_value = 1.0 if abs(mean) <= _NOTHING else 0.0
        return _told(mean, 0.0, p_value, count)
    error = spread / math.sqrt(count)
    margin = critical_value(confidence, count - 1) * error
    return _told(mean, margin, two_sided_p(mean / error, count - 1), count)


def _told(mean: float, margin: float, p_value: float, count: int) -> PairedTest:
    return PairedTest(math.expm1(mean), math.expm1(mean - margin), math.expm1(mean + margin), p_value, count)
