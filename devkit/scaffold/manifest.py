"""Template manifests: templates/<name>/manifest.toml, read and checked."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from devkit.errors import ScaffoldError
from devkit.language import _

MANIFEST = "manifest.toml"
SHARED = "_shared"
FEATURES = "features.toml"
# bluetooth: "" for a panel that reaches its device through the cloud, else "custom" or "llsync".
# gateway: "" for a panel of a device without sub-devices; group: how many devices it controls, "" for one.
DEFAULT_VALUES: Mapping[str, str] = {"bluetooth": "", "gateway": "", "group": "", "device_name": "dev01"}


_BROKEN = (UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError)


@dataclass(frozen=True)
class Layer:
    """What a template or a feature adds to a project.

    layers: folders below templates/_shared whose trees are laid in order; files: {target: file in _shared};
    rename: {suffix: suffix} for files in src/; packages and dev_packages: npm names with version ranges.
    """

    layers: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    rename: Mapping[str, str] = field(default_factory=dict)
    packages: Mapping[str, str] = field(default_factory=dict)
    dev_packages: Mapping[str, str] = field(default_factory=dict)
    scripts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Feature:
    """An extra that a template offers; excludes names features that cannot be had with it."""

    name: str
    description: str
    layer: Layer
    excludes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Template:
    """One template; files are those of all templates, and its own are laid over the shared layers.

    values: texts for its files, in place of those of DEFAULT_VALUES.
    """

    name: str
    title: str
    description: str
    order: int
    language: str
    files: Mapping[str, bytes] = field(repr=False)
    layer: Layer
    features: Mapping[str, Feature]
    values: Mapping[str, str]


def load_templates(files: Mapping[str, bytes]) -> dict[str, Template]:
    """Return the templates of {path: contents} by name, in their order.

    Errors: ScaffoldError for a manifest that cannot be read.
    """
    manifests = [path for path in files if path.split("/")[1:] == [MANIFEST]]
    if not manifests:
        raise ScaffoldError(_("devkit has no templates."), _("Install h5-devkit again."))
    groups = _read_features(files, f"{SHARED}/{FEATURES}")
    templates = [_read(files, path, groups) for path in sorted(manifests)]
    return {template.name: template for template in sorted(templates, key=lambda item: item.order)}


def find_template(templates: Mapping[str, Template], name: str) -> Template:
    """Return the template called name.

    Errors: ScaffoldError with the nearest match.
    """
    if name in templates:
        return templates[name]
    raise ScaffoldError(_(f"There is no template {name!r}."), nearest(name, templates))


def nearest(name: str, known: Mapping[str, object]) -> str:
    """Return a hint: the nearest known name, and all of them."""
    close = difflib.get_close_matches(name.lower(), known, n=1)
    return (_(f"Did you mean {close[0]}? ") if close else "") + _(f"Choose from: {', '.join(known)}.")


def _read_features(files: Mapping[str, bytes], path: str) -> dict[str, dict[str, Feature]]:
    """Read the features that templates share: {group: {name: feature}}."""
    try:
        table = tomllib.loads(files[path].decode())
        return {
            group: {name: _feature(name, item) for name, item in members.items()}
            for group, members in table.items()
        }
    except _BROKEN as error:
        raise ScaffoldError(_(f"{path}: not a table of features: {error!r}.")) from error


def _read(files: Mapping[str, bytes], path: str, groups: Mapping[str, Mapping[str, Feature]]) -> Template:
    try:
        table = tomllib.loads(files[path].decode())
        features = {name: item for group in table.pop("features", ()) for name, item in groups[group].items()}
        return Template(
            name=PurePosixPath(path).parent.name,
            values={**DEFAULT_VALUES, **table.pop("values", {})},
            title=table.pop("title"),
            description=table.pop("description"),
            order=table.pop("order"),
            language=table.pop("language"),
            files=files,
            layer=_layer(table),
            features=features,
        )
    except _BROKEN as error:
        raise ScaffoldError(_(f"{path}: not a template manifest: {error!r}.")) from error


def _feature(name: str, table: dict[str, Any]) -> Feature:
    description, excludes = table.pop("description"), tuple(table.pop("excludes", ()))
    return Feature(name, description, _layer(table), excludes)


def _layer(table: dict[str, Any]) -> Layer:
    return Layer(**{**table, "layers": tuple(table.get("layers", ()))})
