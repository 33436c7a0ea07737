"""The background server's log does not grow for ever, and what the process itself says stays in it."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

_TALKS = """
import logging, os, sys
from pathlib import Path
from retailctl.emulator.server_log import ServerLog
os.umask(0o077)
logging.basicConfig(handlers=[ServerLog(Path(sys.argv[1]), most_bytes=2_000)])
for number in range(100):
    logging.error("line %d %s", number, "x" * 50)
os.write(2, b"the interpreter's last words")
"""


def test_it_is_rotated_and_the_process_s_own_output_follows(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    log.write_text("of an earlier start\n" * 1_000)
    subprocess.run([sys.executable, "-c", _TALKS, str(log)], check=True, timeout=60)
    rotated = tmp_path / "server.log.1"
    assert sorted(tmp_path.iterdir()) == [log, rotated]
    assert all(file.stat().st_size <= 2_100 for file in (log, rotated))
    said = rotated.read_text() + log.read_text()
    assert "line 99" in said
    assert "earlier start" not in said
    assert log.read_text().endswith("the interpreter's last words")
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
