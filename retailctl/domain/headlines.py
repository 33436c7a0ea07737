"""Which of a backtest's figures say most: those that fit on a screen, and in the tags of a model version."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

Figure = TypeVar("Figure")

MOST = 16
"""Figures beside the lineage that a version's tags hold, of which a workspace takes few; all are in metrics.json."""
_HEADLINE = re.compile(
    r"(wape|bias|mase|rmsse|wrmsse|wspl)(_seasonal_naive)?"
    r"|coverage_[0-9.]+"  # over all categories
    r"|backtest_origins"
)


def headlines(figures: Mapping[str, Figure]) -> dict[str, Figure]:
    """All figures where they are few, as those of a script of one's own may be; else those that everybody asks for.

    These are the model's overall errors, the seasonal naive's beside them, and the coverage of the quantiles.
    """
    if len(figures) <= MOST:
        return dict(figures)
    return {name: figure for name, figure in figures.items() if _HEADLINE.fullmatch(name)}
