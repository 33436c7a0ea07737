"""Names that Azure ML refuses; the SDK checks some of them only when it has begun to send."""

from __future__ import annotations

from collections.abc import Mapping

from retailctl.domain.names import check_name
from retailctl.errors import InvalidName
from retailctl.rendering.documents import Document
from retailctl.rendering.lint.finding import Check, Found, Rule, finding

_RULE = "name"


def _named(fields: Mapping[str, str], *, prefix: str = "", required: tuple[str, ...] = ()) -> Check:
    """Check each of ``fields`` (field -> kind of name); those in ``required`` must be there."""

    def check(document: Document) -> Found:
        for field, kind in fields.items():
            value = document.get(field)
            if value is None and field not in required:
                continue
            try:
                check_name(kind, str(value or "").removeprefix(prefix))
            except InvalidName as error:
                yield finding(document, _RULE, (field,), f"{error.message}: {error.reason}")

    return check


ENDPOINT = Rule(_RULE, "the endpoint has a valid name", _named({"name": "endpoint"}, required=("name",)))
DEPLOYMENT = Rule(
    _RULE,
    "slot and endpoint have valid names",
    _named({"name": "slot", "endpoint_name": "endpoint"}, required=("name", "endpoint_name")),
)
MODEL = Rule(_RULE, "the model has a valid name", _named({"name": "model"}, required=("name",)))
ENVIRONMENT = Rule(_RULE, "the environment has a valid name", _named({"name": "environment"}, required=("name",)))
JOB = Rule(
    _RULE,
    "job, experiment and compute have valid names",
    _named({"name": "job", "experiment_name": "experiment", "compute": "compute"}, prefix="azureml:"),
)
