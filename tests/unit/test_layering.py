"""The rules of layout: who may import whom, and how long modules and functions may be."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "devkit"
BASE = {
    "budget",
    "clock",
    "design",
    "panels",
    "source_map",
    "errors",
    "extras",
    "json_types",
    "language",
    "log",
    "private_files",
    "redaction",
    "settings",
    "subscriptions",
    "trust",
    "resources",
}
FOUNDATION = {"web", "timeline"}
ALLOWED = {
    "web": set(),
    "timeline": set(),
    "model": FOUNDATION,
    "build": FOUNDATION,
    "proxy": FOUNDATION,
    "scaffold": FOUNDATION,
    "ble": FOUNDATION | {"model"},
    "cloud": FOUNDATION | {"model"},
    "transport": FOUNDATION | {"model"},
    "product": FOUNDATION | {"model", "transport", "cloud"},
    "phone": FOUNDATION | {"model", "transport", "ble"},
    "sdk": FOUNDATION | {"model", "transport", "ble", "phone"},
    "firmware": FOUNDATION | {"model", "cloud", "phone", "app"},
    "devserver": FOUNDATION | {"model", "transport", "build", "phone", "sdk"},
    "app": FOUNDATION | {"model", "cloud", "transport", "build", "proxy", "phone", "sdk", "devserver"},
    "testing": FOUNDATION
    | {"model", "build", "ble", "cloud", "transport", "phone", "sdk", "devserver", "app", "firmware"},
    "mcp": FOUNDATION | {"model", "app", "testing"},
    "cli": FOUNDATION
    | {
        "model",
        "mcp",
        "build",
        "proxy",
        "scaffold",
        "ble",
        "cloud",
        "transport",
        "phone",
        "sdk",
        "devserver",
        "app",
        "firmware",
        "product",
        "testing",
    },
}
EXCEPTIONS = {("transport/local.py", "cloud")}
LAZY_ONLY = {"bumble", "bleak", "playwright", "tencentcloud"}
TEAM_ONLY = {"greenlet", "prometheus_client", "psycopg", "redis"}
TEAM_MODULES = {
    "cloud/sandboxes.py",
    "cloud/store/connections.py",
    "cloud/store/postgres.py",
    "cloud/store/traffic.py",
    "cloud/store/waiting.py",
    "cloud/http/metrics.py",
    "cloud/push/bus.py",
    "cloud/push/database_bus.py",
}
TABLES = {"surface.py", "settings.py"}
MODULE_LINES, FUNCTION_LINES, TEST_LINES = 400, 50, 500
FOLDER_MODULES = 16
ONE_FOR_EACH = {
    PACKAGE / "cli/commands"
}  # `devkit NAME` is NAME.py: found in one guess, however many there are

MODULES = sorted(PACKAGE.rglob("*.py"))
TEST_MODULES = sorted((ROOT / "tests").rglob("*.py"))


# Page scripts, the console and the build worker, without what is generated or built.
SCRIPTS = sorted(
    path
    for pattern in ("*.ts", "*.tsx", "*.mjs", "*.js")
    for path in PACKAGE.rglob(pattern)
    if not {"node_modules", "dist"} & set(path.parts) and ".generated." not in path.name
)


def imports(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_imports_only_what_its_layer_may(path: Path) -> None:
    group = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    allowed = ALLOWED.get(group, set()) | BASE | {group}
    inner = path.relative_to(PACKAGE).as_posix()
    used = {item.split(".")[1] for item in imports(ast.parse(path.read_text())) if item.startswith("devkit.")}
    used = {item for item in used if (PACKAGE / item).is_dir() or (PACKAGE / f"{item}.py").exists()}
    extra = {item for item in used - allowed if (inner, item) not in EXCEPTIONS}
    assert not extra, f"{inner} imports {extra}"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_heavy_libraries_are_imported_lazily(path: Path) -> None:
    tree = ast.parse(path.read_text())
    top = set()
    for node in tree.body:
        top |= (
            {item.split(".")[0] for item in imports(node)}
            if isinstance(node, ast.Import | ast.ImportFrom)
            else set()
        )
    assert not top & LAZY_ONLY
    anywhere = {item.split(".")[0] for item in imports(tree)}
    if "proxy" not in path.parts:
        assert "mitmproxy" not in anywhere
    if path.relative_to(PACKAGE).as_posix() not in TEAM_MODULES:
        assert not anywhere & TEAM_ONLY, "these packages belong to the team extra"


@pytest.mark.parametrize("path", sorted((ROOT / "addons").glob("*.py")), ids=name)
def test_addons_stand_alone(path: Path) -> None:
    assert not {item for item in imports(ast.parse(path.read_text())) if item.split(".")[0] == "devkit"}


@pytest.mark.parametrize("path", MODULES + TEST_MODULES, ids=name)
def test_modules_stay_short(path: Path) -> None:
    limit = MODULE_LINES if PACKAGE in path.parents else TEST_LINES
    if path.name not in TABLES:
        assert len(path.read_text().splitlines()) <= limit


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_scripts_stay_short(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MODULE_LINES


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_functions_stay_short(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= FUNCTION_LINES, f"{node.name} has {length} lines"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_banned_names(path: Path) -> None:
    assert path.name not in {"utils.py", "manager.py"}
    source = path.read_text()
    assert "except Exception: pass" not in source
    tree = ast.parse(source)
    calls = [
        node for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    ]
    bare = [node.lineno for node in calls if ast.unparse(node.value.func).endswith("create_task")]
    assert not bare, f"bare create_task at {bare}"


def test_public_classes_of_different_packages_have_different_names() -> None:
    homes: dict[str, set[str]] = {}
    for path in MODULES:
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes.setdefault(node.name, set()).add(path.relative_to(PACKAGE).parts[0])
    assert not {name: places for name, places in homes.items() if len(places) > 1}


@pytest.mark.parametrize("folder", sorted({path.parent for path in MODULES}), ids=name)
def test_folders_have_one_level_and_say_what_lives_there(folder: Path) -> None:
    modules = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
    assert len(modules) <= FOLDER_MODULES or folder in ONE_FOR_EACH
    assert ast.get_docstring(ast.parse((folder / "__init__.py").read_text()))
