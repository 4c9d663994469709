"""The choice of a net: the recommended ones as tiles, all of them as a list that can be sorted."""

from sr_models.web.components.net_picker.net_picker import NetPicker, Offer

__all__ = ["NetPicker", "Offer"]
