"""What the forms in Wagtail's admin ask for; registered in ``wagtail_hooks.py``."""

from django.urls import path

from wagtail_autogallery.reports import views

app_name = "wagtail_autogallery_admin"

urlpatterns = [
    path("states/", views.states, name="states"),
    path("unseen/", views.unseen, name="unseen"),
    path("unseen/items/", views.unseen_items, name="unseen_items"),
]
