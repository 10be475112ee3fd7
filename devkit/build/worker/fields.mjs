// Runs in the panel: decorated fields as Babel's legacy plugin makes them.
// Source: https://github.com/babel/babel/blob/v7.28.5/packages/babel-helpers/src/helpers/applyDecoratedDescriptor.js

/** {class or its prototype: {slot: descriptor}}. @type {WeakMap<object, Record<string, any>>} */
const descriptors = new WeakMap()
/** {slot: {instance: what gives its value}}. @type {Record<string, WeakMap<object, () => unknown>>} */
const values = {}

/**
 * Return the decorator that applies those of a field, the last first.
 *
 * @param {string} slot - Of this field alone.
 * @param {((target: object, key: PropertyKey, found: object) => object | void)[]} decorators
 * @param {boolean} isSet - It has a value.
 */
export function field(slot, decorators, isSet) {
  /** @param {object} target @param {PropertyKey} key */
  return (target, key) => {
    /** @param {object} owner */
    function initializer(/** @type {any} */ owner) {
      return values[slot]?.get(owner)?.()
    }
    /** @type {any} */
    let found = { configurable: true, enumerable: true, writable: true, initializer: null }
    if (isSet) {
      found.initializer = function () {
        return initializer(this)
      }
    }
    for (const decorator of [...decorators].reverse()) found = decorator(target, key, found) || found
    if (typeof target === 'function' && found.initializer !== undefined) {
      found.value = found.initializer ? found.initializer.call(target) : undefined
      found.initializer = undefined
    }
    if (found.initializer === undefined) {
      Object.defineProperty(target, key, found)
      return
    }
    const all = descriptors.get(target) ?? {}
    all[slot] = { ...found, key }
    descriptors.set(target, all)
  }
}

/**
 * Give an instance, or a class, its field.
 *
 * @param {string} slot
 * @param {object} self
 * @param {(() => unknown)} [value]
 */
export function init(slot, self, value) {
  values[slot] ??= new WeakMap()
  if (value) values[slot].set(self, value)
  if (typeof self === 'function') return
  let owner = Object.getPrototypeOf(self)
  while (owner && !descriptors.get(owner)?.[slot]) owner = Object.getPrototypeOf(owner)
  const found = owner && descriptors.get(owner)?.[slot]
  if (!found) return
  const { key, configurable, enumerable, writable, initializer } = found
  Object.defineProperty(self, key, {
    configurable,
    enumerable,
    writable,
    value: initializer ? initializer.call(self) : undefined,
  })
}
