"""The frame of every page: header and navigation, language, address, viewer, Run and Stop, past runs, privacy.

A page is laid out once, in marks that stand for words (`i18n.MARKS`); the middleware puts a visitor's language in their
place. All that belongs to one visitor lives in gr.State, never here.
"""

import functools
import hashlib
import html
import inspect
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import gradio as gr

from sr_models.errors import SRError
from sr_models.parameters import Parameter
from sr_models.web import late, static, storage, turns
from sr_models.web.components.controls import control
from sr_models.web.components.status import Status
from sr_models.web.components.viewer import Show, Viewer
from sr_models.web.components.words import Words
from sr_models.web.handover import HANDOVER
from sr_models.web.i18n import DEFAULT, LANGUAGES, MARKS, PAGE_TITLE, choose_language, text
from sr_models.web.nets import NETS
from sr_models.web.requests import explain, is_hosts

Values = dict[str, Any]  # of a page's parts, by name
QUIET: Any = {"show_progress": "hidden", "api_visibility": "private"}
QUICK: Any = {"queue": False, **QUIET}
OF_NETS: Any = {"concurrency_id": turns.NET, "concurrency_limit": 1, **QUIET}  # every event that runs a net shares it
OF_MEASURING: Any = {"concurrency_id": "measure", "concurrency_limit": 1, **QUIET}
OF_WAITING: Any = {"concurrency_id": "waiting", "concurrency_limit": 16, **QUIET}  # others' runs need workers as well
MULTIPLE: Any = {"trigger_mode": "multiple"}
# Send along what stands in the middle of the viewer, or in its frame.
CENTRE = """(...asked) => [...asked.slice(0, -1), document.querySelector('.sr-viewer').viewer.centre().join(' ')]"""
ACCEPTED = "image/png,image/jpeg,image/webp,image/bmp,image/tiff,image/gif,image/avif,.zip"
# The token that a page was opened with, taken out of the address; who comes by Back or Forward finds it in the history.
TOKEN = """(...asked) => {
  const found = location.hash.match(/^#from=([\\w-]+)$/);
  if (found) history.replaceState({ from: found[1] }, '', location.pathname + location.search);
  const back = performance.getEntriesByType('navigation')[0]?.type === 'back_forward';
  return [...asked.slice(0, -1), found?.[1] ?? (back && history.state?.from) ?? ''];
}"""
READY = f"async () => (await {static.importing('client/page.js')}).start()"
# Go to a place with a token; the page that is left keeps it as well. Another page ("./name") begins without.
GO = """(place) => {
  if (!place) return;
  const [there, token] = place.split('#from=');
  history.replaceState({ from: token }, '');
  location.assign(there.startsWith('./') ? there : location.pathname + place);
}"""
# Go to another page with one token; the page that is left keeps the other.
GO_THERE = """(place) => {
  if (!place) return;
  const [there, own] = place.split(' ');
  history.replaceState({ from: own }, '');
  location.assign(there);
}"""


@dataclass(frozen=True)
class Page:
    """Name a page: its path, the code of its title, and what lays it out in a shell.

    `besides` begins what it does in the background, given a function that says whether the server has nothing to do.
    """

    path: str
    title: str
    build: Callable[["Shell"], None]
    besides: Callable[[Callable[[], bool]], None] = lambda idle: None


class Shell:
    """Hold one page's parts by name; `reads` are those whose values every event is given."""

    def __init__(self, blocks: gr.Blocks, page: Page, pages: tuple[Page, ...]) -> None:
        self.blocks, self.page, self.pages = blocks, page, pages
        self.parts: dict[str, Any] = {}
        self.reads: tuple[str, ...] = ()
        self.on_error: Callable[[Exception, str], Values] = sorry
        self.state("visitor", "")
        self.state("past", [])
        self.state("upload", ())
        for name in ("address", "leave", "place", "token", "elsewhere"):
            self.add(name, gr.Textbox, visible="hidden")
        self.add("header", gr.HTML, value=header(page, pages), padding=False)

    # --- parts --------------------------------------------------------------------------------------------------------

    def state(self, name: str, value: Any) -> None:
        """Keep a value for each visitor."""
        self.parts[name] = gr.State(value)

    def add(self, name: str, kind: Any, **settings: Any) -> Any:
        """Add a component under its name, which is its id in the page too."""
        self.parts[name] = kind(**{"elem_id": name, **settings})
        return self.parts[name]

    def labelled(self, name: str, kind: Any, code: str = "", **settings: Any) -> Any:
        """Add a component whose label is the text of a code, by default its name."""
        return self.add(name, kind, label=text(code or name, MARKS), **settings)

    def button(self, name: str, **settings: Any) -> Any:
        """Add a button whose words are the text of its name."""
        return self.add(name, gr.Button, value=text(name, MARKS), **settings)

    def control(self, parameter: Parameter[Any], **settings: Any) -> Any:
        """Add the control of a setting, under the setting's name."""
        self.parts[parameter.name] = control(parameter, MARKS, **settings)
        return self.parts[parameter.name]

    def controls(self, parameters: Iterable[Parameter[Any]], **settings: Any) -> None:
        """Add the controls of several settings, two in a row."""
        there = list(parameters)
        for pair in (there[i : i + 2] for i in range(0, len(there), 2)):
            with gr.Row():
                for parameter in pair:
                    self.control(parameter, **settings)

    def viewer(self, value: Show | None) -> None:
        """Add the viewer."""
        self.add("viewer", Viewer, value=value, padding=False)

    def progress(self) -> None:
        """Add the line that tells how far it is, and Stop beside it."""
        with gr.Row(elem_id="progress"):
            self.add("status", Status)
            self.button("stop", size="sm", scale=0, min_width=80, interactive=False)

    def card(self, name: str, caption: str = "", **settings: Any) -> Any:
        """Add a group of parts that belong together, with a caption where a code of words is given."""
        column = self.add(name, gr.Column, elem_classes="lab-card", min_width=280, **settings)
        if caption:
            with column:
                gr.HTML(f"<h2 class='lab-caption'>{text(caption, MARKS)}</h2>", apply_default_css=False)
        return column

    def privacy(self) -> None:
        """Add the line on privacy, and the button that deletes."""
        with gr.Row(elem_id="privacy"):
            Words(text("privacy", MARKS))
            self.button("delete", size="sm", scale=0, min_width=120)

    # --- events -------------------------------------------------------------------------------------------------------

    def on(
        self, event: Any, what: Callable[..., Any], writes: tuple[str, ...], until: str = "picture", **settings: Any
    ) -> Any:
        """Call `what` with the page's values by name when `event` comes, and write its changes to the parts named.

        `what` may be a generator, also one that awaits. An error of any but the latter becomes a sentence. Once the
        visitor went on to another *picture*, *run* or *choice*, or to a *stop*, as `until` says, nothing is written.
        """

        def once(request: gr.Request, *given: Any) -> Any:
            v = self._values(request, given)
            return self._named(self._in_time(what, v, until), writes)

        def again(request: gr.Request, *given: Any) -> Any:
            v = self._values(request, given)
            changes = what(v)
            while (found := self._in_time(lambda _: next(changes, None), v, until)) is not None:
                yield self._named(found, writes)
            if late.is_late(v, until):
                yield self._named(None, writes)  # gradio says the last again as it ends

        async def meanwhile(request: gr.Request, *given: Any) -> Any:
            v = self._values(request, given)
            async for changes in what(v):
                in_time = not late.is_late(v, until)
                yield self._named(changes if in_time else None, writes)
                if not in_time:
                    return

        call = again if inspect.isgeneratorfunction(what) else once
        call = meanwhile if inspect.isasyncgenfunction(what) else call
        return event(call, self.those(self.reads), self.those(writes), **settings)

    def on_pick(
        self,
        name: str,
        what: Callable[[Values], Values],
        writes: tuple[str, ...],
        event: str = "select",
        until: str = "picture",
        **settings: Any,
    ) -> Any:
        """Do the same when something in a part is clicked; `clicked` is what: of a row of pictures, the place."""

        def call(picked: gr.SelectData, request: gr.Request, *given: Any) -> dict[Any, Any]:
            v = {**self._values(request, given), "clicked": picked.index}
            return self._named(self._in_time(what, v, until), writes)

        return getattr(self.parts[name], event)(call, self.those(self.reads), self.those(writes), **QUICK, **settings)

    def on_arrival(self, what: Callable[[Values, dict[str, str]], Values], writes: tuple[str, ...]) -> Any:
        """Call `what` with the values and the address's parameters: at first, and after Back or Forward.

        Return the event of the first time. A visitor who comes from another page, or from this one in another language,
        brings the values along.
        """
        writes = (*writes, "visitor")

        def arrive(request: gr.Request, *given: Any) -> dict[Any, Any]:
            *values, token = given
            v = self._values(request, tuple(values))
            brought = HANDOVER.take(str(token or ""))
            query = dict(request.query_params)
            v = {**v, **brought, "lang": v["lang"], "brought": bool(brought)}
            return self._named({"visitor": v["visitor"], **(self._in_time(lambda v: what(v, query), v) or {})}, writes)

        def again(request: gr.Request, *given: Any) -> dict[Any, Any]:
            *values, address = given
            v = {**self._values(request, tuple(values)), "brought": False}
            return self._named(self._in_time(lambda v: what(v, query(address)), v), writes)

        inputs, parts = self.those(self.reads), self.parts
        arrived = self.blocks.load(arrive, [*inputs, parts["token"]], self.those(writes), js=TOKEN, **QUICK)
        arrived.then(None, None, None, js=READY, **QUICK)
        parts["address"].change(again, [*inputs, parts["address"]], self.those(writes), **QUICK)

        def leave(v: Values) -> Values:
            return {"place": f"{v['leave'].split('#')[0][:2000]}#from={HANDOVER.give(self._carried(v))}"}

        left = self.on(parts["leave"].change, leave, ("place",), until="", **QUICK)
        left.then(None, parts["place"], None, js=GO, **QUICK)
        return arrived

    def hand_over(self, event: Any, path: str, what: Callable[[Values], Values], **settings: Any) -> None:
        """Go to another page with the values that `what` gives for it; Back brings this one's own."""

        def leave(v: Values) -> Values:
            own, given = HANDOVER.give(self._carried(v)), HANDOVER.give({**what(v), "visitor": v["visitor"]})
            return {"elsewhere": f".{path}?lang={v['lang']}#from={given} {own}"}

        left = self.on(event, leave, ("elsewhere", "status"), **settings, **QUICK)
        left.then(None, self.parts["elsewhere"], None, js=GO_THERE, **QUICK)

    def remember(self, parameters: Iterable[Parameter[Any]]) -> None:
        """Keep settings in the address as they change."""
        for p in parameters:
            self.remember_part(p.name, p.address or p.name)

    def remember_part(self, name: str, key: str, where: str = "") -> None:
        """Keep the value of one part in the address under a key; `where` is what the visitor touches to change it."""
        remember = f"(value) => window.srLab.remember('{key}', value, '{where or '#' + name}')"
        self.parts[name].change(None, self.parts[name], None, js=remember, **QUICK)

    def those(self, names: Iterable[str]) -> list[Any]:
        """Return parts by their names."""
        return [self.parts[name] for name in names]

    def _in_time(self, what: Callable[[Values], Any], v: Values, until: str = "picture") -> Any:
        """Return the changes, of an error its sentence; None once the visitor went on."""
        if late.is_late(v, until):
            return None
        try:
            changes = what(v)
        except Exception as error:
            changes = self.on_error(error, v["lang"])
        return None if late.is_late(v, until) else changes

    def _named(self, changes: Values | None, writes: tuple[str, ...]) -> dict[Any, Any]:
        """Return changes by part; where there is none, one that changes nothing: gradio wants one."""
        named = {self.parts[name]: change for name, change in (changes or {}).items() if name in writes}
        return named or {self.parts[writes[0]]: gr.skip()}

    def _values(self, request: gr.Request, given: tuple[Any, ...]) -> Values:
        """Return the values by name, the language, and who the visitor is: by the session, or as another page told."""
        NETS.refresh()
        v = dict(zip(self.reads, given, strict=False))
        name = hashlib.sha256(str(request.session_hash).encode()).hexdigest()[:32]
        lang = choose_language(request.query_params.get("lang"), request.headers.get("accept-language"))
        scheme = request.headers.get("x-forwarded-proto", "http").split(",")[0]
        return {
            **v,
            "visitor": v.get("visitor") or name,
            "lang": lang,
            "host": f"{scheme}://{request.headers.get('host', '')}",
            "taken": getattr(request.state, "taken", time.monotonic_ns()),
            "is_hosts": is_hosts(request),
            "runs_before": functools.partial(turns.runs_before, self.blocks, str(request.session_hash)),
        }

    def _carried(self, v: Values) -> Values:
        return {name: v[name] for name in (*self.reads, "visitor") if name not in ("leave", "address")}


def sorry(error: Exception, lang: str) -> Values:
    """Say what was wrong, in the one place for it; gr.Error would write "Error" over what stands."""
    return {"status": explain(error, lang)}


def query(address: str | None) -> dict[str, str]:
    """Return the parameters of an address as the browser tells it: "?a=b#n"."""
    words = (address or "").split("#")[0].removeprefix("?")
    return dict(parse_qsl(words[:2000]))


def header(page: Page, pages: tuple[Page, ...]) -> str:
    """Return the top line: name, pages, a way to open a picture, device, language."""
    name, cores, dtype = NETS.device()
    device = text("device", MARKS, name=name or text("cores", MARKS, count=cores), dtype=dtype)
    languages = " · ".join(
        f"<a lang='{code}' href='?lang={code}' data-lang='{code}'>{text('language', code)}</a>" for code in LANGUAGES
    )
    links = "".join(
        f"<a href='.{p.path}' {'aria-current=page' if p is page else ''}>{text(p.title, MARKS)}</a>" for p in pages
    )
    menu = f"<details class='menu'><summary>{text(page.title, MARKS)}</summary><nav>{links}</nav></details>"
    navigation = f"<nav class='pages'>{links}</nav>{menu}" if len(pages) > 1 else ""
    brand = f"<h1>SR Lab</h1><span class='tagline'>{text('tagline', MARKS)}</span>"
    opener = (
        f"<label class='open'><input type='file' id='open' multiple accept='{ACCEPTED}'>{text('open', MARKS)}</label>"
    )
    return (
        f"<header data-space='{html.escape(os.environ.get('SPACE_ID', ''))}'>{brand}{navigation}{opener}"
        f"<span class='device'>{html.escape(device)}</span><nav class='languages'>{languages}</nav></header>"
    )


class _Blocks(gr.Blocks):
    def validate_inputs(self, block_fn: Any, inputs: list[Any]) -> None:
        """Say in one sentence what a program forgot; gradio's own error tells it nothing and fills the log."""
        if len(inputs) < (needed := len(block_fn.inputs)):
            error = SRError("too_few_values", name=block_fn.api_name, needed=needed, given=len(inputs))
            raise gr.Error(explain(error, DEFAULT), print_exception=False)


def build(pages: tuple[Page, ...]) -> gr.Blocks:
    """Build the pages, the first of them at "/"."""
    gr.set_static_paths([*storage.shown_folders()])  # where they lie: a copy in the temp folder would be swept away
    first, *others = pages
    with _Blocks(title=PAGE_TITLE, analytics_enabled=False, fill_width=True) as blocks:
        first.build(Shell(blocks, first, pages))
    for page in others:
        with blocks.route(text(page.title, MARKS), page.path):
            page.build(Shell(blocks, page, pages))
    return blocks
