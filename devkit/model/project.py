"""The thing model of a project, as its settings name it."""

from __future__ import annotations

import logging

from devkit.model.data_template import load_model
from devkit.model.thing_model import ThingModel
from devkit.settings import Settings

logger = logging.getLogger(__name__)
FALLBACK_PRODUCT = "H5PANELDEV"


def project_model(settings: Settings) -> ThingModel:
    """Return the thing model of a project; an empty one when it has none and none was asked for.

    Errors: ModelError.
    """
    file = settings.path("model")
    if "model" not in settings.given and not file.exists():
        logger.warning(
            "%s is missing, so the device has no properties. "
            "Fetch it with `devkit pull --productId ID`, or name a file with --model.",
            file,
        )
        return ThingModel()
    return load_model(file)


def log_flaws(model: ThingModel) -> None:
    """Log what is wrong with a thing model, where no printer shows it."""
    for flaw in model.warnings:
        logger.warning("%s: %s %s", flaw.place, flaw.message, flaw.hint)


def project_product(settings: Settings, model: ThingModel) -> str:
    """Return the product id of a project: the setting's, else the model's, else one that says "none"."""
    return settings.product_id or model.product_id or FALLBACK_PRODUCT
