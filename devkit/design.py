"""Design widths: which px of a style become vw, and by what width."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from devkit.errors import SettingsError
from devkit.language import _

WIDEST = 10000
# Mobile component libraries whose styles are written for a screen of 375 px, whatever the panel's design is.
# Source: https://vant-ui.github.io/vant/#/en-US/advanced-usage (375 as the base of a design), and
# https://mobile.ant.design/guide/faq (375 by default); those of the others are unverified.
PACKAGES = dict.fromkeys(
    (
        "antd-mobile", "vant", "react-vant", "@nutui/nutui", "@nutui/nutui-react", "tdesign-mobile-react",
        "tdesign-mobile-vue", "@varlet/ui", "zarm", "@arco-design/mobile-react",
    ),
    375,
)  # fmt: skip


@dataclass(frozen=True)
class PxToViewport:
    """Rewrite px to vw for designs of a width in px; 0 leaves them.

    packages: {package: width its styles are written for, 0 leaves them}. include and exclude name files
    of the project by folder, file, glob, package or /regular expression/.
    """

    width: int = 0
    packages: Mapping[str, int] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the width, as devkit.toml has it in the plain case."""
        return str(self.width)

    @classmethod
    def read(cls, value: object, source: str) -> PxToViewport:
        """Return what a width, its text, or a table of this class's fields says.

        Errors: SettingsError naming source and value.
        """
        if isinstance(value, cls):
            return value
        if isinstance(value, str) and value.strip().isdigit():
            value = int(value)
        table = value if isinstance(value, Mapping) else {"width": value}
        name = f"{source}: px_to_viewport"
        unknown = table.keys() - {"width", "packages", "exclude", "include"}
        if unknown:
            raise SettingsError(
                _(f"{name} has no {', '.join(sorted(map(str, unknown)))}."),
                _("It is a width, or a table of width, packages, exclude and include."),
            )
        packages = table.get("packages", {})
        if not isinstance(packages, Mapping):
            raise SettingsError(_(f"{name}.packages must be a table of widths, not {packages!r}."))
        return cls(
            _width(table.get("width", 0), name),
            {str(key): _width(width, f"{name}.packages.{key}") for key, width in packages.items()},
            _texts(table.get("exclude", ()), f"{name}.exclude"),
            _texts(table.get("include", ()), f"{name}.include"),
        )

    def all_packages(self) -> dict[str, int]:
        """Return packages with those that are known to be written for 375."""
        return {**PACKAGES, **self.packages}


def _width(value: object, name: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        if 0 <= value <= WIDEST:
            return value
        raise SettingsError(_(f"{name} must be 0 to {WIDEST}, not {value!r}."))
    raise SettingsError(_(f"{name} must be a whole number, not {value!r}."))


def _texts(value: object, name: str) -> tuple[str, ...]:
    items = [value] if isinstance(value, str) else value
    if isinstance(items, list | tuple) and all(isinstance(item, str) and item for item in items):
        return tuple(items)
    raise SettingsError(_(f"{name} must be a list of texts, not {value!r}."))
