import { reported } from './reported.ts'

export const ledgerTrouble = reported('ledgerTrouble', 'A ledger that could not be written or read as it must be.')
