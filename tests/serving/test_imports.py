"""The inference container holds neither the training libraries nor the control side."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.serving.process import CHECKOUT

ANSWER = """
import sys
from pathlib import Path
import serving.__main__, serving.app
from serving.model import open_model
from serving.scoring import score
model = open_model(Path(sys.argv[1]), 10)
score(model, b'{"series": [{"store_id": "north_1", "item_id": "GROCERY_001"}]}')
print(" ".join(sorted({name.split(".")[0] for name in sys.modules})))
"""
HEAVY = {
    "pandas",
    "polars",
    "lightgbm",
    "sklearn",
    "scipy",
    "mlflow",
    "pyarrow",
    "matplotlib",
    "azure",
    "retailctl",
    "httpx",
    "docker",
}


def test_answering_a_forecast_imports_no_training_library(model_dir: Path) -> None:
    command = [sys.executable, "-c", ANSWER, str(model_dir)]
    imported = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout.split()

    assert {"serving", "training", "numpy", "fastapi"} <= set(imported)
    assert not HEAVY & set(imported)
