"""A row of small pictures to choose from."""

from sr_models.web.components.thumbnails.thumbnails import Thumbnail, Thumbnails, write

__all__ = ["Thumbnail", "Thumbnails", "write"]
