"""Experiment tracking of jobs: an MLflow database and artifact folder in the state folder.

SQLite, because MLflow no longer takes a plain folder. MLflow makes its tables when the first job asks for them, in
some fifty small transactions, and keeps two first jobs apart itself. The database is put into write-ahead mode
beforehand, in which a transaction costs one sync of the disk instead of three: that halves the first job's wait.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from retailctl.emulator.store.folder import PRIVATE_FILE, StateFolder


def _database(folder: StateFolder) -> Path:
    return folder.mlflow / "mlflow.db"


def tracking_uri(folder: StateFolder) -> str:
    """Address of the tracking database for MLflow clients on this machine."""
    return f"sqlite:///{_database(folder)}"


def artifact_root(folder: StateFolder) -> str:
    """Where MLflow keeps the artifacts of new experiments."""
    return str(folder.mlflow / "artifacts")


def prepare(folder: StateFolder) -> None:
    """Make the empty database if there is none."""
    path = _database(folder)
    if path.exists():
        return
    path.touch(mode=PRIVATE_FILE)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
