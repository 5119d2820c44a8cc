"""What the forms in Wagtail's admin ask for; registered in ``wagtail_hooks.py``."""

from django.urls import path

from wagtail_autogallery.reports import taking_back, views

app_name = "wagtail_autogallery_admin"

urlpatterns = [
    path("states/", views.states, name="states"),
    path("undo/", taking_back.UndoView.as_view(), name="undo"),
    path("backfill/<int:pk>/", taking_back.BackfillView.as_view(), name="backfill"),
    path("unseen/", views.unseen, name="unseen"),
    path("unseen/items/", views.unseen_items, name="unseen_items"),
]
