from django.urls import path

from wagtail_autogallery.drain import views

app_name = "wagtail_autogallery"

urlpatterns = [
    path("run/", views.run, name="run"),
    path("status/", views.status, name="status"),
]
