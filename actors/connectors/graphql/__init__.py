"""The connector ``graphql.request``: sends one GraphQL operation over HTTP."""
