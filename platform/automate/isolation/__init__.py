"""The isolation report: one tenant tries to reach another one through the API and all URLs.

It is a client: it uses no tables and no views.
"""
