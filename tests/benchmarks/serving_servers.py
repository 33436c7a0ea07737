"""Ours and its peers: how each is started with one worker, and how it is asked."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.serving_forms import Form, PyfuncDays, PyfuncRows, Score
from tests.benchmarks.serving_models import Models

OURS, FLOOR = "python -m serving", "in-process floor"
MLFLOW, MLFLOW_OWN, AZURE = "mlflow, LightGBM", "mlflow, the product's pyfunc", "azmlinfsrv, LightGBM"
MLFLOWS = (MLFLOW, MLFLOW_OWN)

_AZURE_SCRIPT = str(Path(__file__).with_name("serving_peer_azureml.py"))


@dataclass(frozen=True, slots=True)
class Server:
    """A server that can be started on a port."""

    name: str
    line: Sequence[str]
    """Command line; the port is its next word."""
    variables: Mapping[str, str]
    ready: str
    """Path that answers 200 once the model is in memory."""
    score: str
    """Path of forecasts."""
    form: Form


def ours(models: Models) -> Server:
    variables = {"AZUREML_MODEL_DIR": str(models.product)}
    return Server(OURS, [sys.executable, "-m", "serving", "--port"], variables, "/ready", "/score", Score())


def peers(models: Models, python: Path) -> list[Server]:
    """All of them, whether their packages are there or not."""
    azure = [str(python), _AZURE_SCRIPT, "--entry_script", _AZURE_SCRIPT, "--worker_count", "1", "--port"]
    return [
        _mlflow(MLFLOW, models.pyfunc, python, PyfuncRows()),
        _mlflow(MLFLOW_OWN, models.product, python, PyfuncDays()),
        Server(AZURE, azure, {"AZUREML_MODEL_DIR": str(models.peer)}, "/", "/score", Score()),
    ]


def why_not(server: Server, python: Path) -> str:
    """Why a peer cannot run, in words; '' when it can."""
    modules = "azureml_inference_server_http, lightgbm, orjson" if server.name == AZURE else "mlflow, lightgbm"
    try:
        done = subprocess.run([python, "-c", f"import {modules}"], capture_output=True, text=True, check=False)
    except OSError as error:
        return f"{python}: {error.strerror}"
    return done.stderr.strip().splitlines()[-1] if done.returncode else ""


def versions(python: Path) -> str:
    """What the servers are made of."""
    own = ("uvicorn", "uvloop", "httptools", "orjson", "numpy")
    theirs = (*own, "mlflow", "fastapi", "azureml-inference-server-http", "flask", "gunicorn", "lightgbm", "pandas")
    return f"ours: {_versions(Path(sys.executable), own)}\npeers: {_versions(python, theirs)}"


def _mlflow(name: str, folder: Path, python: Path, form: Form) -> Server:
    serve = ["-m", "mlflow", "models", "serve", "--env-manager", "local", "--host", "127.0.0.1", "--model-uri"]
    # It starts uvicorn by name, and would report its use to its makers.
    variables = {"PATH": f"{python.parent}:{os.environ['PATH']}", "MLFLOW_DISABLE_TELEMETRY": "true"}
    return Server(name, [str(python), *serve, str(folder), "--port"], variables, "/ping", "/invocations", form)


def _versions(python: Path, packages: Sequence[str]) -> str:
    script = """
import importlib.metadata, sys
for name in sys.argv[1:]:
    try: print(name, importlib.metadata.version(name), end=", ")
    except importlib.metadata.PackageNotFoundError: print("no", name, end=", ")
print("Python", sys.version.split()[0])
"""
    return subprocess.run([python, "-c", script, *packages], capture_output=True, text=True, check=True).stdout.strip()
