"""A request that the model of a slot can answer, for trying a slot out without knowing its series.

It comes from the model version's own tags: training writes one, registering keeps it (see ``retailctl.domain.tags``).
"""

from __future__ import annotations

import json

from retailctl.domain import tags
from retailctl.domain.references import ModelRef
from retailctl.domain.resources import Deployment
from retailctl.errors import InvalidInput
from retailctl.workflows.invoke.body import Body
from retailctl.workflows.toolbox import Toolbox


def sample_body(tools: Toolbox, slot: Deployment) -> Body:
    """The sample request of the model that ``slot`` serves.

    Raises:
        InvalidInput: the slot serves no registered model, or the model has no sample.
        ResourceNotFound: the model version is gone.
    """
    if slot.model is None:
        raise _without(f"slot '{slot.name}' serves no registered model")
    version = tools.workspace.models.get(ModelRef.parse(slot.model))
    text = version.tags.get(tags.SAMPLE)
    if text is None:
        raise _without(f"model {version.text} carries no sample request")
    try:
        json.loads(text)
    except ValueError as error:
        raise _without(f"the sample request of model {version.text} is not JSON") from error
    return Body(text.encode(), f"the sample of model {version.text}")


def _without(what: str) -> InvalidInput:
    return InvalidInput(
        what,
        reason=f"a sample is kept in the tag {tags.SAMPLE} when retailctl registers a model",
        hint="retailctl invoke --request-file FILE, or --data '{\"series\": [...]}'",
    )
