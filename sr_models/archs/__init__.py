"""One net per file; `registry.discover()` finds them."""
