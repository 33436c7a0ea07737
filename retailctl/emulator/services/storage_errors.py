"""A refused storage request, with the status and the code of the Blob service
(https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes)."""

from __future__ import annotations


class StorageError(Exception):
    """HTTP status, Blob service error code and a message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
