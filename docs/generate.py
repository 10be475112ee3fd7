"""Write the pages and tables that code tells: python docs/generate.py."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from devkit.budget import Budget
from devkit.cli.chinese import localized, speak
from devkit.cli.main import COMMANDS, main
from devkit.language import choose, language, translated
from devkit.panels import PanelTable
from devkit.settings import SETTINGS, TABLES
from docs.chinese import BENCHMARKS, MARKED, filled, table

DOCS = Path(__file__).parent
CLI = {
    "en": """# Command line

**English** | [中文](cli.zh.md)

Written by `docs/generate.py` from the commands themselves.
""",
    "zh": """# 命令行

[English](cli.md) | **中文**

由 `docs/generate.py` 根据命令本身写成。
""",
}
SETTINGS_HEAD = {
    "en": """# Settings

**English** | [中文](settings.zh.md)

Written by `docs/generate.py` from the table in `devkit/settings.py`.

Each is a line of `devkit.toml`, and (tables aside) an environment variable. \
Flags beat variables, variables beat the file.

| setting | variable | default | what it does |
|---|---|---|---|""",
    "zh": """# 设置

[English](settings.md) | **中文**

由 `docs/generate.py` 根据 `devkit/settings.py` 中的表写成。

每一项是 `devkit.toml` 的一行，除表以外也是一个环境变量。命令行参数优先于环境变量，环境变量优先于文件。

| 设置 | 环境变量 | 默认值 | 作用 |
|---|---|---|---|""",
}
ACTIONS_INTRO = """Written by `docs/generate.py` from `devkit/cloud/api/facts.py`.

What the emulator answers to. Bold parameters are those that real clients always send; `device` stands for
ProductId and DeviceName, or DeviceId; `gateway` for GatewayProductId and GatewayDeviceName. A type is told
where it is not a text; `json` is a JSON text. Each action may also fail with {common}.
An action with † is used by panels, but not in the platform's document.
"""

ACTIONS_CHINESE = """# 云接口

[English](actions.md) | **中文**

由 `docs/generate.py` 根据 `devkit/cloud/api/facts.py` 写成。

模拟云会回答的接口。粗体参数是真实客户端总会发送的；`device` 代表 ProductId 和 DeviceName，或 DeviceId；
`gateway` 代表 GatewayProductId 和 GatewayDeviceName。不是文本的参数注明类型；`json` 是 JSON 文本。
每个接口还可能以 {common} 失败。
带 † 的接口有面板在使用，但平台的文档中没有。
"""
PERFORMANCE_CHINESE = """# 性能

[English](performance.md) | **中文**

由 `make bench` 写成，`bench/` 中的每个基准测试一节。每个数字旁边都有同一次运行中替代方案的数字：
机器繁忙时时间会变长，比值不变。每一节写明测量的时间和地点，以及机器有多忙；`light` 表示轮数少。
`make bench BENCH='--light build sdk'` 重新测量这两节。
"""
BOTH = "\n**English** | [中文]({}.zh.md)\n"


def cli_page() -> str:
    """Return the help of every command as Markdown, in the language that is chosen."""
    command_line = localized(main) if language() == "zh" else main
    parts = [CLI[language()]]
    root = command_line.context_class(command_line, info_name="devkit", terminal_width=100)
    parts.append(_block(command_line.get_help(root)))
    for name in COMMANDS:
        command = main.get_command(root, name)
        if command is None:
            raise LookupError(name)
        parts += [f"\n## devkit {name}\n", _block(_help(command, name, root))]
        if isinstance(command, click.Group):
            inside = command.context_class(command, info_name=name, parent=root, terminal_width=100)
            for inner_name, inner in sorted(command.commands.items()):
                parts += [f"\n### devkit {name} {inner_name}\n", _block(_help(inner, inner_name, inside))]
                if isinstance(inner, click.Group):
                    below = inner.context_class(
                        inner, info_name=inner_name, parent=inside, terminal_width=100
                    )
                    parts += [
                        _block(_help(last, word, below)) for word, last in sorted(inner.commands.items())
                    ]
    return "\n".join(parts).rstrip() + "\n"


def settings_page() -> str:
    """Return the table of settings as Markdown, in the language that is chosen."""
    chinese = language() == "zh"
    rows = [SETTINGS_HEAD[language()]]
    for setting in SETTINGS:
        default = (
            ""
            if setting.default in ("", {}, [], PanelTable(), Budget()) or str(setting.default) == "."
            else f"`{setting.default}`"
        )
        variable = "" if setting.kind in TABLES else f"`{setting.variable}`"
        told = translated(setting.help) if chinese else f"{setting.help} "
        one_of = (
            f"可取 {'、'.join(setting.choices)}。" if chinese else f"One of {', '.join(setting.choices)}."
        )
        told = f"{told}{one_of if setting.choices else ''}".strip()
        rows.append(f"| `{setting.name}` | {variable} | {default} | {told} |")
    return "\n".join(rows) + "\n"


@contextmanager
def in_chinese() -> Iterator[None]:
    """Speak Chinese for a while: devkit and click."""
    modules = [module for name, module in sys.modules.items() if name.startswith("click.")]
    before = [dict(vars(module)) for module in modules]
    chosen = language()
    choose("zh")
    speak()
    try:
        yield
    finally:
        choose(chosen)
        for module, names in zip(modules, before, strict=True):
            vars(module).update(names)


def actions_page() -> str:
    """Return the table of the cloud's actions as Markdown."""
    from devkit.cloud.api.facts import COMMON, FACTS, Param

    def worded(param: Param) -> str:
        bounds = [f"{param.type}"] if param.type not in ("text", param.name) else []
        bounds += [f"at most {param.maximum}"] if param.maximum else []
        bounds += [f"else {param.default}"] if param.default else []
        bounds += ["one of " + ", ".join(param.choices)] if param.choices else []
        name = f"**`{param.name}`**" if param.required else f"`{param.name}`"
        return name + (f" ({'; '.join(bounds)})" if bounds else "")

    rows = [
        f"# Cloud actions\n{BOTH.format('actions')}",
        ACTIONS_INTRO.format(common=", ".join(f"`{code}`" for code in COMMON)),
        "| action | parameters | fails with |",
        "|---|---|---|",
    ]
    for fact in sorted(FACTS.values(), key=lambda fact: fact.action):
        codes = ", ".join(f"`{code}`" for code in fact.errors if code not in COMMON)
        mark = "" if fact.documented else " †"
        rows.append(f"| `{fact.action}`{mark} | {', '.join(map(worded, fact.params))} | {codes} |")
    return "\n".join(rows) + "\n"


def actions_in_chinese() -> str:
    """Return the Chinese page of the cloud's actions."""
    from devkit.cloud.api.facts import COMMON

    rows = actions_page().partition("\n\n| ")[2]
    common = "、".join(f"`{code}`" for code in COMMON)
    return f"{ACTIONS_CHINESE.format(common=common)}\n{table(f'| {rows}')}\n"


def performance_in_chinese() -> str:
    """Return the Chinese page of what docs/performance.md has; a new benchmark's purpose may be English."""
    _, *sections = (DOCS / "performance.md").read_text("utf-8").split("\n## ")
    parts = [PERFORMANCE_CHINESE]
    for section in sections:
        name, purpose, rest = section.split("\n\n", 2)
        parts.append(f"\n## {name}\n\n{BENCHMARKS.get(purpose, purpose)}\n\n{rest}")
    return "".join(parts)


def agents_page() -> str:
    """Return docs/agents.md with the table of tools as it is now."""
    from devkit.mcp.session import AgentSession
    from devkit.mcp.tools import make_server
    from devkit.settings import load_settings

    server = make_server(AgentSession(load_settings(DOCS)))
    tools = asyncio.run(server.list_tools())
    rows = ["| tool | takes | does |", "|---|---|---|"]
    for tool in tools:
        given = ", ".join(f"`{name}`" for name in tool.inputSchema["properties"])
        rows.append(f"| `{tool.name}` | {given} | {' '.join((tool.description or '').split())} |")
    return _filled("agents.md", "tools", rows)


def audit_page() -> str:
    """Return docs/audit.md with the table of rules as it is now."""
    from devkit.testing.audit.rules import RULES

    rows = ["| rule | area | points | why |", "|---|---|---|---|"]
    rows += [
        f"| {rule.title} (`{rule.id}`) | {rule.area} | {rule.points} | {rule.why} |"
        for rule in RULES.values()
    ]
    return _filled("audit.md", "rules", rows)


def _filled(name: str, what: str, rows: list[str]) -> str:
    """Return a page with the rows between its marks."""
    begin, end = f"<!-- {what}: generated -->", f"<!-- {what}: end -->"
    head, _, rest = (DOCS / name).read_text("utf-8").partition(begin)
    return f"{head}{begin}\n" + "\n".join(rows) + f"\n{end}{rest.partition(end)[2]}"


def pages() -> dict[Path, str]:
    """Return {file: text} of every generated page."""
    english = {
        DOCS / "cli.md": cli_page(),
        DOCS / "settings.md": settings_page(),
        DOCS / "actions.md": actions_page(),
        DOCS / "agents.md": agents_page(),
        DOCS / "audit.md": audit_page(),
    }
    with in_chinese():
        spoken = {DOCS / "cli.zh.md": cli_page(), DOCS / "settings.zh.md": settings_page()}
    with_tables = {DOCS / name: (DOCS / name).read_text("utf-8") for name in ("console.md", "sdk.md")}
    return {
        **english,
        **spoken,
        DOCS / "actions.zh.md": actions_in_chinese(),
        DOCS / "performance.zh.md": performance_in_chinese(),
        **{
            file.with_suffix(".zh.md"): filled(file.with_suffix(".zh.md").read_text("utf-8"), text)
            for file, text in {**english, **with_tables}.items()
            if MARKED.search(text)
        },
    }


def _help(command: click.Command, name: str, parent: click.Context) -> str:
    return command.get_help(command.context_class(command, info_name=name, parent=parent, terminal_width=100))


def _block(text: str) -> str:
    return f"```text\n{text}\n```"


if __name__ == "__main__":
    choose("en")
    for file, text in pages().items():
        file.write_text(text, "utf-8")
    import schemas  # a script's own folder comes first

    schemas.write()
