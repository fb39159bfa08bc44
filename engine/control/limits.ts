import { CLIENT_BACKLOG_BYTES_MAX, CLIENT_STALL_MS_MAX, HEARTBEAT_MS } from '../../src/contracts/protocol.ts'

/** What consoles may cost the engine. Tests shorten the times; nothing else changes them. */
export type Limits = {
  readonly backlogBytesMax: number
  readonly stallMsMax: number
  readonly heartbeatMs: number
  /** A connection that has not said hello by then is closed. */
  readonly greetMsMax: number
  /** Connections of one socket. */
  readonly clientsMax: number
  /** Malformed frames after which a connection is closed. */
  readonly malformedMax: number
  /** Requests of one client that are being answered; beyond it we read nothing more from that client. */
  readonly inFlightMax: number
  /** How long a connection that we close may take to read our last words. */
  readonly lingerMsMax: number
}

export const LIMITS: Limits = {
  backlogBytesMax: CLIENT_BACKLOG_BYTES_MAX,
  stallMsMax: CLIENT_STALL_MS_MAX,
  heartbeatMs: HEARTBEAT_MS,
  greetMsMax: 5_000,
  clientsMax: 32,
  malformedMax: 3,
  inFlightMax: 8,
  lingerMsMax: 500,
}
