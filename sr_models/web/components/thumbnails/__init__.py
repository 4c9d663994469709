"""A row of small pictures to choose from."""

from sr_models.web.components.thumbnails.thumbnails import Thumbnail, Thumbnails, history, write, write_strip

__all__ = ["Thumbnail", "Thumbnails", "history", "write", "write_strip"]
