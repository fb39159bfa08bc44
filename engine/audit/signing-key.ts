import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { writeFileAtomic } from '../../src/atomic-file.ts'
import { Exit, ExitError } from '../../src/exit.ts'

export type SigningPaths = { readonly auditKey: string; readonly auditPublicKey: string }

const pem = (key: KeyObject, type: 'pkcs8' | 'spki'): string => key.export({ format: 'pem', type }).toString()

/**
 * The key that signs heads, made at first use.
 * @throws ExitError 65 where heads exist that it did not sign: a new key would make them worthless in silence.
 */
export const signingKey = ({ auditKey, auditPublicKey }: SigningPaths, headsExist: boolean): KeyObject => {
  if (!existsSync(auditKey)) {
    if (headsExist) refuse(`the signing key ${auditKey} is gone, but heads signed with it exist`)
    writeFileAtomic(auditKey, pem(generateKeyPairSync('ed25519').privateKey, 'pkcs8'))
  }
  const key = readPrivate(auditKey)
  const ours = pem(createPublicKey(key), 'spki')
  const known = existsSync(auditPublicKey) ? readFileSync(auditPublicKey, 'utf8') : null
  if (known !== ours) {
    if (known !== null && headsExist) refuse(`${auditPublicKey} does not belong to ${auditKey}`)
    writeFileAtomic(auditPublicKey, ours)
  }
  return key
}

const readPrivate = (path: string): KeyObject => {
  try {
    const key = createPrivateKey(readFileSync(path))
    if (key.asymmetricKeyType === 'ed25519') return key
    return refuse(`${path} is not an Ed25519 key`)
  } catch (error) {
    if (error instanceof ExitError) throw error
    return refuse(`${path} cannot be read as a key: ${(error as NodeJS.ErrnoException).code ?? 'unknown form'}`)
  }
}

const refuse: (message: string) => never = (message) => {
  throw new ExitError(
    Exit.corrupt,
    message,
    'bring it back from a backup, or move audit.jsonl, state/audit_heads.jsonl and state/audit_key*.pem aside together',
  )
}
