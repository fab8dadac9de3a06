"""slack.post_message: one message into a channel, with a bot's token or through an incoming webhook."""
