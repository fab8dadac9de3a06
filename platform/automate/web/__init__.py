"""The web process: the ASGI application, its routes and the HTTP protocol below it."""
