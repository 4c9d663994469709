"""Measures of pictures; each docstring gives formula, range, direction and source. A file here is found, not listed."""

import importlib
import pkgutil

from sr_models.metrics._registry import METRICS, Absent, Metric, known, metric

__all__ = ["METRICS", "Absent", "Metric", "known", "metric"]

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
