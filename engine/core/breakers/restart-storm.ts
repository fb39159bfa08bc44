import { reported } from './reported.ts'

export const restartStorm = reported('restartStorm', 'A process that had to be started again too often.')
