"""What the service answers is what ``mlflow.pyfunc.load_model(...).predict`` and LightGBM themselves answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from numpy.typing import NDArray

from serving.model import Model
from tests.serving.process import Service
from tests.serving.pyfunc import Frame, Pyfunc
from tests.serving.questions import COLUMNS, TRAINED, Question, questions
from training.artifact import Artifact, ForecastRequest
from training.artifact.answering import RequestWindows
from training.features import OFFSET, FeatureTable, build_features, feature_names
from training.model.estimator import RatioRegressor
from training.model.export import trees_of

EQUAL = 1e-5
PROPERTY = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@pytest.fixture(scope="module")
def pyfunc(model_dir: Path) -> Iterator[Pyfunc]:
    with Pyfunc(model_dir) as loaded:
        yield loaded


@pytest.fixture(scope="module")
def boosted(model: Model) -> RatioRegressor:
    """LightGBM fitted anew to made-up sales, on the features that are served."""
    artifact = model.artifact
    level = feature_names(artifact.manifest.spec).index(OFFSET)
    stores, items = zip(*TRAINED, strict=True)
    features = features_of(artifact, ForecastRequest(store_ids=stores, item_ids=items, horizon=28))
    features = np.repeat(features, 4, axis=0)
    random = np.random.default_rng(3)
    sales = random.poisson(features[:, level] * (1 + random.random(len(features)))).astype(np.float32)
    regressor = RatioRegressor(offset=level, max_iter=60, min_samples_leaf=2, l2_regularization=0.1)
    return regressor.fit(features, sales)


@PROPERTY
@given(question=questions())
def test_both_forms_are_answered_with_mlflows_numbers(service: Service, pyfunc: Pyfunc, question: Question) -> None:
    expected = pyfunc.predict(COLUMNS, question.as_rows(), question.options)

    for request in (question.as_series(), question.as_table()):
        answer = service.score(request)
        assert answer.status == 200, answer.body
        assert_same(answer.json["forecasts"], expected, question)


def test_every_series_at_once_is_answered_with_mlflows_numbers(service: Service, pyfunc: Pyfunc, model: Model) -> None:
    series = [{"store_id": store, "item_id": item} for store, item in model.artifact.series]
    question = Question(series, [], inside=False, options={"horizon": 28, "quantiles": [0.1, 0.5, 0.9]})
    expected = pyfunc.predict(COLUMNS[:2], [list(key) for key in model.artifact.series], question.options)

    assert_same(service.score(question.as_series()).json["forecasts"], expected, question)


def assert_same(forecasts: list[dict[str, Any]], expected: Frame, question: Question) -> None:
    """Every number, date and name; the frame has a row a series and day."""
    horizon = question.options["horizon"]
    keys = [(forecast["store_id"], forecast["item_id"]) for forecast in forecasts for _ in range(horizon)]
    assert keys == list(zip(expected["store_id"], expected["item_id"], strict=True))
    assert [day for forecast in forecasts for day in forecast["dates"]] == expected["date"]
    np.testing.assert_allclose(
        np.concatenate([forecast["mean"] for forecast in forecasts]), expected["mean"], rtol=EQUAL
    )
    for level in question.options["quantiles"]:
        ours = np.concatenate([forecast["quantiles"][str(level)] for forecast in forecasts])
        np.testing.assert_allclose(ours, expected[f"{level:g}"], rtol=EQUAL)


@PROPERTY
@given(question=questions())
def test_exported_trees_add_up_to_lightgbms_own_sums(model: Model, boosted: RatioRegressor, question: Question) -> None:
    features = features_of(model.artifact, model.parser.parse(question.as_series()).forecast)
    trees, baseline = trees_of(boosted)
    theirs = np.asarray(boosted.booster_.predict(features, raw_score=True))

    sums = trees.sum(FeatureTable.of_rows(features)).ravel()
    np.testing.assert_allclose(sums, theirs, rtol=0, atol=1e-6)
    ours = np.exp(sums + baseline) * features[:, boosted.offset]
    np.testing.assert_allclose(ours, boosted.predict(features), rtol=EQUAL)


def features_of(artifact: Artifact, request: ForecastRequest) -> NDArray[np.float32]:
    """The feature matrix that a request is answered from."""
    spec = artifact.manifest.spec
    windows = RequestWindows(request, artifact.table, spec, artifact.origin)
    matrices = []
    for _, window in windows:
        steps = np.tile(np.arange(1, request.horizon + 1, dtype=np.int32), (window.n_series, 1))
        matrices.append(build_features(window, spec, steps))
    return np.concatenate(matrices)
