/** Takes the lock it is told, reports, and stays until it is killed. */
import { acquire } from '../../engine/supervisor/singleton.ts'

const result = acquire(process.argv[2] ?? '', { pid: process.pid, startedAt: 0, home: '/', instance: 'x' })
process.send?.(result.kind)
process.on('disconnect', () => process.exit(0))
