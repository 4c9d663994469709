"""The drawing of a mask over a picture."""

from sr_models.web.components.mask.mask import Drawn, Mask, Sheet, marked, put_at, with_proposal

__all__ = ["Drawn", "Mask", "Sheet", "marked", "put_at", "with_proposal"]
