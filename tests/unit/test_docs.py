"""What readers see is current: generated pages and samples."""

import re
import tomllib
from pathlib import Path

import pytest

from devkit.cli.main import COMMANDS, main
from devkit.cli.options import spellings
from devkit.settings import BY_NAME
from docs.generate import pages
from docs.website import sources

ROOT = Path(__file__).parents[2]
READMES = ("README.md", "README.zh.md")
ENGLISH = [name for name in sources().values() if name.startswith("docs/") and "/reference/" not in name]
GENERATED = pages()
MANIFESTS = "docs/templates.md"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def fences(name: str) -> list[tuple[str, str]]:
    return FENCE.findall((ROOT / name).read_text("utf-8"))


def commands(name: str) -> list[str]:
    lines = (
        line.strip() for language, text in fences(name) if language == "sh" for line in text.splitlines()
    )
    return [line.split("#")[0].strip() for line in lines if line.startswith("devkit ")]


@pytest.mark.parametrize("file", GENERATED, ids=lambda file: file.name)
def test_generated_pages_are_current(file: Path) -> None:
    assert file.read_text("utf-8") == GENERATED[file], "run: python docs/generate.py"


@pytest.mark.parametrize("name", [*READMES, *ENGLISH])
def test_commands_of_the_samples_exist(name: str) -> None:
    found = commands(name)
    assert found or name not in READMES
    for line in found:
        _, command_name, *arguments = line.split()
        assert command_name in COMMANDS, line
        command = main.get_command(None, command_name)  # type: ignore[arg-type]
        assert command is not None
        known = {
            text for parameter in command.params for text in (*parameter.opts, *parameter.secondary_opts)
        }
        for inner in getattr(command, "commands", {}).values():
            known |= {
                text for parameter in inner.params for text in (*parameter.opts, *parameter.secondary_opts)
            }
        for argument in arguments:
            if argument == "--":
                break
            if argument.startswith("-"):
                assert argument.split("=")[0] in known, f"{line}: {argument}"


@pytest.mark.parametrize("name", [*READMES, *ENGLISH])
def test_toml_samples_are_valid_settings(name: str) -> None:
    samples = [text for language, text in fences(name) if language == "toml" and name != MANIFESTS]
    assert samples or name not in READMES
    for text in samples:
        for key, value in tomllib.loads(text).items():
            BY_NAME[key].convert(value, "README")


@pytest.mark.parametrize("name", READMES)
def test_links_lead_to_files(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text) + re.findall(r'src="([^"]+)"', text):
        assert (ROOT / target).exists(), target


def test_both_spellings() -> None:
    assert spellings("product_id") == ["--product-id", "--productId"]
    assert spellings("port") == ["--port"]
