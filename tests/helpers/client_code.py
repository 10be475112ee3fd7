"""Bundle page-side TypeScript for a test page, with the client project's own esbuild."""

import functools
import subprocess
from pathlib import Path

CLIENT = Path(__file__).parents[2] / "devkit" / "sdk" / "client"


@functools.cache
def bundle(entry: str, global_name: str, *, minify: bool = False) -> str:
    """Return the script of a module below the client project, its exports on window[global_name]."""
    tool = CLIENT / "node_modules" / "esbuild" / "bin" / "esbuild"
    if not tool.exists():
        raise FileNotFoundError(f"{tool} is not there. Run `npm ci` in {CLIENT}.")
    command = [str(tool), str(CLIENT / entry), "--bundle", "--format=iife", "--target=es2017"]
    command += ["--minify"] if minify else []
    done = subprocess.run(
        [*command, f"--global-name={global_name}"], cwd=CLIENT, capture_output=True, text=True, check=True
    )
    return done.stdout
