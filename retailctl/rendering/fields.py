"""Which fields each kind of document may have, so that a typo is found with its line and the nearest right name.

Azure ML's loaders refuse unknown fields too, but print every branch of a union and no line. The tables follow the
schemas of azure-ai-ml, and a test compares them with the installed ones.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from retailctl.rendering.catalogue import Kind

Tree = Mapping[str, object]

LEAF: Final = "a value"
OPEN: Final = "names that the user chooses"


@dataclass(frozen=True)
class KnownFields:
    """The fields of one kind of document: a tree whose leaves are values or mappings with free names."""

    tree: object

    def first_unknown(self, path: Sequence[str | int]) -> tuple[int, Collection[str]] | None:
        """Position of the first part of ``path`` that no such document has, and what it may have there."""
        level = self.tree
        for depth, part in enumerate(path):
            if not isinstance(level, Mapping):
                return None
            if part not in level:
                return depth, level.keys()
            level = level[str(part)]
        return None


def _values(names: str) -> Tree:
    return dict.fromkeys(names.split(), LEAF)


_ROUTE = _values("path port")
_PROBE = _values("initial_delay period timeout success_threshold failure_threshold")
_ENVIRONMENT: Tree = {
    **_values("name id version description image conda_file os_type datastore auto_delete_setting"),
    "tags": OPEN,
    "build": _values("dockerfile_path path"),
    "inference_config": {"liveness_route": _ROUTE, "readiness_route": _ROUTE, "scoring_route": _ROUTE},
}
_MODEL: Tree = {
    **_values("name version type path description stage datastore allowed_deployment_templates"),
    "tags": OPEN,
    "properties": OPEN,
    "flavors": OPEN,
    "system_metadata": OPEN,
    "default_deployment_template": _values("asset_id"),
}
_DEPLOYMENT: Tree = {
    **_values("name endpoint_name type description id provisioning_state"),
    **_values("instance_type instance_count app_insights_enabled model_mount_path"),
    **_values("egress_public_network_access private_network_connection"),
    "tags": OPEN,
    "properties": OPEN,
    "environment_variables": OPEN,
    "model": _MODEL,
    "environment": _ENVIRONMENT,
    "code_configuration": _values("code scoring_script"),
    "request_settings": _values("request_timeout_ms max_concurrent_requests_per_instance max_queue_wait_ms"),
    "liveness_probe": _PROBE,
    "readiness_probe": _PROBE,
    "scale_settings": _values("type polling_interval target_utilization_percentage min_instances max_instances"),
    "data_collector": {
        **_values("rolling_rate sampling_rate"),
        "collections": OPEN,
        "request_logging": _values("capture_headers"),
    },
}
_ENDPOINT: Tree = {
    **_values("name id description auth_mode location public_network_access"),
    **_values("provisioning_state scoring_uri openapi_uri"),
    "tags": OPEN,
    "properties": OPEN,
    "traffic": OPEN,
    "mirror_traffic": OPEN,
    "identity": _values("type principal_id tenant_id user_assigned_identities"),
}
_JOB: Tree = {
    **_values("name type display_name experiment_name description parent_job_name compute command code"),
    **dict.fromkeys(("tags", "properties", "services", "environment_variables", "inputs", "outputs"), OPEN),
    "environment": _ENVIRONMENT,
    "identity": _values("type client_id object_id msi_resource_id"),
    "limits": _values("timeout"),
    "queue_settings": _values("job_tier priority"),
    "distribution": {
        **_values("type process_count_per_instance parameter_server_count worker_count port address"),
        **_values("include_dashboard dashboard_port head_node_additional_args worker_node_additional_args"),
    },
    "resources": {
        **_values("instance_count instance_type locations shm_size max_instance_count docker_args"),
        "properties": OPEN,
    },
}
_TREES: Mapping[Kind, object] = {
    "job": _JOB,
    "endpoint": _ENDPOINT,
    "deployment": _DEPLOYMENT,
    "environment": _ENVIRONMENT,
    "model": _MODEL,
    "conda": OPEN,
}


def known_fields(kind: Kind) -> KnownFields:
    """The fields that a document of ``kind`` may have; every one may name its ``$schema``."""
    tree = _TREES[kind]
    return KnownFields({"$schema": LEAF, **tree} if isinstance(tree, Mapping) else tree)
