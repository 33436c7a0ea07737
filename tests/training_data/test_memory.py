"""Data that does not fit is refused with figures before it is read, whatever sets the limit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.training_data.files import GOOD_ROWS, csv_folder
from training.data import DataError, load_panel, memory
from training.data.memory import Room, room
from training.datasets.sample import SampleOptions, write_sample

ROOT = Path(__file__).resolve().parents[2]
MB = 1_000_000


def test_the_machines_memory_is_the_bound_without_other_limits(tmp_path: Path) -> None:
    put(tmp_path, "proc/meminfo", "MemTotal: 9000 kB\nMemFree: 10 kB\nMemAvailable: 4000 kB\n")

    assert room(tmp_path) == Room(4000 * 1024, "on this machine")


def test_a_container_under_version_2_may_also_reclaim_its_file_cache(tmp_path: Path) -> None:
    put(tmp_path, "proc/self/cgroup", "0::/pod/job\n")
    put(tmp_path, "sys/fs/cgroup/pod/job/memory.max", "max\n")
    put(tmp_path, "sys/fs/cgroup/pod/job/memory.current", "900\n")
    put(tmp_path, "sys/fs/cgroup/pod/memory.max", "1000\n")
    put(tmp_path, "sys/fs/cgroup/pod/memory.current", "900\n")
    put(tmp_path, "sys/fs/cgroup/pod/memory.stat", "anon 5\ninactive_file 300\n")

    bound = room(tmp_path)

    assert bound is not None
    assert bound.left == 400
    assert "control group" in bound.where


def test_a_container_under_version_1_is_seen(tmp_path: Path) -> None:
    put(tmp_path, "proc/self/cgroup", "5:devices:/x\n4:cpu,memory:/pod\n0::/\n")
    put(tmp_path, "sys/fs/cgroup/memory/memory.limit_in_bytes", "5000\n")
    put(tmp_path, "sys/fs/cgroup/memory/memory.usage_in_bytes", "3000\n")
    put(tmp_path, "sys/fs/cgroup/memory/memory.stat", "total_inactive_file 100\n")

    bound = room(tmp_path)

    assert bound is not None
    assert bound.left == 2100


def test_a_system_that_tells_nothing_stops_nobody(tmp_path: Path) -> None:
    assert room(tmp_path) is None


def test_what_the_caller_needs_beside_the_panel_counts(tmp_path: Path) -> None:
    folder = csv_folder(tmp_path, *GOOD_ROWS)

    with pytest.raises(DataError, match=r"4 rows in 1 file take at least 1000000.\d\d GB of memory, but .* GB is left"):
        load_panel(folder, working_bytes=10**15)


def test_few_rows_that_span_a_large_panel_are_refused_while_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "room", lambda: Room(200 * MB, "in this test"))
    ends = [f"north,item{item},{day},1,1" for day in ("1980-01-01", "2024-01-01") for item in range(3000)]

    with pytest.raises(DataError, match=r"3,000 series of 16,072 days, found in 6,000 rows so far, take a further"):
        load_panel(csv_folder(tmp_path, *ends))


@pytest.mark.parametrize("left", [60, 120, 250])
def test_a_limit_of_the_address_space_ends_in_one_line(left: int, tmp_path: Path) -> None:
    write_sample(tmp_path, SampleOptions(items=100, days=1200))

    ended = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path), str(left * MB)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert ended.stderr == ""
    assert ended.returncode == 0
    assert ended.stdout.startswith("NotEnoughMemory") or ended.stdout == "loaded\n"


LIMITED = """
import resource, sys
from pathlib import Path
from training.data import DataError, load_panel
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + int(sys.argv[2]),) * 2)
try:
    load_panel(Path(sys.argv[1]))
    print("loaded")
except DataError as error:
    print(type(error).__name__, error)
"""


def put(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
