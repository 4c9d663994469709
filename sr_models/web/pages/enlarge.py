"""The page `/`: enlarge a picture, or test the nets on it, and compare with bicubic on a slider."""

import dataclasses
import html
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from sr_models import job
from sr_models.image import read
from sr_models.resample import KERNELS
from sr_models.web import examples, limits, nets, readouts, runs
from sr_models.web.text import LANGUAGES, choose_language, text
from sr_models.web.upload import RawImage
from sr_models.web.viewer import Show, Viewer

SCALES = (2, 3, 4)
MODES = ("enlarge", "test", "both")
NET_QUEUE = "net"  # every event that runs a net shares it
QUIET: Any = {"show_progress": "hidden", "api_visibility": "private"}
# Say the language to screen readers, and take a picture that is dropped anywhere on the page.
READY = """(lang) => {
  document.documentElement.lang = lang;
  if (window.takesDrops) return;
  window.takesDrops = true;
  document.addEventListener('dragover', (e) => e.preventDefault());
  document.addEventListener('drop', (e) => {
    const input = document.querySelector('#picture input[type=file]');
    if (!input || e.target.closest('#picture, #original') || !e.dataTransfer.files.length) return;
    e.preventDefault();
    input.files = e.dataTransfer.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  });
}"""
# Send along what stands in the middle of the viewer.
CENTRE = """(...asked) => {
  const { view } = document.querySelector('.sr-viewer').viewer;
  return [...asked.slice(0, -1), `${view.x} ${view.y}`];
}"""
# Keep a choice in the address, so that a link opens the page as it stands; the picture never goes there.
REMEMBER = """(value) => {
  const address = new URL(location.href);
  address.searchParams.set('%s', value);
  history.replaceState(history.state, '', address);
}"""
QUICK: Any = {"queue": False, **QUIET}


def header(lang: str) -> str:
    """Return the top line: name, device, language."""
    name, cores, dtype = nets.device_name()
    device = text("device", lang, name=name or text("cores", lang, count=cores), dtype=dtype)
    links = " · ".join(
        f"<b lang='{code}'>{label}</b>" if code == lang else f"<a lang='{code}' href='?lang={code}'>{label}</a>"
        for code, label in LANGUAGES.items()
    )
    brand = f"<h1>SR Lab</h1><span>{text('tagline', lang)}</span>"
    return f"<header>{brand}<span class='device'>{html.escape(device)}</span><nav>{links}</nav></header>"


class Page:
    """Lay the components out and wire them; every visitor's data lives in gr.State, never here."""

    def __init__(self, blocks: gr.Blocks) -> None:
        self.blocks = blocks
        self.example = examples.stored()
        self.labels: list[tuple[Any, Callable[[str], Any]]] = []  # (component, language -> update)
        self.lang = gr.State("en")
        self.finished: Any = gr.State(None)  # the visitor's last run, a runs.Finished
        self.tiles = gr.State((0, 0))
        self.is_example = gr.State(self.example is not None)
        self.visitor = gr.State("nobody")
        self.upload: Any = gr.State(None)  # where gradio keeps the visitor's upload
        self._say(gr.HTML(header("en"), elem_id="header", padding=False), lambda lang: gr.update(value=header(lang)))
        with gr.Row(elem_id="main"):
            with gr.Column(scale=7, min_width=320):
                self._result("en")
            with gr.Column(scale=4, min_width=300):
                self._choices("en", examples.SCALE)
                self._actions("en")
        with gr.Row(elem_id="privacy"):
            privacy = gr.Markdown(text("privacy", "en"))
            self._say(privacy, lambda lang: gr.update(value=text("privacy", lang)))
            self.delete = self._button("delete", size="sm", elem_id="delete", scale=0, min_width=120)
        self._wire()

    def _say(self, component: Any, update: Callable[[str], Any]) -> Any:
        """Remember how a component is put into a language."""
        self.labels.append((component, update))
        return component

    def _labelled(self, component: Any, code: str) -> Any:
        return self._say(component, lambda lang: gr.update(label=text(code, lang)))

    def _button(self, code: str, **settings: Any) -> Any:
        return self._say(gr.Button(text(code, "en"), **settings), lambda lang: gr.update(value=text(code, lang)))

    def _result(self, lang: str) -> None:
        """The left column: viewer, sentence, numbers."""
        shown, sentence, table, _, _, _ = self._example_texts(lang)
        self.viewer = Viewer(shown, elem_id="viewer")
        self.shown: Any = gr.State(shown)  # the visitor's last result, to come back to
        self.centre = gr.Textbox(visible=False)
        self.spoken = gr.Textbox(lang, visible=False)  # the language, for the browser
        with gr.Row(elem_id="look"):
            self.compare = self._button("compare", size="sm", elem_id="compare")
            self.back = self._button("back", size="sm", elem_id="back", visible=False)
        self.sentence = gr.HTML(sentence, elem_id="sentence", padding=False)
        with self._labelled(gr.Accordion(text("measure", lang), open=False, elem_id="measure"), "measure"):
            self.table = gr.HTML(table, elem_id="table", padding=False)

    def _choices(self, lang: str, scale: int) -> None:
        """The right column: picture, mode, degradation, net, scale."""
        shown, net = self.example, nets.default(scale)
        self.picture = self._say(
            RawImage(
                str(shown.picture) if shown else None,
                type="filepath",
                image_mode=None,
                sources=["upload", "clipboard"],
                label=text("picture", lang),
                placeholder=text("drop", lang),
                height=180,
                elem_id="picture",
                buttons=[],
            ),
            lambda lang: gr.update(label=text("picture", lang), placeholder=text("drop", lang)),
        )
        self.facts = gr.Markdown(self._example_texts(lang)[3], elem_id="facts")

        def modes(lang: str) -> dict[str, Any]:
            names = [(text(f"mode_{m}", lang), m) for m in MODES]
            return {"choices": names, "label": text("mode", lang), "info": text("mode_help", lang)}

        self.mode = self._say(
            gr.Radio(**modes(lang), value="test" if shown else "enlarge", elem_id="mode"),
            lambda lang: gr.update(**modes(lang)),
        )
        strip = gr.Accordion(text("damage", lang), open=False, visible=shown is not None, elem_id="damage")
        with self._labelled(strip, "damage"):
            self.damage = [
                gr.Dropdown(self._kernels(lang), value="bicubic", label=text("kernel", lang), elem_id="kernel"),
                gr.Slider(0, 4, 0, step=0.1, label=text("blur_before", lang), elem_id="blur"),
                gr.Slider(0, 50, 0, step=1, label=text("noise", lang), elem_id="noise"),
                gr.Slider(0, 100, 0, step=1, label=text("jpeg", lang), elem_id="jpeg"),
                gr.Number(0, precision=0, minimum=0, maximum=2**31, label=text("seed", lang), elem_id="seed"),
            ]
            kernel, *others = self.damage
            self._say(kernel, lambda lang: gr.update(label=text("kernel", lang), choices=self._kernels(lang)))
            for component, code in zip(others, ("blur_before", "noise", "jpeg", "seed"), strict=True):
                self._labelled(component, code)
        self.strip = strip
        self.original = self._labelled(
            RawImage(
                type="filepath",
                image_mode=None,
                sources=["upload", "clipboard"],
                label=text("original_upload", lang),
                height=140,
                elem_id="original",
                buttons=[],
                visible=False,
            ),
            "original_upload",
        )
        self.net = self._say(
            gr.Dropdown(nets.choices(scale, lang), value=net, label=text("net", lang), elem_id="net", filterable=False),
            lambda lang: gr.update(label=text("net", lang), choices=nets.choices(scale, lang)),
        )
        self.scale = self._labelled(
            gr.Radio([(f"×{s}", s) for s in SCALES], value=scale, label=text("scale", lang), elem_id="scale"), "scale"
        )
        note = gr.Markdown(nets.note(net, scale, lang), elem_id="note")
        self.note = self._say(note, lambda lang: gr.update(value=nets.note(net, scale, lang)))

    def _kernels(self, lang: str) -> list[tuple[str, str]]:
        return [(text(f"kernel_{kernel}", lang), kernel) for kernel in KERNELS]

    def _actions(self, lang: str) -> None:
        """The right column, below: run, stop, progress, files."""
        shown = self.example
        *_, download, ready = self._example_texts(lang)
        with gr.Row():
            self.run = self._button("run", variant="primary", elem_id="run")
            self.stop = self._button("stop", variant="stop", interactive=False, elem_id="stop")
        self.status = self._labelled(
            gr.Textbox(ready, label=text("status", lang), interactive=False, elem_id="status", lines=1), "status"
        )
        with gr.Row():
            self.download = gr.DownloadButton(
                download,
                value=str(shown.result) if shown else None,
                interactive=shown is not None,
                variant="primary",
                elem_id="download",
                scale=2,
            )
            self.receipt = gr.DownloadButton(
                "receipt.json",
                value=str(shown.receipt_file) if shown else None,
                interactive=shown is not None,
                elem_id="receipt",
            )

    def _example_texts(self, lang: str) -> tuple[Show | None, str, str, str, str, str]:
        """Return the example's view, sentence, table, facts, download label and status."""
        if not self.example:
            return None, "", "", "", text("download_none", lang), text("ready", lang)
        example, scale = self.example, examples.SCALE
        net = nets.title(example.net, scale, lang)
        size = {key: example.receipt["output"][key] for key in ("width", "height")}
        pictures = (
            (str(example.bicubic), text("left", lang, scale=scale)),
            (str(example.result), text("right", lang, net=net, scale=scale)),
            (str(example.picture), text("original", lang)),
        )
        return (
            Show(**size, pictures=pictures, lang=lang),
            readouts.sentence(example.readouts, lang),
            readouts.table(example.readouts, net, lang),
            runs.facts(read(example.picture), "test", scale, lang),
            text("download", lang, **size),
            text("example", lang, name=text(f"example_{examples.NAME}", lang), scale=scale),
        )

    def _wire(self) -> None:
        look = [self.picture, self.mode, self.scale, self.lang]
        # `input` is the visitor's own choice: what the page sets itself comes with all that belongs to it.
        uploaded = self.picture.upload(
            self.on_upload,
            [self.picture, self.is_example, self.mode, self.scale, self.net, self.visitor, self.lang],
            [
                *(self.picture, self.upload, self.is_example, self.mode, self.strip, self.scale, self.net),
                *(self.note, self.facts),
            ],
            **QUICK,
        )
        self.picture.clear(lambda: "", None, self.facts, **QUICK)
        self.mode.input(
            self.on_mode, look, [self.facts, self.strip, self.original, self.is_example, self.status], **QUICK
        )
        self.original.upload(limits.adopt, [self.original, self.visitor], self.original, **QUICK)
        self.scale.input(self.on_scale, [*look, self.net], [self.facts, self.net, self.note, self.status], **QUICK)
        self.net.input(
            lambda *chosen: (nets.note(*chosen), text("press_run", chosen[-1])),
            [self.net, self.scale, self.lang],
            [self.note, self.status],
            **QUICK,
        )
        chosen = [self.picture, self.mode, self.net, self.scale, *self.damage]
        asked = [self.visitor, *chosen, self.original, self.lang]
        outcome = [self.viewer, self.sentence, self.table, self.status, self.download, self.receipt]
        outcome += [self.run, self.stop, self.finished, self.tiles, self.shown, self.back]
        of_nets: Any = {"concurrency_id": NET_QUEUE, "concurrency_limit": 1, **QUIET}
        running = [
            self.run.click(self.on_run, asked, outcome, trigger_mode="once", **of_nets),
            uploaded.then(self.on_uploaded, asked, outcome, **of_nets),
        ]
        running.append(
            self.compare.click(
                self.on_compare,
                [*asked, self.centre],
                [self.viewer, self.status, self.run, self.stop, self.back],
                js=CENTRE,
                trigger_mode="once",
                **of_nets,
            )
        )
        self.back.click(lambda shown: (shown, gr.update(visible=False)), self.shown, [self.viewer, self.back], **QUICK)
        for run in running[:2]:
            measured = [self.sentence, self.table, self.receipt, self.status]
            # In the nets' own queue: numbers of one run must not come after the next has begun.
            run.success(self.on_measure, [self.finished, self.tiles, self.lang], measured, **of_nets)
        stopped = self.stop.click(None, cancels=running, **QUICK)
        # Afterwards, so that no tile that is still on its way overwrites the words.
        stopped.then(
            self.on_stop,
            [self.tiles, self.shown, self.lang],
            [self.status, self.run, self.stop, self.tiles, self.viewer],
            **QUICK,
        )
        for component, key in ((self.net, "arch"), (self.scale, "scale"), (self.mode, "mode")):
            component.change(None, component, None, js=REMEMBER % key, **QUICK)
        self.delete.click(
            self.on_delete,
            [self.visitor, self.upload, self.lang],
            [
                *(self.original, self.picture, self.viewer, self.sentence, self.table, self.facts, self.finished),
                *(self.status, self.download, self.receipt, self.shown),
            ],
            **QUICK,
        )
        texts = [self.viewer, self.sentence, self.table, self.facts, self.download, self.status]
        loaded = self.blocks.load(
            self.on_load, None, [self.visitor, self.lang, self.spoken, *texts, *(c for c, _ in self.labels)], **QUICK
        )
        loaded.then(None, self.spoken, None, js=READY, **QUICK)

    def on_load(self, request: gr.Request) -> list[Any]:
        """Put the page into the visitor's language, and the choices to what the address says."""
        query = request.query_params
        lang = choose_language(query.get("lang"), request.headers.get("accept-language"))
        *texts, download, ready = self._example_texts(lang)
        updates = {component: update(lang) for component, update in self.labels}
        scale = next((s for s in SCALES if str(s) == query.get("scale")), examples.SCALE)
        net = query.get("arch") if query.get("arch") in nets.nets(scale) else nets.default(scale)
        updates[self.scale] = gr.update(**{**updates[self.scale], "value": scale})
        updates[self.net] = gr.update(**{**updates[self.net], "value": net, "choices": nets.choices(scale, lang)})
        updates[self.note] = nets.note(str(net), scale, lang)
        if query.get("mode") in MODES:
            updates[self.mode] = gr.update(**{**updates[self.mode], "value": query.get("mode")})
        shown = "test" if self.example else "enlarge"
        mode = query.get("mode") if query.get("mode") in MODES else shown
        updates[self.strip] = gr.update(**{**updates[self.strip], "visible": mode == "test"})
        updates[self.original] = gr.update(**{**updates[self.original], "visible": mode == "both"})
        visitor = uuid.uuid4().hex
        return [visitor, lang, lang, *texts, gr.update(label=download), ready, *(updates[c] for c, _ in self.labels)]

    def on_upload(
        self, path: str | None, is_example: bool, mode: str, scale: int, net: str, visitor: str, lang: str
    ) -> tuple[Any, ...]:
        """Take the picture into the visitor's folder, and leave the example's test behind: it is to be enlarged."""
        mode = "enlarge" if is_example else mode
        kept = limits.adopt(path, visitor) if path else None
        if mode == "enlarge" and kept and runs.is_large(kept):
            scale = min(scale, 2)
        strip = gr.update(visible=mode == "test")
        words, choices, note, _ = self.on_scale(kept, mode, scale, lang, net)
        return kept, path, False, mode, strip, scale, choices, note, words

    def on_uploaded(self, visitor: str, path: str | None, *asked: Any) -> Iterator[dict[Any, Any]]:
        """Run unasked where that takes no more than 5 seconds; else say how long it would take."""
        mode, net, scale, kernel, blur, noise, jpeg, seed, _, lang = asked
        if mode == "both":  # its original belongs to another picture
            yield {self.tiles: (0, 0)}
            return
        try:
            damage = job.Damage(kernel, blur, noise, int(jpeg), int(seed or 0))
            seconds = runs.estimate(runs.Settings(visitor, path, mode, net, scale, damage))
        except Exception as error:
            sentence = runs.explain(error, lang)  # where the result would stand, in place of another picture's
            yield {
                **self._nothing(lang),
                self.viewer: None,
                self.sentence: f"<p class='sentence'>{html.escape(sentence)}</p>",
                self.status: sentence,
                self.tiles: (0, 0),
            }
            return
        if seconds > runs.UNASKED_SECONDS:
            yield {self.status: text("would_take", lang, seconds=round(seconds)), self.tiles: (0, 0)}
            return
        yield from self.on_run(visitor, path, *asked)

    def on_mode(self, path: str | None, mode: str, scale: int, lang: str) -> tuple[Any, ...]:
        """Show the degradation strip in a test only, and the place for the original where there is one."""
        words = runs.describe(path, mode, scale, lang)
        strip, original = gr.update(visible=mode == "test"), gr.update(visible=mode == "both")
        return words, strip, original, False, text("press_run", lang)

    def on_scale(self, path: str | None, mode: str, scale: int, lang: str, net: str) -> tuple[str, Any, str, str]:
        """Offer the nets of this scale."""
        net = net if net in nets.nets(scale) else nets.default(scale)
        choices = gr.update(choices=nets.choices(scale, lang), value=net)
        words = runs.describe(path, mode, scale, lang)
        return words, choices, nets.note(net, scale, lang), text("press_run", lang)

    def _nothing(self, lang: str) -> dict[Any, Any]:
        """Return the updates that take an earlier result's numbers and files off the page."""
        return {
            self.sentence: "",
            self.table: "",
            self.download: gr.update(value=None, interactive=False, label=text("download_none", lang)),
            self.receipt: gr.update(value=None, interactive=False),
        }

    def on_run(
        self,
        visitor: str,
        path: str | None,
        mode: str,
        net: str,
        scale: int,
        kernel: str,
        blur: float,
        noise: float,
        jpeg: float,
        seed: float,
        original: str | None,
        lang: str,
    ) -> Iterator[dict[Any, Any]]:
        """Show bicubic at once, then the net's result; report each tile."""
        idle = {self.run: gr.update(interactive=True), self.stop: gr.update(interactive=False)}
        # What an earlier result leaves stands until a new one begins. It goes with every message: gradio may drop
        # one of several that come close together.
        nothing = self._nothing(lang)
        shown = {"show": self.viewer, "status": self.status, "tiles": self.tiles}
        yield {self.run: gr.update(interactive=False), self.stop: gr.update(interactive=True), self.tiles: (0, 0)}
        try:
            damage = job.Damage(kernel, blur, noise, int(jpeg), int(seed or 0))
            for change in runs.run(runs.Settings(visitor, path, mode, net, scale, damage, original), lang):
                update = nothing | {shown[key]: value for key, value in change.items() if key in shown}
                if "show" in change:
                    update |= {self.shown: change["show"], self.back: gr.update(visible=False)}
                if done := change.get("finished"):
                    label = text("download", lang, width=done.width, height=done.height)
                    update |= {
                        self.finished: done,
                        self.sentence: f"<p>{text('measuring', lang)}</p>",
                        self.download: gr.update(value=done.result, interactive=True, label=label),
                        **idle,
                    }
                yield update
        except Exception as error:
            sentence = runs.explain(error, lang)
            gr.Warning(sentence, title=text("not_possible", lang))  # gr.Error would write "Error" over what stands
            yield {self.status: sentence, self.tiles: (0, 0), **idle}

    def on_compare(self, *asked: Any) -> Iterator[dict[Any, Any]]:
        """Show the region in the middle of the viewer through all nets, one after another."""
        visitor, path, mode, net, scale, kernel, blur, noise, jpeg, seed, original, lang, centre = asked
        idle = {self.run: gr.update(interactive=True), self.stop: gr.update(interactive=False)}
        yield {self.run: gr.update(interactive=False), self.stop: gr.update(interactive=True)}
        try:
            damage = job.Damage(kernel, blur, noise, int(jpeg), int(seed or 0))
            settings = runs.Settings(visitor, path, mode, net, scale, damage, original)
            update: dict[Any, Any] = {}
            for change in runs.compare(settings, centre, lang):
                if update:
                    yield update
                update = {self.viewer: change["show"], self.status: change["status"]}
                update[self.back] = gr.update(visible=True)
            yield {**update, **idle}  # in one: gradio repeats the last of close messages and may drop others
        except Exception as error:
            sentence = runs.explain(error, lang)
            gr.Warning(sentence, title=text("not_possible", lang))
            yield {self.status: sentence, **idle}

    def on_measure(self, finished: runs.Finished | None, tiles: tuple[int, int], lang: str) -> tuple[Any, ...]:
        """Measure the files of a run that came to its end, and offer its receipt."""
        if not finished or not 0 < tiles[0] == tiles[1]:
            return gr.skip(), gr.skip(), gr.skip(), gr.skip()
        try:
            measured, receipt, path = runs.measure(finished)
        except Exception as error:
            sentence = runs.explain(error, lang)
            gr.Warning(sentence, title=text("not_possible", lang))
            return f"<p>{html.escape(sentence)}</p>", "", gr.skip(), sentence
        name = nets.title(finished.settings.net, finished.settings.scale, lang)
        warning = f"<p class='warning'>{text('inventive', lang)}</p>" if receipt["invents_detail"] else ""
        return (
            readouts.sentence(measured, lang) + warning,
            readouts.table(measured, name, lang),
            gr.update(value=str(path), interactive=True),
            text("done", lang, seconds=finished.seconds),
        )

    def on_stop(self, tiles: tuple[int, int], shown: Show | None, lang: str) -> tuple[Any, ...]:
        """Say how far it came; the cancelled run leaves its tiles to look at and nothing to download."""
        idle = gr.update(interactive=True), gr.update(interactive=False), (0, 0)
        if tiles[0] == 0 or shown is None:
            return text("stopped_early", lang), *idle, gr.skip()
        facts = {"done": tiles[0], "total": tiles[1]}
        shown = dataclasses.replace(shown, waiting=text("stopped_label", lang, **facts))
        return text("stopped", lang, **facts), *idle, shown if shown.tiles else gr.skip()

    def on_delete(self, visitor: str, upload: str | None, lang: str) -> tuple[Any, ...]:
        """Delete the visitor's files from this server, at once."""
        limits.delete(visitor, upload)
        off = gr.update(value=None, interactive=False)
        download = gr.update(value=None, interactive=False, label=text("download_none", lang))
        return None, None, None, "", "", "", None, text("deleted", lang), download, off, None


def build() -> gr.Blocks:
    """Build the page."""
    gr.set_static_paths([examples.ASSETS])  # served where they lie: a copy in the temp folder would be swept away
    with gr.Blocks(title="SR Lab", analytics_enabled=False) as blocks:
        Page(blocks)
    return blocks
