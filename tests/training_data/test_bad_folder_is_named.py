"""A folder that holds no data, or files that do not belong together, is refused by name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.training_data.files import GOOD_ROWS, HEADER, csv_folder, parquet_folder
from training.data import DataError, load_panel


def test_no_such_folder(tmp_path: Path) -> None:
    refused(tmp_path / "absent", "absent: no such folder")


def test_a_file_in_place_of_a_folder(tmp_path: Path) -> None:
    csv_folder(tmp_path, *GOOD_ROWS)

    refused(tmp_path / "sales.csv", "is a file; --data takes the folder")


def test_empty_folder(tmp_path: Path) -> None:
    refused(tmp_path, "the folder is empty")


def test_folder_without_data_files_names_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "notes.xlsx").write_text("x")

    refused(tmp_path, "no .parquet or .csv file in it, only notes.xlsx")


def test_header_without_rows(tmp_path: Path) -> None:
    refused(csv_folder(tmp_path), "no rows in sales.csv")


def test_empty_csv_file(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("")

    refused(tmp_path, "sales.csv: the file is empty")


def test_csv_that_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_bytes(f"{HEADER}\ncaf".encode() + b"\xe9,tea,2024-01-01,1,2\n")

    refused(tmp_path, "sales.csv: is not UTF-8 text")


def test_truncated_parquet_file(tmp_path: Path) -> None:
    parquet_folder(tmp_path)
    whole = (tmp_path / "sales.parquet").read_bytes()
    (tmp_path / "sales.parquet").write_bytes(whole[: len(whole) // 2])

    refused(tmp_path, "sales.parquet: cannot be read as Parquet")


def test_damaged_page_names_the_column(tmp_path: Path) -> None:
    table = pa.table(
        {
            "store_id": ["north"] * 400,
            "item_id": ["tea"] * 400,
            "date": pa.array(range(400), pa.int32()).view(pa.date32()),
            "sales": np.random.default_rng(0).random(400),
        }
    )
    path = tmp_path / "sales.parquet"
    pq.write_table(table, path, compression="zstd", use_dictionary=False)
    column = pq.read_metadata(path).row_group(0).column(3)
    content = bytearray(path.read_bytes())
    begin = column.data_page_offset
    content[begin : begin + column.total_compressed_size] = bytes(column.total_compressed_size)
    path.write_bytes(content)

    refused(tmp_path, "sales.parquet, column 'sales', after row 0: cannot be read as Parquet")


@pytest.mark.parametrize("name", ["sales.parquet", "sales.csv"])
def test_one_file_that_is_no_longer_there_is_not_passed_over(name: str, tmp_path: Path) -> None:
    csv_folder(tmp_path, *GOOD_ROWS, name="a.csv")
    (tmp_path / name).symlink_to(tmp_path / "gone")

    refused(tmp_path, f"{name}: cannot be read as")


@pytest.mark.parametrize("name", ["sales.parquet", "sales.csv"])
def test_one_file_without_permission_is_not_passed_over(name: str, tmp_path: Path) -> None:
    csv_folder(tmp_path, *GOOD_ROWS, name="a.csv")
    parquet_folder(tmp_path) if name.endswith("parquet") else csv_folder(tmp_path, *GOOD_ROWS)
    (tmp_path / name).chmod(0)

    with as_an_ordinary_user(tmp_path):
        refused(tmp_path, f"{name}: cannot be read as")


def test_a_folder_that_cannot_be_listed_is_not_passed_over(tmp_path: Path) -> None:
    csv_folder(tmp_path, *GOOD_ROWS)
    (tmp_path / "north").mkdir(mode=0)

    with as_an_ordinary_user(tmp_path):
        refused(tmp_path, "north: the folder cannot be listed: Permission denied")


@contextmanager
def as_an_ordinary_user(folder: Path) -> Iterator[None]:
    """Permissions do not bind root, who runs the tests in many containers."""
    if os.geteuid():
        yield
        return
    opened = [parent for parent in (folder, *folder.parents) if not parent.stat().st_mode & 0o001]
    modes = [(parent, parent.stat().st_mode) for parent in opened]
    for parent, mode in modes:
        parent.chmod(mode | 0o055)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
        for parent, mode in modes:
            parent.chmod(mode)


def test_files_with_different_columns(tmp_path: Path) -> None:
    csv_folder(tmp_path, *GOOD_ROWS, name="a.csv")
    csv_folder(tmp_path, "south,tea,2024-01-01,1", header="store_id,item_id,date,sales", name="b.csv")

    refused(tmp_path, "b.csv: column 'price' is missing, a.csv has it")


def refused(folder: Path, said: str) -> None:
    with pytest.raises(DataError) as error:
        load_panel(folder)
    assert said in str(error.value)
