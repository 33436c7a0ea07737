"""The base of every shape, and the one way to turn a body into one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

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


_JSON_TYPES = {str: "a string", int: "an integer", bool: "true or false", dict: "an object", list: "an array"}


class Published(Shape):
    """An object of the published API: a field that no api-version has is refused.

    That the service refuses it too, and does not leave it aside, is inferred [inf]; here no misspelt field may be lost
    without a word. `unread` are fields, with their types, that the API has and this server does nothing with;
    `answered` are those that it has in answers alone: clients send them back, and they are dropped.
    """

    unread: ClassVar[Mapping[str, type]] = {}
    answered: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="after")
    def _check_further(self) -> Self:
        further = self.model_extra or {}
        for name in list(further):
            if name in self.answered:
                del further[name]
            elif name not in self.unread:
                raise PydanticCustomError("unknown_field", "there is no field {name}", {"name": repr(name[:80])})
            elif not isinstance(further[name], self.unread[name] | None):
                wanted = _JSON_TYPES[self.unread[name]]
                raise PydanticCustomError("wrong_type", "{name} must be {wanted}", {"name": name, "wanted": wanted})
        return self


class PublishedResource(Published):
    """A resource as clients send it back: with what the service says of it."""

    answered = frozenset({"id", "name", "type", "systemData"})


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
