/** Plain numbers of the wire, apart from its schemas: a client that only asks for the status has no time to load zod. */

/** Raised when an old console could misread a new engine. Both refuse a different number. */
export const PROTOCOL = 1
/** One JSON value a line, UTF-8. A longer line is an error and closes the connection. */
export const FRAME_BYTES_MAX = 1_048_576
/** Unsent bytes of one client; beyond it deltas are skipped and a snapshot follows the drain. */
export const CLIENT_BACKLOG_BYTES_MAX = 262_144
/** A client that has not drained for so long is disconnected. */
export const CLIENT_STALL_MS_MAX = 15_000
/** The engine says something at least this often, so silence means something. */
export const HEARTBEAT_MS = 1_000
/** With a feed by the wall clock the engine makes a cycle at least this often, bars or not, so a cycle that does not come means something too. */
export const CYCLE_MS_MAX = 1_000

/** Error codes beside those of JSON-RPC 2.0. */
export const RpcError = { notGreeted: -32001, protocol: -32002, forbidden: -32003, tooLarge: -32004, tooManyClients: -32005 } as const

/** Error codes of JSON-RPC 2.0. */
export const JsonRpcError = { parse: -32700, invalidRequest: -32600, methodNotFound: -32601, invalidParams: -32602, internal: -32603 } as const
