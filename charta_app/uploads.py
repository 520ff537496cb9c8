"""How much of an upload comes in at all."""

from __future__ import annotations

from django.core.files.uploadhandler import FileUploadHandler

ENOUGH = (2 << 20) + 1  # bytes: one more than any form takes, so that each can tell that a file is too large


class NoMoreThanEnough(FileUploadHandler):
    """Lets the rest of a large file pass by, so that nobody fills memory or disk with one."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """The part of this chunk that still counts."""
        return raw_data[: max(0, ENOUGH - start)] or None

    def file_complete(self, file_size: int) -> None:
        """The handlers behind this one make the file."""
