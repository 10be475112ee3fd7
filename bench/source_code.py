"""The texts of the projects of source_projects.py."""

# ruff: noqa: E501

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

PAGES, COMPONENTS, HOOKS, UTILS, SERVICES, ICONS = 14, 52, 16, 22, 14, 24
WORDS = (
    "power",
    "mode",
    "wind",
    "colour",
    "timer",
    "lock",
    "child",
    "swing",
    "filter",
    "scene",
    "energy",
    "history",
    "firmware",
    "share",
    "room",
    "alarm",
)
FULL_CHARTS = "import * as echarts from 'echarts';\n"
PART_CHARTS = """import * as echarts from 'echarts/core';
import { BarChart, LineChart, PieChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { CanvasRenderer } from 'echarts/renderers';
echarts.use([BarChart, LineChart, PieChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);
"""
ANTD = ("Button", "Switch", "Slider", "Popup", "Toast", "Picker", "List", "Tabs", "Dialog", "Grid")


@dataclass(frozen=True)
class Kind:
    """One project: what it is written in, and what its bundler has to be told.

    styles: global, named (import s from './a.less') or modules (*.module.less). icons: url, sprite or svgr.
    """

    name: str
    script: str = "jsx"
    style: str = "less"
    styles: str = "global"
    icons: str = "url"
    interface: str = "antd-mobile"
    charts: str = PART_CHARTS
    react: str = "host"
    extras: tuple[str, ...] = ()
    home: str = "@/"
    files: dict[str, str] = field(default_factory=dict)
    bundler: dict[str, Any] = field(default_factory=dict)


def variables(kind: Kind) -> str:
    mark = "$" if kind.style == "scss" else "@"
    return f"{mark}main: #1677ff;\n{mark}gap: 12px;\n{mark}line: #e5e6eb;\n{mark}text: #1d2129;\n"


def utility(n: int, chance: random.Random) -> str:
    rows = ", ".join(
        f"{{ id: {k}, name: '{chance.choice(WORDS)}', step: {chance.randint(1, 9)} }}" for k in range(6)
    )
    return f"""const TABLE{n} = [{rows}];
const cache{n} = new Map();
export const LIMITS{n} = {{ min: {chance.randint(0, 9)}, max: {chance.randint(50, 100)}, unit: '%' }};
export const KIND{n} = '{chance.choice(WORDS)}';
export function format{n}(value, options = {{}}) {{
  const {{ digits = 1, unit = LIMITS{n}.unit, ...rest }} = options;
  if (value === undefined || value === null) return '--';
  const shown = Number(value).toFixed(digits);
  return `${{shown}}${{unit}}${{rest.suffix ?? ''}}`;
}}
export function find{n}(id) {{
  if (!cache{n}.has(id)) cache{n}.set(id, TABLE{n}.find((row) => row.id === id) || null);
  return cache{n}.get(id)?.name ?? KIND{n};
}}
export const clamp{n} = (value) => Math.min(LIMITS{n}.max, Math.max(LIMITS{n}.min, value));
export const merge{n} = (one, other) => ({{ ...one, ...other, at: Date.now(), list: [...(one.list || []), other] }});
export class Queue{n} {{
  static size = {chance.randint(4, 32)};
  items = [];
  push(item) {{
    this.items.push(item);
    if (this.items.length > Queue{n}.size) this.items.shift();
    return this;
  }}
  *[Symbol.iterator]() {{ for (const item of this.items) yield item; }}
}}
"""


def service(n: int, chance: random.Random) -> str:
    other, used = (n + 1) % UTILS, WORDS[n % 16]
    return f"""import {{ merge{n}, clamp{other} }} from '../utils';
const sdk = () => window['h5PanelSdk'] || {{}};
export async function load{n}(deviceId, {{ force = false, ...query }} = {{}}) {{
  try {{
    const answer = await (sdk().requestTokenApi?.('App{used.title()}', merge{n}({{ deviceId }}, query)) ?? {{}});
    if (force && !answer.Data) throw new Error('no {used} {chance.randint(1, 99)}');
    return {{ ...answer, value: clamp{other}(answer.Value || 0) }};
  }} catch (error) {{
    console.warn('{used}', error);
    return {{ value: 0, error }};
  }} finally {{
    window['loaded{n}'] = true;
  }}
}}
export const unused{n} = async (list) => {{
  for (const item of list) await load{n}(item?.id, {{ force: item.force }});
  return list.map(({{ id }}) => id).filter(Boolean);
}};
"""


def icon(chance: random.Random) -> str:
    def point() -> str:
        return f"{chance.randint(0, 999) / 10} {chance.randint(0, 999) / 10}"

    path = "M" + "L".join(point() for _ in range(14)) + "Z"
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100" viewBox="0 0 100 100">'
        f'<path fill="#1677ff" d="{path}"/></svg>\n'
    )


def rules(kind: Kind, n: int, chance: random.Random) -> str:
    mark = "$" if kind.style == "scss" else "@"
    load = "@use '../../styles/vars' as *;\n" if mark == "$" else "@import '../../styles/vars.less';\n"
    name = "card" if kind.styles != "global" and kind.script != "vue" else f"card{n}"
    return f"""{load}.{name} {{
  display: flex;
  flex-direction: {chance.choice(("row", "column"))};
  align-items: center;
  padding: {mark}gap {mark}gap * 2;
  margin: 0 auto {chance.randint(1, 20)}px;
  border: 1px solid {mark}line;
  border-radius: {chance.randint(2, 12)}px;
  background: linear-gradient({chance.randint(0, 180)}deg, rgba(22, 119, 255, .{chance.randint(1, 9)}), #fff);
  transition: transform .{chance.randint(1, 9)}s ease-in-out;
  &:active {{ transform: scale(.98); opacity: .8; }}
  &.on {{ color: {mark}main; box-shadow: 0 {chance.randint(1, 9)}px 12px rgba(0, 0, 0, .08); }}
  .title {{ flex: 1; font-size: {chance.randint(12, 20)}px; color: {mark}text; }}
  .value {{ font-weight: 600; color: {mark}main; width: calc(100% - {chance.randint(10, 90)}px); }}
  @media (max-width: {chance.choice((320, 375, 414))}px) {{ .title {{ font-size: 12px; }} }}
}}
"""


def react_files(kind: Kind, chance: random.Random, code: str) -> Iterator[tuple[str, str]]:
    typed = code == "ts"
    for n in range(HOOKS):
        yield f"src/hooks/useThing{n}.{code}", _hook(n)
    yield (
        f"src/hooks/index.{code}",
        "".join(f"export {{ useThing{n} }} from './useThing{n}';\n" for n in range(HOOKS)),
    )
    suffix = f".module.{kind.style}" if kind.styles == "modules" else f".{kind.style}"
    for n in range(COMPONENTS):
        folder = f"src/components/Card{n}"
        yield f"{folder}/index{suffix}", rules(kind, n, chance)
        yield f"{folder}/index.{kind.script}", _component(kind, n, chance, suffix)
    names = "".join(
        f"export {{ default as Card{n}, kind as cardKind{n} }} from './Card{n}';\n" for n in range(COMPONENTS)
    )
    yield f"src/components/index.{code}", names
    for n in range(PAGES):
        yield f"src/pages/Page{n}/index.{kind.script}", _page(kind, n, chance, typed=typed)
    yield f"src/icons.{kind.script}", _icons(kind)
    yield f"src/chart.{kind.script}", _chart(kind)
    yield f"src/index.{kind.script}", _entry(kind)


def _hook(n: int) -> str:
    return f"""import {{ useCallback, useEffect, useMemo, useRef, useState }} from 'react';
import {{ format{n}, clamp{n} }} from '../utils';
export function useThing{n}(name, first = {n}) {{
  const [value, setValue] = useState(first);
  const timer = useRef(0);
  useEffect(() => {{
    timer.current = window.setTimeout(() => setValue((old) => clamp{n}(old)), {100 + n});
    return () => window.clearTimeout(timer.current);
  }}, [name]);
  const shown = useMemo(() => format{n}(value, {{ digits: {n % 3}, suffix: name?.suffix }}), [value, name]);
  const change = useCallback((next) => setValue((old) => (typeof next === 'function' ? next(old) : next)), []);
  return {{ value, shown, change }};
}}
"""


def _component(kind: Kind, n: int, chance: random.Random, suffix: str) -> str:
    typed = kind.script == "tsx"
    hook, util = n % HOOKS, n % UTILS
    part = f"antdButton{n}"
    library = chance.choice(ANTD[:4] if kind.interface == "antd-mobile" else ("Button", "Switch", "List"))
    style = f"import './index{suffix}';\n"
    named = f"'card{n}'"
    if kind.styles != "global":
        style, named = f"import styles from './index{suffix}';\n", "styles.card"
    title, value = ("styles.title", "styles.value") if kind.styles != "global" else ("'title'", "'value'")
    signature = "({ title, on, level = 1, children, ...rest })"
    types = f"interface Props{n} {{ title: string; on?: boolean; level?: number; children?: any; [key: string]: any }}\n"
    if typed:
        signature = f"({{ title, on, level = 1, children, ...rest }}: Props{n})"
    if n % 13 == 7:
        return _class_component(kind, n, style, named)
    return f"""import React, {{ memo, useState }} from 'react';
import {{ {library} as {part} }} from '{kind.interface}';
import {{ useThing{hook} }} from '../../hooks';
import {{ find{util}, KIND{util} }} from '../../utils';
{style}{types if typed else ""}export const kind = KIND{util};
function Card{n}{signature} {{
  const [open, setOpen] = useState(false);
  const {{ value, shown, change }} = useThing{hook}({{ suffix: title }} as any, level);
  const rows = [1, 2, 3].map((row) => ({{ key: `${{kind}}-${{row}}`, text: find{util}(row), on: row === level }}));
  const Part = {part} as any;
  return (
    <div className={{[{named}, on && 'on'].filter(Boolean).join(' ')}} onClick={{() => setOpen(!open)}} {{...rest}}>
      <span className={{{title}}}>{{title}} {{'{chance.choice(WORDS)} {n}'}}</span>
      <span className={{{value}}} data-value={{value}}>{{shown}}</span>
      {{open && rows.map(({{ key, text, on: isOn }}) => <em key={{key}} data-on={{isOn}}>{{text}}</em>)}}
      {{value > {chance.randint(10, 60)} ? <Part onClick={{() => change((old) => old - 1)}}>{n}</Part> : children}}
    </div>
  );
}}
export default memo(Card{n});
""".replace(" as any", " as any" if typed else "")


def _class_component(kind: Kind, n: int, style: str, named: str) -> str:
    any_type = ": any" if kind.script == "tsx" else ""
    typed = "<any, any>" if kind.script == "tsx" else ""
    decorated = ""
    if kind.bundler.get("decorators"):
        decorated = "const bound = (target, name, d) => ({ ...d, enumerable: false });\n"
    mark = "@bound " if decorated else ""
    return f"""import React, {{ Component }} from 'react';
import {{ KIND{n % UTILS}, Queue{n % UTILS} }} from '../../utils';
{style}{decorated}export const kind = KIND{n % UTILS};
export default class Card{n} extends Component{typed} {{
  static defaultProps = {{ level: {n} }};
  queue = new Queue{n % UTILS}();
  state = {{ count: 0, list: [] }};
  componentDidMount() {{ this.setState({{ count: this.props.level }}); }}
  {mark}add({"event" + any_type}) {{
    this.queue.push(event);
    this.setState(({{ count, list }}{any_type}) => ({{ count: count + 1, list: [...list, event.type] }}));
  }}
  press = (event{any_type}) => this.add(event);
  render() {{
    const {{ title, children }} = this.props;
    return <section className={{{named}}} onClick={{this.press}}>{{title}}{{this.state.count}}{{children}}</section>;
  }}
}}
"""


def _page(kind: Kind, n: int, chance: random.Random, *, typed: bool) -> str:
    cards = chance.sample(range(COMPONENTS), 5)
    names = ", ".join(f"Card{card}" for card in cards)
    library = ", ".join(
        chance.sample(
            ANTD[:4] if kind.interface == "antd-mobile" else ("Button", "Switch", "List", "Tabs"), 2
        )
    )
    shown = "\n".join(
        f'      <Card{card} title="{chance.choice(WORDS)}" level={{{card}}} on={{state.at === {card}}} />'
        for card in cards
    )
    parts = "\n".join(f"      <{name.strip()} />" for name in library.split(","))
    return f"""import React, {{ useEffect, useReducer }} from 'react';
import {{ {library} }} from '{kind.interface}';
import {{ {names} }} from '{kind.home if kind.home == "@/" else "../../"}components';
import {{ load{n} }} from '../../services/service{n}';
const first{n} = {{ at: {cards[0]}, rows: [], error: null{" as any" if typed else ""} }};
function reduce{n}(state{": any" * typed}, action{": any" * typed}) {{
  switch (action.type) {{
    case 'rows': return {{ ...state, rows: action.rows, error: null }};
    case 'move': return {{ ...state, at: state.at + (action.by ?? 1) }};
    case 'failed': return {{ ...state, error: action.error?.message || 'unknown' }};
    default: return state;
  }}
}}
export default function Page{n}({{ deviceId }}{": any" * typed}) {{
  const [state, dispatch] = useReducer(reduce{n}, first{n});
  useEffect(() => {{
    let gone = false;
    (async () => {{
      const {{ value, error }} = await load{n}(deviceId, {{ force: true }}{" as any" * typed});
      if (!gone) dispatch(error ? {{ type: 'failed', error }} : {{ type: 'rows', rows: [value] }});
    }})();
    return () => {{ gone = true; }};
  }}, [deviceId]);
  return (
    <main className="page{n}">
      <h2>{{'{chance.choice(WORDS)}'}} {n}</h2>
{shown}
{parts}
      {{state.error && <p onClick={{() => dispatch({{ type: 'move', by: 2 }})}}>{{state.error}}</p>}}
    </main>
  );
}}
"""


def _icons(kind: Kind) -> str:
    names = [f"{WORDS[n % 16]}{n}" for n in range(ICONS)]
    if kind.icons == "svgr":
        lines = "".join(
            f"import {{ ReactComponent as I{n} }} from './icons/{name}.svg';\n"
            for n, name in enumerate(names[:8])
        )
        return f"import React from 'react';\n{lines}export default () => <>{''.join(f'<I{n} />' for n in range(8))}</>;\n"
    if kind.icons == "new-url":
        rows = ", ".join(f"new URL('./icons/{name}.svg', import.meta.url).href" for name in names)
        return f"import React from 'react';\nconst all = [{rows}];\nexport default () => <>{{all.map((one) => <img key={{one}} src={{one}} />)}}</>;\n"
    load = "require.context('./icons', false, /\\.svg$/)"
    head = "declare const require: any;\n" if kind.script == "tsx" else ""
    shown = (
        "<svg key={key}><use xlinkHref={'#' + (all(key).default?.id || key)} /></svg>"
        if kind.icons == "sprite"
        else "<img key={key} src={all(key).default || all(key)} />"
    )
    return f"import React from 'react';\n{head}const all = {load};\nexport default () => <>{{all.keys().map((key{': any' * bool(head)}) => {shown})}}</>;\n"


def _chart(kind: Kind) -> str:
    return f"""import React, {{ useEffect, useRef }} from 'react';
{kind.charts}export default function Chart({{ rows }}{": any" * (kind.script == "tsx")}) {{
  const place = useRef(null);
  useEffect(() => {{
    const chart = echarts.init(place.current);
    chart.setOption({{ xAxis: {{ data: rows.map((_, n) => n) }}, yAxis: {{}}, series: [{{ type: 'bar', data: rows }}] }});
    return () => chart.dispose();
  }}, [rows]);
  return <div ref={{place}} style={{{{ width: 300, height: 200 }}}} />;
}}
"""


def _entry(kind: Kind) -> str:
    pages = "".join(f"import Page{n} from './pages/Page{n}';\n" for n in range(PAGES))
    libs = "".join(f"import {{ use{n} }} from './libs/{name}';\n" for n, name in enumerate(kind.extras))
    uses = ", ".join(f"use{n}(1)" for n in range(len(kind.extras)))
    shown = "".join(f'<Page{n} deviceId="d{n}" />' for n in range(PAGES))
    if kind.react == "bundle":
        dom, start = (
            "import { createRoot } from 'react-dom/client';\n",
            "createRoot(document.getElementById('app')).render(<App />);",
        )
    else:
        dom, start = (
            "import ReactDOM from 'react-dom';\n",
            "ReactDOM.render(<App />, document.getElementById('app'));",
        )
    return f"""import React from 'react';
{dom}{pages}{libs}import Icons from './icons';
import Chart from './chart';
const App = () => <>{shown}<Icons /><Chart rows={{[1, 5, 3]}} /><p>{{[{uses}].join(' ')}}</p></>;
{start}
"""
