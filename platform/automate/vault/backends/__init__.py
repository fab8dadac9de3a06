"""The backends of ``AUTOMATE_SECRET_BACKENDS``, which provide the values of tenants' secrets, in that order.

The first backend with a value provides it. ``docs/secrets.md`` explains how to write another backend.
"""
