"""The base of every shape, and the one way to turn a body into one."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from retailctl.emulator.arm.errors import ArmError, invalid_body


def _as_text(value: Any) -> Any:
    """A number or a flag as text, as the service takes it: azure-ai-ml sends some properties so."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


TextMap = dict[str, Annotated[str | None, BeforeValidator(_as_text)]]
RequiredText = Annotated[str, Field(min_length=1)]


class Shape(BaseModel):
    """A JSON object whose names are camelCase; types are taken as they come, never converted."""

    model_config = ConfigDict(
        extra="allow", alias_generator=to_camel, populate_by_name=True, strict=True, protected_namespaces=()
    )

    def document(self) -> dict[str, Any]:
        """The object as JSON values, without what was not sent."""
        return self.model_dump(by_alias=True, exclude_unset=True)


ShapeT = TypeVar("ShapeT", bound=Shape)


def parse(shape: type[ShapeT], document: Any) -> ShapeT:
    """The body as `shape`. Raises ArmError (400) that names the first wrong field."""
    try:
        return shape.model_validate(document)
    except ValidationError as error:
        raise _refusal(error) from error


def _refusal(error: ValidationError) -> ArmError:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or "body"
    return invalid_body(field, first["msg"])
