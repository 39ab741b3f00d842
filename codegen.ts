import type { CodegenConfig } from '@graphql-codegen/cli'

/** Typed documents for a browser: what it is sent, and what it gets. */
const documents = (folder: string): CodegenConfig['generates'][string] => ({
  preset: 'client',
  documents: `${folder}/**/*.graphql`,
  presetConfig: { fragmentMasking: false },
  config: {
    enumsAsTypes: true,
    useTypeImports: true,
    strictScalars: true,
    scalars: { DateTime: 'string', JSON: 'unknown' },
  },
})

/** The types of the resolvers, made from the schema; the guards decide what a resolver's context holds. */
const config: CodegenConfig = {
  schema: 'schema/**/*.graphql',
  silent: true,
  importExtension: '.ts',
  generates: {
    'src/client/gql/': documents('src/client'),
    'src/client/gql/possible-types.ts': { plugins: ['fragment-matcher'], config: { apolloClientVersion: 3 } },
    'src/console/gql/': documents('src/console'),
    'src/graphql/generated.ts': {
      plugins: ['typescript', 'typescript-resolvers'],
      config: {
        contextType: './context.ts#Context',
        directiveContextTypes: [
          'authenticated#./context.ts#SignedInContext',
          'requiresScopes#./context.ts#SignedInContext',
        ],
        enumsAsTypes: true,
        useTypeImports: true,
        strictScalars: true,
        immutableTypes: true,
        scalars: { DateTime: 'Date', ID: 'string', JSON: 'unknown' },
        resolversNonOptionalTypename: { unionMember: true },
        mappers: {
          User: '../model.ts#User as UserModel',
          Session: '../domain/outcomes.ts#SessionView',
          Device: '../model.ts#Device as DeviceModel',
          SecurityEvent: '../mongo/events.ts#KeptEvent',
        },
      },
    },
  },
}

export default config
