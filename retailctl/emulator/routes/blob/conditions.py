"""Conditional requests: only if the blob is, or is no longer, what the client knows
(https://learn.microsoft.com/rest/api/storageservices/specifying-conditional-headers-for-blob-service-operations)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from retailctl.emulator.services.storage_errors import StorageError
from retailctl.emulator.store.blobs import Blob


def check_reading(headers: Mapping[str, str], blob: Blob) -> None:
    """Raise StorageError (304, 412) unless the blob is to be read as it is."""
    _require(headers, blob)
    if _names(headers.get("if-none-match", ""), blob) or _unchanged_since(headers.get("if-modified-since"), blob):
        raise StorageError(304, "ConditionNotMet", "The blob has not changed.")


def check_writing(headers: Mapping[str, str], blob: Blob | None) -> None:
    """Raise StorageError (409, 412) unless the blob, None where there is none yet, is to be written."""
    if blob is None:
        if headers.get("if-match"):
            raise _not_met()
        return
    if headers.get("if-none-match", "").strip() == "*":
        raise StorageError(409, "BlobAlreadyExists", "The specified blob already exists.")
    _require(headers, blob)
    if _names(headers.get("if-none-match", ""), blob) or _unchanged_since(headers.get("if-modified-since"), blob):
        raise _not_met()


def _require(headers: Mapping[str, str], blob: Blob) -> None:
    wanted, known = headers.get("if-match"), _instant(headers.get("if-unmodified-since"))
    if (wanted and not _names(wanted, blob)) or (known and blob.modified > known):
        raise _not_met()


def _names(tags: str, blob: Blob) -> bool:
    found = {tag.strip().removeprefix("W/").strip('"') for tag in tags.split(",")}
    return "*" in found or blob.etag.strip('"') in found


def _unchanged_since(text: str | None, blob: Blob) -> bool:
    known = _instant(text)
    return known is not None and blob.modified <= known


def _instant(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        found = parsedate_to_datetime(text)
    except ValueError as error:
        raise StorageError(400, "InvalidHeaderValue", f"{text[:40]!r} is no date.") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _not_met() -> StorageError:
    return StorageError(412, "ConditionNotMet", "The condition specified using HTTP conditional header(s) is not met.")
