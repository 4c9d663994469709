"""A checkpoint of the Hub on the page: looked at, then fetched and offered; for the host, or where he opens it."""

import html
import os
from collections.abc import Iterator

import gradio as gr

from sr_models.checkpoints.catalog import offer, split_name
from sr_models.checkpoints.hub import Found, allowed, look, pull
from sr_models.errors import SRError
from sr_models.web.i18n import text
from sr_models.web.nets import NETS
from sr_models.web.pages.models.facts import address, size_words
from sr_models.web.shell import Values

FETCHED = ("hub_facts", "hub_load", "status")
OPEN = "SR_LAB_OPEN_HUB"


def is_open(v: Values) -> bool:
    """Say whether this visitor may have anything fetched: the host, or whoever comes where he opened it to all."""
    return bool(os.environ.get(OPEN)) or (v["is_hosts"] and not os.environ.get("SPACE_ID"))


def looked(v: Values) -> Values:
    """Say what a reference is, and offer to load it; nothing is downloaded."""
    ref, lang = _checked(v), v["lang"]
    found = look(ref)
    facts = {"ref": ref}
    if isinstance(found, Found):
        facts |= {"commit": found.commit[:8], "file": found.file, "size": size_words(found.size, lang)}
        words, label = text("hub_found", lang, **facts), text("hub_load_of", lang, size=facts["size"])
    else:
        words, label = text("hub_there", lang, **facts), text("hub_use", lang)
    return {"hub_facts": f"<p>{html.escape(words)}</p>", "hub_load": gr.update(value=label, visible=True), "status": ""}


def fetched(v: Values) -> Iterator[Values]:
    """Download it, check it and offer it beside the others."""
    ref, lang = _checked(v), v["lang"]
    yield {"hub_load": gr.update(interactive=False), "hub_facts": f"<p>{html.escape(text('hub_comes', lang))}</p>"}
    try:
        name = offer(pull(ref, for_visitors=True), ref.partition("@")[0])
    except SRError as error:
        yield {"hub_load": gr.update(interactive=True), "hub_facts": ""}
        raise error
    NETS.refresh()
    net, scale = split_name(name)
    link = f"<a class='use' href='{html.escape(address('/', arch=net, scale=scale))}'>{text('board_use', lang)}</a>"
    words = f"<p>{html.escape(text('hub_offered', lang, name=name))}</p>{link}"
    yield {"hub_load": gr.update(visible=False, interactive=True), "hub_facts": words, "status": ""}


def _checked(v: Values) -> str:
    ref = str(v["hub_ref"] or "").strip()[:200]
    if not is_open(v) or not allowed(ref):
        raise SRError("hub_not_open", ref=ref, known=os.environ.get(OPEN) or "-")
    return ref
