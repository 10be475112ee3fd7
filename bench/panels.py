"""Panels to measure with, and small helpers that the benchmarks share."""

import statistics
from collections.abc import Sequence
from pathlib import Path

SMALL = {
    "src/index.jsx": """import './index.css';
import { Card } from './card';
function App() {
  const [value, setValue] = React.useState(0);
  const add = () => setValue(value + 1);
  return <main className="panel" onClick={add}><Card value={value} mark="mark-0" /></main>;
}
ReactDOM.render(<App />, document.getElementById('app'));
""",
    "src/card.jsx": "export const Card = ({ value, mark }) => <p className={mark}>{value}</p>;\n",
    "src/index.css": ".panel { display: flex; color: #123456 }\n",
}
EDITED = "src/card.jsx"


def edit(count: int) -> str:
    """Return the edited module so that each count gives other bytes."""
    return (
        f"export const Card = ({{ value, mark }}) => <p className={{mark}} id='edit-{count}'>{{value}}</p>;\n"
    )


def write_panel(folder: Path, *, large: bool = False, less: bool = False) -> Path:
    """Write a panel; large adds React's development bundle and 150 modules, less adds 20 LESS files."""
    files = dict(SMALL)
    if large:
        names = range(150)
        imports = "".join(f"import {{ part{n} }} from './parts/p{n}';\n" for n in names)
        files["src/index.jsx"] = (
            "import React from 'react';\nimport ReactDOM from 'react-dom';\n"
            f"{imports}window.parts = [{', '.join(f'part{n}' for n in names)}];\n{files['src/index.jsx']}"
        )
        body = "\n".join(f"  rows.push({{ id: {n}, name: 'row {n}', on: n > {n} }});" for n in range(25))
        for n in names:
            files[f"src/parts/p{n}.js"] = (
                f"export function part{n}(n) {{\n  const rows = [];\n{body}\n  return rows;\n}}\n"
            )
        files["src/card.jsx"] = "import React from 'react';\n" + files["src/card.jsx"]
    if less:
        files["src/vars.less"] = "@main: #123456;\n@gap: 16px;\n"
        for n in range(20):
            rules = "\n".join(f"  .row-{m} {{ color: fade(@main, {m}%); margin: @gap/2 }}" for m in range(60))
            files[f"src/less/l{n}.less"] = f"@import '../vars.less';\n.less-{n} {{\n{rules}\n}}\n"
        imports = "".join(f"import './less/l{n}.less';\n" for n in range(20))
        files["src/index.jsx"] = imports + files["src/index.jsx"]
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


def median(values: Sequence[float]) -> float:
    """Return the median, rounded for print."""
    return round(statistics.median(values), 1)
