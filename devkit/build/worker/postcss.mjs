// PostCSS: the project's own plugins, autoprefixer for targets that esbuild does not serve, and px to vw.
import { ToolFailure, textOf } from './diagnostics.mjs'
import { loadPostcssConfig } from './postcss_config.mjs'
import { pxToViewport, widthFor } from './px.mjs'
import { browserslist, needsPrefixer } from './targets.mjs'

/** @import { AcceptedPlugin, CssSyntaxError, Message as PostcssMessage } from 'postcss' */
/** @import { Message } from './messages.generated' */
/** @import { PostcssJob } from './shared' */

/**
 * Run the plugins over CSS. files gains what they say that they read; unkept tells that they read more.
 *
 * @param {PostcssJob} job
 * @returns {Promise<{ code: string, map: string | null, unkept: boolean }>}
 */
export async function compile({ code, map, path, files, config, shared }) {
  const { options, tools, warnings } = shared
  const { plugins, ...settings } = config ? await loadPostcssConfig(config, shared, path) : { plugins: [] }
  if (!plugins.some(isAutoprefixer) && needsPrefixer(code, options.target)) {
    const browsers = browserslist(options.target)
    plugins.push(tools.load('autoprefixer')({ overrideBrowserslist: browsers, remove: false }))
  }
  const width = widthFor(path, options, () => tools.load('picomatch'))
  if (width) plugins.push(pxToViewport(tools.load('postcss-value-parser'), width))
  try {
    const made = await tools
      .load('postcss')(plugins)
      .process(code, {
        ...settings,
        from: path,
        to: path,
        map: options.sourcemap
          ? { inline: false, annotation: false, sourcesContent: true, prev: map ?? false }
          : false,
      })
    let unkept = false
    for (const message of made.messages) {
      if (message.type === 'dependency') files.add(message.file)
      if (message.type === 'dir-dependency') unkept = true
      if (message.type === 'warning') warnings.push(warning(message, path))
    }
    return { code: made.css, map: made.map ? made.map.toString() : null, unkept }
  } catch (error) {
    throw explained(error, path)
  }
}

/** @param {AcceptedPlugin} plugin */
function isAutoprefixer(plugin) {
  return 'postcssPlugin' in plugin && plugin.postcssPlugin === 'autoprefixer'
}

/**
 * @param {PostcssMessage} message
 * @param {string} path
 * @returns {Message}
 */
function warning(message, path) {
  return {
    text: message.text,
    file: path,
    line: message.line ?? 0,
    column: message.column ?? 0,
    stage: 'postcss',
    severity: 'warning',
  }
}

/**
 * @param {unknown} error
 * @param {string} path
 */
function explained(error, path) {
  const { reason, input, file, line, column } = /** @type {Partial<CssSyntaxError>} */ (error ?? {})
  return new ToolFailure({
    text: reason ?? textOf(error),
    file: input?.file ?? file ?? path,
    line: input?.line ?? line ?? 0,
    column: input?.column ?? column ?? 0,
    stage: 'postcss',
  })
}
