"""Two tenants, one of which tries to reach the other by all that the API and the URLs offer. A client: it knows no table and no view."""
