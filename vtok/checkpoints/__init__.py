"""From a name to the numbers of a checkpoint: published presets, folders, GGUF files, the local Hugging Face cache.

`names` finds the preset of a name, as its own pipelines or an engine count: `published` by name, `folders` by the files
of a checkpoint. Of a GGUF file `gguf` reads the header, and `mmproj` makes a preset of llama.cpp's of it.
`files` holds their contents as transformers reads them, and `identify` finds their family. `read` makes a preset of
them: `keys` and `places` say where each number stands, `values` how it is written. A key that a config leaves out has
the class default of the class of transformers that reads the config; each family file lists these in CLASS_DEFAULTS.
"""

from vtok.checkpoints.names import checkpoint, configured, get

__all__ = ["checkpoint", "configured", "get"]
