"""Training from data to artifact: sample rows, fit a model for each origin and the final one, score, write."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from training.artifact.manifest import FORMAT_VERSION, Manifest
from training.artifact.predictor import Predictor
from training.artifact.probes import Probes
from training.artifact.series import SeriesTable
from training.artifact.state import made_of
from training.artifact.writer import Contents, write
from training.backtest import Backtest, fold_origins
from training.backtest.folds import MODEL, expected_units, make_fold
from training.calibration import level_correction
from training.data import DataError
from training.features import FEATURE_VERSION, OFFSET, PRICE, feature_names
from training.model.estimator import RatioRegressor
from training.model.export import trees_of
from training.options import TrainOptions
from training.panel import Panel
from training.ranges import value_ranges
from training.sampling import SamplingPlan, TrainingRows, require_memory, sample_rows
from training.stockouts import stock_outs
from training.summary import flat_metrics
from training.windows import PanelWindows, spec_of

PACKAGES = ("lightgbm", "numpy", "scikit-learn")
"""Packages whose version decides what the model is."""

_SMALL_FIT = 200_000
"""Rows up to which a fit is too short to share between threads."""


@dataclass(frozen=True)
class Training:
    """A trained model with the backtest that judges it."""

    options: TrainOptions
    windows: PanelWindows
    backtest: Backtest
    estimator: RatioRegressor
    metrics: dict[str, float]


def train(panel: Panel, options: TrainOptions) -> Training:
    """Backtest and train on a panel; DataError when it holds too little to learn from."""
    origins = fold_origins(panel, options.horizon, options.backtest_origins, options.backtest_end)
    windows = PanelWindows(panel, spec_of(panel, options.horizon))
    plan = SamplingPlan(rows=options.rows, seed=options.seed)
    require_memory(windows, plan)
    rows = sample_rows(windows, plan)
    *tested, final = _fit_all(rows, panel, [*origins, panel.origin], _prototype(windows, options), options.workers)
    folds = [make_fold(windows, origin, model) for origin, model in zip(origins, tested, strict=True)]
    if not all(np.isfinite(fold.forecasts[MODEL]).all() for fold in folds):
        raise DataError(
            "the fit diverged: some forecasts are no numbers. Train with a lower --learning_rate, or a higher "
            "--min_samples_leaf or --l2_regularization"
        )
    # Each window is corrected as a deployment on its first day would have been: by the windows before it.
    corrected = (fold.scaled(level_correction(folds[:place])) for place, fold in enumerate(folds))
    backtest = Backtest(panel, tuple(corrected), options.quantiles)
    metrics = flat_metrics(backtest, options.quantiles)
    return Training(options, windows, backtest, final.corrected(level_correction(folds)), metrics)


def _prototype(windows: PanelWindows, options: TrainOptions) -> RatioRegressor:
    names = feature_names(windows.spec)
    return RatioRegressor(
        offset=names.index(OFFSET),
        price=names.index(PRICE) if PRICE in names else None,
        max_iter=options.iterations,
        learning_rate=options.learning_rate,
        max_leaf_nodes=options.max_leaf_nodes,
        min_samples_leaf=options.min_samples_leaf,
        l2_regularization=options.l2_regularization,
        max_features=options.max_features,
        variance_power=options.variance_power,
        random_state=options.seed,
    )


def _fit_all(
    rows: TrainingRows, panel: Panel, days: Sequence[int], prototype: RatioRegressor, workers: int
) -> list[RatioRegressor]:
    """A model for each day, fitted on what was known that day; the same models for any number of workers.

    Small fits run beside each other, large ones one after another on all threads: each takes a copy of its rows.
    """
    beside = workers if len(rows) <= _SMALL_FIT else 1

    def fit(day: int) -> RatioRegressor:
        known = rows.before(day, stock_outs(panel.sales[:, :day]))
        if not known.sales.any():
            raise DataError(
                f"nothing was sold on the {len(known):,} days drawn to train on; give more history or more --rows"
            )
        model = RatioRegressor(**{**prototype.get_params(), "n_jobs": workers // beside})
        return model.fit(known.features, known.sales)

    with ThreadPoolExecutor(beside) as pool:
        return list(pool.map(fit, days))


def write_artifact(folder: Path, training: Training, code_revision: str) -> Manifest:
    """Write what serving needs of a trained model."""
    windows, options, metrics = training.windows, training.options, training.metrics
    panel, spec = windows.panel, windows.spec
    trees, baseline = trees_of(training.estimator)
    residuals = training.backtest.residuals
    series = Probes.choose(panel.n_series)
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        feature_version=FEATURE_VERSION,
        spec=spec,
        features=feature_names(spec),
        origin=str(panel.origin_date),
        quantiles=options.quantiles,
        baseline=baseline,
        whole_units=residuals.whole_units,
        n_series=panel.n_series,
        data_fingerprint=panel.fingerprint,
        code_revision=code_revision,
        versions={"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
        parameters=options.logged(),
        metrics=metrics,
        checksums={},
        ranges=value_ranges(panel),
    )
    window = windows.at(panel.origin)
    table = SeriesTable.of(window, panel.store_ids, panel.item_ids, windows.priors(panel.origin))
    expected = expected_units(windows, panel.origin, training.estimator, series.astype(np.intp))
    predictor = Predictor(spec, trees, baseline, residuals)
    state = made_of(window, spec)
    return write(folder, Contents(manifest, predictor, table, Probes(series, expected), state))
