"""What an asset points at: its address made absolute, and checked to be there.

Models and data may name a place in a datastore or an output of a job; code names a blob URL.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from retailctl.emulator.arm.errors import bad_request, not_found
from retailctl.emulator.services.context import Context
from retailctl.emulator.services.datastores import Datastores
from retailctl.emulator.services.tracking.lineage import with_lineage
from retailctl.emulator.services.uris import ARTIFACTS_OUTPUT, Place, output_place, parse_job_output, parse_place
from retailctl.emulator.store.blob_names import InvalidBlobName


class Content:
    """Turns addresses into places and places into files."""

    def __init__(self, context: Context, datastores: Datastores) -> None:
        self._context = context
        self._datastores = datastores

    def stored(self, uri: str) -> Place | None:
        """The place in a datastore that an address means, or None. Raises ArmError (400) for an unknown datastore."""
        place = parse_place(uri)
        if place is not None:
            self.container(place)
        return place

    def container(self, place: Place) -> str:
        """Container that a place is in. Raises ArmError (400) for an unknown datastore."""
        return self._datastores.container(place.datastore)

    def place(self, uri: str) -> Place:
        """The place that an `azureml://` address means. Raises ArmError (400, 404)."""
        reference = parse_job_output(uri)
        if reference is not None:
            return self._job_output(reference.job, reference.output).below(reference.path)
        place = self.stored(uri)
        if place is None:
            raise bad_request(
                f"The address '{uri}' is neither azureml://datastores/NAME/paths/PATH"
                " nor azureml://jobs/NAME/outputs/OUTPUT nor runs:/NAME/PATH; the local Azure ML reads no other."
            )
        return place

    def path(self, place: Place) -> Path:
        """File or folder of a place, there or not. Raises ArmError (400) for a path that no blob can have."""
        try:
            return self._context.blobs.path(self.container(place), place.path)
        except InvalidBlobName as error:
            raise bad_request(f"The address {place.short_uri()} cannot be used: {error}.") from error

    def existing(self, uri: str) -> Path:
        """File or folder behind an address. Raises ArmError (400, 404)."""
        place = self.place(uri)
        path = self.path(place)
        if not path.exists():
            raise bad_request(f"There is nothing at {place.short_uri()}; upload it first.")
        return path

    def resolve_model(self, properties: dict[str, Any]) -> dict[str, Any]:
        """Properties of a model version with an absolute address, and the job when one of its outputs is meant."""
        uri: str = properties["modelUri"]
        folder = self.existing(uri)
        reference = parse_job_output(uri)
        job = {"jobName": reference.job} if reference else {}
        found = {**properties, **job, "modelUri": self.place(uri).long_uri(self._context.scope)}
        origin = self._context.resources.find("job", found.get("jobName") or "")
        return with_lineage(found, folder, origin.body["properties"] if origin else None)

    def resolve_data(self, properties: dict[str, Any]) -> dict[str, Any]:
        """Properties of a data version with an absolute address."""
        uri: str = properties["dataUri"]
        self.existing(uri)
        absolute = self.place(uri).long_uri(self._context.scope)
        return {**properties, "dataUri": absolute + ("/" if uri.endswith("/") else "")}

    def _job_output(self, job: str, output: str) -> Place:
        record = self._context.resources.find("job", job)
        if record is None:
            raise not_found(f"job '{job}'")
        outputs = record.body["properties"].get("outputs") or {}
        if output == ARTIFACTS_OUTPUT and output not in outputs:
            output = "default"
        if output not in outputs:
            raise not_found(f"output '{output}' of job '{job}'")
        uri = (outputs[output] or {}).get("uri")
        place = self.stored(uri) if uri and output != "default" else None
        return place or output_place(job, output)
