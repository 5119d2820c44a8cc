"""What could not be made of an image."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class RenditionFailure(models.Model):
    """
    Something that could not be made of an image, and when it is tried again.

    Without a spec it is the original that is lost or broken; without an image, the storage fails.
    A row is forgotten when the same is made after all.
    """

    image_id = models.CharField(_("image id"), max_length=255, blank=True)
    spec = models.CharField(_("filter spec"), max_length=255, blank=True)
    file = models.CharField(
        _("file"), max_length=255, blank=True, help_text=_("Another file is tried at once.")
    )
    error = models.TextField(_("error"))
    attempts = models.PositiveIntegerField(_("failed attempts"))
    retry_at = models.DateTimeField(_("tried again at"))

    class Meta:
        verbose_name = _("failed picture")
        verbose_name_plural = _("failed pictures")
        constraints = [
            models.UniqueConstraint(
                fields=["image_id", "spec"], name="autogallery_rendition_failure"
            )
        ]

    def __str__(self) -> str:
        return f"rendition {self.spec} of image {self.image_id}: {self.error}"
