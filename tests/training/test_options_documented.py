"""The table of options in training/README.md is what the parser accepts, with the defaults it takes."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import MISSING, fields

from tests.training.conftest import ROOT, environment
from training.options import TrainOptions

README = (ROOT / "training" / "README.md").read_text()


def test_the_readme_lists_every_option_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `--(\w+)` \| ([^|]*?) ?\|", README, flags=re.MULTILINE))
    defaults = {field.name: "" if field.default is MISSING else field.default for field in fields(TrainOptions)}
    defaults["quantiles"] = "0.1,0.5,0.9"
    assert rows == {name: str(default) for name, default in defaults.items()}


def test_the_help_explains_every_option() -> None:
    command = [sys.executable, str(ROOT / "training" / "train.py"), "--help"]
    text = subprocess.run(command, env=environment(), capture_output=True, text=True, check=True).stdout
    for field in fields(TrainOptions):
        assert f"--{field.name}" in text
    assert "Exit codes: 0 trained, 2 wrong option, 6 unusable data, 1 anything else." in text
