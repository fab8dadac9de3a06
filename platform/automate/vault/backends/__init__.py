"""Where values of tenants' secrets come from: the backends of ``AUTOMATE_SECRET_BACKENDS``, asked in that order.

The first backend that holds a value gives it. ``docs/secrets.md`` says how to write another one.
"""
