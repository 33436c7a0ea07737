"""Where tracking is: its address for clients, its files in the state folder, its sockets.

Azure ML publishes `azureml://REGION.api.azureml.ms/mlflow/v1.0/...`, which the package azureml-mlflow turns into
Azure's own API. The local server's address is `https://127.0.0.1:PORT/mlflow`: plain MLflow clients speak to it with
MLFLOW_TRACKING_TOKEN and MLFLOW_TRACKING_SERVER_CERT_PATH, and azureml-mlflow leaves addresses of that kind alone.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from pathlib import Path

from retailctl.emulator.errors import UnusableState
from retailctl.emulator.store.folder import PRIVATE_FOLDER, StateFolder, make_private

PREFIX = "/mlflow"
"""Path below which the server passes requests on to MLflow."""
# The kernel takes addresses of 107 bytes on Linux and of 103 on macOS; the rest is for the names below the folder.
_LONGEST_FOLDER = 80


def tracking_uri(url: str) -> str:
    """Address of tracking for the clients of the server at `url`."""
    return url + PREFIX


class TrackingPlaces:
    """Files and sockets of one state folder's tracking."""

    def __init__(self, folder: StateFolder) -> None:
        self.database = folder.mlflow / "mlflow.db"
        self.artifacts = folder.mlflow / "artifacts"
        self.log = folder.mlflow / "server.log"
        self.folder = folder.mlflow
        self._sockets = _short(folder.mlflow / "sockets")

    @property
    def server_socket(self) -> Path:
        """Where the MLflow server listens: for the owner of the folder alone, unlike a port of 127.0.0.1."""
        return self._sockets / "server"

    @property
    def gate(self) -> Path:
        """Folder that containers of jobs see: the socket that leads to this server, and what they need to use it."""
        return self._sockets / "gate"

    def prepare(self) -> None:
        """Make the folders of the sockets. Raises UnusableState where somebody else has them."""
        make_private(self._sockets)
        made = self._sockets.lstat()
        if not stat.S_ISDIR(made.st_mode) or made.st_uid != os.getuid():
            raise UnusableState(f"{self._sockets} belongs to another user; remove it.")
        self.gate.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)

    def clear(self) -> None:
        """Remove the sockets."""
        shutil.rmtree(self._sockets, ignore_errors=True)


def _short(wanted: Path) -> Path:
    """A folder whose path leaves room for a socket's name: the wanted one, or the same one at every start elsewhere."""
    if len(os.fsencode(wanted)) <= _LONGEST_FOLDER:
        return wanted
    digest = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"retailctl-{os.getuid()}-{digest}"
