"""The entry that `python app.py` and Hugging Face Spaces run, and the only list of pages."""

import argparse
import os
import signal
import sys


def main() -> None:
    """Launch; SR_LAB_HOST and SR_LAB_PORT override gradio's own choice of address."""
    words = argparse.ArgumentParser(description="Serve the pages of SR Lab.")
    words.add_argument("--models", metavar="FOLDER", help="offer the .safetensors of a folder, trained elsewhere, too")
    if folder := words.parse_args().models:
        os.environ["SR_LAB_MODELS"] = folder
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # waiting threads must not spin; torch reads it when imported
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    from sr_models.inference.memory import keep_memory
    from sr_models.web import storage

    keep_memory()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that the visitors' pictures are deleted at the end
    storage.temp_folder()  # gradio reads the folder when it is imported

    from sr_models.web import server
    from sr_models.web.pages import generate, models, restore, upscale

    server.launch((upscale.page, restore.page, generate.page, models.page))


if __name__ == "__main__":
    main()
