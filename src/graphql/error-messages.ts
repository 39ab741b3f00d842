/**
 * The threat: an error repeats a secret. A client that writes a password where a name belongs (`$hunter2`, an unknown field of
 * an input) gets graphql-js's sentence with the password in it, and so does whoever collects errors. So a sentence has names
 * of the schema only, and says where in the document to look.
 */
import {
  type GraphQLError,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql'

/** Patterns of graphql-js's messages, and what is said instead. */
type Sentences = readonly (readonly [pattern: RegExp, sentence: string])[]

/** For what validation finds in a document. */
const DOCUMENT_SENTENCES: Sentences = [
  [/^Cannot query field "\w+" on (type "\w+")/, 'Cannot query this field on $1'],
  [/^Unknown argument "\w+" on (field|directive) ("[@\w.]+")/, 'Unknown argument on $1 $2'],
  [/^Unknown (type|directive|fragment) "/, 'Unknown $1'],
  [/^Field "\w+" is not defined by (type "\w+")/, 'Unknown field on input $1'],
  [/^Variable "\$\w+" is not defined/, 'A variable is not defined'],
  [/^Variable "\$\w+" is never used/, 'A variable is never used'],
  [/^Variable "\$\w+" cannot be (non-input type ".+")/, 'A variable cannot be of the $1'],
  [
    /^Variable "\$\w+" of (type ".+") used in position expecting (type ".+")/,
    'A variable of $1 is used in a position expecting $2',
  ],
  [/^Fragment "\w+" is never used/, 'A fragment is never used'],
  [/^Cannot spread fragment "/, 'A fragment spreads itself'],
  [/^Fragment(?: "\w+")? cannot condition on (non composite type "\w+")/, 'A fragment cannot be on the $1'],
  [/^Fragment "\w+" (cannot be spread here as objects of type "\w+" can never be of type "\w+")/, 'A fragment $1'],
  [/^Fields "\w+" conflict because/, 'Fields that share a name in the answer conflict; give them different aliases'],
  [/^There can be only one ([\w ]+) named "/, 'There can be only one $1 of this name'],
  [/^Subscription "\w+" (must .*)\.$/, 'A subscription $1'],
]

/** For values, in a document or a variable. What follows the beginning of a message may be the client's own words. */
const VALUE_SENTENCES: Sentences = [
  [/^Field ".*" is not defined by (type "\w+")/s, 'Unknown field on input $1'],
  [/^(Field "[\w.]+" of required type "[\w![\]]+" was not provided)/, '$1'],
  [/^Variable "\$\w+" (of (?:required|non-null) type "[\w![\]]+" (?:was not provided|must not be null))/, 'A value $1'],
  [/^(?:Expected|Argument "\w+"|Field "[\w.]+")[\w -]* (type "[\w![\]]+")/, 'A value does not fit the $1'],
  [/^(\w+) cannot represent /, 'A value does not fit the type "$1"'],
  [/^Enum ("\w+") cannot represent /, 'A value does not fit the type $1'],
  [/^Value ".*" does not exist in ("\w+") enum/s, 'A value does not fit the type $1'],
]

const SUGGESTION = / Did you mean [a-z ]*"[\w .{}]+"(?:(?:,| or|, or) "[\w .{}]+")*\?$/

/** Lists every name that a schema defines. */
function* listNames(schema: GraphQLSchema): Generator<string> {
  for (const { name, args } of schema.getDirectives()) yield* [name, ...args.map((arg) => arg.name)]
  for (const type of Object.values(schema.getTypeMap())) {
    yield type.name
    if (isEnumType(type)) yield* type.getValues().map(({ name }) => name)
    if (isInputObjectType(type)) yield* Object.keys(type.getFields())
    if (!isObjectType(type) && !isInterfaceType(type)) continue
    for (const { name, args } of Object.values(type.getFields())) yield* [name, ...args.map((arg) => arg.name)]
  }
}

/** Describes where in the document an error is. */
function describePlace({ locations }: GraphQLError, before: string): string {
  const [place] = locations ?? []
  return place ? ` ${before} line ${place.line}, column ${place.column}` : ''
}

/** Writes messages of GraphQL errors without the client's own text. */
export interface ErrorMessages {
  /** Describes what is wrong in a document. */
  describeFault(error: GraphQLError): string
  /** Describes why a literal does not fit. */
  describeLiteral(error: GraphQLError): string
  /** Describes why a variable's value does not fit. */
  describeVariable(error: GraphQLError): string
}

/** Creates the messages of a schema's errors; `suggests` leaves in which name may have been meant. */
export function createErrorMessages(schema: GraphQLSchema, suggests: boolean): ErrorMessages {
  const names = new Set(listNames(schema))
  const isKnown = (text: string): boolean =>
    [...text.matchAll(/"[^"]*"/g)].every(([quoted]) => (quoted.match(/[\w$]+/g) ?? []).every((name) => names.has(name)))

  function findSentence(sentences: Sentences, message: string): string | null {
    for (const [pattern, sentence] of sentences) {
      const [found] = pattern.exec(message) ?? []
      if (found === undefined) continue
      const replaced = found.replace(pattern, sentence)
      if (isKnown(replaced)) return replaced
    }
    return null
  }

  function findSuggestion(message: string): string {
    const [suggestion = ''] = SUGGESTION.exec(message) ?? []
    return suggests && isKnown(suggestion) ? suggestion : ''
  }

  function describeValue(message: string, place: string): string {
    const sentence = findSentence(VALUE_SENTENCES, message)
    return `${sentence ?? 'A value does not fit its type'}${place}.${sentence ? findSuggestion(message) : ''}`
  }

  return {
    describeFault(error) {
      const { message } = error
      // A typo in a selection is quoted where no mutation, with its credentials, is near.
      if (
        /^Cannot query field "\w+" on type "\w+"/.test(message) &&
        !/\bmutation\b/.test(error.source?.body ?? 'mutation')
      )
        return message
      const sentence = findSentence(DOCUMENT_SENTENCES, message)
      if (!sentence && isKnown(message)) return message
      const place = describePlace(error, 'at')
      return `${sentence ?? 'The document is not valid for this schema'}${place}.${findSuggestion(message)}`
    },
    describeLiteral: (error) => describeValue(error.message, describePlace(error, 'at')),
    describeVariable: (error) =>
      describeValue((error.originalError ?? error).message, describePlace(error, 'in the variable at')),
  }
}
