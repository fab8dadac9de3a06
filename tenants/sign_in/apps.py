from importlib import import_module

from django.apps import AppConfig


class SignInConfig(AppConfig):
    name = "tenants.sign_in"
    label = "sign_in"

    def ready(self) -> None:
        # Registers the receivers.
        import_module("tenants.sign_in.signals")
