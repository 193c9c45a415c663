"""What llama.cpp makes of an image: one file for each shape of its rules, which `llama_cpp.py` gives models to.

mtmd is llama.cpp's library for images (tools/mtmd). A projector names the shape and the numbers. All arithmetic is that
of C++ in float32 (`geometry/single.py`).

    base.py            what every shape has: the projector's name, its marks, how videos are taken
    prepared.py        the marks round an image, and what a shape returns
    sizes.py           an image at a size of its own, within limits in tokens or in pixels
    square.py          every image in one square
    tiled.py           what the shapes with tiles share: tiles row by row and the whole image, each between its marks
    pinpoints.py       LLaVA's choice of a canvas
    slices.py          MiniCPM-V's slices, by the logarithm of the aspect ratio
    longest_edge.py    Idefics3's canvas
    nearest_aspect.py  the grid with the nearest aspect ratio; lfm2.py and deepseek_ocr.py stand on it
    video.py           frames, and the texts of the time between them

Code     llama.cpp 0c1e57098, tools/mtmd: clip.cpp (load_hparams, clip_n_output_tokens), mtmd-image.cpp (the shapes),
         mtmd.cpp (init_vision: which shape, which marks; add_media), mtmd-helper.cpp (videos).

Where it disagrees with transformers, and what is followed here:
- Images are padded into their size, not stretched, unless the projector says otherwise: the bars cost tokens.
- The EXIF orientation is ignored (stb_image).
"""
