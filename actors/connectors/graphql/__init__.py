"""graphql.request: one GraphQL operation over HTTP."""
