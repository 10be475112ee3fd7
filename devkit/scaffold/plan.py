"""Plan a project: which files it has, and with which contents."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from devkit.errors import ScaffoldError
from devkit.language import _
from devkit.scaffold.manifest import MANIFEST, SHARED, Layer, Template, nearest
from devkit.scaffold.render import Renderer

MODEL_FILE = "thing-model.json"
CHINESE = ".zh.md"
SCRIPTS = {"dev": "devkit dev", "release": "devkit release", "test": "devkit test"}
_VERSION = re.compile(r"\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?")
_PRODUCT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class Words:
    """What users read of a property: its name, and {value: label} of its choices."""

    id: str
    name: str
    choices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answers:
    """What the user chose.

    model is the text of a thing model to use in place of the template's, words are those of its properties;
    switch is the bool property that the first switch of the page controls, "" when there is none. language
    is that of the README and of the notes for agents, "en" or "zh".
    """

    name: str
    version: str = "0.1.0"
    description: str = ""
    product_id: str = ""
    features: tuple[str, ...] = ()
    model: str = ""
    switch: str = "power_switch"
    words: tuple[Words, ...] = ()
    language: str = "en"


def check_features(template: Template, features: Iterable[str]) -> tuple[str, ...]:
    """Return the features without doubles.

    Errors: ScaffoldError for one that the template does not offer, and for two that exclude each other.
    """
    chosen = tuple(dict.fromkeys(features))
    for name in chosen:
        if name not in template.features:
            raise ScaffoldError(
                _(f"Template {template.name} has no feature {name!r}."), nearest(name, template.features)
            )
        other = next((item for item in template.features[name].excludes if item in chosen), "")
        if other:
            raise ScaffoldError(_(f"{name} and {other} cannot be had together."), _("Choose one of them."))
    return chosen


def check_answers(answers: Answers) -> None:
    """Check the texts that go into files.

    Errors: ScaffoldError.
    """
    for label, text in (("description", answers.description), (_("thing model"), answers.model)):
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise ScaffoldError(_(f"The {label} {text!r} is not valid text."), _("Use UTF-8.")) from error
    check_version(answers.version)
    check_product_id(answers.product_id)


def check_version(text: str) -> str:
    """Return text when npm takes it as a version.

    Errors: ScaffoldError.
    """
    if not _VERSION.fullmatch(text):
        raise ScaffoldError(_(f"{text!r} is not a version."), _("Use three numbers, such as 0.1.0."))
    return text


def check_product_id(text: str) -> str:
    """Return text when it can be a product id, or is empty.

    Errors: ScaffoldError.
    """
    if text and not _PRODUCT_ID.fullmatch(text):
        raise ScaffoldError(
            _(f"{text!r} is not a product id."),
            _("It has up to 64 letters, digits, '-' and '_', such as AB12CD34EF."),
        )
    return text


def plan_project(template: Template, answers: Answers) -> dict[PurePosixPath, bytes]:
    """Return the contents of every file of the project by path.

    Errors: ScaffoldError.
    """
    features = check_features(template, answers.features)
    check_answers(answers)
    layers = [template.layer, *(template.features[name].layer for name in features)]
    values = {
        **template.values,
        "name": answers.name,
        "version": answers.version,
        "description": answers.description,
        "product_id": answers.product_id,
        "switch": answers.switch,
        "words": answers.words,
        "features": features,
        "template": template.name,
        "title": template.title,
        "style": _renames(layers).get(".css", ".css"),
        "packages": {key: item for layer in layers for key, item in layer.packages.items()},
        "has_package_json": _has_packages(layers),
    }
    renderer = Renderer(template.files, values, typed=template.language == "ts")
    sources = _sources(template, layers)
    for path in [path for path in sources if path.name.endswith(CHINESE)]:
        chinese = sources.pop(path)
        if answers.language == "zh":
            sources[path.with_name(path.name.replace(CHINESE, ".md"))] = chinese
    files = {path: renderer.render(source).encode() for path, source in sources.items()}
    if answers.model:
        files[PurePosixPath(MODEL_FILE)] = answers.model.encode()
    if _has_packages(layers):
        files[PurePosixPath("package.json")] = _package_json(answers, layers).encode()
    return dict(sorted(files.items()))


def _sources(template: Template, layers: list[Layer]) -> dict[PurePosixPath, str]:
    """Map each target to a template file; later layers win, and a template's own files win over all."""
    rename = _renames(layers)
    found: dict[PurePosixPath, str] = {}
    own, *extras = layers
    trees = [f"{SHARED}/{name}" for name in own.layers]
    trees += [template.name]
    trees += [f"{SHARED}/{name}" for layer in extras for name in layer.layers]
    for tree in trees:
        for source in _walk(template.files, tree):
            found[_target(source.relative_to(tree), rename)] = source.as_posix()
    for layer in layers:
        for target_name, shared in layer.files.items():
            found[_target(PurePosixPath(target_name), rename)] = f"{SHARED}/{shared}"
    return found


def _renames(layers: Iterable[Layer]) -> dict[str, str]:
    return {old: new for layer in layers for old, new in layer.rename.items()}


def _walk(files: Mapping[str, bytes], tree: str) -> list[PurePosixPath]:
    inside = [PurePosixPath(path) for path in files if path.startswith(f"{tree}/")]
    if not inside:
        raise ScaffoldError(_(f"Template folder {tree} is missing."), _("Install h5-devkit again."))
    skipped = {"__pycache__", ".DS_Store", MANIFEST}
    return sorted(path for path in inside if not skipped & set(path.parts))


def _target(path: PurePosixPath, rename: Mapping[str, str]) -> PurePosixPath:
    """Return where a template file goes: a leading underscore is a dot, and sources get their suffix."""
    name = f".{path.name[1:]}" if path.name.startswith("_") and not path.name.startswith("__") else path.name
    parts = [f".{part[1:]}" if part.startswith("_") else part for part in path.parts[:-1]]
    target = PurePosixPath(*parts, name)
    if target.parts[0] == "src" and target.suffix in rename:
        target = target.with_suffix(rename[target.suffix])
    return target


def _has_packages(layers: Iterable[Layer]) -> bool:
    return any(layer.packages or layer.dev_packages for layer in layers)


def _package_json(answers: Answers, layers: Iterable[Layer]) -> str:
    table: dict[str, object] = {
        "name": answers.name,
        "version": answers.version,
        "private": True,
        "description": answers.description,
        "scripts": dict(SCRIPTS),
    }
    for key, attribute in (("dependencies", "packages"), ("devDependencies", "dev_packages")):
        merged = {name: item for layer in layers for name, item in getattr(layer, attribute).items()}
        if merged:
            table[key] = dict(sorted(merged.items()))
    table["scripts"] = {**SCRIPTS, **{name: item for layer in layers for name, item in layer.scripts.items()}}
    return json.dumps(table, ensure_ascii=False, indent=2) + "\n"
