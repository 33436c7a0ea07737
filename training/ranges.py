"""Between which values each column lay in the data of training: serving counts what is asked of it beyond them."""

from __future__ import annotations

import numpy as np

from training.panel import Matrix, Panel


def value_ranges(panel: Panel) -> dict[str, tuple[float, float]]:
    """sales, price and each known_* column -> its lowest and highest value on the days before the origin.

    A column without a value on those days is left out; promo is 0 or 1 and cannot stray.
    """
    columns = {"sales": panel.sales, "price": panel.price, **panel.known}
    found = {name: _range(values[:, : panel.origin]) for name, values in columns.items() if values is not None}
    return {name: limits for name, limits in found.items() if limits}


def _range(values: Matrix) -> tuple[float, float] | None:
    given = values[np.isfinite(values)]
    return (float(given.min()), float(given.max())) if given.size else None
