"""What a run needs before it serves a page: settings that fit each other, and the SDK when it is npm's."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from devkit.errors import SettingsError
from devkit.language import _

if TYPE_CHECKING:
    from devkit.settings import Settings


async def prepare(settings: Settings, notice: Callable[[str], None]) -> Settings:
    """Return the settings with the product filled in where only the thing model names it.

    notice takes lines that tell of progress.

    Errors: SettingsError, ModelError; ToolchainError when the SDK cannot be fetched.
    """
    local = settings.transport == "local" and "replay" not in settings.given
    if settings.sdk == "official":
        if not local:
            raise SettingsError(
                _("The official SDK runs on the emulator of this machine alone."),
                _("Leave out --transport cloud and --replay, or use --sdk devkit."),
            )
        from devkit.build import panel_sdk
        from devkit.build.package_set import installing

        await installing(panel_sdk.ensure, notice)
    if settings.eruda:
        from devkit.build.package_set import installing
        from devkit.devserver.devtools import packages

        await installing(packages.ensure, packages.ERUDA, notice)
    return settings if local or settings.product_id else _with_product(settings)


def _with_product(settings: Settings) -> Settings:
    from devkit.model.project import project_model

    product_id = project_model(settings).product_id
    if not product_id:
        raise SettingsError(
            _("Nothing tells which product this panel controls, and a real cloud has many."),
            _('Give --productId ID, or put product_id = "ID" into devkit.toml.'),
        )
    return settings.replace(product_id=product_id)
