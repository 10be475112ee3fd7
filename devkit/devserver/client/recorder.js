/** Note what a person does in the panel, in the words of a test: role and name, else text, else a selector. */
;(function () {
  'use strict'
  var ROLES = { A: 'link', BUTTON: 'button', SELECT: 'combobox', TEXTAREA: 'textbox', SUMMARY: 'button' }
  var INPUTS = {
    checkbox: 'checkbox',
    radio: 'radio',
    range: 'slider',
    number: 'spinbutton',
    button: 'button',
    submit: 'button',
  }
  var WORKED = 'button, a[href], input, select, textarea, summary, [role]'
  var PASSIVE =
    /^(main|region|group|radiogroup|list|listitem|status|alert|img|presentation|none|banner|navigation|form|dialog|tablist|heading)$/

  function roleOf(element) {
    var given = element.getAttribute('role')
    if (given) return given
    if (element.tagName === 'INPUT') return INPUTS[element.type] || 'textbox'
    return ROLES[element.tagName] || ''
  }

  function short(text) {
    return (text || '').replace(/\s+/g, ' ').trim().slice(0, 60)
  }

  function nameOf(element) {
    var labelled = (element.getAttribute('aria-labelledby') || '').split(/\s+/).map(function (id) {
      var label = id && document.getElementById(id)
      return label ? label.textContent : ''
    })
    var labels = element.labels
      ? Array.prototype.map.call(element.labels, function (label) {
          return label.textContent
        })
      : []
    var own = /^(INPUT|SELECT|TEXTAREA)$/.test(element.tagName) ? '' : element.textContent
    return (
      short(element.getAttribute('aria-label')) ||
      short(labelled.join(' ')) ||
      short(labels.join(' ')) ||
      short(own) ||
      short(element.getAttribute('title')) ||
      short(element.getAttribute('placeholder'))
    )
  }

  function worked(event) {
    var element = event.composedPath()[0]
    while (element && element.nodeType === 1) {
      if (element.matches(WORKED) && !PASSIVE.test(roleOf(element))) return element
      var root = element.getRootNode()
      element = element.parentElement || (root && root.host) || null
    }
    return null
  }

  function path(element) {
    var parts = []
    for (var at = element; at && at.nodeType === 1 && at !== document.body; at = at.parentElement) {
      if (at.id) {
        parts.unshift('#' + CSS.escape(at.id))
        break
      }
      parts.unshift(
        at.tagName.toLowerCase() +
          ':nth-child(' +
          (1 + Array.prototype.indexOf.call(at.parentElement ? at.parentElement.children : [at], at)) +
          ')',
      )
    }
    return parts.join(' > ')
  }

  function describe(event) {
    var element = worked(event)
    if (element) {
      var role = roleOf(element)
      var name = nameOf(element)
      var alike = Array.prototype.filter.call(
        element.getRootNode().querySelectorAll(WORKED),
        function (other) {
          return roleOf(other) === role && nameOf(other) === name
        },
      )
      return { element: element, role: role, name: name, nth: alike.indexOf(element), of: alike.length }
    }
    var target = event.composedPath()[0]
    var text = short(target.textContent)
    return text && target.children.length === 0
      ? { element: target, text: text }
      : { element: target, css: path(target) }
  }

  function note(act, event, value) {
    var runtime = window.__devkit_runtime
    if (!runtime || !event.isTrusted) return
    var found = describe(event)
    runtime.link.note('touch', {
      act: act,
      role: found.role,
      name: found.name,
      nth: found.nth,
      of: found.of,
      text: found.text,
      css: found.css,
      value: value,
    })
  }

  function isField(element) {
    return (
      element &&
      /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) &&
      !/^(checkbox|radio|button|submit)$/.test(element.type)
    )
  }

  document.addEventListener(
    'click',
    function (event) {
      if (!isField(worked(event))) note('click', event)
    },
    true,
  )
  document.addEventListener(
    'change',
    function (event) {
      var element = event.composedPath()[0]
      if (isField(element)) note(element.tagName === 'SELECT' ? 'select' : 'fill', event, element.value)
    },
    true,
  )
})()
