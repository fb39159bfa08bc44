// Stands in for bin/aegis-engine.js. FAKE_ENGINE says what it does with the pipe on which an engine reports.
import { writeSync } from 'node:fs'

const fd = Number(process.env.AEGIS_READY_FD)
const say = (value) => writeSync(fd, `${JSON.stringify(value)}\n`)
const saw = { argv: process.argv.slice(2), cwd: process.cwd(), feed: process.env.AEGIS_FEED ?? null }

switch (process.env.FAKE_ENGINE) {
  case 'ready':
    console.log(JSON.stringify(saw))
    say({ ok: true, pid: process.pid, instance: 'default', startedAt: 0, degraded: 'the brain \u001b[31mis slow' })
    break
  case 'stays':
    process.on('SIGTERM', () => process.exit(0))
    setInterval(() => undefined, 1_000)
    say({ ok: true, pid: process.pid, instance: 'default', startedAt: 0 })
    break
  case 'taken':
    say({ ok: false, code: 75, message: 'account paper:mine is traded by process 4242 since 2026-01-31T11:00:00Z', remedy: 'attach to it' })
    break
  case 'strange':
    say({ ok: 'perhaps' })
    break
  case 'dies':
    console.error('Error: the ledger is corrupt')
    process.exit(65)
    break
  case 'silent':
    process.on('SIGTERM', () => process.exit(0))
    setInterval(() => undefined, 1_000)
    console.log(process.pid)
    break
  default:
    console.log(JSON.stringify({ ...saw, pid: process.pid, readyFd: process.env.AEGIS_READY_FD ?? null }))
    process.exit(1)
}
