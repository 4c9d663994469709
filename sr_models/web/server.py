"""Start the pages: theme, limits, routes, queue."""

import os
from collections.abc import Sequence

from gradio.themes import Base, Default
from starlette.middleware import Middleware

from sr_models.imaging.decode import MAX_BYTES
from sr_models.web import session, shell, static, storage, turns
from sr_models.web.middleware import Limits, Pages

WAITING = 64  # events in all queues together


def theme() -> Base:
    """Return the look: system fonts, and the colours of styles/tokens.css."""
    made = Default(primary_hue="blue", font=("system-ui", "sans-serif"), font_mono=("ui-monospace", "monospace"))
    ours = {
        "body_background_fill": "var(--lab-bg)",
        "body_text_color": "var(--lab-ink)",
        "body_text_color_subdued": "var(--lab-mute)",
        "block_background_fill": "var(--lab-card)",
        "block_label_text_color": "var(--lab-mute)",
        "block_title_text_color": "var(--lab-mute)",
        "background_fill_primary": "var(--lab-card)",
        "border_color_primary": "var(--lab-line)",
        "button_primary_background_fill": "var(--lab-accent)",
        "button_primary_background_fill_hover": "var(--lab-accent)",
        "button_primary_text_color": "var(--lab-on-accent)",
    }
    return made.set(**ours, **{f"{name}_dark": value for name, value in ours.items()})


def launch(pages: Sequence[shell.Page]) -> None:
    """Build the pages and serve them until the process ends."""
    session.lighten()
    demo = shell.build(tuple(pages))
    storage.start_janitor()
    static.pack_ahead()
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
        app_kwargs={
            "middleware": [
                Middleware(Pages, titles={page.path: page.title for page in pages}),
                Middleware(Limits),
            ],
            "routes": [*static.ROUTES, *map(static.shipping, storage.shown_folders())],
            "docs_url": None,
            "redoc_url": None,
            "openapi_url": None,
        },
    )
