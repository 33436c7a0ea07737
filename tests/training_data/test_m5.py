"""The M5 converter, on the competition's own files where they are at hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pyarrow import csv

from training.data import load_panel
from training.datasets.m5 import main
from training.panel import Panel

TINY = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "m5" / "tiny"
needs_m5 = pytest.mark.skipif(not TINY.is_dir(), reason="the M5 files are not for redistribution and are absent here")


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("m5")
    assert main(["--source", str(TINY), "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def panel(converted: Path) -> Panel:
    return load_panel(converted)


@needs_m5
def test_tiny_converts_to_60_series_in_a_file_a_store(converted: Path, panel: Panel) -> None:
    assert sorted(path.name for path in converted.iterdir()) == [f"m5-{store}.parquet" for store in panel.stores]
    assert panel.stores == ("CA_1", "TX_1", "WI_1")
    assert panel.n_series == 60
    assert panel.origin_date == np.datetime64("2016-05-23")
    assert panel.n_days - panel.origin == 28
    assert panel.warnings == ()


@needs_m5
def test_units_and_prices_are_those_of_the_source(panel: Panel) -> None:
    sales = pq.read_table(TINY / "sales.parquet").to_pylist()
    prices = pq.read_table(TINY / "prices.parquet").to_pylist()
    assert panel.price is not None
    assert np.nansum(panel.sales) == sum(sum(row["sales"]) for row in sales)
    first = min(row["wm_yr_wk"] for row in prices if (row["store_id"], row["item_id"]) == key(panel, 0))
    cents = next(
        row["price_cents"]
        for row in prices
        if (row["store_id"], row["item_id"]) == key(panel, 0) and row["wm_yr_wk"] == first
    )
    assert panel.price[0, np.argmax(panel.on_sale[0])] == np.float32(cents / 100)


@needs_m5
def test_two_events_of_a_day_are_joined_in_one_spelling(panel: Panel) -> None:
    names = [panel.event_names[panel.events[0, day(panel, text)] - 1] for text in ("2011-04-24", "2014-04-20")]

    assert names == ["Easter+OrthodoxEaster"] * 2


@needs_m5
def test_food_stamp_days_follow_the_state(panel: Panel) -> None:
    snap = panel.known["known_snap"]
    rows = [panel.statics["state_id"].index(state) for state in ("CA", "TX", "WI")]

    assert snap[rows, day(panel, "2016-05-01")].tolist() == [1, 1, 0]
    assert snap[rows, day(panel, "2016-06-02")].tolist() == [1, 0, 1]


@needs_m5
def test_last_day_cuts_history_and_leaves_28_days_known(tmp_path: Path, panel: Panel) -> None:
    main(["--source", str(TINY), "--out", str(tmp_path), "--last-day", "1913"])
    cut = load_panel(tmp_path)

    assert cut.origin_date == np.datetime64("2016-04-25")
    assert cut.n_days == 1941
    np.testing.assert_array_equal(cut.sales[:, :1913], panel.sales[:, :1913])


@needs_m5
def test_kaggles_csv_files_give_the_same_panel(tmp_path: Path, panel: Panel) -> None:
    kaggle = write_kaggle_form(tmp_path / "kaggle")
    assert main(["--source", str(kaggle), "--out", str(tmp_path / "out")]) == 0

    assert load_panel(tmp_path / "out").fingerprint == panel.fingerprint


@needs_m5
def test_a_last_day_without_sales_exits_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--source", str(TINY), "--out", str(tmp_path), "--last-day", "1942"]) == 2
    assert "expected 1 to 1941" in capsys.readouterr().err


def test_other_folders_are_refused_with_exit_6(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--source", str(tmp_path), "--out", str(tmp_path)]) == 6
    assert "sales_train_evaluation.csv: no such file; expected the M5 files" in capsys.readouterr().err


def key(panel: Panel, row: int) -> tuple[str, str]:
    return panel.store_ids[row], panel.item_ids[row]


def day(panel: Panel, text: str) -> int:
    return int((np.datetime64(text) - panel.dates[0]).astype(int))


def write_kaggle_form(folder: Path) -> Path:
    """The three CSVs as Kaggle publishes them, out of the Parquet form."""
    folder.mkdir()
    sales = pq.read_table(TINY / "sales.parquet")
    units = np.array(sales["sales"].to_pylist())
    ids = ("id", "item_id", "dept_id", "cat_id", "store_id", "state_id")
    columns = {name: sales[name] for name in ids}
    columns |= {f"d_{index + 1}": pa.array(units[:, index]) for index in range(units.shape[1])}
    csv.write_csv(pa.table(columns), folder / "sales_train_evaluation.csv")
    prices = pq.read_table(TINY / "prices.parquet")
    dollars = pa.array(prices["price_cents"].to_numpy() / 100)
    csv.write_csv(prices.drop(["price_cents"]).append_column("sell_price", dollars), folder / "sell_prices.csv")
    calendar = pq.read_table(TINY / "calendar.parquet")
    numbered = pc.binary_join_element_wise("d", calendar["d"].cast(pa.string()), "_")
    position = calendar.column_names.index("d")
    csv.write_csv(calendar.set_column(position, "d", numbered), folder / "calendar.csv")
    return folder
