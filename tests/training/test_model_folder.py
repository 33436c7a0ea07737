"""The folder that a model is written into: replaced whole, nothing of anybody else's touched."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.training.conftest import Job
from training.mlflow_model.writer import clear


def test_an_earlier_model_is_taken_away_and_other_files_stay(job: Job, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(job.out_dir, tmp_path / "model"))
    (folder / "code" / "own.py").write_text("")
    (folder / "artifact" / "notes.txt").write_text("")
    clear(folder)
    assert not (folder / "MLmodel").exists()
    assert [path.name for path in (folder / "artifact").iterdir()] == ["notes.txt"]
    assert [path.name for path in (folder / "code").iterdir()] == ["own.py"]


def test_a_project_that_looks_alike_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "code" / "training").mkdir(parents=True)
    (tmp_path / "code" / "training" / "mine.py").write_text("")
    clear(tmp_path)
    assert (tmp_path / "code" / "training" / "mine.py").is_file()
