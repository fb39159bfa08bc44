import { userInfo } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { aegisHome, homeFolder, lockFolder } from '../src/home.ts'

test('state and locks are in the home folder, where XDG names no other', () => {
  expect(aegisHome({ HOME: '/home/maria' })).toBe('/home/maria/.local/state/aegis')
  expect(aegisHome({ HOME: '/home/maria', XDG_STATE_HOME: '/var/lib' })).toBe('/var/lib/aegis')
  expect(aegisHome({ HOME: '/home/maria', XDG_STATE_HOME: 'state' })).toBe('/home/maria/.local/state/aegis')
  expect(aegisHome({ HOME: '/home/maria', AEGIS_HOME: '/srv/aegis' })).toBe('/srv/aegis')
})

test('another home of the engine is no way around the lock', () => {
  expect(lockFolder({ HOME: '/home/maria', AEGIS_HOME: '/srv/aegis' })).toBe('/home/maria/.local/state/aegis/locks')
})

test.each(['', '.', 'maria', undefined])('a home folder %j is none: the account knows its own', (HOME) => {
  const own = userInfo().homedir
  expect(homeFolder({ HOME })).toBe(own)
  expect(lockFolder({ HOME })).toBe(join(own, '.local', 'state', 'aegis', 'locks'))
})
