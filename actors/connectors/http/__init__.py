"""http.request: one HTTP call, guarded and keyed."""
