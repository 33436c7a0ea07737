"""Experiment tracking of jobs: an MLflow database and artifact folder in the state folder.

SQLite, because MLflow no longer takes a plain folder. The first job makes the tables, which costs it about two
seconds, once in the life of a state folder; MLflow itself keeps two first jobs apart.
"""

from __future__ import annotations

from retailctl.emulator.store.folder import StateFolder


def tracking_uri(folder: StateFolder) -> str:
    """Address of the tracking database for MLflow clients on this machine."""
    return f"sqlite:///{folder.mlflow / 'mlflow.db'}"


def artifact_root(folder: StateFolder) -> str:
    """Where MLflow keeps the artifacts of new experiments."""
    return str(folder.mlflow / "artifacts")
