"""Measures of pictures; each docstring gives formula, range, direction and source."""
