"""The web process: the ASGI application, its routes, and the HTTP protocol of the server."""
