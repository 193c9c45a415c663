"""From a name to a preset: models, presets, repository ids, paths of checkpoints."""

from typing import TYPE_CHECKING, Any

from vtok import engines
from vtok.checkpoints.published import published
from vtok.errors import UsageError
from vtok.parts.family import PATHS, Family

if TYPE_CHECKING:
    from vtok.checkpoints.read import Checkpoint


def get(name: str | Family) -> Family:
    """The preset of that name: a model (its first preset), a preset, a repository id or an alias.

    Punctuation and case do not count, nor what a name adds for quantised weights. A Family is returned as it is. A path
    is a checkpoint's folder, one of its configs, or a GGUF file. A repository that lies in the local Hugging Face cache
    is read from there. Raises UnknownModelError, with the nearest known names, and UsageError for files that cannot be
    read.
    """
    if isinstance(name, Family):
        return name
    if not isinstance(name, str):
        raise UsageError(f"a model is named by text, not {name!r}; `vtok models` lists those known")
    local = checkpoint(name)
    return local.family if local else published(name)


def configured(name: str | Family, **options: Any) -> Family:
    """The preset of that name with these options; `pipeline` may name an engine, which then counts.

    Raises as `get`, `Family.choose` and `engines.choose`.
    """
    return engines.choose(get(name), **options)


def checkpoint(name: str) -> "Checkpoint | None":
    """What a checkpoint's own configs say, where the name is a path or lies in the local Hugging Face cache."""
    if "/" not in name and not name.startswith((".", "~")) and not name.lower().endswith(PATHS):
        return None
    from vtok.checkpoints import folders

    return folders.checkpoint(name)
