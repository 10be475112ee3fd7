"""devkit new: scaffold a panel."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, TypeVar

import click

from devkit.cli.asking import choose_one, choose_some, has_menus
from devkit.cli.options import option
from devkit.errors import ModelError, ScaffoldError, SettingsError
from devkit.language import _, language

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from devkit.model import Property, ThingModel
    from devkit.scaffold import Answers, Project, Template, Words

T = TypeVar("T")
DEFAULT_TEMPLATE = "react"
DEFAULT_VERSION = "0.1.0"
LENT = frozenset({"react", "react-dom", "vue"})
"""Packages that a build has without an installation (devkit/build/worker/globals.mjs)."""


def _list_templates(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    for template in _templates().values():
        click.echo(f"{template.name:<12}{_(template.description)}")
        for feature in template.features.values():
            click.echo(f"{'':<12}  --with {feature.name:<13}{_(feature.description)}")
    ctx.exit()


def _complete_features(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Return the template's features that begin as the last word of a list does, and what they are."""
    from click.shell_completion import CompletionItem

    template = _templates().get(ctx.params.get("template") or DEFAULT_TEMPLATE)
    before = typed[: typed.rfind(",") + 1]
    offered = template.features.values() if template else ()
    return [
        CompletionItem(f"{before}{feature.name}", help=_(feature.description))
        for feature in offered
        if f"{before}{feature.name}".startswith(typed) and feature.name not in before.split(",")
    ]


@click.command("new")
@click.argument("name", required=False)
@click.option(
    "--template",
    "-t",
    help=f"Template to start from (default: {DEFAULT_TEMPLATE}).",
    shell_complete=lambda ctx, param, typed: [name for name in _templates() if name.startswith(typed)],
)
@click.option("--yes", "-y", is_flag=True, help="Take the defaults for what is not given; ask nothing.")
@click.option(
    "--with",
    "features",
    multiple=True,
    help="Features to add, by comma or repeated.",
    shell_complete=_complete_features,
)
@option("product_id", help="Product whose panel this is.")
@click.option("--description", help="One line on what the panel is for.")
@click.option("--version", help=f"Version of the panel (default: {DEFAULT_VERSION}).")
@click.option(
    "--model", type=click.Path(path_type=Path), help="Thing model to copy in place of the template's."
)
@click.option("--install/--no-install", default=None, help="Run npm install when the panel uses packages.")
@option(
    "list_templates",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list_templates,
    help="Show the templates with their features, and exit.",
)
def command(
    name: str | None,
    template: str | None,
    yes: bool,
    features: tuple[str, ...],
    product_id: str | None,
    description: str | None,
    version: str | None,
    model: Path | None,
    install: bool | None,
) -> None:
    """Create a panel project in the new folder NAME, asking for what is not given.

    NAME is also the npm name of the panel; it may be a path. The folder must be new or empty.
    """
    from devkit.scaffold import create_project, plan_project

    own_model = _read_model(model) if model else {}
    folder = _ask_folder(name, yes)
    chosen = _ask_template(template, yes)
    given = (features, product_id, description, version)
    answers = _ask_answers(folder.name, chosen, yes, given, own_model)
    files = plan_project(chosen, answers)
    project = create_project(folder, {**files, **_for_editors(files)})
    _trust(project)
    has_packages = (project.folder / "package.json").exists()
    wanted = has_packages and _wants_install(install, yes)
    installed = has_packages and _install(project, wanted)
    _tell(project, chosen, not installed and (wanted or _needs_packages(project)))


def _templates() -> dict[str, Template]:
    from devkit.resources import packed_files
    from devkit.scaffold import load_templates

    return load_templates(packed_files("templates"))


def _ask_folder(name: str | None, yes: bool) -> Path:
    """Return the absolute folder of the project, checked."""
    from devkit.scaffold import check_name, check_target

    if name is None and yes:
        raise click.UsageError(_("Missing argument 'NAME'."))

    def read(text: str) -> Path:
        folder = Path.cwd() / text
        # "." and "a/.." name folders only once they are resolved; a trailing dot must stay to be refused.
        folder = folder.resolve() if Path(text).name in {"", ".", ".."} else folder
        check_name(folder.name)
        if name is None:  # asked, so that another can be chosen
            check_target(folder)
        return folder

    folder = _ask(_("Name"), name, "my-panel", read, yes)
    check_target(folder)
    return folder


def _ask_template(name: str | None, yes: bool) -> Template:
    from devkit.scaffold import find_template

    templates = _templates()
    if name is None and not yes:
        offered = {template.name: _(template.description) for template in templates.values()}
        if has_menus():
            return templates[choose_one(_("Template"), offered, DEFAULT_TEMPLATE)]
        for known, description in offered.items():
            click.echo(f"  {known:<12}{description}")
    return _ask(_("Template"), name, DEFAULT_TEMPLATE, lambda text: find_template(templates, text), yes)


def _ask_answers(
    name: str,
    template: Template,
    yes: bool,
    given: tuple[tuple[str, ...], str | None, str | None, str | None],
    own_model: dict[str, Any],
) -> Answers:
    """Return the rest of the answers, each from its flag, else its default with --yes, else a question."""
    from devkit.scaffold import Answers, check_product_id, check_version

    features, product_id, description, version = given
    wanted = _ask_features(template, features, yes=yes)
    return Answers(
        name=name,
        version=_ask(_("Version"), version, DEFAULT_VERSION, check_version, yes),
        description=_ask(_("Description"), description, "", str, yes),
        product_id=_ask(_("Product id (may stay empty)"), product_id, "", check_product_id, yes),
        features=wanted,
        language=language(),
        **own_model,
    )


def _ask_features(template: Template, given: tuple[str, ...], *, yes: bool) -> tuple[str, ...]:
    from devkit.scaffold import check_features

    def split(text: str) -> tuple[str, ...]:
        return check_features(template, text.replace(",", " ").split())

    def refusal(names: Sequence[str]) -> str:
        try:
            check_features(template, names)
        except ScaffoldError as error:
            return str(error)
        return ""

    ask = bool(template.features) and not yes
    if ask and not given and has_menus():
        offered = {feature.name: _(feature.description) for feature in template.features.values()}
        return choose_some(_("Features"), offered, refusal)
    offer = _(f"Features ({', '.join(template.features)})")
    return _ask(offer, ",".join(given) or None, "", split, not ask)


def _ask(question: str, given: str | None, default: str, read: Callable[[str], T], yes: bool) -> T:
    """Return what was given, or the default with --yes, or what the user says when asked.

    Errors: click.UsageError for a value that cannot be taken.
    """

    def check(text: str) -> T:
        try:
            return read(text)
        except ScaffoldError as error:
            raise click.UsageError(str(error)) from error

    if given is not None or yes:
        return check(default if given is None else given)
    try:
        answer: T = click.prompt(question, default=default, show_default=bool(default), value_proc=check)
    except click.Abort as abort:
        if not isinstance(abort.__context__, EOFError):  # Ctrl-C
            raise
        click.echo(err=True)
        raise click.ClickException(
            _(
                f"The input ended at the question “{question}”. "
                "Give it as an option, or --yes for the defaults."
            )
        ) from abort
    return answer


def _read_model(file: Path) -> dict[str, Any]:
    """Return the text of a thing model that devkit can read, its main switch and its words."""
    from devkit.model import load_model

    try:
        model = load_model(file)
        text = file.read_text("utf-8-sig")
        return {"model": text, "switch": _main_switch(model), "words": _words(model.properties)}
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(
            _(f"cannot be read: {error}."), _("Give a thing model as JSON."), file=file
        ) from error


def _for_editors(files: Mapping[PurePosixPath, bytes]) -> dict[PurePosixPath, bytes]:
    """Return what editors read besides: the thing model's types, and the schemas of the project's files."""
    from devkit.model import read_model
    from devkit.model.editor import SCHEMAS, schemas
    from devkit.model.typescript import PLACE, declarations

    model = read_model(files[PurePosixPath("thing-model.json")].decode())
    made = {PurePosixPath(PLACE): declarations(model).encode()}
    made |= {PurePosixPath(SCHEMAS, name): text.encode() for name, text in schemas().items()}
    return made


def _words(properties: Iterable[Property]) -> tuple[Words, ...]:
    from devkit.scaffold import Words

    return tuple(
        Words(item.id, item.name, getattr(item.define, "mapping", getattr(item.define, "labels", {})))
        for item in properties
    )


def _main_switch(model: ThingModel) -> str:
    """Return the bool property that the templates put first, as findPower in their properties.js does."""
    switches = [item.id for item in model.properties if item.define.type == "bool" and item.mode != "r"]
    for pattern in ("power", r"(^|_|[a-z])(switch|on_?off)$", ""):
        found = next((item for item in switches if re.search(pattern, item, re.IGNORECASE)), "")
        if found:
            return found
    return ""


def _trust(project: Project) -> None:
    """Remember that the project is the user's own; where that cannot be kept, the first run asks."""
    from devkit.trust import trust

    with contextlib.suppress(SettingsError):
        trust(project.folder)


def _wants_install(install: bool | None, yes: bool) -> bool:
    if install is None:
        return not yes and click.confirm(_("Run npm install now?"), default=True)
    return install


def _needs_packages(project: Project) -> bool:
    """Tell whether the panel uses packages that devkit does not lend; types and checks can wait."""
    file = project.folder / "package.json"
    asked = json.loads(file.read_text("utf-8")).get("dependencies", {}) if file.exists() else {}
    return not asked.keys() <= LENT


def _install(project: Project, wanted: bool) -> bool:
    """Run npm install; a failure leaves the project in place and is only told."""
    if not wanted:
        return False
    npm = shutil.which("npm")
    if npm is None:
        click.echo(_("npm was not found, so nothing was installed. Get Node.js 18 or newer."), err=True)
        return False
    click.echo(_("Running npm install …"))
    done = subprocess.run([npm, "install", "--no-fund", "--no-audit"], cwd=project.folder, check=False)
    if done.returncode:
        click.echo(_(f"npm install failed with code {done.returncode}; the project is there."), err=True)
    return done.returncode == 0


def _tell(project: Project, template: Template, needs_install: bool) -> None:
    here = Path.cwd()
    shown = project.folder.relative_to(here) if project.folder.is_relative_to(here) else project.folder
    click.echo(_(f"Created {_(template.title)} panel {project.folder.name} with {len(project.files)} files."))
    click.echo(_("\nNext:"))
    if str(shown) != ".":
        click.echo(f"  cd {_quoted(str(shown))}")
    if needs_install:
        click.echo("  npm install")
    click.echo("  devkit dev")


def _quoted(text: str) -> str:
    if sys.platform == "win32":
        return f'"{text}"' if " " in text else text
    import shlex

    return shlex.quote(text)
