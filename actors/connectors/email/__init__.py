"""The connector ``email.send``: sends one message to a mail server by SMTP."""
