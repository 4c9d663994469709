#!/usr/bin/env python3
"""Start the app as a Hugging Face Space does, and say how long it takes: `python .ci/space.py`, which needs Linux.

A fresh environment holds what requirements.txt names, and nothing else (`--with PYTHON` takes a Python that stands).
The app is what git tracks (`--image`: of that, what the Dockerfile copies), in a folder that it cannot write to. It
runs with a fresh home, as user 1000 and without a network where this may be arranged (by root), on port 7860.

Exits 1 where the first page takes more than 20 seconds, those left out in which other programs had the processor, or
where anything is written outside the home and the folder for temporary files.
"""

import argparse
import ctypes
import fcntl
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

ROOT = Path(__file__).resolve().parents[1]
USER = 1000
COMMAND = ("python", "app.py")
LIMIT = 20.0  # seconds from the start to the first page
PATIENCE = 300.0  # seconds after which it is given up
OPEN_TO_ALL = (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"))
NEW_NETWORK, GET_FLAGS, SET_FLAGS, IS_UP = 0x40000000, 0x8913, 0x8914, 1  # of Linux


def python_of_a_space() -> str:
    """Return a Python of the version that README.md names to Spaces; where there is none, the one that runs this."""
    wanted = re.search(r'^python_version: "([\d.]+)"', (ROOT / "README.md").read_text("utf-8"), re.M)
    for found in filter(None, (shutil.which(f"python{wanted[1]}") if wanted else None, sys.executable)):
        if subprocess.run([found, "-c", ""], capture_output=True).returncode == 0:  # no shim of what is not installed
            return found
    return sys.executable


def install(folder: Path) -> str:
    """Make an environment of requirements.txt alone in a folder; return its Python."""
    base, begun = python_of_a_space(), time.monotonic()
    subprocess.run([base, "-m", "venv", folder], check=True)
    python = str(folder / "bin/python")
    subprocess.run(
        [python, "-m", "pip", "install", "-q", "--no-cache-dir", "-r", ROOT / "requirements.txt"], check=True
    )
    print(f"installed in {time.monotonic() - begun:.0f} s, {size(folder) / 2**30:.1f} GiB", flush=True)
    return python


def size(folder: Path) -> int:
    """Return how many bytes the files of a folder have."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


def copied_into_the_image() -> tuple[str, ...]:
    """Return the files and folders that the Dockerfile copies."""
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    return tuple(name for line in lines if line.startswith("COPY ") for name in line.split()[1:-1])


def copy_app(folder: Path, image: bool) -> None:
    """Copy what git tracks, or of that what the Dockerfile copies."""
    wanted = copied_into_the_image() if image else ()
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    for name in filter(None, tracked.split("\0")):
        if wanted and name not in wanted and not name.startswith(tuple(f"{one}/" for one in wanted)):
            continue
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)


def leave_the_network() -> bool:
    """Leave this process no network but itself; return whether that was allowed."""
    if os.geteuid() != 0 or ctypes.CDLL(None).unshare(NEW_NETWORK) != 0:
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as lo:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(lo, GET_FLAGS, request))[1]
        fcntl.ioctl(lo, SET_FLAGS, struct.pack("16sh14x", b"lo", flags | IS_UP))
    return True


def environment(home: Path, python: str, port: int, offline: bool) -> dict[str, str]:
    """Return what a Space sets, and of this machine nothing."""
    of_a_space = {"SPACE_ID": "owner/lab", "SYSTEM": "spaces", "GRADIO_SERVER_NAME": "0.0.0.0"}
    own = {"HOME": str(home), "TMPDIR": str(home.parent / "tmp"), "GRADIO_SERVER_PORT": str(port)}
    nowhere = {} if offline else {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    return {"PATH": f"{Path(python).parent}:/usr/bin:/bin", "PYTHONUNBUFFERED": "1", **of_a_space, **own, **nowhere}


def as_user() -> list[str]:
    """Return the words that run a command as USER, who may read all, for Python may be another's; none without root."""
    if os.geteuid() != 0:
        return []
    reading = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    return ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", *reading]


def stands(folders: tuple[Path, ...]) -> set[tuple[Path, int]]:
    """Return what lies in the folders that are not for writing: all of the app's, and this user's of those for all."""
    user = USER if os.geteuid() == 0 else os.geteuid()
    first, *others = folders
    found = {(path, path.stat().st_mtime_ns) for path in first.rglob("*")}
    return found | {(path, 0) for path in _in(others) if path.lstat().st_uid == user}


def _in(folders: list[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from folder.glob("*")


def waited(process: subprocess.Popen) -> float:
    """Return for how many seconds a process was ready to run while others had the processor."""
    return int(Path(f"/proc/{process.pid}/schedstat").read_text().split()[1]) / 1e9


def first_page(process: subprocess.Popen, port: int) -> float:
    """Return the seconds until the first page is answered whole; -1 where none is."""
    opener, begun = build_opener(ProxyHandler({})), time.monotonic()
    while process.poll() is None and time.monotonic() - begun < PATIENCE:
        try:
            with opener.open(f"http://127.0.0.1:{port}/", timeout=PATIENCE) as answer:
                if b"SR Lab" in answer.read():
                    return time.monotonic() - begun
        except OSError:  # nobody listens yet
            time.sleep(0.05)
    return -1


def start(python: str, work: Path, port: int, image: bool) -> bool:
    """Start the app in a folder, wait for its first page, stop it; print what was found, and return if all is well."""
    app, home = work / "app", work / "home"
    copy_app(app, image)
    for folder in (home, work / "tmp"):
        folder.mkdir()
        shutil.chown(folder, *(2 * [USER] if os.geteuid() == 0 else [os.geteuid(), os.getegid()]))
    work.chmod(0o755)
    offline, watched = leave_the_network(), (app, *OPEN_TO_ALL)
    before = stands(watched)
    given = {"cwd": app, "env": environment(home, python, port, offline), "text": True}
    with open(work / "log", "w+") as log:
        process = subprocess.Popen([*as_user(), python, *COMMAND[1:]], stdout=log, stderr=subprocess.STDOUT, **given)
        seconds = first_page(process, port)
        others = waited(process) if seconds >= 0 else 0.0
        status = Path(f"/proc/{process.pid}/status").read_text() if seconds >= 0 else ""
        process.terminate()
        process.wait(60)
        log.seek(0)
        said = log.read()
    memory = int(found[1]) // 1024 if (found := re.search(r"VmHWM:\s+(\d+)", status)) else 0
    user = "1000" if os.geteuid() == 0 else f"{os.geteuid()}, as only root starts others"
    version = subprocess.run([python, "-V"], capture_output=True, text=True).stdout.strip()
    print(f"{version}, user {user}, network {'none' if offline else 'refused by a proxy'}")
    written = sorted(str(path) for path, _ in stands(watched) ^ before)
    print(f"first page after {seconds:.1f} s, of which it waited {others:.1f} s for the processor")
    print(f"{memory} MiB of memory, {size(home) / 2**20:.1f} MiB in the home")
    print(f"written elsewhere: {', '.join(written) or 'nothing'}")
    if seconds < 0:
        print(said)
    return 0 <= seconds - others <= LIMIT and not written


def main() -> None:
    """Read what is asked for, and exit by what was found."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--with", dest="python", help="a Python that has what requirements.txt names")
    asked.add_argument("--image", action="store_true", help="with no more files than the Dockerfile copies")
    asked.add_argument("--port", type=int, default=7860)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="sr-lab-space-") as folder:
        work = Path(folder)
        python = given.python or install(work / "environment")
        sys.exit(0 if start(python, work, given.port, given.image) else 1)


if __name__ == "__main__":
    main()
