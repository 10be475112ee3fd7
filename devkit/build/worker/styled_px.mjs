// px in the templates of styled-components, as babel-plugin-styled-components-px2vw and -px2rem rewrite them.
import { walk } from './syntax.mjs'

/** @import * as Babel from '@babel/types' */
/** @import { Rewriter } from './rewrite.mjs' */
/** @import { Node } from './syntax.mjs' */

/**
 * What one px is in the unit, and which templates; runtime: values of expressions, too. skip, only: files.
 *
 * @typedef {{ unit: string, factor: number, precision: number, least: number, tags: string[], runtime: boolean,
 *   skip: RegExp[], only: RegExp[] }} StyledPx
 */

/** Texts, addresses and conditions of media stay. */
const PIXELS = /"[^"]*"|'[^']*'|url\([^)]*\)|@media[^{]*|\/\*[\s\S]*?\*\/|(\d*\.?\d+)px\b/g

/**
 * Tell whether a script may hold such a template.
 *
 * @param {string} path
 * @param {string} code
 * @param {StyledPx | null} styled
 */
export function mayStyle(path, code, styled) {
  if (!styled || !code.includes('px') || !styled.tags.some((tag) => code.includes(tag))) return false
  const { only, skip } = styled
  return (!only.length || only.some((one) => one.test(path))) && !skip.some((one) => one.test(path))
}

/**
 * @param {Rewriter} rewriter
 * @param {Babel.TaggedTemplateExpression | Babel.CallExpression} node
 */
export function styledTemplate(rewriter, node) {
  const { found, tools } = rewriter.shared
  const styled = found.styledPx
  const isTemplate = node.type === 'TaggedTemplateExpression'
  if (!styled || !isStyled(isTemplate ? node.tag : node, styled, isTemplate)) return
  /** @param {number} start @param {number} end */
  const rewrite = (start, end) => {
    if (rewriter.pixels.has(start)) return
    rewriter.pixels.add(start)
    const before = rewriter.script.code.slice(start, end)
    const after = converted(before, styled)
    if (after !== before) rewriter.text.overwrite(start, end, after)
  }
  walk(tools, node, (inner) => {
    const [start, end] = [Number(inner.start), Number(inner.end)]
    if (inner.type === 'StringLiteral' && inner.value.includes(':')) rewrite(start + 1, end - 1)
    if (inner.type !== 'TemplateLiteral') return
    for (const [index, quasi] of inner.quasis.entries()) {
      const before = inner.expressions[index - 1]
      let from = Number(quasi.start)
      if (styled.runtime && before && /^px\b/.test(quasi.value.raw) && !rewriter.pixels.has(from)) {
        rewriter.text.remove(from, from + 2)
        from += 2
        rewriter.text.appendRight(Number(before.start), '__dkPx(')
        rewriter.text.prependLeft(Number(before.end), ')')
        if (!rewriter.heads.includes(helper(styled))) rewriter.heads.push(helper(styled))
      }
      if (from < Number(quasi.end)) rewrite(from, Number(quasi.end))
    }
  })
}

/**
 * styled.div, styled(Button), styled.div.attrs(…), css, keyframes; of a call, one that is called with styles.
 *
 * @param {Node} node
 * @param {StyledPx} styled
 * @param {boolean} isTag
 * @returns {boolean}
 */
function isStyled(node, styled, isTag) {
  if (node.type === 'Identifier') return isTag && styled.tags.includes(node.name)
  if (node.type === 'MemberExpression') return isStyled(node.object, styled, true)
  return node.type === 'CallExpression' && isStyled(node.callee, styled, true)
}

/** @param {string} text @param {StyledPx} styled */
function converted(text, { unit, factor, precision, least }) {
  return text.replace(PIXELS, (whole, number) => {
    const pixels = Number.parseFloat(number)
    if (!number || pixels <= least) return whole
    return `${Number((pixels * factor).toFixed(precision))}${unit}`
  })
}

/** @param {StyledPx} styled */
const helper = ({ unit, factor, precision, least }) =>
  `function __dkPx(value) {
    if (typeof value === "function") return function () { return __dkPx(value.apply(this, arguments)); };
    var pixels = parseFloat(value) || 0;
    return Math.abs(pixels) < ${least} ? pixels + "px" : Number((pixels * ${factor}).toFixed(${precision})) + "${unit}";
  }`.replace(/\n\s*/g, ' ')
