"""Code snapshots: where one is uploaded to, whether it is there already, and how it becomes a folder again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from retailctl.emulator.arm.errors import bad_request
from retailctl.emulator.arm.ids import parse_asset
from retailctl.emulator.arm.names import check_asset, check_version
from retailctl.emulator.services.asset_kinds import CODES
from retailctl.emulator.services.assets import Assets
from retailctl.emulator.services.context import Context
from retailctl.emulator.services.storage import StorageAccount
from retailctl.emulator.services.uris import parse_blob_url
from retailctl.emulator.store.blob_names import InvalidBlobName
from retailctl.emulator.store.resources import Record


@dataclass(frozen=True, slots=True)
class UploadTarget:
    """A container of its own for one snapshot, and a signature that may write to it."""

    upload_id: str
    url: str
    sas: str


class Codes:
    """The code versions of the workspace."""

    def __init__(self, context: Context, account: StorageAccount, assets: Assets) -> None:
        self._context = context
        self._account = account
        self._assets = assets

    def upload_target(self, name: str, version: str) -> UploadTarget:
        """Where the snapshot of a code version goes. Raises ArmError (400)."""
        check_asset(name, "Code")
        check_version(version, "Code")
        container = "code-" + hashlib.sha256(f"{name}:{version}".encode()).hexdigest()[:32]
        self._context.blobs.create_container(container)
        return UploadTarget(
            str(uuid4()), f"{self._account.url}/{container}", self._account.sas(container, permissions="racwl")
        )

    def versions(self, name: str, content_hash: str | None, hash_version: str | None) -> Iterator[Record]:
        """Versions of one code; with a hash, every version with that content, whatever its name.

        Clients give each snapshot a name of its own and ask by hash whether its content is there already; one whose
        files are gone is not, so that they upload it again.
        """
        if not content_hash:
            return self._assets.list_versions(name)
        wanted = {"hash_sha256": content_hash, **({"hash_version": hash_version} if hash_version else {})}
        records = self._context.resources.walk(CODES.version_kind, None, newest_first=True)
        alike = (record for record in records if wanted.items() <= record.body["properties"]["properties"].items())
        return (record for record in alike if self._files(record) is not None)

    def folder(self, code_id: str) -> Path:
        """Folder with the files of the code that a job names. Raises ArmError (400, 404)."""
        reference = parse_asset(code_id)
        if reference is None:
            raise bad_request(f"'{code_id}' is no code version.", target="codeId")
        folder = self._files(self._assets.get_version(reference.name, reference.version))
        if folder is None:
            name = f"{reference.name}:{reference.version}"
            raise bad_request(f"The code version '{name}' has no files here; upload it again, and submit the job anew.")
        return folder

    def _files(self, record: Record) -> Path | None:
        """Where a version's files are; None when they are elsewhere or gone."""
        place = parse_blob_url(record.body["properties"].get("codeUri") or "")
        if place is None:
            return None
        try:
            folder = self._context.blobs.path(*place)
        except InvalidBlobName:
            return None
        return folder if folder.exists() else None
