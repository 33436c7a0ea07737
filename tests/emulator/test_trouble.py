"""What is wrong with the disk or the state file is recognised by what the system says, and named with its repair."""

from __future__ import annotations

import errno
import resource
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from retailctl.emulator.errors import UnusableState
from retailctl.emulator.store.folder import make_private
from retailctl.emulator.store.trouble import CORRUPT, FULL, UNWRITABLE, Trouble, is_passing, trouble_of


@pytest.mark.parametrize(
    ("number", "trouble"),
    [
        (errno.ENOSPC, FULL),
        (errno.EDQUOT, FULL),
        (errno.EFBIG, UNWRITABLE),
        (errno.EIO, UNWRITABLE),
        (errno.EPERM, None),
    ],
)
def test_errors_of_the_system_are_told_apart(number: int, trouble: Trouble | None) -> None:
    assert trouble_of(OSError(number, "")) is trouble


def test_a_folder_that_the_disk_does_not_take_is_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "mkdir", full)
    with pytest.raises(UnusableState) as refused:
        make_private(tmp_path / "new")
    assert trouble_of(refused.value) is FULL


def test_a_damaged_file_is_no_passing_trouble(tmp_path: Path) -> None:
    path = tmp_path / "s"
    path.write_bytes(b"no database" * 100)
    with pytest.raises(sqlite3.DatabaseError) as refused:
        sqlite3.connect(path).execute("SELECT * FROM sqlite_master")
    assert trouble_of(refused.value) is CORRUPT
    assert not is_passing(refused.value)


def test_a_mistake_of_ours_is_no_trouble_of_the_disk() -> None:
    with pytest.raises(sqlite3.OperationalError) as mistake:
        sqlite3.connect(":memory:").execute("SELECT * FROM nowhere")
    assert trouble_of(mistake.value) is None


_WRITES = """
import sqlite3, sys
from retailctl.emulator.store.database import Database
from retailctl.emulator.store.settings import SettingStore
from retailctl.emulator.store.trouble import trouble_of
from pathlib import Path
database = Database(Path(sys.argv[1]))
settings = SettingStore(database)
try:
    for number in range(1000):
        with database.transaction():
            settings.set(f"a{number}", "x" * 10_000)
            settings.set(f"b{number}", "x" * 10_000)
except sqlite3.Error as error:
    print(trouble_of(error).code, database.row("SELECT count(*) FROM settings")[0] == 2 * number)
    print(database._connection.in_transaction)
"""


def test_a_limit_of_the_files_size_is_named_and_leaves_the_transactions_before_it(tmp_path: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    ended = subprocess.run(
        [sys.executable, "-c", _WRITES, str(tmp_path / "s")],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        preexec_fn=limit,
        check=True,
    )
    assert ended.stdout.splitlines() == ["StateNotWritable True", "False"]
