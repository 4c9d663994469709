"""A sheet of drawn pictures, of which one is chosen."""

from sr_models.web.components.samples.samples import Samples, Sheet, SheetData, address_of

__all__ = ["Samples", "Sheet", "SheetData", "address_of"]
