"""Versioned assets: models, data, environments and their containers, each with a mark in its tags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.emulator import bodies
from tests.emulator.crash.client import Wrong
from tests.emulator.crash.families import Family, Step
from tests.emulator.crash.ledger import Value

_COLLECTIONS = ("models", "data", "environments")
_NAMES = 3
_VERSIONS = 4


class Assets(Family):
    """The assets of one client."""

    def steps(self) -> Sequence[Step]:
        return [self._put_version] * 4 + [self._put_container, self._delete_version]

    def actual(self, key: Any) -> Value:
        answer = self.client.arm("GET", _path(key))
        # A container without a mark was made by its first version, and is as good as none.
        return None if answer.status_code == 404 else answer.json()["properties"]["tags"].get("mark")

    def prepare(self) -> None:
        """Files for models and data to point at. Raises Wrong."""
        answer = self.client.blob("PUT", f"{self.name}/files/part", b"content")
        if answer.status_code != 201:
            raise Wrong(f"an upload was refused: {answer.text}")

    def _put_version(self) -> None:
        key, mark = self._any(), self.mark()
        self.write(key, mark, lambda: self.client.arm("PUT", _path(key), self._body(key[0], mark)))

    def _put_container(self) -> None:
        collection, name, _ = self._any()
        mark = self.mark()
        key = (collection, name)
        kind = {"dataType": "uri_folder"} if collection == "data" else {}
        body = {"properties": {**kind, "tags": {"mark": mark}}}
        self.write(key, mark, lambda: self.client.arm("PUT", _path(key), body))

    def _delete_version(self) -> None:
        versions = [key for key in self.ledger.present() if len(key) == 3]
        if versions:
            key = self.random.choice(versions)
            self.write(key, None, lambda: self.client.arm("DELETE", _path(key)))

    def _any(self) -> tuple[str, str, str]:
        name = f"{self.name}-{self.random.randrange(_NAMES)}"
        return self.random.choice(_COLLECTIONS), name, str(self.random.randint(1, _VERSIONS))

    def _body(self, collection: str, mark: str) -> dict[str, Any]:
        place = f"azureml://datastores/workspaceblobstore/paths/{self.name}/files"
        properties = {
            "models": {"modelUri": place, "modelType": "custom_model"},
            "data": {"dataUri": place, "dataType": "uri_folder"},
            "environments": bodies.environment()["properties"],
        }[collection]
        return {"properties": {**properties, "tags": {"mark": mark}}}


def _path(key: tuple[str, ...]) -> str:
    return f"/{key[0]}/{key[1]}" + (f"/versions/{key[2]}" if len(key) == 3 else "")
