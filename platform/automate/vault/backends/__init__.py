"""The backends that provide the values of tenants' secrets, in the order of ``AUTOMATE_SECRET_BACKENDS``.

A value comes from the first backend that has one. ``docs/secrets.md`` explains how to write a backend.
"""
