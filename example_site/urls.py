from django.conf import settings
from django.conf.urls.static import static
from django.urls import include, path
from django.views.generic import RedirectView
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

urlpatterns = [
    path("admin/", include(wagtailadmin_urls)),
    path("autogallery/", include("wagtail_autogallery.urls")),
    path("documents/", include(wagtaildocs_urls)),
    # Browsers ask for it where they show a picture by itself, which names no icon.
    path("favicon.ico", RedirectView.as_view(url=f"{settings.STATIC_URL}portfolio/icon.svg")),
    # Serves the pictures with DEBUG on, and nothing with it off: a web server's job.
    *static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT),
    # The pages, which answer to every address left, come last.
    path("", include(wagtail_urls)),
]
