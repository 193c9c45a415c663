"""GLM-OCR: GLM-4.6V's processor before a small language model; a page at its own size in patches of 14.

Rule     As GLM-4.6V, videos included.
Numbers  preprocessor_config.json of the checkpoint, which names Glm46VImageProcessor and Glm46VProcessor: 12,544 to
         9,633,792 pixels, and an image counts twice (6,144 tokens).
Paper    arXiv 2603.10910. Code: transformers 5.23, models/glm_ocr and
         models/glm46v/{processing,image_processing,video_processing}_glm46v.py.

Where they disagree, and what vtok follows:
- The checkpoint has no config of videos. transformers then reads the limits of images for all frames of a video, and so
  does vtok.
"""

from vtok.families import glm4v
from vtok.families.glm4v import REMARKS, SOURCES, Glm4V
from vtok.parts.sources import ClassDefaults

CLASS_DEFAULTS: ClassDefaults = {
    "Glm46VImageProcessor": glm4v.CLASS_DEFAULTS["Glm46VImageProcessor"],
    "Glm46VVideoProcessor": glm4v.CLASS_DEFAULTS["Glm46VVideoProcessor"],
    "GlmOcrConfig": {"patch_size": 14, "merge_size": 2, "max_position_embeddings": 131_072},
}
PRESETS = (
    Glm4V(
        model="glm-ocr",
        repo="zai-org/GLM-OCR",
        video_max_pixels=28 * 28 * 2 * 6144,
        max_duration=2400,
        sample_rates=((30, 3), (300, 1), (2400, 0.5)),
        max_frames=640,
        tenths=True,
        mrope_section=(16, 24, 24),
        max_position_embeddings=131_072,
        sources={**SOURCES, **dict.fromkeys(("video_min_pixels", "video_max_pixels"), "as for images")},
        remarks=REMARKS,
    ),
)
