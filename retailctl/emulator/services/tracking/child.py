"""The MLflow server as a program: one process on a unix socket, over one SQLite database and one artifact folder.

    python -P child.py DATABASE ARTIFACTS SOCKET

`mlflow server` does the same in two processes (a launcher that loads MLflow, and the server that loads it again),
which takes twice the memory and twice the time. Its lifespan hooks stay off: they clear away containers of MLflow's
assistant, which is not offered here.
"""

import os
import socket
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

_PRIVATE = 0o077


def main(database: str, artifacts: str, address: str) -> None:
    """Serve until SIGTERM."""
    os.umask(_PRIVATE)
    uri = f"sqlite:///{database}"
    _configure(uri, artifacts)
    _make_empty(Path(database))
    _bring_up_to_date(uri)
    import uvicorn
    from mlflow.server.fastapi_app import app

    Path(address).unlink(missing_ok=True)
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as listener:
        listener.bind(address)
        config = uvicorn.Config(app, lifespan="off", log_level="warning", access_log=False, server_header=False)
        uvicorn.Server(config).run(sockets=[listener])


def _configure(uri: str, artifacts: str) -> None:
    """What `mlflow server` passes on to the process that it starts."""
    from mlflow.server import constants

    os.environ[constants.BACKEND_STORE_URI_ENV_VAR] = uri
    os.environ[constants.REGISTRY_STORE_URI_ENV_VAR] = uri
    os.environ[constants.ARTIFACT_ROOT_ENV_VAR] = "mlflow-artifacts:/"
    os.environ[constants.ARTIFACTS_DESTINATION_ENV_VAR] = Path(artifacts).as_uri()
    os.environ[constants.SERVE_ARTIFACTS_ENV_VAR] = "true"


def _make_empty(database: Path) -> None:
    """In write-ahead mode a transaction costs one sync of the disk instead of three; making the tables takes fifty."""
    if not database.exists():
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")


def _bring_up_to_date(uri: str) -> None:
    """Make the tables, or change those of an older MLflow."""
    from mlflow.db import upgrade
    from mlflow.exceptions import MlflowException
    from mlflow.server.handlers import initialize_backend_stores

    try:
        initialize_backend_stores(uri, uri, "mlflow-artifacts:/")
    except MlflowException:
        upgrade.callback(uri)
        initialize_backend_stores(uri, uri, "mlflow-artifacts:/")


if __name__ == "__main__":
    main(*sys.argv[1:])
