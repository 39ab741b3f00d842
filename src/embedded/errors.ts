/** MongoDB's error codes that this server gives, by MongoDB's names. */
export const CODES = {
  InternalError: 1,
  BadValue: 2,
  UnknownError: 8,
  FailedToParse: 9,
  Unauthorized: 13,
  TypeMismatch: 14,
  Overflow: 15,
  InvalidLength: 16,
  IllegalOperation: 20,
  InvalidBSON: 22,
  NamespaceNotFound: 26,
  IndexNotFound: 27,
  PathNotViable: 28,
  FileStreamFailed: 37,
  FileNotOpen: 39,
  ConflictingUpdateOperators: 40,
  CursorNotFound: 43,
  MaxTimeMSExpired: 50,
  DollarPrefixedFieldName: 52,
  InvalidIdField: 53,
  NotSingleValueField: 54,
  EmptyFieldName: 56,
  CommandNotFound: 59,
  ImmutableField: 66,
  CannotCreateIndex: 67,
  InvalidOptions: 72,
  InvalidNamespace: 73,
  IndexOptionsConflict: 85,
  IndexKeySpecsConflict: 86,
  CannotIndexParallelArrays: 171,
  InvalidIndexSpecificationOption: 197,
  NotImplemented: 238,
  QueryExceededMemoryLimitNoDiskUseAllowed: 292,
  BSONObjectTooLarge: 10334,
  DuplicateKey: 11000,
  OutOfDiskSpace: 14031,
  UnknownStage: 40324,
  MissingField: 40414,
  UnknownField: 40415,
  ChangeStream: 40573,
} as const

const names = new Map<number, string>(Object.entries(CODES).map(([name, code]) => [code, name]))

/** What a reader of a refusal should do next. */
export const HINT = 'not in the embedded database; MONGODB_URI takes a MongoDB server'

/** A command's failure with MongoDB's code. `extra` goes into the reply beside it. */
export class CommandError extends Error {
  readonly code: number
  readonly extra: Readonly<Record<string, unknown>>

  constructor(code: number, message: string, extra: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.code = code
    this.extra = extra
  }

  get codeName(): string {
    return names.get(this.code) ?? `Location${this.code}`
  }

  /** Whether the disk failed: then the whole command fails, not one statement of it. */
  get isDiskFailure(): boolean {
    return [CODES.OutOfDiskSpace, CODES.FileStreamFailed, CODES.FileNotOpen].some((code) => code === this.code)
  }
}

/** Creates the error for what MongoDB can do and this server cannot. */
export function refuse(code: number, message: string): CommandError {
  return new CommandError(code, `${message} (${HINT})`)
}
