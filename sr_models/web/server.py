"""Start the pages: theme, limits, routes, queue."""

import os
from collections.abc import Sequence
from pathlib import Path

from gradio.themes import Base, Default
from starlette.middleware import Middleware

from sr_models.imaging.decode import MAX_BYTES
from sr_models.web import session, shell, static, storage, turns
from sr_models.web.middleware import Limits, Pages

WAITING = 64  # events in all queues together
HERE = Path(__file__).parent
# The design language comes first, then all that use it: a part of a page may bring a style sheet of its own.
STYLES = [HERE / "styles/tokens.css", *sorted(p for p in HERE.rglob("*.css") if p.name != "tokens.css")]


def theme() -> Base:
    """Return the look: system fonts, and buttons whose white words can be read."""
    made = Default(primary_hue="blue", font=("system-ui", "sans-serif"), font_mono=("ui-monospace", "monospace"))
    return made.set(
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_hover_dark="*primary_800",
    )


def launch(pages: Sequence[shell.Page]) -> None:
    """Build the pages and serve them until the process ends."""
    session.lighten()
    demo = shell.build(tuple(pages))
    storage.start_janitor()
    for page in pages:
        page.besides(lambda: turns.is_idle(demo))
    demo.queue(max_size=WAITING, default_concurrency_limit=8)
    demo.launch(
        server_name=os.environ.get("SR_LAB_HOST"),
        server_port=int(os.environ["SR_LAB_PORT"]) if "SR_LAB_PORT" in os.environ else None,
        max_file_size=MAX_BYTES,
        state_session_capacity=session.CAPACITY,
        show_error=False,
        enable_monitoring=False,
        run_history=False,
        ssr_mode=False,
        footer_links=[],
        theme=theme(),
        css_paths=list(STYLES),
        app_kwargs={
            "middleware": [
                Middleware(Pages, titles={page.path: page.title for page in pages}),
                Middleware(Limits),
            ],
            "routes": static.ROUTES,
            "docs_url": None,
            "redoc_url": None,
            "openapi_url": None,
        },
    )
