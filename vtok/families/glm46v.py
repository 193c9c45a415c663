"""GLM-4.6V: GLM-4.1V's grid; long videos are sampled more sparsely, and timestamps have tenths.

Rule     As GLM-4.1V. Of a video, three temporal steps a second are taken up to 30 seconds, one up to 300, half a one
         beyond (nothing above 2,400 seconds counts), 640 frames at most; if no clock picks just that many frames, they
         are spread evenly. After each step stands its time, such as 3.5 seconds.
Numbers  as GLM-4.1V; the rates stand in transformers' code.
Paper    arXiv 2507.01006. Code: transformers 5.23, models/glm46v/{processing,video_processing}_glm46v.py.

Where they disagree, and what is followed here:
- transformers documents fps and max_duration as options, but its rule never reads them. Neither does vtok.
- transformers fails on videos shorter than a sixth of a second, of which it takes no frame. So does vtok.
- The tokens of a timestamp are estimated.
"""

from vtok.families.glm4v import REMARKS, SOURCES, Glm4V

PRESETS = tuple(
    Glm4V(
        model="glm-4.6v",
        preset=name.lower(),
        repo=f"zai-org/{name}",
        max_duration=2400,
        sample_rates=((30, 3), (300, 1), (2400, 0.5)),
        max_frames=640,
        tenths=True,
        max_position_embeddings=131_072,
        sources=SOURCES,
        remarks=REMARKS,
    )
    for name in ("GLM-4.6V", "GLM-4.6V-Flash")
)
