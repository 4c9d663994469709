"""Lines of code to copy."""

from sr_models.web.components.lines.lines import Lines

__all__ = ["Lines"]
