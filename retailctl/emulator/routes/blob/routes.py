"""Paths of the Blob service: the account first, then the container, then the blob."""

from __future__ import annotations

from starlette.routing import Route

from retailctl.emulator.routes.blob import account, containers, download, upload
from retailctl.emulator.routes.blob.request import answering
from retailctl.emulator.services.storage import PATH_ACCOUNT

_CONTAINER = f"/{PATH_ACCOUNT}/{{container}}"
_BLOB = f"{_CONTAINER}/{{blob:path}}"


def is_storage(path: str) -> bool:
    """True for paths of the storage account, which checks its callers itself."""
    return path.startswith(f"/{PATH_ACCOUNT}/")


ROUTES = [
    Route(f"/{PATH_ACCOUNT}/", answering(account.get), methods=["GET"]),
    Route(_CONTAINER, answering(containers.get), methods=["GET"]),
    Route(_CONTAINER, answering(containers.put), methods=["PUT"]),
    Route(_CONTAINER, answering(containers.delete), methods=["DELETE"]),
    Route(_BLOB, answering(download.head), methods=["HEAD"]),
    Route(_BLOB, answering(download.get), methods=["GET"]),
    Route(_BLOB, answering(download.delete), methods=["DELETE"]),
    Route(_BLOB, answering(upload.put), methods=["PUT"]),
]
