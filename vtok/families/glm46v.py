"""GLM-4.6V: GLM-4.1V's grid; long videos are sampled more sparsely, and timestamps have tenths of a second.

Rule     As GLM-4.1V. Of a video of up to 30 seconds, three temporal steps a second are taken; up to 300 seconds one a
         second; beyond that one every two seconds, where nothing above 2,400 seconds counts; 640 frames at most. If no
         clock takes just that many frames, they are spread evenly. The time of each step follows it, such as 3.5
         seconds.
Numbers  as GLM-4.1V. The rates stand in transformers' code.
Paper    arXiv 2507.01006. Code: transformers 5.23, models/glm46v/{processing,video_processing}_glm46v.py.

Where they disagree, and what vtok follows:
- transformers documents fps and max_duration as options, but its rule never reads them. vtok does not either.
- transformers takes no frame of a video shorter than a sixth of a second, and fails. vtok refuses such a video.
- The tokens of a timestamp are an estimate.
"""

from vtok.families.glm4v import CLASS_DEFAULTS, REMARKS, SOURCES, Glm4V

__all__ = ["CLASS_DEFAULTS", "PRESETS"]
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
