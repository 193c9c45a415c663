"""From a name to the numbers of a checkpoint: published presets, folders, the local Hugging Face cache.

`names` finds the preset of a name, as its own pipelines or an engine count; `folders` the config files of a checkpoint,
`identify` the family that they are of, `read` its numbers; `keys` lists what configs call these numbers and `values`
says how they are written.
"""

from vtok.checkpoints.names import checkpoint, configured, get

__all__ = ["checkpoint", "configured", "get"]
