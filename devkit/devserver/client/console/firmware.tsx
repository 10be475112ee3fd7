/** Firmware: the versions, publishing a file, the upgrade as it runs, and how it is to fail. */

import { useRef, useState } from 'preact/hooks'
import { useStore, useWords } from './context'
import { Card } from './widgets'

const WAITS_FOR_USER = 8
const FAILED = 5
const RUNNING = [1, 2, 3, 4, 7, 20]
const CODES = [-1, -2, -3, -4, -5]

function Publish() {
  const store = useStore()
  const words = useWords()
  const chooser = useRef<HTMLInputElement>(null)
  const [version, setVersion] = useState('')
  const [description, setDescription] = useState('')
  const [file, setFile] = useState<File | null>(null)
  const [sending, setSending] = useState(false)
  const publish = async (event: Event) => {
    event.preventDefault()
    if (!version.trim() || sending) return
    setSending(true)
    const query = { version: version.trim(), description }
    const done = file ? await store.upload(query, file) : await store.act('firmware', query)
    setSending(false)
    if (!done) return
    setVersion('')
    setDescription('')
    setFile(null)
    if (chooser.current) chooser.current.value = ''
  }
  return (
    <form class="publish" onSubmit={(event) => void publish(event)}>
      <input
        placeholder={words.newVersion}
        aria-label={words.newVersion}
        maxLength={32}
        value={version}
        onInput={(event) => setVersion(event.currentTarget.value)}
      />
      <input
        placeholder={words.description}
        aria-label={words.description}
        value={description}
        onInput={(event) => setDescription(event.currentTarget.value)}
      />
      <label class="file small">
        <input
          ref={chooser}
          type="file"
          aria-label={words.firmwareFile}
          onChange={(event) => setFile(event.currentTarget.files?.[0] ?? null)}
        />
        <span>{file ? `${file.name} · ${Math.ceil(file.size / 1024)} KB` : words.firmwareFile}</span>
      </label>
      <button type="submit" class="small" disabled={!store.api.canControl || sending}>
        {words.offer}
      </button>
    </form>
  )
}

/** Versions, the offer of a new one, its progress, and the result code with which upgrades fail. */
export function FirmwareCard() {
  const store = useStore()
  const words = useWords()
  const device = store.devices.value[store.deviceId.value]
  const firmware = device?.firmware ?? null
  const code = store.fault.value.firmware ?? 0
  if (firmware === null)
    return (
      <Card name="firmware" title={words.firmware}>
        <p class="empty">{words.firmwareNone}</p>
      </Card>
    )
  const upgradable = firmware.offered !== '' && firmware.offered !== firmware.current
  const startable = upgradable && (firmware.status === WAITS_FOR_USER || firmware.status === FAILED)
  const running = RUNNING.includes(firmware.status)
  return (
    <Card
      name="firmware"
      title={words.firmware}
      badge={
        <>
          {upgradable && <span class="badge dot">{firmware.offered}</span>}
          {code !== 0 && <span class="badge warn">{code}</span>}
        </>
      }
    >
      <dl class="pairs">
        <dt>{words.currentVersion}</dt>
        <dd>{firmware.current || words.none}</dd>
        <dt>{words.offeredVersion}</dt>
        <dd>{firmware.offered || words.none}</dd>
      </dl>
      {firmware.offered && (
        <p class={firmware.status === FAILED ? 'ota-failed' : 'muted'} role="status">
          {words.otaStates.split(',')[firmware.status] ?? words.otaDownloaded}
          {running && firmware.percent > 0 && ` · ${firmware.percent} %`}
          {firmware.message && ` · ${firmware.message}`}
        </p>
      )}
      {running && <progress max={100} value={firmware.percent} aria-label={words.firmware} />}
      {startable && (
        <button
          type="button"
          class="wide-button primary"
          disabled={!store.api.canControl}
          onClick={() => void store.post(`/upgrade/${store.devicePath}`, {})}
        >
          {words.upgradeNow}
        </button>
      )}
      <label class="fault">
        <span>{words.upgradesFail}</span>
        <select
          value={String(code)}
          disabled={!store.api.canControl}
          onChange={(event) => void store.act('fault', { firmware: Number(event.currentTarget.value) })}
        >
          <option value="0">{words.never}</option>
          {CODES.map((item) => (
            <option key={item} value={item}>
              {item} {words.resultCodes[String(item)]}
            </option>
          ))}
        </select>
      </label>
      <Publish />
    </Card>
  )
}
