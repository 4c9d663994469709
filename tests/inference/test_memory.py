"""Memory that is kept between steps and given back when asked."""

import platform
import subprocess
import sys
from functools import partial

import pytest

glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc alone is asked to keep memory")


@glibc
def test_what_is_free_is_given_back_when_asked():
    program = """
import threading, torch
from sr_models.inference.memory import give_back, keep_memory
keep_memory()
done, found = threading.Event(), []
def resident():
    return int(open("/proc/self/statm").read().split()[1])
def work(worked):
    large = [torch.ones(5 * 10**6) for _ in range(10)]
    large = None
    worked.set()
    done.wait()
found.append(resident())
for _ in range(4):
    worked = threading.Event()
    threading.Thread(target=work, args=(worked,)).start()
    worked.wait()
found.append(resident())
give_back()
print(*found, resident())
done.set()
"""
    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    start, kept, left = map(int, said.split())
    assert kept > 1.5 * start
    assert left < 1.2 * start


@glibc
def test_memory_that_is_kept_is_not_cleared_again():
    program = """
import resource, sys, torch
from sr_models.inference.memory import keep_memory
if sys.argv[1] == "keep":
    assert keep_memory()
for step in range(9):
    if step == 4:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    large = [torch.ones(10**7) for _ in range(4)]
    large = None
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
    run = partial(subprocess.run, check=True, capture_output=True, text=True)
    faults = {how: int(run([sys.executable, "-c", program, how]).stdout) for how in ("keep", "give back")}
    assert faults["keep"] < faults["give back"] / 4
