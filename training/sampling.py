"""Rows to train on: sampled (series, origin, step) triples over the whole past of a panel.

Training directly on pairs of origin and step needs no recursion and no long table: each origin's rows are computed
from one window. They are sampled once, for the backtest and the final model alike; a backtest's model uses those
whose target day lies before its origin, without the days on which, as was known by then, the item was sold out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.data.memory import require
from training.features import build_features, feature_names
from training.features.window import Matrix
from training.windows import PanelWindows

_LEAST_HISTORY = 28
"""Days of the panel before its first sampled origin: the level of a series is a mean over four weeks."""

_LEAST_STEPS = 4
"""Steps drawn of each series and origin, so that a window is computed for more than one row."""

_FLOAT_BYTES, _BIN_BYTES = 4, 1


@dataclass(frozen=True, slots=True)
class TrainingRows:
    """Sampled rows, by origin."""

    features: Matrix
    """(rows, F), stored column by column."""
    sales: Matrix
    """(rows,) units sold on the target day."""
    target: NDArray[np.int32]
    """(rows,) index of the target day in the panel's dates, ascending by origin only."""
    series: NDArray[np.int32]
    """(rows,) row of the series in the panel."""

    def before(self, day: int, sold_out: NDArray[np.bool_] | None = None) -> TrainingRows:
        """The rows that were known on a day: those with an earlier target that is not ``sold_out`` (n, day)."""
        keep = self.target < day
        if sold_out is not None:
            keep[keep] = ~sold_out[self.series[keep], self.target[keep]]
        return self._where(keep)

    def _where(self, keep: NDArray[np.bool_]) -> TrainingRows:
        return TrainingRows(self.features.T[:, keep].T, self.sales[keep], self.target[keep], self.series[keep])

    def __len__(self) -> int:
        return len(self.sales)


@dataclass(frozen=True, slots=True)
class SamplingPlan:
    """How many rows to draw, and from how many origins."""

    rows: int = 2_000_000
    """Most rows to draw."""
    origins: int = 600
    """Most origins to draw them from; each costs one pass over a window."""
    density: float = 0.6
    """Rows for each day for sale when there are fewer of those than ``rows``."""
    seed: int = 0


def require_memory(windows: PanelWindows, plan: SamplingPlan) -> None:
    """NotEnoughMemory when the rows, the copy that a fit takes and its bins do not fit into what is left."""
    most = min(plan.rows, round(plan.density * windows.panel.sales.size))
    needed = most * len(feature_names(windows.spec)) * (2 * _FLOAT_BYTES + _BIN_BYTES)
    require(needed, f"training on up to {most:,} rows (fewer: --rows {most // 2}) takes about")


def sample_rows(windows: PanelWindows, plan: SamplingPlan) -> TrainingRows:
    """Draw rows evenly over the panel's past; the same panel, spec and plan give the same rows."""
    panel = windows.panel
    random = np.random.default_rng(plan.seed)
    origins = _origins(panel.origin, plan.origins, random)
    cells = int(windows.for_sale[:, origins[0] : panel.origin].sum())
    share = max(min(plan.rows, round(plan.density * cells)) // len(origins), 1)
    # Filled piece by piece: all pieces and their sum at once would be twice the memory.
    most = len(origins) * (share + max(_LEAST_STEPS, windows.spec.horizon))
    features = np.empty((len(feature_names(windows.spec)), most), np.float32)
    pieces = []
    end = 0
    for origin in origins:
        piece = _rows_at(windows, int(origin), share, random)
        features[:, end : end + len(piece)] = piece.features.T
        end += len(piece)
        pieces.append((piece.sales, piece.target, piece.series))
    sales, target, series = (np.concatenate(parts) for parts in zip(*pieces, strict=True))
    return TrainingRows(features[:, :end].T, sales, target, series)


def _origins(end: int, count: int, random: np.random.Generator) -> NDArray[np.intp]:
    """Ascending origins; drawn, because a regular grid would tie each step to a weekday."""
    first = min(_LEAST_HISTORY, end // 3)
    candidates = np.arange(max(first, 1), end)
    chosen: NDArray[np.intp] = np.sort(random.choice(candidates, min(count, len(candidates)), replace=False))
    return chosen


def _rows_at(windows: PanelWindows, origin: int, count: int, random: np.random.Generator) -> TrainingRows:
    """About ``count`` rows of one origin: few steps of many series, so that rows differ."""
    panel = windows.panel
    horizon = min(windows.spec.horizon, panel.origin - origin)
    alive = np.flatnonzero(windows.for_sale[:, origin : origin + horizon].any(axis=1))
    steps_each = min(max(-(-count // max(len(alive), 1)), _LEAST_STEPS), horizon)
    chosen = np.sort(random.choice(alive, min(len(alive), -(-count // steps_each)), replace=False))
    steps = random.integers(1, horizon + 1, (len(chosen), steps_each), dtype=np.int32)
    target = origin - 1 + steps
    sales = panel.sales[chosen[:, None], target].ravel()
    keep = windows.for_sale[chosen[:, None], target].ravel() & ~np.isnan(sales)
    features = build_features(windows.at(origin, chosen), windows.spec, steps)
    series = np.repeat(chosen, steps_each).astype(np.int32)
    return TrainingRows(features, sales, target.ravel().astype(np.int32), series)._where(keep)
