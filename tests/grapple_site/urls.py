from django.urls import include, path
from grapple import urls as grapple_urls

from tests.urls import urlpatterns as test_urls

urlpatterns = [path("api/", include(grapple_urls)), *test_urls]
