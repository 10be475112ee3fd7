"""The lines around a place in a source, as diagnostics show them."""

from __future__ import annotations

from pathlib import Path


def code_frame(source: str, line: int, column: int = 0, around: int = 2) -> str:
    """Return the lines around line (from 1) with a marker under column (from 1); "" when out of range."""
    lines = source.splitlines()
    if source.endswith("\n") and line == len(lines) + 1:
        lines.append("")  # what is missing at the end of a file is told there
    if not 1 <= line <= len(lines):
        return ""
    first, last = max(1, line - around), min(len(lines), line + around)
    width = len(str(last))
    frame = []
    for number in range(first, last + 1):
        text = lines[number - 1][:200]
        frame.append(f"{'>' if number == line else ' '} {number:>{width}} | {text}".rstrip())
        if number == line and 0 < column <= 200:
            pad = "".join("\t" if char == "\t" else " " for char in text[: column - 1])
            frame.append(f"  {' ' * width} | {pad}^")
    return "\n".join(frame)


def file_frame(file: Path, line: int, column: int = 0) -> str:
    """Return the lines around a place in a file as it is now; "" when it cannot be read."""
    try:
        return code_frame(file.read_text("utf-8", errors="replace"), line, column) if line else ""
    except OSError:
        return ""
