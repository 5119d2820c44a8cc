from django.urls import include, path
from wagtail import VERSION as WAGTAIL_VERSION
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.api.v2.router import WagtailAPIRouter
from wagtail.api.v2.views import PagesAPIViewSet
from wagtail.documents import urls as wagtaildocs_urls

api_v2 = WagtailAPIRouter("wagtailapi")
api_v2.register_endpoint("pages", PagesAPIViewSet)

urlpatterns = [
    path("api/v2/", api_v2.urls),
    path("admin/", include(wagtailadmin_urls)),
    path("autogallery/", include("wagtail_autogallery.urls")),
    path("documents/", include(wagtaildocs_urls)),
    path("", include(wagtail_urls)),
]
if WAGTAIL_VERSION >= (8, 0):
    from wagtail.api.v3.urls import api as api_v3

    urlpatterns.insert(0, path("api/v3/", api_v3.urls))
