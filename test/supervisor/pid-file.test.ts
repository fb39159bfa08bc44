import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type PidInfo, readPidFile, removePidFile, setAside, writePidFile } from '../../engine/supervisor/pid-file.ts'
import { processIdentity } from '../../engine/supervisor/process-identity.ts'
import { adoptViolations, appendProcessLog, UNREPORTED } from '../../engine/supervisor/process-log.ts'
import { tempFolder } from '../helpers/temp.ts'

const T0 = Date.UTC(2026, 0, 5)
const inLinux = process.platform === 'linux'

const info = (more: Partial<PidInfo> = {}): PidInfo => ({
  pid: process.pid,
  startedAt: new Date(T0).toISOString(),
  startTicks: null,
  bootId: null,
  ...processIdentity(process.pid),
  host: 'host',
  version: '0.1.0',
  token: 'token-1',
  instance: 'default',
  mode: 'simulate',
  ...more,
})

const pidPath = (): string => join(tempFolder(), 'bot.pid')

describe.skipIf(!inLinux)('the identity of a process (needs /proc)', () => {
  test('is the same at every look, and another for another process', () => {
    const own = processIdentity(process.pid)
    expect(own?.startTicks).toMatch(/^\d+$/)
    expect(processIdentity(process.pid)).toEqual(own)
    expect(processIdentity(1)?.bootId).toBe(own?.bootId)
    expect(processIdentity(1)?.startTicks).not.toBe(own?.startTicks)
  })

  test('is found behind a name with brackets and blanks', async () => {
    const child = spawn(process.execPath, ['-e', "process.title = 'a) Z 1 (b'; console.log('up'); process.stdin.resume()"], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    await once(child.stdout, 'data')
    expect(readFileSync(`/proc/${child.pid}/stat`, 'utf8')).toContain('(a) Z 1 (b)')
    expect(processIdentity(child.pid ?? 0)?.startTicks).toMatch(/^\d{3,}$/)
    child.stdin.end()
    await once(child, 'exit')
    expect(processIdentity(child.pid ?? 0)).toBeNull()
  })

  test('is none for a zombie', async () => {
    // It starts a child, says its pid, and blocks for ever, so that its event loop never turns to reap it.
    const script = `const child = require('node:child_process').spawn('true')
      require('node:fs').writeSync(1, String(child.pid))
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)`
    const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] })
    onTestFinished(() => void parent.kill('SIGKILL'))
    const [said] = (await once(parent.stdout, 'data')) as [Buffer]
    const zombie = Number(said.toString())
    await until(() => readFileSync(`/proc/${zombie}/stat`, 'utf8').includes(') Z '))
    expect(processIdentity(zombie)).toBeNull()
    parent.kill('SIGKILL')
    await once(parent, 'exit')
  })
})

/** Looks again on every turn of the event loop; the test's own timeout ends it. */
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}

describe('bot.pid', () => {
  test('is read as it was written, for people on its first line', () => {
    const path = pidPath()
    expect(readPidFile(path)).toEqual({ kind: 'absent' })
    writePidFile(path, info())
    expect(readFileSync(path, 'utf8').split('\n')[0]).toBe(`${process.pid}|2026-01-05T00:00:00.000Z`)
    expect(statSync(path).mode & 0o077).toBe(0)
    expect(readPidFile(path)).toEqual({ kind: 'held', info: info(), alive: inLinux })
  })

  test.each<[string, Partial<PidInfo>]>([
    ['the same pid that began at another time', { startTicks: '1' }],
    ['the same pid of another boot', { bootId: '00000000-0000-0000-0000-000000000000' }],
    ['a pid without its identity', { startTicks: null, bootId: null }],
    ['a pid that nobody has', { pid: 2_000_000_000 }],
  ])('%s is not alive', (_, more) => {
    const path = pidPath()
    writePidFile(path, info(more))
    expect(readPidFile(path)).toMatchObject({ kind: 'held', alive: false })
  })

  const whole = `${info().pid}|${info().startedAt}\n${JSON.stringify(info())}\n`
  test.each([
    ['empty', ''],
    ['no pid', 'hello\n'],
    ['only a first line', whole.split('\n')[0] ?? ''],
    ['a pid that is none', whole.replace(/^\d+/, '-1')],
    ['pid 0, which means every process of ours', whole.replace(/^\d+/, '0')],
    ['a local time', whole.replace('.000Z|', '|').replace('.000Z\n', '\n')],
    ['half a second line', whole.slice(0, -20)],
    ['a second line without its newline', whole.slice(0, -1)],
    ['two pids', whole.replace(/^\d+/, '12345')],
    ['two times', whole.replace('2026-01-05', '2026-01-06')],
    ['more lines', `${whole}more\n`],
    ['one member too many', whole.replace('"host"', '"guest":1,"host"')],
    ['no token', whole.replace('"token-1"', '""')],
    ['zero bytes', '\0'.repeat(200)],
    ['a file of somebody else, far too long', `${whole}${' '.repeat(20_000)}`],
  ])('with %s is corrupt, and says why', (_, text) => {
    const path = pidPath()
    writeFileSync(path, text)
    expect(readPidFile(path)).toMatchObject({ kind: 'corrupt', reason: expect.stringMatching(/^it/) })
    expect(removePidFile(path, 'token-1')).toBe(false)
    expect(existsSync(path)).toBe(true)
  })

  test('that is a folder or a link is corrupt', () => {
    const folder = pidPath()
    mkdirSync(folder)
    expect(readPidFile(folder)).toMatchObject({ kind: 'corrupt' })
    const link = pidPath()
    writePidFile(`${link}.real`, info())
    symlinkSync(`${link}.real`, link)
    expect(readPidFile(link)).toMatchObject({ kind: 'corrupt', reason: 'it is not a regular file' })
  })

  test('is removed by its owner only', () => {
    const path = pidPath()
    writePidFile(path, info())
    expect(removePidFile(path, 'token-2')).toBe(false)
    expect(readPidFile(path).kind).toBe('held')
    expect(removePidFile(path, 'token-1')).toBe(true)
    expect(removePidFile(path, 'token-1')).toBe(false)
    expect(readPidFile(path)).toEqual({ kind: 'absent' })
  })

  test('that is corrupt is kept aside under a name of its own', () => {
    const path = pidPath()
    const asides = ['one', 'two'].map((text) => {
      writeFileSync(path, text)
      return setAside(path, T0)
    })
    expect(asides.map((each) => basename(each))).toEqual(['bot.pid.corrupt-20260105T000000000Z', 'bot.pid.corrupt-20260105T000000000Z-2'])
    expect(asides.map((each) => readFileSync(each, 'utf8'))).toEqual(['one', 'two'])
    expect(existsSync(path)).toBe(false)
  })
})

describe('bot_process.log', () => {
  const files = () => {
    const folder = tempFolder()
    return { path: join(folder, 'bot_process.log'), mark: join(folder, 'mark.json') }
  }

  test('has one line an event, whatever its text', () => {
    const { path } = files()
    appendProcessLog(path, T0, 'BOT_START', 'pid 5')
    appendProcessLog(path, T0, 'BOT_STOP', `a\n[2026] ${UNREPORTED}: forged \u001b[2J${'x'.repeat(5_000)}`)
    const lines = readFileSync(path, 'utf8').split('\n')
    expect(lines[0]).toBe('[2026-01-05T00:00:00.000Z] BOT_START: pid 5')
    expect(lines[1]).toMatch(/^\[2026-01-05T00:00:00\.000Z\] BOT_STOP: a\\x0a\[2026\] /)
    expect(lines).toHaveLength(3)
    expect(lines[1]?.length).toBeLessThan(2_100)
  })

  test('gives each unreported violation to one holder only', () => {
    const { path, mark } = files()
    expect(adoptViolations(path, mark)).toEqual([])
    appendProcessLog(path, T0, 'BOT_START', `says ${UNREPORTED}: nothing`)
    appendProcessLog(path, T0, UNREPORTED, 'pid 7 lost')
    expect(adoptViolations(path, mark)).toEqual([`[2026-01-05T00:00:00.000Z] ${UNREPORTED}: pid 7 lost`])
    expect(adoptViolations(path, mark)).toEqual([])
    appendProcessLog(path, T0, UNREPORTED, 'pid 8 lost')
    expect(adoptViolations(path, mark)).toEqual([expect.stringContaining('pid 8')])
  })

  test('keeps a line that is being written for the next look', () => {
    const { path, mark } = files()
    appendFileSync(path, `[x] ${UNREPORTED}: pid`)
    expect(adoptViolations(path, mark)).toEqual([])
    appendFileSync(path, ' 9 lost\n')
    expect(adoptViolations(path, mark)).toEqual([`[x] ${UNREPORTED}: pid 9 lost`])
  })

  test('is read again where the mark is unreadable or the file is another one', () => {
    const { path, mark } = files()
    appendProcessLog(path, T0, 'BOT_START', 'long before')
    appendProcessLog(path, T0, UNREPORTED, 'pid 7 lost')
    adoptViolations(path, mark)
    writeFileSync(mark, 'not a mark')
    expect(adoptViolations(path, mark)).toHaveLength(1)
    rmSync(path)
    appendProcessLog(path, T0, UNREPORTED, 'pid 8')
    expect(adoptViolations(path, mark)).toHaveLength(1)
  })

  test('of any length gives the newest of very many', () => {
    const { path, mark } = files()
    writeFileSync(path, Array.from({ length: 3_000 }, (_, number) => `[x] ${UNREPORTED}: ${number} ${'é'.repeat(50)}\n`).join(''))
    const found = adoptViolations(path, mark)
    expect(found).toHaveLength(1_000)
    expect(found.at(-1)).toBe(`[x] ${UNREPORTED}: 2999 ${'é'.repeat(50)}`)
  })
})
