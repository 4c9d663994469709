"""The list of what is compared: one sortable row for each picture, and the plane of their numbers."""

from sr_models.web.components.compare_list.compare_list import CompareList, Comparison, Row, plane_host

__all__ = ["CompareList", "Comparison", "Row", "plane_host"]
