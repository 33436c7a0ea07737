"""Experiment tracking of jobs: an MLflow database and artifact folder in the state folder.

SQLite, because MLflow no longer takes a plain folder. Making its tables costs the first job some seconds, so a
server that runs in the background has them made beforehand, in a process of low priority that ends by itself.
"""

from __future__ import annotations

import asyncio
import os
import sys

from retailctl.emulator.store.folder import StateFolder

_MAKE_TABLES = "import sys, mlflow; mlflow.MlflowClient(sys.argv[1]).search_experiments(max_results=1)"


def tracking_uri(folder: StateFolder) -> str:
    """Address of the tracking database for MLflow clients on this machine."""
    return f"sqlite:///{folder.mlflow / 'mlflow.db'}"


def artifact_root(folder: StateFolder) -> str:
    """Where MLflow keeps the artifacts of new experiments."""
    return str(folder.mlflow / "artifacts")


async def prepare(folder: StateFolder) -> None:
    """Make the tracking tables if they are not there; a machine without MLflow goes without."""
    if (folder.mlflow / "mlflow.db").exists():
        return
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _MAKE_TABLES,
        tracking_uri(folder),
        cwd=folder.mlflow,
        env={**os.environ, "_MLFLOW_SERVER_ARTIFACT_ROOT": artifact_root(folder)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        preexec_fn=lambda: os.nice(10),
    )
    try:
        await process.wait()
    except asyncio.CancelledError:
        process.kill()
        raise
