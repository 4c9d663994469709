"""The viewer: up to six pictures of equal size on one canvas."""

from sr_models.web.components.viewer.viewer import MAX_PICTURES, Show, Viewer

__all__ = ["MAX_PICTURES", "Show", "Viewer"]
