"""The connector ``email.send``: sends one message by SMTP."""
