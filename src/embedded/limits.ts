/** Limits that clients are told by `hello`. */
export const MAX_DOCUMENT_BYTES = 16 * 2 ** 20
export const MAX_MESSAGE_BYTES = 48_000_000
export const MAX_STATEMENTS = 100_000
