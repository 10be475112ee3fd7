/** What the official application development SDK logs with: nothing, for the timeline has it all. */

const silent: Record<string, (...args: unknown[]) => unknown> = {}
for (const name of ['debug', 'info', 'warn', 'error', 'updateGetReportData']) silent[name] = () => undefined
for (const name of ['derive', 'event']) silent[name] = () => silent

export default silent
