"""What programs may call of this page: the same repair as the page's."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from sr_models.errors import SRError
from sr_models.inference.options import TASK
from sr_models.web.pages.restore import repairing
from sr_models.web.pages.restore.findings import suggested
from sr_models.web.pages.restore.request import HOLES, METHOD, OUTPUT, STRENGTH, Request, resolve
from sr_models.web.programs import file, program
from sr_models.web.requests import stem

REPAIR = replace(TASK, choices=tuple(task for task in TASK.choices if task != HOLES.name))  # holes need a mask


@program(REPAIR, METHOD, STRENGTH, *OUTPUT)
def restore(asked: dict[str, Any]) -> dict:
    """Repair an uploaded picture; return its file as `file`, and `receipt`, what was found and how it was made.

    `task` is *denoise*, *dejpeg*, *deblur*, *tone*, or *auto*: what is found. `method` is *net* or a classical one, and
    `strength` is in its unit; 0 leaves it to the method.
    """
    task, outcome = REPAIR.check(asked.pop(REPAIR.name, None)), None
    tasks = {task} if task != REPAIR.default else suggested(resolve(Request.of(asked)).findings)
    if not tasks:
        raise SRError("nothing_to_repair", name=stem(asked["picture"]))
    for change in repairing.run(Request.of({**asked, **dict.fromkeys(tasks, True)}), "en"):
        outcome = change.get("outcome")
    assert outcome is not None
    return {"file": file(outcome.download), "receipt": json.loads(Path(outcome.receipt).read_text())}
