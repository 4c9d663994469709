"""What one training step is, one way per file.

Each registers itself. The loop calls `step` and never asks which it is.
"""

import importlib
import pkgutil

from sr_models.errors import SRError
from sr_models.train.objectives._contract import (
    OBJECTIVES,
    Batch,
    Objective,
    ObjectiveEntry,
    Setup,
    Watches,
    objective,
    set_rate,
)

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")


def get(name: str) -> ObjectiveEntry:
    """Return the objective named `name`; raise SRError if there is none."""
    if name not in OBJECTIVES:
        raise SRError("unknown_choice", name="objective", value=name, known=", ".join(OBJECTIVES))
    return OBJECTIVES[name]


__all__ = ["OBJECTIVES", "Batch", "Objective", "ObjectiveEntry", "Setup", "Watches", "get", "objective", "set_rate"]
