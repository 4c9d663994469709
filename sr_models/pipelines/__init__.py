"""One task each: a picture in, a file out."""
