"""What the forms in Wagtail's admin ask for; registered in ``wagtail_hooks.py``."""

from django.urls import path

from wagtail_autogallery.reports import taking_back, views, why

app_name = "wagtail_autogallery_admin"

urlpatterns = [
    path("states/", views.states, name="states"),
    path("undo/", taking_back.UndoView.as_view(), name="undo"),
    path("backfill/<int:pk>/", taking_back.BackfillView.as_view(), name="backfill"),
    path("why/", why.answers, name="answers"),
    path("why/<str:holder>/", why.HolderView.as_view(), name="why"),
    path("images/<str:image_id>/", why.ImageView.as_view(), name="image"),
    path("images/<str:image_id>/add-now/<int:gallery>/", why.add, name="add_now"),
    path("images/<str:image_id>/never-here/<int:gallery>/", why.keep_out, name="never_here"),
    path("unseen/", views.unseen, name="unseen"),
    path("unseen/items/", views.unseen_items, name="unseen_items"),
]
