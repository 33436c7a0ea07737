"""The training job: ``python training/train.py --data DIR --out_dir DIR``, or ``python -m training.train``.

Reads the data, backtests and trains, writes ``out_dir`` as an MLflow model with metrics.json and backtest.json beside
it, and logs to MLflow where MLFLOW_TRACKING_URI is set. Exit codes: 0 trained, 2 wrong option, 6 unusable data, 1
anything else.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

if __package__ in (None, ""):
    # Run as a file: the folder on the path is this one, and the package lies in its parent.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

# The fits run beside each other (--workers); more threads in each would only get in each other's way.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from training.data import DataError, load_panel
from training.options import TrainOptions, parse_options
from training.panel import Panel

DATA_ERROR = 6


def main(argv: Sequence[str] | None = None) -> int:
    """Run a training job; returns its exit code."""
    options = parse_options(argv)
    try:
        options.out_dir.mkdir(parents=True, exist_ok=True)
        panel = load_panel(options.data)
        _trainer()(panel, options)
    except DataError as error:
        return _failed(f"unusable data: {error}", DATA_ERROR)
    except ImportError as error:
        return _failed(f"a library cannot be loaded: {error}", 1)
    except OSError as error:
        return _failed(f"a file cannot be read or written: {error}", 1)
    except MemoryError:
        return _failed(f"out of memory; train on fewer rows (--rows {options.rows // 2}) or with --workers 1", 1)
    return 0


def _trainer() -> Callable[[Panel, TrainOptions], None]:
    """What trains. Loaded once the data is known to be good: a wrong cell is named at once, not after seconds."""
    try:
        from training.job import run
    except OSError as error:  # of the system's loader: LightGBM's wheel does not carry the OpenMP that it is built with
        raise ImportError(f"{error}; install it: apt-get install libgomp1 (Debian, Ubuntu)") from error
    return run


def _failed(message: str, code: int) -> int:
    print(f"train.py: {message}", file=sys.stderr)
    return code


if __name__ == "__main__":
    # Ended at once, as by SIGTERM: the fits would hear of an interrupt only when they are done. Nothing is written yet.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(main())
