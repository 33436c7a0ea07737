"""What training makes of each series' past stands for that past: nothing that it answers differs in a bit."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.training.conftest import Job
from tests.training.panels import make_panel
from tests.training.test_artifact_opening import sign
from tests.training.test_forecast_many import HORIZON, alone, requests
from training.artifact import Artifact, ArtifactError, ForecastRequest, Points, RequestError, load
from training.artifact.answering import RequestWindows
from training.artifact.state import OF_SERIES, by_shape, made_of, places_of
from training.features import HISTORY_DAYS, FeatureSpec, Window, feature_table, summaries
from training.features.summary import Dates, Past, Per
from training.windows import PanelWindows, spec_of

PANEL = make_panel()
WINDOWS = PanelWindows(PANEL, spec_of(PANEL, HORIZON))
ORIGINS = (15, 393, 450, PANEL.origin)


def without_past(window: Window, spec: FeatureSpec) -> Window:
    """The same window with its summaries instead of its history."""

    def ahead(values: np.ndarray | None) -> np.ndarray | None:
        return None if values is None else values[:, HISTORY_DAYS:]

    found = summaries(window, spec)
    values = by_shape(found)
    pairs = window.calendar_index * len(window.seasonality.month_day) + window.cell
    past = Past(
        Dates(values[Per.DATE]),
        {per: values[per] for per in OF_SERIES},
        places_of(found),
        np.unique(pairs, return_inverse=True)[1],
    )
    return dataclasses.replace(
        window,
        sales=window.sales[:, :0],
        price=ahead(window.price),
        promo=ahead(window.promo),
        known={name: values[:, HISTORY_DAYS:] for name, values in window.known.items()},
        past=past,
    )


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("horizon", [1, 5, HORIZON])
def test_summaries_give_the_features_that_the_history_gives(origin: int, horizon: int) -> None:
    window, spec = WINDOWS.at(origin), WINDOWS.spec
    for part in (slice(None), slice(3, 4), slice(2, 9)):
        whole = feature_table(window.rows(part), spec, horizon).matrix()
        kept = feature_table(without_past(window, spec).rows(part), spec, horizon).matrix()
        np.testing.assert_array_equal(kept, whole)


def test_what_is_kept_by_block_is_what_all_series_together_give() -> None:
    many = WINDOWS.at(PANEL.origin, np.tile(np.arange(PANEL.n_series), 70))
    assert many.n_series > 512
    together = by_shape(summaries(many, WINDOWS.spec))
    for per, values in made_of(many, WINDOWS.spec).items():
        np.testing.assert_array_equal(values.swapaxes(0, 1), together[per])


def told_otherwise(window: Window, days: slice) -> Window:
    """A window with other prices, promotions and ``known_*`` values on some days."""
    price, promo = np.array(window.price), np.array(window.promo)
    price[:, days] = 3 * np.nan_to_num(price[:, days], nan=1) + 1
    promo[:, days] = 1 - np.nan_to_num(promo[:, days])
    known = {name: np.array(values) for name, values in window.known.items()}
    for values in known.values():
        values[:, days] = 1 - np.nan_to_num(values[:, days])
    return dataclasses.replace(window, price=price, promo=promo, known=known)


@pytest.mark.parametrize("origin", ORIGINS)
def test_no_summary_depends_on_what_is_told_of_the_days_ahead(origin: int) -> None:
    window = WINDOWS.at(origin)
    before = summaries(window, WINDOWS.spec)
    for summary, values in summaries(told_otherwise(window, slice(HISTORY_DAYS, None)), WINDOWS.spec).items():
        np.testing.assert_array_equal(values, before[summary], err_msg=summary.name)


def test_summaries_of_dates_depend_on_no_series() -> None:
    window = WINDOWS.at(PANEL.origin)
    changed = told_otherwise(window, slice(None))
    changed = dataclasses.replace(changed, sales=window.sales + 1, age=window.age + 9, prior=window.prior * 2)
    before, after = summaries(window, WINDOWS.spec), summaries(changed, WINDOWS.spec)
    differs = {summary for summary in before if not np.array_equal(before[summary], after[summary], equal_nan=True)}
    assert differs == {summary for summary in before if summary.per is not Per.DATE}


def test_summaries_of_series_depend_on_no_event() -> None:
    window = WINDOWS.at(PANEL.origin)
    changed = dataclasses.replace(window, events=np.roll(window.events, 3, axis=1))
    before, after = summaries(window, WINDOWS.spec), summaries(changed, WINDOWS.spec)
    differs = {summary for summary in before if not np.array_equal(before[summary], after[summary], equal_nan=True)}
    assert differs
    assert {summary.per for summary in differs} == {Per.DATE}


def test_the_names_of_summaries_differ() -> None:
    found = summaries(WINDOWS.at(PANEL.origin), WINDOWS.spec)
    assert len({summary.name for summary in found}) == len(found)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_request_is_answered_as_without_state(artifact: Artifact, data: st.DataObject) -> None:
    request = data.draw(requests(artifact))
    flags = artifact.predictor.spec.flags
    cells = st.tuples(st.integers(0, len(request.store_ids) - 1), st.integers(-5, 30), st.integers(0, 1))

    def drawn() -> Points | None:
        found = data.draw(st.lists(cells, max_size=4))
        rows, days, values = np.array(found, np.intp).reshape(-1, 3).T
        return Points(rows, artifact.origin + days, values.astype(np.float32)) if found else None

    known = {name: points for name in flags if (points := drawn()) is not None}
    request = dataclasses.replace(request, promo=drawn(), event=drawn(), known=known)
    kept, computed = alone(artifact, request), alone(dataclasses.replace(artifact, state=None), request)
    if isinstance(kept, RequestError) or isinstance(computed, RequestError):
        assert str(kept) == str(computed)
        return
    for name in ("origin", "mean", "quantiles", "trained", "unpriced_days"):
        np.testing.assert_array_equal(getattr(kept, name), getattr(computed, name), err_msg=name)


@pytest.mark.parametrize(
    ("more", "has_past"),
    [
        ({}, False),
        ({"price": 3}, False),
        ({"promo": 3}, False),
        ({"price": -3}, True),
        ({"promo": -1}, True),
        ({"history": 0}, True),
        ({"event": 3}, True),
    ],
)
def test_only_a_request_with_another_past_is_computed_from_history(
    artifact: Artifact, more: dict[str, int], has_past: bool
) -> None:
    (store, item), (second, other), *_ = artifact.series
    told = {
        name: Points(np.array([1]), np.array([artifact.origin + day]), np.ones(1, np.float32))
        for name, day in more.items()
    }
    request = ForecastRequest(store_ids=[store, second], item_ids=[item, other], horizon=5, **told)
    found = list(RequestWindows(request, artifact.table, artifact.predictor.spec, artifact.origin, artifact.state))
    with_history = [window.n_series for _, window in found if window.sales.shape[1]]
    assert with_history == ([1] if has_past else [])
    assert sum(window.n_series for _, window in found) == 2


@pytest.fixture
def folder(job: Job, tmp_path: Path) -> Path:
    """A copy of the trained artifact to damage."""
    return Path(shutil.copytree(job.out_dir / "artifact", tmp_path / "artifact"))


def as_written_before(folder: Path, artifact: Artifact) -> None:
    """Turn an artifact into one of format 1: matrices of float32, and no state."""
    file = folder / "manifest.json"
    value = json.loads(file.read_text())
    for name in [name for name in value["checksums"] if name.startswith("state_") or name.endswith("_values")]:
        del value["checksums"][name]
        (folder / f"{name}.npy").unlink()
    for name in ("sales", "price", "promo", "known"):
        np.save(folder / f"series_{name}.npy", getattr(artifact.table, name)[...])
    file.write_text(json.dumps(value | {"format_version": 1}))
    sign(folder)


def test_an_older_model_answers_the_same(artifact: Artifact, folder: Path) -> None:
    as_written_before(folder, artifact)
    older = load(folder)
    assert older.state is None
    assert older.table.sales.values is None
    stores, items = zip(*artifact.series, strict=True)
    request = ForecastRequest(store_ids=stores, item_ids=items, horizon=HORIZON, quantiles=[0.1, 0.9])
    before, now = older.forecast(request), artifact.forecast(request)
    np.testing.assert_array_equal(now.mean, before.mean)
    np.testing.assert_array_equal(now.quantiles, before.quantiles)


def one_bit(values: np.ndarray) -> np.ndarray:
    values.view(np.int32).flat[1] ^= 1
    return values


@pytest.mark.parametrize("per", OF_SERIES)
@pytest.mark.parametrize("change", [one_bit, lambda values: values[:-1], lambda values: values[:, 1:]])
def test_state_that_is_not_of_the_series_is_refused(
    folder: Path, per: Per, change: Callable[[np.ndarray], np.ndarray]
) -> None:
    file = folder / f"state_{per.value}.npy"
    np.save(file, change(np.load(file)))
    sign(folder)
    with pytest.raises(ArtifactError, match="holds state of other series or features"):
        load(folder)


def test_a_part_of_the_state_is_not_enough(folder: Path) -> None:
    value = json.loads((folder / "manifest.json").read_text())
    del value["checksums"]["state_day"]
    (folder / "manifest.json").write_text(json.dumps(value))
    sign(folder)
    with pytest.raises(ArtifactError, match="state_day"):
        load(folder)


def test_a_model_of_very_many_departments_answers_the_same(artifact: Artifact, folder: Path, monkeypatch) -> None:
    monkeypatch.setattr("training.artifact.checked_state._MOST_PAIRS", 0)
    without_dates = load(folder)
    assert without_dates.state is not None
    assert without_dates.state.dates is None
    stores, items = zip(*artifact.series, strict=True)
    request = ForecastRequest(store_ids=stores, item_ids=items, horizon=7)
    np.testing.assert_array_equal(without_dates.forecast(request).mean, artifact.forecast(request).mean)
