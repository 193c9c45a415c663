"""One self-contained HTML page that shows what models make of images and videos, token by token.

`data` turns a layout into the JSON that the page computes everything from, `photos` embeds the pixels, `document` puts
both and the page's own files (HTML, CSS, JavaScript) together. The page loads nothing from anywhere.
"""
