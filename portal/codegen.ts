import type { CodegenConfig } from "@graphql-codegen/cli";

const scalars = { DateTime: "string", Decimal: "string", JSON: "unknown", BigInt: "number" };

const config: CodegenConfig = {
  generates: {
    "src/gql/": {
      schema: "../graphql_schema/schema.graphql",
      documents: ["src/**/*.{ts,tsx}", "!src/gql/**", "!src/api/account.ts"],
      preset: "client",
      presetConfig: { fragmentMasking: false },
      config: { scalars, strictScalars: true, useTypeImports: true, enumsAsTypes: true, dedupeFragments: true },
    },
  },
};

export default config;
