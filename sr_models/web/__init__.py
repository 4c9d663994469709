"""Everything that knows gradio."""
