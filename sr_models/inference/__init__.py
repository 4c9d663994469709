"""Run nets: device, precision, tiles, and nets made of nets."""
