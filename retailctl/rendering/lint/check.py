"""Which rules each kind of document keeps, and the check itself."""

from __future__ import annotations

from collections.abc import Mapping

from retailctl.errors import InvalidTemplate
from retailctl.rendering.catalogue import Kind
from retailctl.rendering.documents import Document
from retailctl.rendering.lint import hosting, known, names, pinning, probes, routing
from retailctl.rendering.lint.finding import Finding, Rule

RULES: Mapping[Kind, tuple[Rule, ...]] = {
    "job": (known.for_kind("job"), names.JOB, pinning.IMAGE, pinning.DATA),
    "endpoint": (known.for_kind("endpoint"), names.ENDPOINT, routing.AUTH_MODE, routing.TRAFFIC, routing.MIRROR),
    "deployment": (
        known.for_kind("deployment"),
        names.DEPLOYMENT,
        pinning.IMAGE,
        pinning.ENVIRONMENT,
        pinning.MODEL,
        hosting.INSTANCES,
        hosting.SCALE,
        hosting.REQUESTS,
        hosting.QUEUE_WAIT,
        probes.ROUTES,
        probes.TIMING,
        probes.LIVENESS_ONCE,
    ),
    "environment": (known.for_kind("environment"), names.ENVIRONMENT),
    "model": (known.for_kind("model"), names.MODEL, pinning.VERSION, pinning.MODEL_TYPE),
    "conda": (),
    "dockerfile": (),
}


def check(kind: Kind, document: Document) -> list[Finding]:
    """Every complaint about ``document``, in the order of its lines."""
    found = [each for rule in RULES[kind] for each in rule.check(document)]
    return sorted(found, key=lambda each: (each.line, each.rule))


def require_clean(kind: Kind, document: Document) -> list[Finding]:
    """The warnings about ``document``, which has no errors.

    Raises:
        InvalidTemplate: it has; the message is the first, the reason holds the others.
    """
    found = check(kind, document)
    errors = [each for each in found if each.level == "error"]
    if not errors:
        return found
    first, *rest = errors
    raise InvalidTemplate(
        first.text(),
        reason="\n".join(each.text() for each in rest) or None,
        hint=None if first.rule == known.UNKNOWN else f"correct it with --set {first.field}={_value(first)}",
        details={"file": first.file, "line": first.line, "field": first.field, "rule": first.rule},
    )


def _value(found: Finding) -> str:
    """The corrected value where it is one plain word."""
    return found.corrected if found.corrected and not set(found.corrected) & set(" :{") else "VALUE"
