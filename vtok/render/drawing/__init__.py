"""Results as images: a scene of shapes, computed once from a layout, and two renderers that draw it."""
