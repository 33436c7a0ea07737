"""A machine that lacks what training loads: one line that says what to install, and no traceback."""

from __future__ import annotations

import shutil
from pathlib import Path

import lightgbm

from tests.training.conftest import run_train


def test_a_system_without_openmp_is_told_how_to_install_it(sample: Path, tmp_path: Path) -> None:
    package = shutil.copytree(Path(lightgbm.__file__).parent, tmp_path / "packages" / "lightgbm")
    library = package / "lib" / "lib_lightgbm.so"
    library.write_bytes(library.read_bytes().replace(b"libgomp.so.1\0", b"libgomp.so.0\0"))
    done = run_train("--data", sample, "--out_dir", tmp_path / "model", PYTHONPATH=str(package.parent))
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("train.py: a library cannot be loaded: libgomp.so.0: cannot open shared object file")
    assert line.endswith("install it: apt-get install libgomp1 (Debian, Ubuntu)")


def test_a_package_that_is_not_installed_is_named(sample: Path, tmp_path: Path) -> None:
    (tmp_path / "lightgbm.py").write_text("raise ModuleNotFoundError(\"No module named 'lightgbm'\")\n")
    done = run_train("--data", sample, "--out_dir", tmp_path / "model", PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.strip() == "train.py: a library cannot be loaded: No module named 'lightgbm'"
