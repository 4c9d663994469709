"""Several scripts made one: each runs once, after what it imports, with names of its own."""

import shutil
import subprocess
from graphlib import CycleError

import pytest

from sr_models.web.scripts import join

SCRIPTS = {
    "b/last.js": """import * as first from '../first.js';
import { name as other } from './middle.js';

const name = 'last';

export async function all() {
  return [first.name, other, name, first.count()].join(' ');
}
""",
    "b/middle.js": """import {
  count,
  name as before,
} from '../first.js';

export const name = `${before}${count()}`;
""",
    "first.js": """let called = 0;
export class Kind {}
export const name = 'first';
export function count() {
  return ++called;
}
""",
}


def test_each_script_runs_once_after_what_it_imports_with_names_of_its_own(tmp_path):
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    module = tmp_path / "joined.mjs"
    module.write_text(join(SCRIPTS) + "console.log(await script2.all());")
    assert subprocess.check_output([node, module], text=True) == "first first1 last 2\n"


@pytest.mark.parametrize(
    ("scripts", "error"),
    [
        ({"a.js": "import { b } from './b.js';\n", "b.js": "import { a } from './a.js';\n"}, CycleError),
        ({"a.js": "import { b } from './missing.js';\n"}, KeyError),
        ({"a.js": "export default 1;\n"}, ValueError),
        ({"a.js": "export let changes = 1;\n"}, ValueError),
        ({"a.js": "import './b.js';\n", "b.js": ""}, ValueError),
    ],
)
def test_what_cannot_be_joined_is_refused(scripts, error):
    with pytest.raises(error):
        join(scripts)
