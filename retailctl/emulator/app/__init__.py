"""The ASGI application: routes behind the checks that every request passes."""
