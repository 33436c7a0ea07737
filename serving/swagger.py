"""Swagger UI, from the files that a package carries: read when they are asked for, by a page that loads nothing else.

https://swagger.io/docs/open-source-tools/swagger-ui/usage/configuration/ describes the settings.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "fastapi_offline"
"""Carries ``swagger-ui-dist`` 5; nothing of it is imported."""

ASSETS = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon.png": "image/png",
    "page.js": "text/javascript",
}
"""File below /docs/ -> its media type."""

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # Swagger UI sets style attributes
        "img-src 'self' data:",  # its icons are data in its style sheet
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""The page's Content-Security-Policy: a browser refuses whatever else it would load."""

PAGE = b"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Retail demand forecasts</title>
<link rel="icon" type="image/png" href="docs/favicon.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="page"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/page.js"></script>
</body>
</html>
"""

_SCRIPT = b"""SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#page",
  presets: [SwaggerUIBundle.presets.apis],
  validatorUrl: null,
  deepLinking: true,
  tryItOutEnabled: true,
  defaultModelsExpandDepth: 0
});
"""


def asset(name: str) -> bytes | Path | None:
    """What stands below /docs/ under a name: a file, or the bytes themselves; None when there is nothing."""
    if name not in ASSETS:
        return None
    if name == "page.js":
        return _SCRIPT
    file = _folder() / name
    return file if file.is_file() else None


@cache
def _folder() -> Path:
    spec = find_spec(PACKAGE)
    origin = spec.origin if spec and spec.origin else ""
    return Path(origin).parent / "static"
