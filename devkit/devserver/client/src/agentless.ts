// Load the panel from the two development URLs through a service worker: the page of sw=true.
import { boot, text } from './boot'

const SCRIPT = 'https://developing.script/developing.js'
const STYLE = 'https://developing.style/developing.css'
/** Names of the permission that Chrome 142 and later ask for, newest first. */
const PERMISSIONS = ['loopback-network', 'local-network', 'local-network-access']

async function start(): Promise<void> {
  if (!navigator.serviceWorker) {
    explain(
      text(
        'This page has no service workers: open it over https, or at 127.0.0.1.',
        '此页面无法使用 Service Worker：请使用 https 或 127.0.0.1 打开。',
      ),
    )
    return
  }
  const query = `server=${encodeURIComponent(boot.agentless)}`
  const scope = location.pathname.startsWith('/scf/') ? '/scf/h5panel' : '/h5panel'
  const registration = await navigator.serviceWorker.register(`/__devkit/worker.js?${query}`, { scope })
  await controlled(registration)
  const style = document.createElement('link')
  style.rel = 'stylesheet'
  style.href = STYLE
  style.dataset.devkit = 'css'
  document.head.append(style)
  const script = document.createElement('script')
  script.src = SCRIPT
  script.onerror = () => void explainFailure()
  document.body.append(script)
}

/** Wait until the worker of this registration answers the page's requests. */
async function controlled(registration: ServiceWorkerRegistration): Promise<void> {
  const wanted = registration.installing ?? registration.waiting ?? registration.active
  while (navigator.serviceWorker.controller !== wanted) {
    await new Promise((resolve) => {
      navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true })
    })
  }
}

async function explainFailure(): Promise<void> {
  const state = await permission()
  const asked = state === 'denied' || state === 'prompt'
  explain(
    asked
      ? text(
          'The browser keeps this page from the dev server on this machine. Allow "local network" for this ' +
            'site (the icon left of the address), reload, or use the proxy: devkit dev --launch.',
          '浏览器阻止了此页面访问本机的开发服务。请点击地址栏左侧的图标，为此站点允许“本地网络”并刷新，' +
            '或改用代理：devkit dev --launch。',
        )
      : text(
          `The dev server at ${boot.agentless} did not answer. Is devkit dev running on this machine? ` +
            'Else use the proxy: devkit dev --launch.',
          `位于 ${boot.agentless} 的开发服务没有响应。本机是否正在运行 devkit dev？也可以改用代理：devkit dev --launch。`,
        ),
  )
}

/** Return the state of the local network permission, or "" in browsers that do not have one. */
async function permission(): Promise<string> {
  for (const name of PERMISSIONS) {
    try {
      return (await navigator.permissions.query({ name: name as PermissionName })).state
    } catch {}
  }
  return ''
}

function explain(message: string): void {
  const box = document.createElement('div')
  box.id = 'devkit-agentless'
  box.dataset.devkit = 'agentless'
  box.setAttribute('role', 'alert')
  box.style.cssText =
    'margin:24px 16px;padding:16px;border-radius:8px;border:1px solid #e0b14a;background:#fff8e6;' +
    'color:#4a3500;font:14px/1.6 system-ui,sans-serif'
  box.textContent = message
  document.body.prepend(box)
}

void start().catch((error: unknown) => explain(String(error)))
