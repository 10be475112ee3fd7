"""What worlds stand on: the project, its thing models and the options of the run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.errors import ModelError
from devkit.language import _

if TYPE_CHECKING:
    from devkit.model import ThingModel
    from devkit.settings import Settings
    from devkit.testing.run.session import Options


class Ground:
    """The project of some worlds. Without a browser on it, worlds have devices and phones, but no panels."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.options: Options | None = None
        self._models: dict[tuple[Path, int], ThingModel] = {}

    def model(self, given: Path | str | Mapping[str, Any] | None) -> ThingModel:
        """Return a thing model: the project's, or that of a file (relative to the project) or a mapping.

        Errors: ModelError.
        """
        from devkit.model import ThingModel, load_model, read_model
        from devkit.model.project import log_flaws

        if isinstance(given, Mapping):
            return read_model(json.dumps(given))
        file = self.settings.project / given if given is not None else self.settings.path("model")
        try:
            key = (file, file.stat().st_mtime_ns)
        except OSError as error:
            if given is None and "model" not in self.settings.given:
                return ThingModel()
            raise ModelError(
                _(f"The thing model {file} cannot be read: {error.strerror}."), file=file
            ) from error
        if key not in self._models:
            self._models[key] = load_model(file)
            log_flaws(self._models[key])
        return self._models[key]
