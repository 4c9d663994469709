"""Several processes: that each leaves their group before it ends."""

import subprocess
import sys

ENDS = """
import atexit
import torch.distributed as group
from sr_models.distributed import leave_at_exit

atexit.register(lambda: print(group.is_initialized()))  # the last registered is the first called
group.init_process_group("gloo", store=group.HashStore(), rank=0, world_size=1)
leave_at_exit()
leave_at_exit()
print(group.is_initialized())
"""


def test_a_process_leaves_the_group_before_it_ends():
    done = subprocess.run([sys.executable, "-c", ENDS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["True", "False"]
