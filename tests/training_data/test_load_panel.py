"""Good data: what the panel holds, whatever form the rows came in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pyarrow import csv

from tests.training_data.files import GOOD_ROWS, HEADER, csv_folder, parquet_folder
from training.data import load_panel, parquet_source
from training.datasets.sample import SampleOptions, write_sample

FULL = "store_id,item_id,date,sales,price,promo,event_name,event_type,known_rain,dept_id"


def test_origin_is_the_day_after_the_last_known_sale(tmp_path: Path) -> None:
    panel = load_panel(csv_folder(tmp_path, *GOOD_ROWS))

    assert panel.origin == 3
    assert panel.origin_date == np.datetime64("2024-01-04")
    assert panel.n_days == 4
    assert panel.sales[0, :3].tolist() == [3, 0, 4]
    assert np.isnan(panel.sales[0, 3])


def test_no_future_puts_the_origin_behind_the_last_day(tmp_path: Path) -> None:
    panel = load_panel(csv_folder(tmp_path, *GOOD_ROWS[:3]))

    assert panel.origin == panel.n_days == 3


def test_missing_days_inside_a_life_count_as_no_sale_with_one_warning(tmp_path: Path) -> None:
    panel = load_panel(
        csv_folder(
            tmp_path,
            "north,tea,2024-01-01,3,2.5",
            "north,tea,2024-01-04,1,2.6",
            "north,jam,2024-01-03,1,5",
        )
    )

    assert panel.item_ids == ("jam", "tea")
    assert panel.sales[1].tolist() == [3, 0, 0, 1]
    assert panel.warnings == ("3 missing days in 2 series counted as no sale",)


def test_missing_days_keep_the_price_before_them_but_not_after_the_last_row(tmp_path: Path) -> None:
    panel = load_panel(
        csv_folder(
            tmp_path,
            "north,tea,2024-01-01,3,2.5",
            "north,tea,2024-01-03,1,2.75",
            "north,jam,2024-01-05,1,5",
        )
    )

    assert panel.price is not None
    np.testing.assert_array_equal(panel.price[1], np.array([2.5, 2.5, 2.75, np.nan, np.nan], dtype=np.float32))


def test_days_before_the_first_price_are_not_on_sale(tmp_path: Path) -> None:
    panel = load_panel(
        csv_folder(tmp_path, "north,tea,2024-01-01,0,", "north,tea,2024-01-02,0,2.5", "north,tea,2024-01-03,1,2.5")
    )

    assert panel.on_sale[0].tolist() == [False, True, True]
    assert np.isnan(panel.sales[0, 0])
    assert panel.warnings == ()


def test_life_begins_at_the_first_sale_where_there_are_no_prices(tmp_path: Path) -> None:
    panel = load_panel(parquet_folder(tmp_path, sales=[0, 2, 0, None]))

    assert panel.price is None
    assert panel.on_sale[0].tolist() == [False, True, True, True]


def test_all_columns_arrive(tmp_path: Path) -> None:
    panel = load_panel(
        csv_folder(
            tmp_path,
            "b,tea,2024-01-01,1,2.5,1,Purim,Religious,0.5,D1",
            "b,tea,2024-01-02,1,2.5,0,,,,",
            "a,tea,2024-01-02,1,2.5,0,Easter,Religious,1.5,D2",
            header=FULL,
        )
    )

    assert panel.stores == ("a", "b")
    assert panel.store_index.tolist() == [0, 1]
    assert panel.event_names == ("Easter", "Purim")
    assert panel.events.tolist() == [[0, 1], [2, 0]]
    assert panel.statics == {"dept_id": ("D2", "D1"), "cat_id": ("", ""), "state_id": ("", "")}
    assert panel.promo is not None
    assert panel.promo[1].tolist() == [1, 0]
    assert panel.known["known_rain"][1, 0] == 0.5
    assert np.isnan(panel.known["known_rain"][1, 1])


def test_ids_that_look_like_numbers_or_nulls_stay_text(tmp_path: Path) -> None:
    panel = load_panel(csv_folder(tmp_path, "007,NA,2024-01-01,1,2"))

    assert (panel.store_ids, panel.item_ids) == (("007",), ("NA",))


def test_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_bytes(b"\xef\xbb\xbf" + "\r\n".join([HEADER, *GOOD_ROWS]).encode())

    assert load_panel(tmp_path).origin == 3


@pytest.mark.parametrize("kind", [pa.timestamp("ns"), pa.date64(), pa.string(), pa.large_string(), pa.string_view()])
def test_whatever_type_a_writer_gave_days_they_are_the_same_days(kind: pa.DataType, tmp_path: Path) -> None:
    days = pa.array(["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"])
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    typed = days.cast(kind) if kind != pa.date64() else days.cast(pa.date32()).cast(kind)

    expected = load_panel(parquet_folder(tmp_path / "a"))
    assert load_panel(parquet_folder(tmp_path / "b", date=typed)).fingerprint == expected.fingerprint


def test_an_empty_text_is_a_null(tmp_path: Path) -> None:
    panel = load_panel(parquet_folder(tmp_path, dept_id=["A", "", None, "A"], event_name=["", None, "Purim", ""]))

    assert panel.statics["dept_id"] == ("A",)
    assert panel.events.tolist() == [[0, 0, 1, 0]]


def test_files_of_writers_are_not_data(tmp_path: Path) -> None:
    csv_folder(tmp_path, *GOOD_ROWS)
    (tmp_path / "_SUCCESS").write_text("")
    (tmp_path / ".part.csv").write_text("broken")

    assert load_panel(tmp_path).n_series == 1


def test_fingerprint_ignores_files_formats_and_row_order(tmp_path: Path) -> None:
    whole, split = tmp_path / "whole", tmp_path / "split"
    write_sample(whole, SampleOptions(items=6, days=40))
    table = pa.concat_tables([pq.read_table(path) for path in sorted(whole.iterdir())])
    shuffled = table.take(np.random.default_rng(0).permutation(table.num_rows))
    (split / "year=1").mkdir(parents=True)
    csv.write_csv(shuffled.slice(0, 100), split / "z.csv")
    pq.write_table(shuffled.slice(100), split / "year=1" / "a.parquet")

    first, second = load_panel(whole), load_panel(split)

    assert first.fingerprint == second.fingerprint
    np.testing.assert_array_equal(first.sales, second.sales)


def test_fingerprint_changes_with_one_cell(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = load_panel(csv_folder(tmp_path / "a", *GOOD_ROWS))
    second = load_panel(csv_folder(tmp_path / "b", *GOOD_ROWS[:3], "north,tea,2024-01-04,,2.39"))

    assert first.fingerprint != second.fingerprint


def test_batches_of_any_size_give_one_panel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_sample(tmp_path, SampleOptions(items=6, days=40))
    expected = load_panel(tmp_path).fingerprint

    monkeypatch.setattr(parquet_source, "BATCH_ROWS", 7)

    assert load_panel(tmp_path).fingerprint == expected


def test_files_by_day_without_statistics_give_the_panel_of_files_by_store(tmp_path: Path) -> None:
    whole, daily = tmp_path / "whole", tmp_path / "daily"
    write_sample(whole, SampleOptions(items=6, days=40))
    table = pa.concat_tables([pq.read_table(path) for path in sorted(whole.iterdir())])
    daily.mkdir()
    days = pc.unique(table["date"]).to_pylist()
    for number, day in enumerate(reversed(days)):
        rows = table.filter(pc.equal(table["date"], day))
        pq.write_table(rows, daily / f"{number:03}.parquet", write_statistics=False)

    assert load_panel(daily).fingerprint == load_panel(whole).fingerprint


def test_a_dictionary_may_hold_stores_that_no_row_names(tmp_path: Path) -> None:
    stores = pa.DictionaryArray.from_arrays(pa.array([1] * 4, pa.int32()), ["north", "south"])

    panel = load_panel(parquet_folder(tmp_path, store_id=stores))

    assert panel.stores == ("south",)
    assert panel.events.shape == (1, 4)


def test_many_stores_and_items_with_few_pairs_are_read(tmp_path: Path) -> None:
    names = [f"name{number:03}" for number in range(300)]

    panel = load_panel(csv_folder(tmp_path, *(f"{name},{name},2024-01-01,1,1" for name in reversed(names))))

    assert list(panel.item_ids) == names
