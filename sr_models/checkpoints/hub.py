"""Checkpoints from the Hugging Face Hub, and to it.

Of what comes the size is known first, the revision pinned, the file checked by its format. What goes is one commit:
the file, its settings, and a card that says what was measured.
"""

import contextlib
import errno
import json
import os
import re
import threading
from pathlib import Path
from typing import Any

from sr_models.checkpoints.card import MAX_BYTES, Card
from sr_models.checkpoints.format import read_checkpoint
from sr_models.errors import SRError
from sr_models.files import write_atomically

ANSWER_SECONDS = 2.5
_REFERENCE = re.compile(r"[\w.-]+/[\w.-]+(@[\w./-]+)?")


def pull(ref: str) -> Path:
    """Download the one .safetensors file of `owner/repo[@revision]` and return its path in the Hub's cache.

    A revision that is no commit is resolved to one first. Without an answer within 3 seconds the cached file
    of that reference is used; where there is none, that is an SRError, as is a repo that does not exist.
    """
    repo, _, revision = ref.partition("@")
    if not _REFERENCE.fullmatch(ref) or not {"", ".", ".."}.isdisjoint(revision.split("/") if revision else ()):
        raise SRError("hub_bad_reference", ref=ref)
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    network: Any = next(c for c in HfHubHTTPError.__mro__ if c.__name__ == "HTTPError")  # of the client's own library
    info = _ask(repo, revision or None)
    if info is None:
        return _cached(repo, revision or "main", ref)
    files = {f.rfilename: f.size for f in info.siblings or [] if f.rfilename.endswith(".safetensors")}
    name = "model.safetensors" if "model.safetensors" in files else min(files, default="")
    if len(files) != 1 and name != "model.safetensors":
        raise SRError("hub_missing", ref=ref)
    size = files[name] or float("inf")  # a size that is not told is not taken on trust
    if size > MAX_BYTES:
        raise SRError("hub_too_large", ref=ref, megabytes=size / 2**20, limit=MAX_BYTES // 2**20)
    try:
        path = Path(hf_hub_download(repo, name, revision=info.sha, etag_timeout=ANSWER_SECONDS))
    except (LocalEntryNotFoundError, HFValidationError) as error:
        raise SRError("hub_unreachable", ref=ref) from error
    except (network, OSError) as error:
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EACCES, errno.EROFS):
            raise SRError("cannot_write", path=error.filename or ref, reason=error.strerror) from error  # type: ignore
        raise SRError("hub_broken_off", ref=ref) from error
    _remember(repo, revision or "main", info.sha)
    return path


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

    network: Any = next(c for c in HfHubHTTPError.__mro__ if c.__name__ == "HTTPError")
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
    except (network, OSError) as error:
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


def _remember(repo: str, revision: str, commit: str) -> None:
    """Keep which commit a revision was, where the Hub's client looks for it, so that it is found offline."""
    if revision != commit:
        with contextlib.suppress(OSError):  # a cache that cannot be written has the file all the same
            write_atomically(_cache(repo) / "refs" / revision, commit.encode())


def _cache(repo: str) -> Path:
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE) / f"models--{repo.replace('/', '--')}"


def _ask(repo: str, revision: str | None) -> Any | None:
    """Return what the Hub says of a repo; None where it does not answer in time."""
    from huggingface_hub import HfApi, constants
    from huggingface_hub.errors import HFValidationError, RepositoryNotFoundError, RevisionNotFoundError

    if constants.HF_HUB_OFFLINE:
        return None
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
    if isinstance(found, (RepositoryNotFoundError, RevisionNotFoundError, HFValidationError)):
        raise SRError("hub_missing", ref=f"{repo}@{revision}" if revision else repo) from found
    return None if isinstance(found, Exception) else found


def _cached(repo: str, revision: str, ref: str) -> Path:
    """Return the file of an earlier pull, without the network."""
    folder = _cache(repo)
    pinned = folder / "refs" / revision
    commit = pinned.read_text().strip() if pinned.is_file() else revision
    found = sorted((folder / "snapshots" / commit).glob("*.safetensors")) if os.sep not in commit else []
    if not found:
        raise SRError("hub_unreachable", ref=ref)
    return next((path for path in found if path.name == "model.safetensors"), found[0])
