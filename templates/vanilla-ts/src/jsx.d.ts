/** JSX gives elements of the DOM: see h() in dom.ts. */
declare namespace JSX {
  type Element = HTMLElement;
  interface IntrinsicElements {
    [tag: string]: Record<string, any>;
  }
}
