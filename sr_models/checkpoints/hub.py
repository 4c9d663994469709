"""Checkpoints from the Hugging Face Hub, and to it.

Of what comes the size is known first, the revision pinned, the file checked by its format. What goes is one commit:
the file, its settings, and a card that says what was measured.
"""

import contextlib
import errno
import json
import math
import os
import re
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sr_models.checkpoints.card import MAX_BYTES, PICKLES, Card
from sr_models.checkpoints.format import read_checkpoint
from sr_models.errors import SRError
from sr_models.files import sha256, write_atomically

ANSWER_SECONDS = 2.5
CAP_GB = 2.0  # of what a server pulls for its visitors, unless SR_LAB_HUB_GB says otherwise
_REFERENCE = re.compile(r"[\w.-]+/[\w.-]+(@[\w./-]+)?")


@dataclass(frozen=True)
class Found:
    """Name a checkpoint on the Hub: repo and commit, its file there, bytes, and the SHA-256 where the Hub tells it."""

    repo: str
    revision: str
    commit: str
    file: str
    size: int
    sha256: str | None


def allowed(ref: str) -> bool:
    """Say whether a visitor of the pages may have a reference pulled.

    SR_LAB_OPEN_HUB says which: 1 for any, or owners and repos with commas between. Without it none may on a Space,
    and any where the host runs the pages for himself.
    """
    named = os.environ.get("SR_LAB_OPEN_HUB")
    if named is None:
        return not os.environ.get("SPACE_ID")
    repo = ref.partition("@")[0]
    known = {word.strip() for word in named.split(",")} - {""}
    return "1" in known or not known.isdisjoint((repo, repo.partition("/")[0]))


def look(ref: str) -> Found | Path:
    """Ask the Hub for the one .safetensors file of `owner/repo[@revision]`; nothing is downloaded.

    Without an answer within 3 seconds the cached file of that reference is returned. Raise SRError where there is none
    and for a repo that does not exist, is not open to the stored token, is too large or holds no such file.
    """
    return _look(ref, _own_cache())


def _look(ref: str, cache: Path) -> Found | Path:
    repo, _, revision = ref.partition("@")
    if not _REFERENCE.fullmatch(ref) or not {"", ".", ".."}.isdisjoint(revision.split("/") if revision else ()):
        raise SRError("hub_bad_reference", ref=ref)
    info = _ask(repo, revision or None)
    if isinstance(info, SRError):
        return _cached(cache / _folder(repo), revision or "main", info)
    there = {f.rfilename: f for f in info.siblings or []}
    files = [name for name in there if name.endswith(".safetensors")]
    name = "model.safetensors" if "model.safetensors" in files else min(files, default="")
    if not files:
        if any(name.endswith(PICKLES) for name in there):
            raise SRError("hub_pickles", ref=ref)
        raise SRError("hub_no_checkpoint", ref=ref)
    if len(files) > 1 and name != "model.safetensors":
        raise SRError("hub_several", ref=ref, count=len(files))
    size = there[name].size or math.inf  # a size that is not told is not taken on trust
    if size > MAX_BYTES:
        raise SRError("hub_too_large", ref=ref, megabytes=size / 2**20, limit=MAX_BYTES // 2**20)
    lfs = there[name].lfs
    return Found(repo, revision or "main", info.sha, name, int(size), lfs.sha256 if lfs else None)


def pull(ref: str, *, for_visitors: bool = False) -> Path:
    """Download the one .safetensors file of `owner/repo[@revision]` and return its path in the Hub's cache.

    A revision that is no commit is resolved to one first; a download that breaks off goes on where it was. Without an
    answer within 3 seconds the cached file of that reference is used. `for_visitors`: it comes into a cache of their
    own, which is kept below SR_LAB_HUB_GB, the oldest goes first. Raise SRError as `look` does, and where not all of it
    comes, or something else than the Hub described.
    """
    cache = _visitors_cache() if for_visitors else _own_cache()
    found = _look(ref, cache)
    if isinstance(found, Path):
        return found
    if for_visitors and not (cache / _folder(found.repo) / "snapshots" / found.commit / found.file).is_file():
        _make_room(found, cache)
    path = _download(found, ref, cache)
    if found.sha256 and sha256(path) != found.sha256:
        path.resolve().unlink()
        path.unlink(missing_ok=True)
        raise SRError("hub_damaged", ref=ref)
    _remember(cache / _folder(found.repo), found.revision, found.commit)
    return path


def _download(found: Found, ref: str, cache: Path) -> Path:
    from huggingface_hub import constants, hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    before, constants.HF_HUB_DISABLE_XET = constants.HF_HUB_DISABLE_XET, True  # the Hub serves all over plain HTTP too
    try:
        how: dict[str, Any] = {"revision": found.commit, "etag_timeout": ANSWER_SECONDS, "cache_dir": cache}
        return Path(hf_hub_download(found.repo, found.file, **how))
    except HfHubHTTPError as error:
        raise _refused(error, ref) or SRError("hub_broken_off", ref=ref) from error
    except (LocalEntryNotFoundError, HFValidationError) as error:
        raise SRError("hub_unreachable", ref=ref) from error
    except (_network(), OSError) as error:
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EACCES, errno.EROFS):
            raise SRError("cannot_write", path=error.filename or ref, reason=error.strerror) from error  # type: ignore
        raise SRError("hub_broken_off", ref=ref) from error
    finally:
        constants.HF_HUB_DISABLE_XET = before


def _network() -> Any:
    """Return the error of the library that the Hub's client uses."""
    from huggingface_hub.errors import HfHubHTTPError

    return next(c for c in HfHubHTTPError.__mro__ if c.__name__ == "HTTPError")


def _refused(error: Any, ref: str) -> SRError | None:
    """Return what an answer of the Hub means, None where it is a fault that may be over soon."""
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

    status, headers = (error.response.status_code, error.response.headers) if error.response is not None else (0, {})
    missing = isinstance(error, (RepositoryNotFoundError, RevisionNotFoundError))
    if isinstance(error, GatedRepoError) or (status in (401, 403) and not missing):
        return SRError("hub_no_access", ref=ref)
    if missing:
        return SRError("hub_missing", ref=ref)
    if status == 429:
        wait = headers.get("retry-after", "")
        return SRError("hub_busy", ref=ref, seconds=wait if wait.isdigit() else 60)
    return None


def _make_room(found: Found, folder: Path) -> None:
    """Delete what visitors had pulled longest ago until a file fits into what a server may keep for them."""
    from huggingface_hub import scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    try:
        cap = max(float(os.environ.get("SR_LAB_HUB_GB") or CAP_GB), 0) * 10**9
    except ValueError:
        cap = CAP_GB * 10**9
    if found.size > cap:
        raise SRError("hub_no_room", ref=found.repo, megabytes=found.size / 10**6, limit=cap / 10**6)
    try:
        cache = scan_cache_dir(folder)
    except CacheNotFound:
        return
    over = cache.size_on_disk + found.size - cap
    for repo in sorted(cache.repos, key=lambda each: each.last_accessed):
        if over <= 0:
            return
        cache.delete_revisions(*(revision.commit_hash for revision in repo.revisions)).execute()
        over -= repo.size_on_disk


def push(path: Path, repo: str, *, private: bool = False) -> str:
    """Put a checkpoint into `owner/name` on the Hub, made where it is not there, and return the commit's address.

    One commit: `model.safetensors`, `config.json`, and README.md, the model card. The token is the one that `hf auth
    login` stored, and is never shown. Raise SRError for a file that cannot be used, a name that is none, or a Hub that
    refuses or does not answer.
    """
    if not _REFERENCE.fullmatch(repo) or "@" in repo:
        raise SRError("hub_bad_repo", ref=repo)
    _, card = read_checkpoint(path)
    from huggingface_hub import CommitOperationAdd, HfApi
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalTokenNotFoundError

    facts = {"library_name": "sr_models", "architecture": card.architecture, "scale": card.scale, "config": card.config}
    files: dict[str, bytes | str] = {
        "model.safetensors": str(path),
        "config.json": (json.dumps(facts, indent=1, sort_keys=True) + "\n").encode(),
        "README.md": model_card(card).encode(),
    }
    operations = [CommitOperationAdd(name, content) for name, content in files.items()]
    try:
        HfApi().create_repo(repo, private=private, exist_ok=True)
        return HfApi().create_commit(repo, operations, commit_message=f"{card.name}").commit_url
    except LocalTokenNotFoundError as error:
        raise SRError("hub_no_token") from error
    except HFValidationError as error:
        raise SRError("hub_bad_repo", ref=repo) from error
    except HfHubHTTPError as error:
        if error.response is not None and error.response.status_code in (401, 403):
            raise SRError("hub_refused", ref=repo) from error
        raise SRError("hub_not_pushed", ref=repo) from error
    except (_network(), OSError) as error:
        raise SRError("hub_not_pushed", ref=repo) from error


def model_card(card: Card) -> str:
    """Return README.md for the Hub: what it is, in its front matter what was measured, and how to run it."""
    from huggingface_hub import EvalResult, ModelCardData

    kept = [r for r in card.results if r.set in ("Set5", "Set14") and r.metric in ("psnr_y", "ssim_y", "lpips_alex")]
    results = [
        EvalResult("image-to-image", r.set.lower(), r.set, r.metric, r.value, metric_name=f"{r.metric} ({r.protocol})")
        for r in kept
    ]
    data = ModelCardData(
        license=card.license.lower(),
        library_name="sr_models",
        pipeline_tag="image-to-image",
        tags=["super-resolution", card.architecture, f"x{card.scale}"],
        model_name=card.name,
        eval_results=results or None,
    )
    rows = "".join(f"| {r.set} | {r.metric} | {r.value:g} | {r.baseline:g} | {r.protocol} |\n" for r in kept)
    table = (
        f"| set | metric | this net | bicubic | measured |\n| --- | --- | --- | --- | --- |\n{rows}\n" if kept else ""
    )
    warning = "It invents detail: not for evidence or diagnosis.\n\n" if card.invents else ""
    return (
        f"---\n{data.to_yaml()}\n---\n\n# {card.name}\n\nEnlarges {card.scale} times; trained for {card.trained_for} "
        f"pictures, on {card.dataset}, {card.steps:,} steps.\n\n{warning}{table}"
        f'```python\nimport sr_models\n\nupscaler = sr_models.load("owner/repo")  # this place\n```\n'
    )


def _remember(folder: Path, revision: str, commit: str) -> None:
    """Keep which commit a revision was, where the Hub's client looks for it, so that it is found offline."""
    if revision != commit:
        with contextlib.suppress(OSError):  # a cache that cannot be written has the file all the same
            write_atomically(folder / "refs" / revision, commit.encode())


def _own_cache() -> Path:
    """Return where the Hub's client keeps files, those of other programs too."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE)


def _visitors_cache() -> Path:
    """Return where files are kept that visitors had fetched, and nothing else."""
    return _own_cache().with_name("sr-lab-visitors")


def _folder(repo: str) -> str:
    return f"models--{repo.replace('/', '--')}"


def _ask(repo: str, revision: str | None) -> Any:
    """Return what the Hub says of a repo; an SRError where it does not answer in time or has a fault."""
    from huggingface_hub import HfApi, constants
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    ref = f"{repo}@{revision}" if revision else repo
    if constants.HF_HUB_OFFLINE:
        return SRError("hub_unreachable", ref=ref)
    answer: list[Any] = []

    def ask() -> None:
        try:
            answer.append(HfApi().model_info(repo, revision=revision, files_metadata=True, timeout=ANSWER_SECONDS))
        except Exception as error:
            answer.append(error)

    worker = threading.Thread(target=ask, daemon=True)  # a name look-up has no time limit of its own
    worker.start()
    worker.join(ANSWER_SECONDS)
    found = answer[0] if answer else None
    if isinstance(found, HFValidationError):
        raise SRError("hub_missing", ref=ref) from found
    if isinstance(found, HfHubHTTPError):
        if refused := _refused(found, ref):
            raise refused from found
        return SRError("hub_fault", ref=ref, status=found.response.status_code if found.response is not None else "")
    return SRError("hub_unreachable", ref=ref) if found is None or isinstance(found, Exception) else found


def _cached(folder: Path, revision: str, why: SRError) -> Path:
    """Return the file of an earlier pull, without the network; raise `why` where there is none."""
    pinned = folder / "refs" / revision
    commit = pinned.read_text().strip() if pinned.is_file() else revision
    found = sorted((folder / "snapshots" / commit).glob("*.safetensors")) if os.sep not in commit else []
    if not found:
        raise why
    return next((path for path in found if path.name == "model.safetensors"), found[0])
