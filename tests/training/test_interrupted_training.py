"""A training job that is ended in the middle: no half model, and a second run into the same folder succeeds."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.training.conftest import QUICK, ROOT, environment, run_train
from training.artifact import ArtifactError, load


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_training_leaves_no_model_and_can_be_run_again(
    number: signal.Signals, sample: Path, tmp_path: Path
) -> None:
    out = tmp_path / "model"
    arguments = ["--data", str(sample), "--out_dir", str(out), *QUICK]
    # Long enough that the signal meets the fits.
    command = [sys.executable, str(ROOT / "training" / "train.py"), *arguments, "--iterations", "5000"]
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as job:
        assert job.stdout is not None
        assert b"series" in job.stdout.readline()
        job.send_signal(number)
        job.communicate()
        assert job.returncode != 0
    with pytest.raises(ArtifactError):
        load(out / "artifact")
    assert not (out / "MLmodel").exists()
    again = run_train(*arguments, "--iterations", "3")
    assert again.returncode == 0, again.stderr
    assert load(out / "artifact").manifest.parameters["iterations"] == 3
