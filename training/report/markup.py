"""HTML and SVG as trees of elements, so that text out of the data can never become markup.

Built on the standard library's ElementTree, which escapes every text and attribute when it writes; nothing in the
report joins strings into tags.
"""

from __future__ import annotations

import re
from typing import TypeAlias
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

Child: TypeAlias = Element | str | None
Attribute: TypeAlias = str | float | None

LONGEST_NAME = 48
"""Characters of a name out of the data that are shown."""

_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
"""What XML forbids or an editor hides, and the marks that turn the direction of the text after them."""


def tag(name: str, /, *children: Child, **attributes: Attribute) -> Element:
    """An element; None among the children and attributes is left out.

    An attribute's name loses a last underscore (``class_``) and has hyphens for the others (``text_anchor``).
    """
    element = Element(name)
    for key, value in attributes.items():
        if value is not None:
            element.set(key.rstrip("_").replace("_", "-"), printable(_shown(value)))
    extend(element, *children)
    return element


def extend(element: Element, *children: Child) -> None:
    """Put children behind those that an element has."""
    for child in children:
        if isinstance(child, str):
            _add_text(element, printable(child))
        elif child is not None:
            element.append(child)


def html_text(element: Element) -> str:
    """The element as HTML, for UTF-8."""
    return ElementTree.tostring(element, encoding="unicode", method="html")


def xml_text(element: Element) -> str:
    """The element as XML, for UTF-8: what a file with a drawing of its own holds."""
    return ElementTree.tostring(element, encoding="unicode", method="xml")


def printable(text: str) -> str:
    """A text with a sign in place of each character that cannot be shown."""
    return _UNPRINTABLE.sub("\ufffd", text)


def shortened(name: str, longest: int = LONGEST_NAME) -> str:
    """A name with its middle left out when it is long: the ends of item numbers tell them apart."""
    if len(name) <= longest:
        return name
    kept = longest - 1
    return f"{name[: kept - kept // 3]}…{name[len(name) - kept // 3 :]}"


def _add_text(element: Element, text: str) -> None:
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


def _shown(value: str | float) -> str:
    """Coordinates to a tenth of a pixel: more is bytes without a difference."""
    return value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")
