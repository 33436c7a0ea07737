"""The peers that the forecast is compared with: which there are, and whether they can run here."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

PEERS: dict[str, tuple[str, ...]] = {
    "mlforecast": ("--objective", "tweedie", "--days", "180"),
    "mlforecast-poisson": ("--objective", "poisson", "--days", "365"),
}
"""Name of a peer -> its options of forecast_mlforecast.py."""


def add_peer_python(parser: argparse.ArgumentParser) -> None:
    """The option that says where mlforecast is installed: it wants an older pandas than the product."""
    parser.add_argument(
        "--peer-python",
        type=lambda text: Path(text).absolute(),  # not resolved: an environment's Python is a link
        default=Path(sys.executable),
        help="Python that has mlforecast and lightgbm (default: this one)",
    )


def why_not(python: Path) -> str:
    """Why the peer cannot run, in words; '' when it can."""
    asked = [str(python), "-c", "import mlforecast, lightgbm, pyarrow"]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
    except OSError as error:
        return f"{python}: {error.strerror}"
    return done.stderr.strip().splitlines()[-1] if done.returncode else ""


def peer_command(python: Path, peer: str, data: Path, out: Path) -> list[str | Path]:
    """The command line that trains a peer on a folder and writes its forecasts."""
    return [python, HERE / "forecast_mlforecast.py", "--data", data, "--out", out, *PEERS[peer]]
