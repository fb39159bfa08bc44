import { rmSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { InstancePaths } from '../../src/home.ts'
import { LISTS } from '../../tui/lists/index.ts'
import { verifyTrail } from '../../tui/records/verify-trail.ts'
import type { Chain } from '../../tui/store/state.ts'
import { open, tickingClock, writtenTrail } from '../audit/audit-fixture.ts'
import { freshState } from '../helpers/console-state.ts'

/** What the title of the list says once the key was pressed and the trail was walked. */
const title = async (paths: InstancePaths): Promise<string> => {
  const chain = await new Promise<Chain>((resolve) => verifyTrail(paths, tickingClock(), (seen) => seen.kind !== 'running' && resolve(seen)))
  const look = { width: 120, height: 10, focused: true, old: false, oldNote: '' }
  return LISTS.audit
    .note({ ...freshState(), chain }, [], look)
    .map(({ text }) => text)
    .join('')
}

test('a whole trail is ok to its end', async () => {
  expect(await title(writtenTrail())).toBe('chain ok to #7')
})

test('one whose heads began anew is not: it says from where on it is signed', async () => {
  const paths = writtenTrail()
  rmSync(paths.state, { recursive: true })
  open(paths).close()
  expect(await title(paths)).toBe('signed only from #8 on (to #8); before it only chained')
})

test('a changed one is broken, with its line', async () => {
  const paths = writtenTrail()
  writeFileSync(paths.audit, 'no\n')
  expect(await title(paths)).toBe('CHAIN BROKEN: line 1: line 1 is not JSON')
})
