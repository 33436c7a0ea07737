"""Which registry and repository an image belongs to."""

from __future__ import annotations

from retailctl.config.settings import Settings

WITHOUT_REGISTRY = "localhost"
"""Host in the name of an image that no registry holds."""


def registry_of(settings: Settings) -> str:
    """Host of the registry: ``registry``, else that of ``acr_name``, else a name that no machine answers to."""
    if settings.registry:
        return settings.registry
    return f"{settings.acr_name}.azurecr.io" if settings.acr_name else WITHOUT_REGISTRY


def repository_of(settings: Settings, image: str) -> str:
    """Repository of the train or infer image."""
    return settings.train_image if image == "train" else settings.infer_image
