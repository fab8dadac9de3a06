from django.apps import AppConfig


class SignInConfig(AppConfig):
    name = "tenants.sign_in"
    label = "sign_in"

    def ready(self) -> None:
        from tenants.sign_in import signals  # noqa: F401, PLC0415 - registers the receivers, which need the models
