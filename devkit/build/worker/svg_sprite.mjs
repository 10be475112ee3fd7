// SVG files as symbols of one sprite, as svg-sprite-loader makes them.
import { readFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'

/** @import { OnLoadResult } from 'esbuild' */

/**
 * Return the module of a sprite's symbol, which puts itself into the page as svg-sprite-loader's does.
 *
 * Its default export has id, viewBox and url.
 * Source: https://github.com/JetBrains/svg-sprite-loader#runtime-configuration
 *
 * @param {string} path
 * @param {string} pattern - Of the symbol's id.
 * @returns {Promise<OnLoadResult>}
 */
export async function spriteSymbol(path, pattern) {
  const source = await readFile(path, 'utf8')
  const name = basename(path, extname(path))
  const id = pattern.replace(/\[name\]/g, name)
  return {
    contents: SYMBOL.replace('"ID"', () => JSON.stringify(id)).replace('"SOURCE"', () =>
      JSON.stringify(source),
    ),
  }
}

const SYMBOL = `
const id = "ID";
const names = "http://www.w3.org/2000/svg";
const image = new DOMParser().parseFromString("SOURCE", "image/svg+xml").documentElement;
const symbol = document.createElementNS(names, "symbol");
const viewBox = image.getAttribute("viewBox") ||
  [0, 0, parseFloat(image.getAttribute("width")), parseFloat(image.getAttribute("height"))].join(" ");
symbol.setAttribute("id", id);
symbol.setAttribute("viewBox", viewBox);
while (image.firstChild) symbol.appendChild(image.firstChild);
const place = () => {
  let sprite = document.getElementById("__SVG_SPRITE_NODE__");
  if (!sprite) {
    sprite = document.createElementNS(names, "svg");
    sprite.setAttribute("id", "__SVG_SPRITE_NODE__");
    sprite.setAttribute("aria-hidden", "true");
    sprite.style.cssText = "position: absolute; width: 0; height: 0";
    document.body.insertBefore(sprite, document.body.firstChild);
  }
  const old = sprite.querySelector('[id="' + id + '"]');
  if (old) sprite.removeChild(old);
  sprite.appendChild(symbol);
};
if (document.body) place();
else document.addEventListener("DOMContentLoaded", place);
export default { id, viewBox, url: "#" + id, toString: () => "#" + id };
`
