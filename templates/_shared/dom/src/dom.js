/*::
type Child = Node | string | number | null | undefined | false | Child[];
type Props = Record<string, any>;
*/
/** Make an element from JSX. A component is a function that gets the attributes and returns an element. */
export function h(tag /*: string | ((props: any) => HTMLElement) */, props /*: Props | null */, ...children /*: Child[] */) /*: HTMLElement */ {
  if (typeof tag === 'function') return tag(props || {});
  const element = document.createElement(tag);
  Object.entries(props || {}).forEach(([name, value]) => {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value !== undefined) element.setAttribute(name, value);
  });
  element.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false)/*:: as Node[] */);
  return element;
}
