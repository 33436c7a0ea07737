"""What the panel says of series that are short, silent, new, gone or without a price: they load, as documented."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np

from tests.training_data.files import GOOD_ROWS, HEADER, csv_folder
from training.data import load_panel
from training.panel import Panel

START = date(2024, 1, 1)
TEA = 0
DAYS = 400


def test_a_series_shorter_than_a_week_is_on_sale_from_its_first_day(tmp_path: Path) -> None:
    panel = load(tmp_path, rows("milk"), rows("tea", first=DAYS - 3))

    assert panel.on_sale[1].sum() == 3
    assert np.isnan(panel.sales[1, : DAYS - 3]).all()
    assert panel.sales[1, DAYS - 3 :].tolist() == [2, 2, 2]


def test_a_series_that_never_sells_is_on_sale_when_it_has_a_price(tmp_path: Path) -> None:
    panel = load(tmp_path, rows("milk"), rows("tea", sales=0))

    assert panel.on_sale[1].all()
    assert (panel.sales[1] == 0).all()
    assert panel.warnings == ()


def test_a_series_without_a_sale_or_a_price_is_never_on_sale_and_warned_of(tmp_path: Path) -> None:
    panel = load(tmp_path, rows("milk"), rows("tea", sales=0, price=""))

    assert not panel.on_sale[1].any()
    assert np.isnan(panel.sales[1]).all()
    assert panel.warnings == ("1 series without a sale or a price: on sale on no day",)


def test_a_new_item_is_on_sale_from_its_first_price_in_the_future(tmp_path: Path) -> None:
    panel = load(tmp_path, rows("milk"), rows("tea", first=DAYS, last=DAYS + 7, sales=""))

    assert panel.origin == DAYS
    assert panel.on_sale[1].tolist() == [False] * DAYS + [True] * 7
    assert np.isnan(panel.sales[1]).all()


def test_a_discontinued_item_sells_nothing_at_no_price_after_its_last_row(tmp_path: Path) -> None:
    panel = load(tmp_path, rows("milk"), rows("tea", last=100))

    assert panel.price is not None
    assert (panel.sales[1, 100:] == 0).all()
    assert np.isnan(panel.price[1, 100:]).all()
    assert panel.warnings == ("300 missing days in 1 series counted as no sale",)


def test_a_price_missing_for_half_a_year_stays_missing_inside_the_life(tmp_path: Path) -> None:
    panel = load(tmp_path, rows("tea", last=100), rows("tea", first=100, last=283, price=""), rows("tea", first=283))

    assert panel.price is not None
    assert np.isnan(panel.price[TEA, 100:283]).all()
    assert panel.on_sale[TEA].all()
    assert (panel.sales[TEA] == 2).all()


def test_fractional_sales_are_kept(tmp_path: Path) -> None:
    panel = load(tmp_path, rows("tea", sales="0.125"))

    assert (panel.sales == np.float32(0.125)).all()


def test_a_category_of_any_name_is_read(tmp_path: Path) -> None:
    panel = load_panel(csv_folder(tmp_path, GOOD_ROWS[0] + ",Épicerie fine", header=HEADER + ",cat_id"))

    assert panel.statics["cat_id"] == ("Épicerie fine",)


def test_a_file_without_rows_is_warned_of(tmp_path: Path) -> None:
    csv_folder(tmp_path, name="south.csv")

    assert load(tmp_path, rows("tea")).warnings == ("no rows in south.csv",)


def rows(item: str, first: int = 0, last: int = DAYS, sales: object = 2, price: object = 2.5) -> list[str]:
    return [f"north,{item},{START + timedelta(days)},{sales},{price}" for days in range(first, last)]


def load(folder: Path, *series: list[str]) -> Panel:
    return load_panel(csv_folder(folder, *(row for one in series for row in one)))
