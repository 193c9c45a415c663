"""Video-LLaVA: images as LLaVA at 224 pixels, 256 tokens; of a video, each frame has its class token, too.

Rule     The shorter side is resized to 224 and the middle is cut out. Patches of 14 make 256 tokens. Of a frame, the
         state of the class token stands before them: 257.
Numbers  preprocessor_config.json and config.json of the checkpoint. Its documentation takes 8 frames.
Paper    arXiv 2311.10122. Code: transformers 5.23,
         models/video_llava/{image_processing,video_processing,processing,modeling}_video_llava.py.

Where they disagree, and what vtok follows:
- transformers takes every frame that it is given, and a number at equal distances if one is asked for. vtok takes 8,
  for which the model is made, or all of a shorter video.
- The processor would count the class token of an image as well, if num_additional_image_tokens did; vtok counts what
  the model expects.
"""

from typing import ClassVar

from vtok.geometry.places import Patches
from vtok.parts.family import Placeholders, family
from vtok.parts.keys import all_equal
from vtok.parts.resizing import OptionalResize
from vtok.parts.sources import IMAGE_CONFIG, ClassDefaults
from vtok.parts.spans import encoder_states, view_tokens
from vtok.parts.videos import SampledByNumber, number, sampled_by_number
from vtok.parts.views import fixed_view, square_layout
from vtok.values import Layout, Media


@family
class VideoLlava(OptionalResize, SampledByNumber):
    """The numbers of a Video-LLaVA checkpoint."""

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "size": ("image:size",),
        "patch_size": ("processor:patch_size", "config:vision_config.patch_size"),
    }
    placeholders: ClassVar[Placeholders] = {"image": ("<image>",), "video": ("<video>",)}

    size: int = 224
    crop_size: int = 224
    patch_size: int = 14

    sample_frames: int = number(8, "how many frames of a video are taken; a shorter video gives all its frames")

    def layout(self, media: Media) -> Layout:
        """Images: one view, its patches. Videos: a view for each frame, its class token and its patches."""
        original, _ = self.orient(media)
        patches, resizes = Patches(self.patch_size), self.do_resize or media.is_video
        done, view = fixed_view(
            original, self.size, patches, crop_size=self.crop_size, keep_aspect=True, do_resize=resizes
        )
        sampling = sampled_by_number(self, media, at_most_all=True) if media.is_video else None
        spans = encoder_states(view, sink="prompt") if sampling else (view_tokens(view, 0),)
        return square_layout(self, media, done, view, spans, sampling=sampling)

    count_keys = all_equal


CLASS_DEFAULTS: ClassDefaults = {
    "VideoLlavaImageProcessor": {"size": 224, "crop_size": 224},
    "VideoLlavaVideoProcessor": {},
    "VideoLlavaConfig": {},
}
PRESETS = (
    VideoLlava(
        model="video-llava",
        preset="video-llava-7b",
        repo="LanguageBind/Video-LLaVA-7B-hf",
        aliases=("LanguageBind/Video-LLaVA-7B",),
        max_position_embeddings=4096,
        sources={"*": IMAGE_CONFIG, "resample": IMAGE_CONFIG, "patch_size": "config.json"},
        remarks=("CLIP ViT-L/14 for images and LanguageBind for frames: 257 x 1024 a frame.",),
    ),
)
