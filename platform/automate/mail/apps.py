from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "automate.mail"
