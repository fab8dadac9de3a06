"""The connector ``slack.post_message``: posts one message, with a bot's token or a webhook."""
