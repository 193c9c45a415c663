"""Results as images: a scene of shapes, computed once from a layout, and two renderers that draw it."""

LAYERS = {
    "patches": "what the encoder embeds, one by one",
    "tokens": "the merged grid: what the language model gets",
    "windows": "the blocks within which windowed layers attend",
    "tiles": "the crops that the encoder gets, each with the number of its view as in `vtok tiles`",
    "order": "the path along which patches or tokens enter",
    "index": "token numbers, where they fit",
    "mrope": "position ids: time, row and column",
    "content": "the image as coarse as the model sees it, and what is cut away",
}
"""Each layer and what it shows, from the bottom up."""

WIDTH = 1920
"""The width of a page for which sizes of type, lines and margins are written down; others scale."""
