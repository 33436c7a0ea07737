"""The storage account behind the workspace: its names, its key, the signatures that it hands out and accepts.

Clients of azure-ai-ml build `https://{account}.blob.{storage_endpoint}/{container}`. Names under `.localhost` do
not resolve everywhere, so the account's name carries host and port, and the rest becomes the first part of the
path, as with Azurite.

Signatures: account SAS, service SAS of a container or a blob
(https://learn.microsoft.com/rest/api/storageservices/create-service-sas, version 2020-12-06 and later) and Shared Key
(https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import quote, urlencode

from retailctl.emulator.arm import timestamps
from retailctl.emulator.services.context import Context
from retailctl.emulator.services.identity import same
from retailctl.emulator.services.storage_errors import StorageError

STORAGE_ENDPOINT = "core.local"
ACCOUNT = "local"
PATH_ACCOUNT = f"{ACCOUNT}.blob.{STORAGE_ENDPOINT}"
SAS_VERSION = "2023-11-03"
SAS_LIFETIME = timedelta(hours=24)
# The fields that a signature covers, in their order; the resource's name stands between the two groups.
_BEFORE_RESOURCE = ("sp", "st", "se")
_AFTER_RESOURCE = ("si", "sip", "spr", "sv", "sr", "snapshot", "ses", "rscc", "rscd", "rsce", "rscl", "rsct")
_ACCOUNT_FIELDS = ("sp", "ss", "srt", "st", "se", "sip", "spr", "sv", "ses")
_SIGNED_HEADERS = (
    "content-encoding",
    "content-language",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "if-modified-since",
    "if-match",
    "if-none-match",
    "if-unmodified-since",
    "range",
)


class StorageAccount:
    """Names, key and signatures of the account."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.key = context.settings.get_or_make("storage_key", _new_key)

    @property
    def name(self) -> str:
        """The account as a datastore names it: host and port first, so that URLs built from it lead here."""
        return f"{self._context.url.removeprefix('https://')}/{ACCOUNT}"

    @property
    def url(self) -> str:
        """Where the account's containers are."""
        return f"{self._context.url}/{PATH_ACCOUNT}"

    def blob_url(self, container: str, name: str) -> str:
        """Address of a blob, without a signature."""
        return f"{self.url}/{container}/{quote(name)}"

    def sas(self, container: str, permissions: str, blob: str | None = None) -> str:
        """A query string that allows `permissions` (letters of the SAS) on a container or on one blob of it."""
        expiry = (timestamps.now() + SAS_LIFETIME).strftime("%Y-%m-%dT%H:%M:%SZ")
        fields = {"sp": permissions, "se": expiry, "spr": "https", "sv": SAS_VERSION, "sr": "b" if blob else "c"}
        resource = f"/blob/{PATH_ACCOUNT}/{container}" + (f"/{blob}" if blob else "")
        return urlencode({**fields, "sig": self._sign(_string_to_sign(fields, resource))})

    def check_sas(self, query: Mapping[str, str], container: str, blob: str, permission: str) -> None:
        """Raise StorageError (403) unless the query's signature allows any of these permissions here and now."""
        if "srt" in query:
            self._check_account_sas(query, container, blob, permission)
            return
        kind = query.get("sr", "")
        path = f"{container}/{blob}" if kind == "b" else container
        signed = [self._sign(_string_to_sign(query, f"/blob/{name}/{path}")) for name in (PATH_ACCOUNT, self.name)]
        if kind not in {"b", "c"} or not any(same(query.get("sig", ""), signature) for signature in signed):
            raise _refused("The signature of the shared access signature does not match.")
        _check_use(query, permission)

    def _check_account_sas(self, query: Mapping[str, str], container: str, blob: str, permission: str) -> None:
        values = [query.get(name, "") for name in _ACCOUNT_FIELDS]
        texts = ["\n".join((account, *values)) + "\n" for account in (PATH_ACCOUNT, self.name)]
        if not any(same(query.get("sig", ""), self._sign(text)) for text in texts):
            raise _refused("The signature of the shared access signature does not match.")
        resource = "o" if blob else "c" if container else "s"
        if "b" not in query.get("ss", "") or resource not in query.get("srt", ""):
            raise StorageError(
                403, "AuthorizationResourceTypeMismatch", "The signature is not for this service or resource type."
            )
        _check_use(query, permission)

    def check_shared_key(
        self, authorization: str, method: str, raw_path: str, headers: Mapping[str, str], query: Mapping[str, str]
    ) -> None:
        """Raise StorageError (403) unless the request is signed with the account's key. `headers` are lower-case."""
        account, _, signature = authorization.removeprefix("SharedKey ").partition(":")
        text = "\n".join((method, *(_signed_header(name, headers) for name in _SIGNED_HEADERS))) + "\n"
        text += _canonical_headers(headers) + f"/{account}{raw_path}" + _canonical_query(query)
        if account not in {PATH_ACCOUNT, self.name} or not same(signature, self._sign(text)):
            raise _refused("The signature of the request does not match.")

    def _sign(self, text: str) -> str:
        return base64.b64encode(hmac.new(base64.b64decode(self.key), text.encode(), hashlib.sha256).digest()).decode()


def _check_use(query: Mapping[str, str], permission: str) -> None:
    if _outside(query):
        raise _refused("The shared access signature is not valid at this time.")
    if not set(permission) & set(query.get("sp", "")):
        raise StorageError(
            403, "AuthorizationPermissionMismatch", "The shared access signature does not allow this operation."
        )


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(64)).decode()


def _string_to_sign(fields: Mapping[str, str], resource: str) -> str:
    before = [fields.get(name, "") for name in _BEFORE_RESOURCE]
    return "\n".join((*before, resource, *(fields.get(name, "") for name in _AFTER_RESOURCE)))


def _outside(query: Mapping[str, str]) -> bool:
    present = timestamps.now()
    try:
        starts = timestamps.parse(query["st"]) if query.get("st") else present
        return not starts <= present < timestamps.parse(query.get("se", ""))
    except ValueError:
        return True


def _signed_header(name: str, headers: Mapping[str, str]) -> str:
    value = headers.get(name, "")
    return "" if name == "content-length" and value == "0" else value


def _canonical_headers(headers: Mapping[str, str]) -> str:
    # The service sorts without regard to hyphens.
    names = sorted((name for name in headers if name.startswith("x-ms-")), key=lambda name: name.replace("-", ""))
    return "".join(f"{name}:{headers[name]}\n" for name in names)


def _canonical_query(query: Mapping[str, str]) -> str:
    return "".join(f"\n{name.lower()}:{query[name]}" for name in sorted(query))


def _refused(message: str) -> StorageError:
    return StorageError(403, "AuthenticationFailed", message)
