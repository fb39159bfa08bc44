/** Starts one scripted child as a supervisor would and says when it is ready; made to be killed. */
import { bootFor, spawnScripted } from './scripted.ts'

const [home = '', script = ''] = process.argv.slice(2)
const { child } = spawnScripted('brain')
child.on('message', (message: { kind: string }) => {
  if (message.kind === 'ready') process.send?.(child.pid)
})
child.send(bootFor(home, script))
