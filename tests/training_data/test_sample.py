"""The sample is what it says: seasons, slow sellers, new and discontinued items, a known future, the same each time."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from training.data import load_panel
from training.datasets.holidays import easter, nth_weekday
from training.datasets.sample import SampleOptions, main, write_sample
from training.panel import Panel


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Panel:
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, SampleOptions(stores=4, items=50))
    return load_panel(folder)


def test_defaults_are_the_demo_panel(tmp_path: Path) -> None:
    assert main(["--out", str(tmp_path)]) == 0
    panel = load_panel(tmp_path)

    assert (panel.n_series, len(panel.stores), panel.origin, panel.n_days) == (60, 3, 730, 758)
    assert panel.warnings == ()


def test_weekends_sell_more_than_midweek(panel: Panel) -> None:
    totals = np.nansum(panel.sales[:, : panel.origin], axis=0)
    weekday = (panel.dates[: panel.origin].astype(np.int64) + 3) % 7

    assert totals[weekday == 5].mean() > 1.2 * totals[weekday == 1].mean()


def test_items_have_a_season_of_the_year(panel: Panel) -> None:
    """Of steady items, the same month of two years is alike: their monthly shares correlate."""
    assert panel.price is not None
    kept = panel.on_sale[:, 0] & ~np.isnan(panel.price[:, panel.origin])
    steady = kept & (np.nanmean(panel.sales[:, :730], axis=1) > 4)
    months = [np.nansum(panel.sales[steady, start : start + 360].reshape(-1, 12, 30), axis=2) for start in (0, 365)]
    shares = [month / month.sum(axis=1, keepdims=True) for month in months]

    assert np.corrcoef(shares[0].ravel(), shares[1].ravel())[0, 1] > 0.4


def test_about_a_third_of_the_items_sell_now_and_then(panel: Panel) -> None:
    days = panel.on_sale[:, : panel.origin].sum(axis=1)
    zero_share = (panel.sales[:, : panel.origin] == 0).sum(axis=1) / days

    assert 0.2 < (zero_share > 0.6).mean() < 0.5


def test_some_items_are_new_and_some_are_discontinued(panel: Panel) -> None:
    assert panel.price is not None
    launched = ~panel.on_sale[:, 0]
    gone = np.isnan(panel.price[:, panel.origin])

    assert 0.05 < launched.mean() < 0.2
    assert 0.03 < gone.mean() < 0.2
    assert np.nansum(panel.sales[gone, panel.origin - 28 : panel.origin]) == 0


def test_stores_differ_in_size(panel: Panel) -> None:
    totals = [np.nansum(panel.sales[panel.store_index == store]) for store in range(len(panel.stores))]

    assert max(totals) > 1.2 * min(totals)


def test_prices_change_and_promotions_cut_them_and_sell_more(panel: Panel) -> None:
    assert panel.price is not None
    assert panel.promo is not None
    on_promo = panel.promo[:, : panel.origin] == 1
    steady = panel.on_sale[:, 0] & ~np.isnan(panel.price[:, panel.origin])
    past = panel.sales[:, : panel.origin]

    assert 0.03 < on_promo.mean() < 0.12
    assert np.mean([len(np.unique(row[~np.isnan(row)])) > 2 for row in panel.price[steady]]) > 0.9
    assert past[on_promo & panel.on_sale[:, : panel.origin]].mean() > 1.3 * np.nanmean(past[~on_promo])


def test_events_and_the_future_are_known(panel: Panel) -> None:
    assert panel.price is not None
    christmas = int((np.datetime64("2023-12-25") - panel.dates[0]).astype(int))

    assert panel.event_names[panel.events[0, christmas] - 1] == "Christmas"
    assert panel.n_days - panel.origin == 28
    assert (~np.isnan(panel.price[:, panel.origin :])).mean() > 0.8
    assert np.isnan(panel.sales[:, panel.origin :]).all()
    assert panel.events[:, panel.origin :].any()
    assert not np.isnan(panel.known["known_payday"][panel.on_sale]).any()


def test_the_same_options_give_the_same_bytes(tmp_path: Path) -> None:
    options = SampleOptions(stores=2, items=7, days=60)
    for format in ("parquet", "csv"):
        first = write_sample(tmp_path / "1", options, format)
        second = write_sample(tmp_path / "2", options, format)
        assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_formats_hold_the_same_rows_and_another_seed_does_not(tmp_path: Path) -> None:
    options = SampleOptions(stores=2, items=7, days=60)
    write_sample(tmp_path / "parquet", options, "parquet")
    write_sample(tmp_path / "csv", options, "csv")
    write_sample(tmp_path / "other", SampleOptions(stores=2, items=7, days=60, seed=8))
    fingerprints = [load_panel(tmp_path / name).fingerprint for name in ("parquet", "csv", "other")]

    assert fingerprints[0] == fingerprints[1] != fingerprints[2]


@pytest.mark.parametrize(("stores", "items"), [(1, 1), (2, 3), (7, 5)])
def test_any_number_of_stores_and_items(stores: int, items: int, tmp_path: Path) -> None:
    write_sample(tmp_path, SampleOptions(stores=stores, items=items, days=60, future=0))
    panel = load_panel(tmp_path)

    assert (panel.n_series, len(panel.stores)) == (stores * items, stores)
    assert panel.origin == panel.n_days == 60


def test_wrong_arguments_exit_2(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "training.datasets.sample", "--out", str(tmp_path), "--stores", "0"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)

    assert ended.returncode == 2
    assert "0 is not a whole number >= 1" in ended.stderr


@pytest.mark.parametrize("before", [["--stores", "3"], ["--format", "csv"]])
def test_a_sample_is_not_mixed_with_the_files_of_another(
    before: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    size = ["--out", str(tmp_path), "--items", "2", "--days", "60", "--stores", "2"]
    assert main([*size, *before]) == 0
    assert main(size) == 6
    assert "which would be read as part of the sample" in capsys.readouterr().err
    assert main([*size, *before]) == 0


def test_a_folder_that_cannot_be_made_is_one_line_and_exit_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")

    assert main(["--out", str(tmp_path / "file" / "sample")]) == 1
    assert capsys.readouterr().err.startswith("error: cannot write to")


def test_easter_and_nth_weekdays_match_the_almanac() -> None:
    assert [easter(year) for year in (2019, 2024, 2025)] == [
        date(2019, 4, 21),
        date(2024, 3, 31),
        date(2025, 4, 20),
    ]
    assert nth_weekday(2024, 5, 6, 2) == date(2024, 5, 12)
