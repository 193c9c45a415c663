"""The files of a checkpoint that most numbers are from."""

CONFIG = "preprocessor_config.json"
IMAGE, VIDEO = CONFIG, "video_preprocessor_config.json"
