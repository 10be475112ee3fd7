/** Make an element from JSX. A component is a function that gets the attributes and returns an element. */
export function h(
  tag /*: string | ((props: any) => HTMLElement) */,
  props /*: Record<string, any> | null */,
  ...children /*: any[] */
) /*: HTMLElement */ {
  if (typeof tag === 'function') return tag(props || {});
  const element = document.createElement(tag);
  Object.entries(props || {}).forEach(([name, value]) => {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value !== undefined) element.setAttribute(name, value);
  });
  element.append(...children.flat(Infinity).filter((child) => child || child === 0));
  return element;
}
