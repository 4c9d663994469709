"""The plane of two numbers that draw a picture."""

from sr_models.web.components.latent_plane.latent_plane import LatentPlane, Plane

__all__ = ["LatentPlane", "Plane"]
