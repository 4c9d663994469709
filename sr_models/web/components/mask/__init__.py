"""The drawing of a mask over a picture."""

from sr_models.web.components.mask.mask import Mask, Sheet, keep, put_at, with_proposal

__all__ = ["Mask", "Sheet", "keep", "put_at", "with_proposal"]
