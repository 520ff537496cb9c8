"""The arms or logo of a municipality: kept by their checksum, so that a final report goes on showing what it showed."""

from __future__ import annotations

import hashlib
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class ArmsQuerySet(models.QuerySet["Arms"]):
    """Pictures by their checksum."""

    def keep(self, image: bytes) -> Arms:
        """The row of this picture, made when it is new."""
        arms, _created = self.get_or_create(
            sha256=hashlib.sha256(image).hexdigest(), defaults={"image": image}
        )
        return arms

    def image(self, sha256: str) -> bytes:
        """The picture that a Record names; nothing where it names none or where it is not the one it was."""
        arms = self.filter(sha256=sha256).first() if sha256 else None
        image = bytes(arms.image) if arms else b""
        return image if hashlib.sha256(image).hexdigest() == sha256 else b""


class Arms(models.Model):
    """One picture, drawn anew from what was uploaded: PNG, without transparency. Added, never changed."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    image = models.BinaryField()
    added_at = models.DateTimeField(_("hinzugefügt am"), auto_now_add=True)

    objects: ClassVar = ArmsQuerySet.as_manager()

    class Meta:
        verbose_name = _("Wappen")
        verbose_name_plural = _("Wappen")

    def __str__(self) -> str:
        return self.sha256
