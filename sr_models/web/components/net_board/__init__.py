"""All nets at once: a plot, the recommended ones, one of them in words, and a table."""

from sr_models.web.components.net_board.net_board import Board, Cell, Net, NetBoard, hosts

__all__ = ["Board", "Cell", "Net", "NetBoard", "hosts"]
