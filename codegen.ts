import type { CodegenConfig } from '@graphql-codegen/cli'

/** The types of the resolvers, made from the schema; the guards decide what a resolver's context holds. */
const config: CodegenConfig = {
  schema: 'schema/**/*.graphql',
  silent: true,
  generates: {
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
        scalars: { DateTime: 'Date', ID: 'string' },
        resolversNonOptionalTypename: { unionMember: true },
        mappers: {
          User: '../model.ts#User as UserModel',
          Session: '../domain/outcomes.ts#SessionView',
          Device: '../model.ts#Device as DeviceModel',
        },
      },
    },
  },
}

export default config
