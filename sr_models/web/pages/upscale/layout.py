"""The page `/`: enlarge a picture, or test the nets on it, and compare with bicubic. Layout and wiring only."""

import hashlib
import html
import inspect
from collections.abc import Callable
from typing import Any

import gradio as gr

from sr_models.imaging.resample import KERNELS
from sr_models.pipelines.upscale import TEMPERATURE
from sr_models.web import api, nets, static, storage
from sr_models.web.components.menus import NetMenu, ScaleButtons
from sr_models.web.components.upload import RawImage
from sr_models.web.components.viewer import Viewer
from sr_models.web.i18n import LANGUAGES, choose_language, text
from sr_models.web.pages.upscale import choices, events, examples
from sr_models.web.pages.upscale.choices import MODES, SETTINGS, TILES
from sr_models.web.pages.upscale.events import Values
from sr_models.web.pages.upscale.result import present
from sr_models.web.requests import ASKED

NET_QUEUE = "net"  # every event that runs a net shares it
QUIET: Any = {"show_progress": "hidden", "api_visibility": "private"}
QUICK: Any = {"queue": False, **QUIET}
OF_NETS: Any = {"concurrency_id": NET_QUEUE, "concurrency_limit": 1, **QUIET}
OF_MEASURING: Any = {"concurrency_id": "measure", "concurrency_limit": 1, **QUIET}
READY = f"async (lang) => (await {static.importing('client/page.js')}).start(lang)"


# Send along what stands in the middle of the viewer, or in its frame.
CENTRE = """(...asked) => [...asked.slice(0, -1), document.querySelector('.sr-viewer').viewer.centre().join(' ')]"""
RESULT = ("viewer", "sentence", "table", "download", "receipt", "share", "zip", "status", "outcome", "tiles")
GRID = ("grid", "ticks", "back", "compared", "plane")
READS = ("lang", *ASKED, "example", "chosen_mode", "chosen_scale", "outcome", "tiles")
READS += ("shown", "past", "upload", "compared")
READS += ("to_draw", "host", "ticks", "centre")  # the last is sent by CENTRE
DAMAGE = ("kernel", "blur", "noise", "jpeg", "seed")
TOOLS = ("ensemble", "tile", "alpha", "format", "quality", "metadata")
MENUS = ("net", "kernel", "tile", "alpha", "format")
MANY = ("samples", "temperature", "answer_seed", "consistent")
CHOICES = ("net", "size", *DAMAGE, *TOOLS, *MANY)  # after these the result is no longer that of the settings
LINES = ("shell", "python", "curl")
OFFERED = (*ASKED, *LINES, "note", "strip", "many", "mix_box", "mix_words", "mix_absent", "facts", "smaller")


def header(lang: str) -> str:
    """Return the top line: name, a way to open a picture, device, language."""
    name, cores, dtype = nets.device_name()
    device = text("device", lang, name=name or text("cores", lang, count=cores), dtype=dtype)
    links = " · ".join(
        f"<b lang='{code}'>{label}</b>"
        if code == lang
        else f"<a lang='{code}' href='?lang={code}' data-lang='{code}'>{label}</a>"
        for code, label in LANGUAGES.items()
    )
    brand = f"<h1>SR Lab</h1><span>{text('tagline', lang)}</span>"
    accepted = "image/png,image/jpeg,image/webp,image/bmp,image/tiff,image/gif,image/avif"
    opener = f"<label class='open'><input type='file' id='open' accept='{accepted}'>{text('open', lang)}</label>"
    return (
        f"<header data-space='{html.escape(choices.space())}'>{brand}{opener}"
        f"<span class='device'>{html.escape(device)}</span><nav>{links}</nav></header>"
    )


def _values(request: gr.Request, given: tuple[Any, ...]) -> Values:
    """Return the page's values by name, and who the visitor is: by the session, which a restart does not change."""
    visitor = hashlib.sha256(str(request.session_hash).encode()).hexdigest()[:32]
    return {"visitor": visitor, **dict(zip(READS, given, strict=False))}


class Page:
    """Lay the components out and wire them; every visitor's data lives in gr.State, never here."""

    def __init__(self, blocks: gr.Blocks) -> None:
        self.blocks = blocks
        self.parts: dict[str, Any] = {}
        self.words: dict[str, Callable[[str], Values]] = {}  # name -> language -> what it says
        first = choices.example_outcome(examples.FIRST)
        states = {"lang": "en", "outcome": first, "tiles": (0, 0), "shown": None, "past": []}
        states |= {
            "upload": (),
            "compared": None,
            "chosen_mode": False,
            "chosen_scale": False,
            "host": "",
            "to_draw": "",
        }
        for name, value in states.items():
            self.parts[name] = gr.State(value)
        for name in ("spoken", "centre", "example"):
            self.parts[name] = gr.Textbox(visible=False)
        self.parts["address"] = gr.Textbox(visible="hidden", elem_id="address")
        self._add("header", gr.HTML, lambda lang: {"value": header(lang)}, padding=False)
        with gr.Row(elem_id="main"):
            with gr.Column(scale=7, min_width=320):
                self._result(first)
            with gr.Column(scale=4, min_width=300):
                self._choices(first)
        with gr.Row(elem_id="privacy"):
            self._add("privacy", gr.Markdown, lambda lang: {"value": text("privacy", lang)})
            self._button("delete", size="sm", scale=0, min_width=120)
        self._wire()

    def _add(self, name: str, kind: Any, words: Callable[[str], Values] | None = None, **settings: Any) -> Any:
        """Add a component under its name, and remember how it is put into a language."""
        if words:
            self.words[name] = words
            settings = {**words("en"), **settings}
        settings.setdefault("elem_id", name)
        self.parts[name] = kind(**settings)
        return self.parts[name]

    def _button(self, name: str, **settings: Any) -> Any:
        return self._add(name, gr.Button, lambda lang: {"value": text(name, lang)}, **settings)

    def _labelled(self, name: str, kind: Any, code: str = "", **settings: Any) -> Any:
        return self._add(name, kind, lambda lang: {"label": text(code or name, lang)}, **settings)

    def _result(self, first: Any) -> None:
        """The left column: viewer, what can be taken away, sentence, numbers, tools."""
        self._add("viewer", Viewer, value=first.show("en") if first else None, padding=False)
        side: Any = {"size": "md", "min_width": 60}
        off: Any = {"value": None, "interactive": False, **side}
        with gr.Row(elem_id="look"):
            self._labelled("download", gr.DownloadButton, "download_none", variant="primary", **off)
            self._button("compare", **side)
            self._button("back", visible=False, **side)
            self._labelled("share", gr.DownloadButton, **off)
            self._labelled("receipt", gr.DownloadButton, **off)
            self._labelled("zip", gr.DownloadButton, "answers_zip", visible=False, **off)
        rows: Any = {
            "allow_preview": False,
            "interactive": False,
            "buttons": [],
            "object_fit": "contain",
            "fit_columns": False,
        }
        self._labelled("grid", gr.Gallery, columns=4, height="auto", visible=False, **rows)
        self._labelled("ticks", gr.CheckboxGroup, visible=False)
        self._add("plane", gr.HTML, visible=False, padding=False)
        said = present(first, "en")
        self._add("sentence", gr.HTML, value=said["sentence"], padding=False)
        self._labelled("history", gr.Gallery, columns=8, height=120, visible=False, **rows)
        with self._labelled("measure", gr.Accordion, open=False):
            self._add("table", gr.HTML, value=said["table"], padding=False)
        with self._labelled("tools", gr.Accordion, open=False):
            self._tools()

    def _tools(self) -> None:
        """What only some need: how the net runs, which file it becomes, how to do the same elsewhere."""

        def named(code: str, values: tuple[Any, ...]) -> Callable[[str], Values]:
            return lambda lang: {
                "label": text(code, lang),
                "choices": [(text(f"{code}_{value}", lang), value) for value in values],
            }

        with gr.Row():
            self._add(
                "format", gr.Dropdown, named("format", SETTINGS["format"][2] or ()), value="png", filterable=False
            )
            self._labelled("quality", gr.Slider, minimum=1, maximum=100, value=90, step=1, visible=False)
            self._add("alpha", gr.Dropdown, named("alpha", SETTINGS["alpha"][2] or ()), value="keep", filterable=False)

            def tiles(lang: str) -> Values:
                sizes = [(str(tile) if tile else text("tile_auto", lang), tile) for tile in TILES]
                return {"label": text("tile_size", lang), "choices": sizes}

            self._add("tile", gr.Dropdown, tiles, value=0, filterable=False)
        with gr.Row():

            def explained(code: str) -> Callable[[str], Values]:
                return lambda lang: {"label": text(code, lang), "info": text(f"{code}_help", lang)}

            self._add("ensemble", gr.Checkbox, explained("ensemble"), value=False)
            self._add("metadata", gr.Checkbox, explained("metadata"), value=False)
        with gr.Row():
            self._button("critic", size="sm", visible=bool(nets.judged(examples.SCALE)))
            self._button("copy_link", size="sm")
        if net := nets.judged(examples.SCALE):

            def judged(lang: str) -> Values:
                return {"value": text("critic_help", lang, net=nets.title(net, examples.SCALE, lang))}

            self._add("critic_words", gr.Markdown, judged)
        lines: Any = {"interactive": False, "wrap_lines": True, "lines": 1}
        self._labelled("shell", gr.Code, language="shell", **lines)
        self._labelled("python", gr.Code, language="python", **lines)
        self._labelled("curl", gr.Code, language="shell", **lines)

    def _choices(self, first: Any) -> None:
        """The right column: picture, mode, degradation, net, scale, run and stop."""
        scale, net = examples.SCALE, first.net if first else nets.default(examples.SCALE)
        sources: Any = {"type": "filepath", "image_mode": None, "sources": ["upload", "clipboard"], "buttons": []}
        self._add(
            "picture",
            RawImage,
            lambda lang: {"label": text("picture", lang), "placeholder": text("drop", lang)},
            height=150,
            **sources,
        )
        self._add("facts", gr.Markdown)
        self._labelled(
            "examples",
            gr.Gallery,
            value=[str(e.picture) for e in examples.examples()],
            columns=9,
            show_label=False,
            fit_columns=False,
            height="auto",
            object_fit="cover",
            allow_preview=False,
            interactive=False,
            buttons=[],
        )

        def modes(lang: str) -> Values:
            names = [(text(f"mode_{m}", lang), m) for m in MODES]
            return {"choices": names, "label": text("mode", lang), "info": text("mode_help", lang)}

        self._add("mode", gr.Radio, modes, value="test" if first else "enlarge")
        self._damage(first is not None)
        self._labelled("original", RawImage, "original_upload", height=140, visible=False, **sources)
        self._add(
            "net",
            NetMenu,
            lambda lang: {"label": text("net", lang), "choices": nets.choices(scale, lang)},
            value=net,
            filterable=False,
        )

        def scales(lang: str) -> Values:
            return {"label": text("scale", lang), "choices": choices.scale_choices("enlarge", lang)}

        self._add("scale", ScaleButtons, scales, value=scale)

        def size(lang: str) -> Values:
            return {"label": text("size", lang), "info": text("size_help", lang)}

        self._add("size", gr.Textbox, size, visible=False, max_length=40)
        self._add("note", gr.Markdown, lambda lang: {"value": nets.note(net, scale, lang)})
        self._mix()
        self._many()
        with gr.Row():
            self._button("run", variant="primary")
            self._button("stop", variant="stop", interactive=False)
        self._labelled("status", gr.Textbox, interactive=False, lines=1)
        self._button("smaller", visible=False)

    def _mix(self) -> None:
        """How far to go from the measured net to the one that invents; for a net that cannot, why not."""
        with self._add("mix_box", gr.Column, visible=False, min_width=200):
            self._labelled("mix", gr.Slider, minimum=0, maximum=1, value=1, step=0.05)
            self._add("mix_words", gr.Markdown)
        self._add("mix_absent", gr.HTML, visible=False, padding=False)

    def _many(self) -> None:
        """How many possible answers are drawn, and how; only for nets that know many."""
        with self._labelled("many", gr.Accordion, "answers", open=True, visible=False):
            with gr.Row():
                self._labelled("samples", gr.Slider, minimum=2, maximum=8, value=4, step=1)

                def temperature(lang: str) -> Values:
                    return {"label": text("temperature", lang), "info": text("temperature_help", lang)}

                self._add("temperature", gr.Slider, temperature, minimum=0, maximum=1.5, value=TEMPERATURE, step=0.1)
            with gr.Row():
                self._labelled("answer_seed", gr.Number, value=0, precision=0, minimum=0, maximum=2**31)
                self._labelled("consistent", gr.Checkbox, value=True)

    def _damage(self, visible: bool) -> None:
        """How a test makes the small picture, and what its middle will look like."""
        with self._labelled("strip", gr.Accordion, "damage", open=False, visible=visible):
            with gr.Row():
                with gr.Column(scale=3, min_width=180):

                    def kernels(lang: str) -> Values:
                        names = [(text(f"kernel_{kernel}", lang), kernel) for kernel in KERNELS]
                        return {"label": text("kernel", lang), "choices": names}

                    self._add("kernel", gr.Dropdown, kernels, value="bicubic", filterable=False)
                    self._labelled("seed", gr.Number, value=0, precision=0, minimum=0, maximum=2**31)
                with gr.Column(scale=2, min_width=120):
                    self._labelled(
                        "thumb", gr.Image, type="filepath", interactive=False, visible=False, height=150, buttons=[]
                    )
            self._labelled("blur", gr.Slider, "blur_before", minimum=0, maximum=4, value=0, step=0.1)
            self._labelled("noise", gr.Slider, minimum=0, maximum=50, value=0, step=1)
            self._labelled("jpeg", gr.Slider, minimum=0, maximum=100, value=0, step=1)

    def _named(self, changes: Values) -> dict[Any, Any]:
        return {self.parts[name]: change for name, change in changes.items()}

    def _on(self, event: Any, what: Callable[..., Any], writes: tuple[str, ...], **settings: Any) -> Any:
        """Call `what` with the page's values by name when `event` comes, and write its changes to the parts named."""

        def once(request: gr.Request, *given: Any) -> Any:
            return self._named(what(_values(request, given))) or {self.parts[writes[0]]: gr.skip()}

        def again(request: gr.Request, *given: Any) -> Any:
            for changes in what(_values(request, given)):
                yield self._named(changes)

        call = again if inspect.isgeneratorfunction(what) else once
        return event(call, self._parts(READS), self._parts(writes), **settings)

    def _on_pick(self, gallery: str, what: Callable[[Values], Values], writes: tuple[str, ...]) -> Any:
        """Do the same when a picture of a gallery is clicked; `clicked` is its place."""

        def call(picked: gr.SelectData, request: gr.Request, *given: Any) -> dict[Any, Any]:
            changes = self._named(what({**_values(request, given), "clicked": picked.index}))
            return changes or {self.parts[writes[0]]: gr.skip()}

        return self.parts[gallery].select(call, self._parts(READS), self._parts(writes), **QUICK)

    def _parts(self, names: tuple[str, ...]) -> list[Any]:
        return [self.parts[name] for name in names]

    def _wire(self) -> None:
        parts = self.parts
        # `input` and `upload` are the visitor's own doing: what the page sets itself comes with all that belongs to it.
        offered = (*OFFERED, "status")
        picked = (*OFFERED, *RESULT, *GRID, "example", "chosen_mode", "chosen_scale", "run", "stop")
        uploaded = self._on(parts["picture"].upload, choices.uploaded, (*offered, "upload", "example"), **QUICK)
        self._on(parts["picture"].clear, choices.cleared, ("facts", "status", "sentence"), **QUICK)
        self._on(parts["original"].upload, choices.original_uploaded, ("original", "upload"), **QUICK)
        chosen = [
            self._on(parts["mode"].input, choices.mode_changed, (*offered, "chosen_mode"), **QUICK),
            self._on(parts["scale"].input, choices.scale_changed, (*offered, "chosen_scale"), **QUICK),
            # A menu says "input" also when it is merely left.
            *(
                self._on(parts[n].select if n in MENUS else parts[n].input, choices.changed, offered, **QUICK)
                for n in CHOICES
            ),
            self._on_pick("examples", choices.pick_example, picked),
        ]
        # While the slider is dragged, the part that is looked at follows; let go, the whole picture does.
        mixed = self._on(parts["mix"].input, choices.changed, offered, trigger_mode="always_last", **QUICK)
        looked = ("viewer", "status", *GRID)
        self._on(mixed.then, events.preview_mix, looked, js=CENTRE, trigger_mode="always_last", **OF_NETS)
        for choice in chosen:
            self._on(choice.then, choices.estimated, ("facts",), trigger_mode="multiple", **OF_NETS)
            self._on(choice.then, choices.thumbnail, ("thumb",), trigger_mode="multiple", **QUICK)
        addressed = {"net": "arch", "mode": "mode", "example": "example", **{n: k[0] for n, k in SETTINGS.items()}}
        for name, key in addressed.items():
            where = "#examples" if name == "example" else f"#{name}"
            remember = f"(value) => window.srLab.remember('{key}', value, '{where}')"
            parts[name].change(None, parts[name], None, js=remember, **QUICK)

        outcome = (*RESULT, *GRID, "facts", "shown", "run", "stop", "smaller")
        smaller = self._on(parts["smaller"].click, choices.make_smaller, offered, **QUICK)
        waits = ("run", "stop", "status", "tiles")
        begun = self._on(parts["run"].click, events.begin, waits, **QUICK)
        released = self._on(parts["mix"].release, events.begin, waits, trigger_mode="always_last", **QUICK)
        jobs = [
            self._on(begun.then, events.run, outcome, trigger_mode="multiple", **OF_NETS),
            # "multiple": the run of an earlier upload is only just ending.
            self._on(uploaded.then, events.run_unasked, outcome, trigger_mode="multiple", **OF_NETS),
            self._on(smaller.then, events.run_unasked, outcome, **OF_NETS),
            self._on(released.then, events.run_mixed, outcome, trigger_mode="multiple", **OF_NETS),
        ]
        several: list[Any] = []
        for run in jobs:
            measured = (*RESULT, "past", "history", "smaller", "to_draw")
            done = self._on(run.success, events.measure, measured, trigger_mode="multiple", **OF_MEASURING)
            drawn = (*RESULT, *GRID, "past", "run", "stop", "smaller", "to_draw")
            several.append(self._on(done.success, events.draw_answers, drawn, trigger_mode="multiple", **OF_NETS))
        jobs += several
        compared = (*GRID, "viewer", "status", "run", "stop", "smaller")
        jobs.append(
            self._on(parts["compare"].click, events.compare_all, compared, js=CENTRE, trigger_mode="once", **OF_NETS)
        )
        eyed = ("viewer", "status", "smaller", *GRID)
        self._on(parts["critic"].click, events.critic_eye, eyed, trigger_mode="once", **OF_NETS)
        self._on(parts["ticks"].input, events.ticked, ("viewer", "ticks", "status"), **QUICK)
        self._on(parts["back"].click, events.back, ("viewer", *GRID), **QUICK)
        self._on_pick("history", events.recall, (*RESULT, *GRID, "smaller", "run", "stop"))
        cancelled = parts["stop"].click(None, cancels=jobs, **QUICK)
        # Afterwards, so that no tile that is still on its way overwrites the words.
        self._on(cancelled.then, events.stopped, ("status", "run", "stop", "tiles", "viewer"), **QUICK)
        parts["copy_link"].click(None, None, parts["status"], js="() => window.srLab.copyLink()", **QUICK)
        gone = (
            *RESULT,
            *GRID,
            "picture",
            "original",
            "upload",
            "shown",
            "facts",
            "example",
            "past",
            "history",
            "thumb",
            "run",
            "stop",
        )
        self._on(parts["delete"].click, events.delete, gone, **QUICK)

        everything = tuple(dict.fromkeys((*self.words, *picked, "history", "lang", "host", "spoken", "run", "stop")))
        self._on_arrival(self.blocks.load, everything, None)
        self._on_arrival(parts["address"].change, everything, parts["address"])

    def _on_arrival(self, event: Any, writes: tuple[str, ...], address: Any) -> None:
        """Read the settings and the language: from the request at first, then from what `client/page.js` tells."""

        def call(request: gr.Request, *given: Any) -> dict[Any, Any]:
            v = _values(request, given)
            query = choices.query(given[-1]) if address else dict(request.query_params)
            lang = choose_language(query.get("lang"), request.headers.get("accept-language"))
            scheme = request.headers.get("x-forwarded-proto", "http").split(",")[0]
            v["host"] = f"{scheme}://{request.headers.get('host', '')}"
            changes = {**choices.arrive(v, query, lang), "host": v["host"]}
            for name, words in self.words.items():
                change = changes.get(name, {})
                change = change if isinstance(change, dict) and "__type__" in change else gr.update(value=change)
                changes[name] = {**gr.update(**words(lang)), **(change if name in changes else {})}
            return self._named(changes)

        inputs = self._parts(READS) + ([address] if address else [])
        arrived = event(call, inputs, self._parts(writes), **QUICK)
        arrived.then(None, self.parts["spoken"], None, js=READY, **QUICK)


def build() -> gr.Blocks:
    """Build the page."""
    gr.set_static_paths([storage.ASSETS])  # served where they lie: a copy in the temp folder would be swept away
    with gr.Blocks(title="SR Lab", analytics_enabled=False, fill_width=True) as blocks:
        Page(blocks)
        publish: Any = gr.api  # type: ignore[attr-defined]
        publish(api.upscale, concurrency_id=NET_QUEUE, concurrency_limit=1)
        publish(api.list_models)
    return blocks
