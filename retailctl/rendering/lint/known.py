"""Fields that Azure ML does not know."""

from __future__ import annotations

import difflib

from retailctl.rendering.catalogue import Kind
from retailctl.rendering.documents import Document, Path, dotted
from retailctl.rendering.fields import known_fields
from retailctl.rendering.lint.finding import Found, Rule, finding

UNKNOWN = "unknown-field"
_MOVED = {
    "liveness_route": "environment.inference_config.liveness_route",
    "readiness_route": "environment.inference_config.readiness_route",
    "scoring_route": "environment.inference_config.scoring_route",
}
"""Fields of well-known documents that stand elsewhere on Azure ML."""


def for_kind(kind: Kind) -> Rule:
    """The rule for one kind of document."""
    known = known_fields(kind)

    def check(document: Document) -> Found:
        complained: set[Path] = set()
        for path, _ in document.walk():
            wrong = known.first_unknown(path)
            if wrong is None:
                continue
            depth, choices = wrong
            field = path[: depth + 1]
            if field in complained:
                continue
            complained.add(field)
            word = str(field[-1])
            near = next(iter(difflib.get_close_matches(word, list(choices), n=1)), None)
            better = _MOVED.get(dotted(field)) or near
            yield finding(document, UNKNOWN, field, f"there is no field '{dotted(field)}'", better)

    return Rule(UNKNOWN, "every field is one that Azure ML knows", check)
