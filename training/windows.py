"""Windows of a panel: what was known of all its series at any origin of its past, or at its end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from training.department_history import DepartmentHistory
from training.features import HISTORY_DAYS, FeatureSpec, PriorTable, Window, codes_of
from training.features.spec import STATIC_COLUMNS
from training.features.window import Matrix
from training.panel import Panel
from training.peers import PeerLevels

Scalar = TypeVar("Scalar", bound=np.generic)

_NAN = np.float32(np.nan)
_EVERY = slice(None)


def spec_of(panel: Panel, horizon: int) -> FeatureSpec:
    """The features that a panel has data for."""
    columns = {"store_id": panel.store_ids, **panel.statics}
    return FeatureSpec(
        horizon=horizon,
        statics={name: tuple(sorted(set(columns.get(name, ())) - {""})) for name in STATIC_COLUMNS},
        event_names=panel.event_names,
        event_types=panel.event_types,
        has_price=panel.price is not None,
        has_promo=panel.promo is not None,
        known=tuple(sorted(panel.known)),
        flags=tuple(name for name in sorted(panel.known) if _is_flag(panel.known[name])),
    )


@dataclass(frozen=True)
class PanelWindows:
    """Cuts windows out of a panel for a model whose spec may come from another, earlier panel."""

    panel: Panel
    spec: FeatureSpec

    def at(self, origin: int, series: NDArray[np.intp] | None = None) -> Window:
        """The window of all series (or some) at an origin, an index into the panel's dates.

        Full windows are views of the panel; only those that reach over its ends are copied.
        """
        panel, spec = self.panel, self.spec
        rows = _EVERY if series is None else series
        first, end = origin - HISTORY_DAYS, origin + spec.horizon

        def days(values: Matrix | None) -> Matrix:
            return _cut(self._absent if values is None else values, first, end, _NAN, rows)

        codes = {name: values[rows] for name, values in self.codes.items()}
        return Window(
            origin=panel.dates[0] + np.timedelta64(origin, "D"),
            sales=_cut(panel.sales, first, origin, _NAN, rows),
            price=days(panel.price) if spec.has_price else None,
            promo=days(panel.promo) if spec.has_promo else None,
            known={name: days(panel.known.get(name)) for name in spec.known},
            events=_cut(self._events, first, end, np.int16(0)),
            calendar_index=panel.store_index[rows],
            codes=codes,
            age=np.maximum(origin - self._life_start[rows], 0).astype(np.float32),
            prior=self.priors(origin).lookup(codes["store_id"], codes["dept_id"]),
            seasonality=self.departments.at(origin),
            cell=self.departments.cell[rows],
        )

    def priors(self, origin: int) -> PriorTable:
        """Levels of peers at an origin."""
        return self._peers.at(origin)

    @cached_property
    def _peers(self) -> PeerLevels:
        departments = self.departments
        return PeerLevels.of(self.panel.sales[:, : self.panel.origin], departments.cell, departments.shape)

    @cached_property
    def departments(self) -> DepartmentHistory:
        """Sales by store and department."""
        statics, codes = self.spec.statics, self.codes
        panel = self.panel
        return DepartmentHistory(
            panel=replace(panel, known={name: panel.known.get(name, self._absent) for name in self.spec.flags}),
            store=codes["store_id"],
            department=codes["dept_id"],
            shape=(len(statics["store_id"]), len(statics["dept_id"])),
            events=self._events,
            n_events=len(self.spec.event_names),
            flags=self.spec.flags,
        )

    @cached_property
    def codes(self) -> dict[str, Matrix]:
        """Each static column -> (n,) code."""
        columns = {"store_id": self.panel.store_ids, **self.panel.statics}
        absent = ("",) * self.panel.n_series
        return {name: codes_of(columns.get(name, absent), words) for name, words in self.spec.statics.items()}

    @cached_property
    def for_sale(self) -> NDArray[np.bool_]:
        """(n, t) days that say something about demand: inside a series' life, with a price or at least a sale."""
        panel = self.panel
        if panel.price is None:
            return panel.on_sale
        return panel.on_sale & (~np.isnan(panel.price) | (panel.sales > 0))

    @property
    def _absent(self) -> Matrix:
        """Stands for a matrix that the model wants and this panel lacks; takes no memory."""
        return np.broadcast_to(_NAN, self.panel.sales.shape)

    @cached_property
    def _life_start(self) -> NDArray[np.intp]:
        on_sale = self.panel.on_sale
        return np.where(on_sale.any(axis=1), on_sale.argmax(axis=1), self.panel.n_days)

    @cached_property
    def _events(self) -> NDArray[np.int16]:
        """The panel's events in the spec's codes."""
        words = [0, *(self.spec.event_code(name) for name in self.panel.event_names)]
        return np.array(words, np.int16)[self.panel.events]


def _is_flag(values: Matrix) -> bool:
    """Whether a column holds nothing but 0, 1 and NaN."""
    return all(bool((np.isnan(row) | (row == 0) | (row == 1)).all()) for row in values)


def _cut(
    values: NDArray[Scalar], first: int, end: int, fill: Scalar, rows: slice | NDArray[np.intp] = _EVERY
) -> NDArray[Scalar]:
    """Columns [first, end) of some rows, which may begin before 0 and end after the last one."""
    width = values.shape[1]
    inside = values[:, max(first, 0) : end][rows]
    if first >= 0 and end <= width:
        return inside
    missing = (max(-first, 0), max(end - width, 0))
    return np.pad(inside, ((0, 0), missing), constant_values=fill)
