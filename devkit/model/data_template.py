"""Data templates: the files and texts that thing models come in.

Read are the bare object, and the wrappings it travels in: a Product with a DataTemplate text, the answers of
AppGetProducts and of the console's API ({"Response": …} or {"code", "msg", "data"}), and console exports.
Source: docs/reference/app-api.yaml thing_model and common.envelope; the names of console exports are
unverified.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from devkit.errors import Diagnostic, ModelError
from devkit.language import _
from devkit.model import json_text
from devkit.model.defines import JSON
from devkit.model.json_text import JsonProblem
from devkit.model.template_parts import EXPORT_HINT, MAX_DEPTH, PARTS, Broken, Flaw, TemplateReader
from devkit.model.thing_model import ThingModel
from devkit.source_map import code_frame

MAX_BYTES = 5 * 1024 * 1024
ENVELOPES = (
    *("Response", "data", "Data", "Products", "Product", "Model"),
    *("DataTemplate", "ModelDefine", "ModelSchema", "template", "model"),
)
PRODUCT_FIELDS = ("ProductId", "CategoryId", "NetType", "ProductType")
_AT = "\0offset"


def load_model(file: Path) -> ThingModel:
    """Read a thing model from a file.

    Errors: ModelError with file, and line and column where they are known.
    """
    try:
        size = file.stat().st_size
        if size > MAX_BYTES:
            raise ModelError(
                _(
                    f"The file has {size / 1e6:.1f} MB; "
                    f"a thing model may have at most {MAX_BYTES / 1e6:.0f} MB."
                ),
                EXPORT_HINT,
                file=file,
            )
        data = file.read_bytes()
    except FileNotFoundError as error:
        raise ModelError(_("There is no such file."), EXPORT_HINT, file=file) from error
    except IsADirectoryError as error:
        raise ModelError(_("This is a folder, not a file."), EXPORT_HINT, file=file) from error
    except OSError as error:
        raise ModelError(_(f"The file cannot be read: {error.strerror}."), file=file) from error
    return read_model(_decode(data, file), file=file)


def read_model(text: str, *, file: Path | None = None) -> ThingModel:
    """Read a thing model from a text, bare or in one of the platform's wrappings.

    What is wrong with it but leaves something to simulate is in the model's warnings.
    Errors: ModelError with line and column.
    """
    text = text.removeprefix("\ufeff")
    try:
        mended = json_text.mend(text)
    except JsonProblem as problem:
        line, column = json_text.line_and_column(text, problem.offset)
        raise ModelError(problem.message, problem.hint, file=file, line=line, column=column) from problem
    outer: json_text.Path = ()
    reader = TemplateReader()
    about: dict[str, JSON] = {}
    try:
        document, outer, inner = _unwrap(mended.value, about)
    except Broken as broken:
        raise _model_error(broken.message, broken.hint, mended.text, broken.path, file) from None
    told = _problems(mended.problems, text, file)
    try:
        model = reader.read(document)
    except Broken as broken:
        if inner is None:
            raise _model_error(broken.message, broken.hint, mended.text, outer + broken.path, file) from None
        line, column = json_text.line_and_column(inner.text, json_text.locate(inner.text, broken.path))
        message = _(f"Line {line}, column {column} of the text {outer[-1]}: {broken.message}")
        raise _model_error(message, broken.hint, mended.text, outer, file) from None
    if inner is None:
        told += [_warning(flaw, mended.text, outer + flaw.path, text, file) for flaw in reader.flaws]
    else:
        flaws = [*_as_flaws(inner), *reader.flaws]
        told += [_inner_warning(flaw, inner.text, mended.text, outer, file) for flaw in flaws]
    return replace(_of_product(model, about), warnings=tuple(told))


def _of_product(model: ThingModel, about: Mapping[str, JSON]) -> ThingModel:
    """Return a thing model with what its file tells of the product."""
    kind = str(about.get("ProductType") or "")
    return replace(
        model,
        product_id=model.product_id or str(about.get("ProductId") or ""),
        category_id=model.category_id or str(about.get("CategoryId") or ""),
        net_type=str(about.get("NetType") or ""),
        product_type=int(kind) if kind.isascii() and kind.isdigit() else 0,
    )


def _problems(problems: Sequence[JsonProblem], text: str, file: Path | None) -> list[Diagnostic]:
    return [
        _diagnostic(f"{problem.message} {problem.hint}", problem.used, text, problem.offset, file)
        for problem in problems
    ]


def _as_flaws(inner: json_text.Mended) -> list[Flaw]:
    """Return the problems of a JSON text that stands in another one; their paths are offsets."""
    return [
        Flaw(f"{problem.message} {problem.hint}", (_AT, problem.offset), problem.used)
        for problem in inner.problems
    ]


def _warning(flaw: Flaw, text: str, path: json_text.Path, source: str, file: Path | None) -> Diagnostic:
    return _diagnostic(flaw.message, flaw.used, source, json_text.locate(text, path), file)


def _inner_warning(flaw: Flaw, inner: str, text: str, outer: json_text.Path, file: Path | None) -> Diagnostic:
    at = flaw.path[1] if flaw.path[:1] == (_AT,) else json_text.locate(inner, flaw.path)
    line, column = json_text.line_and_column(inner, int(at))
    message = _(f"Line {line}, column {column} of the text {outer[-1]}: {flaw.message}")
    return _diagnostic(message, flaw.used, text, json_text.locate(text, outer), file)


def _diagnostic(message: str, used: str, text: str, offset: int, file: Path | None) -> Diagnostic:
    line, column = json_text.line_and_column(text, offset)
    frame = code_frame(text, line, column)
    place = str(file) if file else ""
    return Diagnostic(
        message.strip(), place, line, column, frame, hint=used, stage="model", severity="warning"
    )


def _model_error(message: str, hint: str, text: str, path: json_text.Path, file: Path | None) -> ModelError:
    line, column = json_text.line_and_column(text, json_text.locate(text, path))
    return ModelError(message, hint, file=file, line=line, column=column)


def _decode(data: bytes, file: Path) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ModelError(_("The file is UTF-16."), _("Save it as UTF-8."), file=file)
    if b"\0" in data[:1024]:
        raise ModelError(_("The file is binary, not a text."), EXPORT_HINT, file=file)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace").removeprefix("\ufeff")
        line, column = json_text.line_and_column(before, len(before))
        raise ModelError(
            _(f"The file is not UTF-8 (byte 0x{data[error.start]:02x}); it may be GBK."),
            _("Save it as UTF-8."),
            file=file,
            line=line,
            column=column,
        ) from error


def _unwrap(document: JSON, about: dict[str, JSON]) -> tuple[JSON, json_text.Path, json_text.Mended | None]:
    """Return the bare data template, its path, and the text it came from when it was a JSON text.

    about gets the fields of the product that stand around it, or in its profile.
    """
    path: json_text.Path = ()
    inner: json_text.Mended | None = None
    for _rest in range(MAX_DEPTH):
        if isinstance(document, str) and inner is None and path:
            inner = _parse_inner(document, path)
            document = inner.value
        if isinstance(document, list) and document and path and path[-1] in ("Products", "Data", "data"):
            document, path = document[0], (*path, 0)
        if isinstance(document, Mapping):
            profile = document.get("profile")
            for table in (profile, document) if isinstance(profile, Mapping) else (document,):
                about.update((key, table[key]) for key in PRODUCT_FIELDS if table.get(key))
        if not isinstance(document, Mapping) or any(part in document for part in PARTS):
            break
        key = next((key for key in ENVELOPES if document.get(key)), None)
        if key is None:
            break
        if inner is not None:
            raise Broken(_(f"The text {path[-1]} holds no thing model."), path, EXPORT_HINT)
        document, path = document[key], (*path, key)
    return document, path, inner


def _parse_inner(text: str, path: json_text.Path) -> json_text.Mended:
    try:
        return json_text.mend(text)
    except JsonProblem as problem:
        line, column = json_text.line_and_column(text, problem.offset)
        place = _(f"Line {line}, column {column} of the text {path[-1]}")
        raise Broken(f"{place}: {problem.message}", path, problem.hint) from None
