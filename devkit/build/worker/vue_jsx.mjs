// Directives in JSX of Vue, which @vue/babel-plugin-jsx compiles and esbuild passes on as attributes without effect.

/** @import * as Babel from '@babel/types' */
/** @import { Rewriter } from './rewrite.mjs' */

/** What does the same without a directive. @type {Record<string, string>} */
const INSTEAD = {
  model:
    "Give the value and take the new one: value={x.value} onInput={…}; of a component modelValue={x.value} and {...{ 'onUpdate:modelValue': (now) => { x.value = now } }}.",
  show: "Write style={{ display: x ? undefined : 'none' }}.",
  slots: 'Give the slots as the only child: <A>{{ default: () => …, foot: () => … }}</A>.',
  html: 'Write innerHTML={x}.',
  text: 'Write {x} between the tags.',
}

/**
 * @param {Rewriter} rewriter
 * @param {Babel.JSXAttribute} node
 */
export function directive(rewriter, node) {
  const { dependencies, devDependencies } = rewriter.shared.manifest
  const wanted = { ...devDependencies, ...dependencies }
  const written = node.name.type === 'JSXNamespacedName' ? node.name.namespace.name : node.name.name
  const [, name = ''] =
    /^v-([a-z]+)/.exec(written.replace(/^v([A-Z])/, (_, letter) => `v-${letter.toLowerCase()}`)) ?? []
  if (!name || !wanted.vue || wanted.react) return
  rewriter.say({
    text: `${written} in JSX is a directive, and JSX is compiled without @vue/babel-plugin-jsx.`,
    hint: INSTEAD[name] ?? `Write it in a template, or call withDirectives(): ${written} is no attribute.`,
    node,
  })
}
