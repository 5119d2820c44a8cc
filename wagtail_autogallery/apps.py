from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _
from wagtail import VERSION


class WagtailAutogalleryConfig(AppConfig):
    name = "wagtail_autogallery"
    label = "wagtail_autogallery"
    verbose_name = _("Auto gallery")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from wagtail_autogallery import checks, forms, log_entries
        from wagtail_autogallery.drain import after_response
        from wagtail_autogallery.signal_handlers import register_signal_handlers

        register_signal_handlers()
        after_response.connect()
        checks.register_checks()
        forms.register()
        log_entries.register()
        if VERSION >= (8, 0) and apps.is_installed("wagtail.api.v3"):
            from wagtail_autogallery import api_v3

            api_v3.register()
