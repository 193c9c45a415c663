"""Where most numbers of a checkpoint are from."""

IMAGE_CONFIG = "preprocessor_config.json"
VIDEO_CONFIG = "video_preprocessor_config.json"
CHAT_TEMPLATE = "chat template, with one image"
