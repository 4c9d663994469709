"""The entry that `python app.py` and Hugging Face Spaces run: set the limits, build the page, launch."""

import os
import signal
import sys
from pathlib import Path

WEB = Path(__file__).parent / "sr_models" / "web"


def main() -> None:
    """Launch; SR_LAB_HOST and SR_LAB_PORT override gradio's own choice of address."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # waiting threads must not spin; torch reads it when imported
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    from sr_models.inference.memory import keep_memory
    from sr_models.web import middleware, static, storage

    keep_memory()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that the visitors' pictures are deleted at the end
    storage.temp_folder()  # gradio reads the folder when it is imported

    from gradio.themes import Default
    from starlette.middleware import Middleware

    from sr_models.imaging.decode import MAX_BYTES
    from sr_models.web.pages.upscale.layout import build

    demo = build()
    storage.start_janitor()
    demo.queue(max_size=middleware.QUEUE, default_concurrency_limit=8)
    demo.launch(
        server_name=os.environ.get("SR_LAB_HOST"),
        server_port=int(os.environ["SR_LAB_PORT"]) if "SR_LAB_PORT" in os.environ else None,
        max_file_size=MAX_BYTES,
        show_error=False,
        enable_monitoring=False,
        run_history=False,
        ssr_mode=False,
        footer_links=[],
        theme=Default(
            primary_hue="blue", font=("system-ui", "sans-serif"), font_mono=("ui-monospace", "monospace")
        ).set(
            button_primary_background_fill="*primary_700",  # white words on it can be read
            button_primary_background_fill_dark="*primary_700",
            button_primary_background_fill_hover="*primary_800",
            button_primary_background_fill_hover_dark="*primary_800",
        ),
        css_paths=[WEB / "page.css", WEB / "components" / "viewer" / "viewer.css"],
        app_kwargs={
            "middleware": [Middleware(middleware.Limits)],
            "routes": static.ROUTES,
            "docs_url": None,
            "redoc_url": None,
            "openapi_url": None,
        },
    )


if __name__ == "__main__":
    main()
