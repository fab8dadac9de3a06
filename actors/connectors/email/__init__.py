"""email.send: one message to a mail server, by SMTP."""
