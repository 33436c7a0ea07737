"""What a job's inputs and outputs are bound to: worked out from the store, before any file is touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retailctl.emulator.arm.errors import bad_request
from retailctl.emulator.arm.ids import parse_asset
from retailctl.emulator.services.asset_kinds import MODELS
from retailctl.emulator.services.assets import Assets
from retailctl.emulator.services.content import Content
from retailctl.emulator.services.references import input_kind
from retailctl.emulator.services.uris import Place, output_place


@dataclass(frozen=True, slots=True)
class InputBinding:
    """Data that an input gives: a `value` as it is, or what is at `source`, copied when asked for."""

    value: str = ""
    source: Path | None = None
    copied: bool = False


@dataclass(frozen=True, slots=True)
class OutputBinding:
    """Where an output is kept: a `value` as it is, or the folder (or file) `kept`."""

    value: str = ""
    kept: Path | None = None
    is_file: bool = False


class Binder:
    """Binds inputs and outputs."""

    def __init__(self, assets: Mapping[str, Assets], content: Content) -> None:
        self._assets = assets
        self._content = content

    def input(self, given: Mapping[str, Any]) -> InputBinding:
        """What one input is bound to. Raises ArmError (400, 404)."""
        if given["jobInputType"] == "literal":
            return InputBinding(value=str(given.get("value") or ""))
        uri = self._input_uri(given)
        if given.get("mode") == "Direct":
            return InputBinding(value=uri)
        return InputBinding(source=self._content.existing(uri), copied=given.get("mode") == "Download")

    def output(self, job: str, name: str, given: Mapping[str, Any]) -> OutputBinding:
        """What one output is bound to. Raises ArmError (400)."""
        place = self._output_place(job, name, given)
        if given.get("mode") == "Direct":
            return OutputBinding(value=place.short_uri())
        return OutputBinding(kept=self._content.path(place), is_file=given.get("jobOutputType") == "uri_file")

    def _input_uri(self, given: Mapping[str, Any]) -> str:
        """Address of an input's data: its own, or that of the registered asset it names."""
        uri: str = given.get("uri") or ""
        reference = None if self._content.stored(uri) else parse_asset(uri)
        if reference is None:
            return uri
        collection = input_kind(given["jobInputType"])
        properties = self._assets[collection].referred(reference).body["properties"]
        found: str = properties["modelUri" if collection == MODELS.collection else "dataUri"]
        return found

    def _output_place(self, job: str, name: str, given: Mapping[str, Any]) -> Place:
        uri = given.get("uri")
        if not uri:
            return output_place(job, name)
        place = self._content.stored(uri)
        if place is None:
            raise bad_request(f"The output '{name}' is to go to '{uri}', which is no path in a datastore.")
        return place
