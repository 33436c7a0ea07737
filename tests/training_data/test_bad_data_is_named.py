"""Every way in which data breaks the contract is answered by file, row or line, column, value and what was expected."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from tests.training_data.files import GOOD_ROWS, HEADER, csv_folder, parquet_folder
from training.data import DataError, csv_source, load_panel

Build = Callable[[Path], Path]


def csv(*rows: str, header: str = HEADER) -> Build:
    return lambda folder: csv_folder(folder, *rows, header=header)


def parquet(**columns: object) -> Build:
    return lambda folder: parquet_folder(folder, **columns)


def two_csv(first: str, second: str, header: str = HEADER) -> Build:
    def build(folder: Path) -> Path:
        csv_folder(folder, first, header=header, name="a.csv")
        return csv_folder(folder, second, header=header, name="b.csv")

    return build


STATIC = HEADER + ",dept_id"
EVENT = HEADER + ",event_name,event_type"

HEADERS: dict[str, tuple[Build, list[str]]] = {
    "required column missing": (
        csv("north,tea,3", header="store_id,item_id,sales"),
        ["sales.csv", "'date'", "missing"],
    ),
    "did you mean": (
        csv(*GOOD_ROWS, header="store_id,itemid,date,sales,price"),
        ["required column 'item_id' is missing", "did you mean 'item_id' by 'itemid'"],
    ),
    "other separator": (csv("a;b;c;d", header="store_id;item_id;date;sales"), ["separated by commas"]),
    "unknown column": (
        csv("a,b,2024-01-01,1,2", header="store_id,item_id,date,sales,prise"),
        ["unknown column 'prise'", "did you mean 'price'", "known_"],
    ),
    "column twice": (
        csv("a,b,2024-01-01,1,2", header="store_id,item_id,date,sales,sales"),
        ["'sales' appears 2 times"],
    ),
    "type without event": (
        csv("a,b,2024-01-01,1,x", header="store_id,item_id,date,sales,event_type"),
        ["'event_type' needs column 'event_name'"],
    ),
    "parquet sales as text": (
        parquet(sales=["1", "2", "3", "4"]),
        ["sales.parquet, column 'sales': has type string", "expected a finite number >= 0"],
    ),
    "parquet ids as numbers": (parquet(item_id=[1, 1, 1, 1]), ["column 'item_id': has type int64", "expected"]),
    "days with a time zone": (
        parquet(date=pa.array([0, 1, 2, 3], pa.timestamp("us", "America/Chicago"))),
        ["sales.parquet, column 'date': has the time zone America/Chicago", "expected a day", "tz_localize(None)"],
    ),
    "parquet column missing": (parquet(item_id=None), ["sales.parquet", "required column 'item_id' is missing"]),
}

CELLS: dict[str, tuple[Build, list[str]]] = {
    "text in a number column": (
        csv(GOOD_ROWS[0], "north,tea,2024-01-02,many,2.5"),
        ["sales.csv, line 3, column 'sales': 'many'", "expected a finite number >= 0"],
    ),
    "bad date": (csv("north,tea,2024-02-30,1,2.5"), ["line 2, column 'date': '2024-02-30'", "such as 2024-01-31"]),
    "date in another order": (csv("north,tea,31/01/2024,1,2.5"), ["line 2, column 'date': '31/01/2024'"]),
    "date missing": (csv("north,tea,,1,2.5"), ["line 2, column 'date': null"]),
    "date with an offset": (
        csv(GOOD_ROWS[0], "north,tea,2024-01-02T00:00:00+01:00,1,2.5"),
        ["sales.csv, line 3, column 'date': '2024-01-02T00:00:00+01:00'", "such as 2024-01-31"],
    ),
    "date with an offset in parquet": (
        parquet(date=["2024-01-01", "2024-01-02", "2024-01-03T00:00:00Z", "2024-01-04"]),
        ["sales.parquet, row 3, column 'date': '2024-01-03T00:00:00Z'"],
    ),
    "text that is not UTF-8": (
        parquet(dept_id=pa.array([b"A", b"caf\xe9", b"A", b"A"]).view(pa.string())),
        ["sales.parquet, column 'dept_id'", "UTF8"],
    ),
    "timestamp with a time": (
        parquet(date=pa.array([0, 86_400_000_000, 172_800_000_001, 0], pa.timestamp("us"))),
        ["sales.parquet, row 3, column 'date': '1970-01-03 00:00:00.000001"],
    ),
    "store missing": (csv(",tea,2024-01-01,1,2.5"), ["line 2, column 'store_id': null"]),
    "item empty": (parquet(item_id=["tea", "", "tea", "tea"]), ["row 2, column 'item_id': ''"]),
    "line break in a name": (
        parquet(item_id=["tea", "te\na", "tea", "tea"]),
        ["row 2, column 'item_id': 'te\\na'", "expected an item's name"],
    ),
    "negative sales": (
        csv(GOOD_ROWS[0], GOOD_ROWS[1], "north,tea,2024-01-03,-4,2.5"),
        ["sales.csv, line 4, column 'sales': -4.0", "expected a finite number >= 0"],
    ),
    "NaN sales": (csv("north,tea,2024-01-01,nan,2.5"), ["line 2, column 'sales': nan"]),
    "infinite sales": (csv("north,tea,2024-01-01,inf,2.5"), ["line 2, column 'sales': inf"]),
    "huge sales": (csv("north,tea,2024-01-01,1e300,2.5"), ["line 2, column 'sales': 1e+300"]),
    "zero price": (csv("north,tea,2024-01-01,1,0"), ["line 2, column 'price': 0.0", "expected a finite number > 0"]),
    "NaN in parquet": (parquet(sales=[1.0, float("nan"), 2.0, None]), ["sales.parquet, row 2, column 'sales': nan"]),
    "promo not 0/1": (parquet(promo=[0, 1, 2, 0]), ["row 3, column 'promo': 2 is", "expected 0 or 1"]),
    "promo null": (parquet(promo=[0, 1, None, 0]), ["row 3, column 'promo': null", "expected 0 or 1"]),
    "infinite known value": (parquet(known_x=[0.0, 1.0, float("inf"), 0.0]), ["row 3, column 'known_x': inf"]),
    "too few fields": (csv(GOOD_ROWS[0], "north,tea,2024-01-02"), ["sales.csv, line 3: 3 fields; expected 5"]),
    "event type alone": (
        csv("north,tea,2024-01-01,1,2,,Religious", header=EVENT),
        ["line 2, column 'event_type': 'Religious' without an event"],
    ),
}

ROWS: dict[str, tuple[Build, list[str]]] = {
    "duplicate in one file": (
        csv(*GOOD_ROWS, GOOD_ROWS[1]),
        ["sales.csv, line 6", "duplicate key ('north', 'tea', 2024-01-02)", "already in sales.csv, line 3"],
    ),
    "duplicate over files": (
        two_csv(GOOD_ROWS[0], GOOD_ROWS[0]),
        ["b.csv, line 2", "duplicate key", "already in a.csv, line 2"],
    ),
    "duplicate in unsorted rows": (
        csv(GOOD_ROWS[2], GOOD_ROWS[0], GOOD_ROWS[1], GOOD_ROWS[0]),
        ["sales.csv, line 5", "duplicate key ('north', 'tea', 2024-01-01)", "already in sales.csv, line 3"],
    ),
    "null sales within history": (
        csv(GOOD_ROWS[0], "north,tea,2024-01-02,,2.5", GOOD_ROWS[2]),
        ["line 3, column 'sales': null within known history", "2024-01-03"],
    ),
    "conflicting static": (
        csv(GOOD_ROWS[0] + ",A", GOOD_ROWS[1] + ",B", header=STATIC),
        ["line 3, column 'dept_id': 'B'", "'A' in sales.csv, line 2", "store 'north', item 'tea'"],
    ),
    "conflicting static over files": (
        two_csv(GOOD_ROWS[0] + ",A", GOOD_ROWS[1] + ",B", header=STATIC),
        ["b.csv, line 2, column 'dept_id': 'B'", "'A' in a.csv, line 2"],
    ),
    "conflicting event": (
        csv("north,tea,2024-01-01,1,2,Easter,Religious", "north,jam,2024-01-01,1,2,,", header=EVENT),
        ["line 3, column 'event_name': no event for store 'north' on 2024-01-01", "'Easter' (Religious) in"],
    ),
    "conflicting event over files": (
        two_csv("north,tea,2024-01-01,1,2,Easter,R", "north,jam,2024-01-01,1,2,Purim,R", header=EVENT),
        ["b.csv, line 2, column 'event_name': 'Purim' (R)", "'Easter' (R) in a.csv, line 2"],
    ),
    "event with two types": (
        csv("north,tea,2024-01-01,1,2,Easter,A", "south,tea,2024-01-01,1,2,Easter,B", header=EVENT),
        ["line 3, column 'event_type': 'B' for event 'Easter'", "'A' in sales.csv, line 2"],
    ),
    "mistyped year": (
        csv(*GOOD_ROWS[:3], "north,tea,2204-01-04,,2.5"),
        ["line 5, column 'date': 2204-01-04 is far from the other days"],
    ),
    "no known sale": (csv("north,tea,2024-01-01,,2.5"), ["'sales' is null in every row"]),
}


@pytest.mark.parametrize(("build", "said"), [pytest.param(*case, id=name) for name, case in HEADERS.items()])
def test_wrong_header_is_named(build: Build, said: list[str], tmp_path: Path) -> None:
    assert_refused(build(tmp_path), said)


@pytest.mark.parametrize(("build", "said"), [pytest.param(*case, id=name) for name, case in CELLS.items()])
def test_wrong_cell_is_named(build: Build, said: list[str], tmp_path: Path) -> None:
    assert_refused(build(tmp_path), said)


@pytest.mark.parametrize(("build", "said"), [pytest.param(*case, id=name) for name, case in ROWS.items()])
def test_rows_that_contradict_each_other_are_named(build: Build, said: list[str], tmp_path: Path) -> None:
    assert_refused(build(tmp_path), said)


def test_line_counts_blank_lines_and_a_quoted_field(tmp_path: Path) -> None:
    folder = csv_folder(tmp_path, GOOD_ROWS[0], "", 'north,"tea",2024-01-02,1,2.5', "", "north,tea,2024-01-03,-1,2.5")

    assert_refused(folder, ["sales.csv, line 6, column 'sales'"])


def test_the_first_of_two_bad_rows_is_named_however_far_the_reader_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_source, "BLOCK_BYTES", 100)
    good = [f"north,tea,{day},1,2" for day in np.arange("2020-01-01", "2021-01-01", dtype="datetime64[D]")]

    assert_refused(csv_folder(tmp_path, *good[:200], "short", *good[200:], "long,,,,,,"), ["line 202: 1 fields"])


def assert_refused(folder: Path, said: list[str]) -> None:
    with pytest.raises(DataError) as refused:
        load_panel(folder)
    message = str(refused.value)
    assert all(part in message for part in said), message
    assert "\n" not in message
