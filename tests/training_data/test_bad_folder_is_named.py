"""A folder that holds no data, or files that do not belong together, is refused by name."""

from __future__ import annotations

from pathlib import Path

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


def test_files_with_different_columns(tmp_path: Path) -> None:
    csv_folder(tmp_path, *GOOD_ROWS, name="a.csv")
    csv_folder(tmp_path, "south,tea,2024-01-01,1", header="store_id,item_id,date,sales", name="b.csv")

    refused(tmp_path, "b.csv: column 'price' is missing, a.csv has it")


def refused(folder: Path, said: str) -> None:
    with pytest.raises(DataError) as error:
        load_panel(folder)
    assert said in str(error.value)
