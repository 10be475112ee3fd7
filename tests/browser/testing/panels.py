"""Small panels for the tests of devkit.testing: plain scripts, so that no build is needed."""

import json

MODEL = {
    "version": "1.0",
    "profile": {"ProductId": "TESTLAMP01", "CategoryId": "1"},
    "properties": [
        {
            "id": "power_switch",
            "name": "电源",
            "mode": "rw",
            "define": {"type": "bool", "mapping": {"0": "关", "1": "开"}},
        },
        {
            "id": "brightness",
            "name": "亮度",
            "mode": "rw",
            "define": {"type": "int", "min": "0", "max": "100", "start": "0", "step": "1", "unit": "%"},
        },
    ],
    "events": [],
    "actions": [
        {
            "id": "blink",
            "name": "闪烁",
            "input": [
                {
                    "id": "times",
                    "name": "次数",
                    "define": {"type": "int", "min": "1", "max": "9", "step": "1"},
                }
            ],
            "output": [],
        }
    ],
}
MODEL_JSON = json.dumps(MODEL, ensure_ascii=False)

LAMP = """
(function () {
  var sdk = window.h5PanelSdk, app = document.getElementById('app')
  app.innerHTML = '<main><h1>灯</h1><button role="switch" aria-label="电源">电源</button>' +
    '<output id="bright"></output><p id="status"></p><button id="blink">闪</button>' +
    '<button id="detail">更多</button><button id="tip">提示</button><p id="time">0</p></main>'
  var power = app.querySelector('[role=switch]')
  function draw() {
    power.setAttribute('aria-checked', String(sdk.deviceData.power_switch === 1))
    app.querySelector('#bright').textContent = String(sdk.deviceData.brightness)
    app.querySelector('#status').textContent = sdk.deviceStatus ? '在线' : '离线'
  }
  power.onclick = function () {
    sdk.controlDeviceData({ power_switch: sdk.deviceData.power_switch ? 0 : 1 }).catch(function (error) {
      sdk.tips.showError(error)
    })
  }
  app.querySelector('#blink').onclick = function () {
    sdk.callDeviceAction({ times: 3 }, 'blink').catch(function (error) { sdk.tips.showError(error) })
  }
  app.querySelector('#detail').onclick = function () { sdk.goDeviceDetailPage({ reload: true }) }
  app.querySelector('#tip').onclick = function () { sdk.tips.showSuccess('已保存') }
  sdk.on('wsReport', draw)
  sdk.on('wsStatusChange', draw)
  var ticks = 0
  setInterval(function () { app.querySelector('#time').textContent = String(++ticks) }, 1000)
  sdk.sdkReady().then(draw)
})()
"""

WRITES_STORAGE = """
localStorage.setItem('left', 'behind'); sessionStorage.setItem('left', 'behind'); window.name = 'left'
document.cookie = 'left=behind;path=/'; history.pushState({}, '', '?left=behind')
indexedDB.open('left')
"""

EMPTY = "void 0"
THROWS = (
    LAMP + "\nsetTimeout(function later() { window.failed = true; throw new Error('broken on purpose') }, 50)"
)
THROWS_AT_LOAD = "function start() { return window.nothing.here }\nstart()"
REJECTS = LAMP + (
    "\nonunhandledrejection = function () { window.failed = true }"
    "\nPromise.reject(new Error('nobody caught me'))"
)
LOOPS = "(function spin() { for (;;) {} })()"
LOOPS_ONCE = LAMP + "\nfunction spinOnce() { for (;;) {} }"
LOOPS_ON_CLICK = LAMP + "\ndocument.querySelector('#tip').onclick = function spin() { for (;;) {} }"
DIALOGS = LAMP + "\nalert('hello'); document.title = confirm('sure?') ? 'yes' : 'no'"
LEAVES = LAMP + "\nlocation.href = 'https://example.com/elsewhere'"
FETCHES = LAMP + "\nfetch('https://example.com/data').catch(function () { document.title = 'blocked' })"
POPUP = LAMP + "\nwindow.open('about:blank')"

NO_BRIGHTNESS = LAMP.replace(
    "app.querySelector('#bright').textContent = String(sdk.deviceData.brightness)", ""
)
SENDS_TOO_MUCH = LAMP + (
    "\ndocument.querySelector('#tip').onclick = function () {"
    " h5PanelSdk.controlDeviceData({ brightness: 101 }).catch(function () {}) }"
)
UNCAUGHT_FAILURE = LAMP.replace(".catch(function (error) {\n      sdk.tips.showError(error)\n    })", "")
IGNORES_OFFLINE = LAMP.replace("sdk.deviceStatus ? '在线' : '离线'", "''")
LEAKS = LAMP + (
    "\nh5PanelSdk.on('wsReport', function () {"
    " document.getElementById('app').addEventListener('click', function () {}) })"
)
NAMELESS = LAMP.replace('aria-label="电源">电源<', "><")
THROWS_ON_REPORT = LAMP + "\nh5PanelSdk.on('wsReport', function () { throw new Error('cannot draw') })"
