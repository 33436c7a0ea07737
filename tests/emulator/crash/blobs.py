"""Blobs: written whole and in blocks, with metadata, replaced and deleted."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from random import Random
from typing import Any

from tests.emulator.crash.client import Client, Wrong
from tests.emulator.crash.families import Family, Step
from tests.emulator.crash.ledger import Value

_NAMES = 5
_LARGEST = 200_000


class Blobs(Family):
    """The blobs of one client. A blob's value is the digest of its content and its metadata."""

    def __init__(self, client: Client, name: str, random: Random) -> None:
        super().__init__(client, name, random)
        self._blocks: list[tuple[str, bytes]] = []

    def steps(self) -> Sequence[Step]:
        return [self._put] * 3 + [self._put_block] * 4 + [self._set_metadata, self._delete, self._put_block_list]

    def actual(self, key: Any) -> Value:
        answer = self.client.blob("GET", self._path(key))
        return None if answer.status_code == 404 else (_digest(answer.content), answer.headers.get("x-ms-meta-mark"))

    def _put(self) -> None:
        key, mark, content = self._any(), self.mark(), self._content()
        headers = {"x-ms-meta-mark": mark}
        self.write(key, (_digest(content), mark), lambda: self.client.blob("PUT", self._path(key), content, headers))

    def _set_metadata(self) -> None:
        if (key := self._some()) is None:
            return
        digest, _ = self.ledger.certain(key)
        mark = self.mark()
        headers = {"x-ms-meta-mark": mark}
        self.write(key, (digest, mark), lambda: self.client.blob("PUT", self._path(key), b"", headers, comp="metadata"))

    def _delete(self) -> None:
        if (key := self._some()) is not None:
            self.write(key, None, lambda: self.client.blob("DELETE", self._path(key)))

    def _put_block(self) -> None:
        """A block is there from its answer on, until a list of blocks makes it part of a blob."""
        identifier = base64.b64encode(self.mark().encode()).decode()
        content = self._content()
        path = self._path("blocks")
        answer = self.client.blob("PUT", path, content, comp="block", blockid=identifier)
        if answer.status_code != 201:
            raise Wrong(f"a block was refused: {answer.text}")
        self._blocks.append((identifier, content))
        if len(self._blocks) > 3:
            self._put_block_list()

    def _put_block_list(self) -> None:
        blocks = self._blocks
        if not blocks:
            return
        mark = self.mark()
        body = "".join(f"<Latest>{identifier}</Latest>" for identifier, _ in blocks)
        value = (_digest(b"".join(content for _, content in blocks)), mark)
        self.write(
            "blocks",
            value,
            lambda: self.client.blob(
                "PUT",
                self._path("blocks"),
                f"<BlockList>{body}</BlockList>".encode(),
                {"x-ms-meta-mark": mark},
                comp="blocklist",
            ),
        )
        self._blocks = []

    def check(self) -> None:
        before = self.ledger.certain("blocks")
        super().check()
        if self.ledger.certain("blocks") != before:
            self._blocks = []  # the list of blocks whose answer was lost was carried out

    def _some(self) -> str | None:
        """One that is there, if there is one."""
        there = [key for key in self.ledger.present() if key != "blocks"]
        return self.random.choice(there) if there else None

    def _any(self) -> str:
        return f"file-{self.random.randrange(_NAMES)}"

    def _path(self, key: str) -> str:
        return f"{self.name}/blobs/{key}"

    def _content(self) -> bytes:
        return self.random.randbytes(self.random.randint(1, _LARGEST))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
