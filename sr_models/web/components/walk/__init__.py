"""The way between two drawn pictures, frame by frame."""

from sr_models.web.components.walk.walk import Walk, Way

__all__ = ["Walk", "Way"]
