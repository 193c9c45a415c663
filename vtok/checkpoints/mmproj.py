"""A model from the GGUF file of its projector: the numbers that llama.cpp reads there, under its rules.

`gguf` reads the header, `vtok.engines.projectors` what each key means. The file rarely says which model it belongs to,
and many models share a projector. The model is the one whose name the file's metadata or name bear, else the one whose
numbers are closest, else the first one; it lends what no projector's file has, such as the context length.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from typing import Any

from vtok.checkpoints.gguf import OF_PROJECTOR, SPLIT, Header, read_header
from vtok.checkpoints.published import key_of, keys_of, of_model
from vtok.checkpoints.read import OF_ONE_CHECKPOINT, Checkpoint
from vtok.engines import llama_cpp, projectors
from vtok.engines.mtmd.base import Mtmd
from vtok.errors import UnsupportedSizeError, UsageError
from vtok.parts.family import Family
from vtok.parts.settings import shown
from vtok.values import Media, Size

MOST_FILES = 64
"""GGUF files of a folder that are opened in search of a projector."""
LENT = (*OF_ONE_CHECKPOINT, "mrope_section", "mrope_interleaved")
"""Numbers that the file of a projector has no key for."""


def read(path: str, name: str) -> Checkpoint:
    """The projector in the file at `path`, called `name`.

    Raises UsageError for a damaged file, for one that is no projector and for numbers that llama.cpp refuses,
    UnknownModelError for a projector without a rule. Messages begin with `name`.
    """
    header = read_header(path, name)
    if not _is_projector(header):
        raise UsageError(f"{name}: {_what_it_is(header, path)}")
    try:
        return _checkpoint(header, name)
    except UnsupportedSizeError as error:
        raise UsageError(f"{name}: {error}") from None
    except UsageError as error:
        raise type(error)(f"{name}: {error}") from None


def choose(folder: str, files: Sequence[str], name: str) -> str:
    """The one projector among the GGUF files of a folder, which messages call `name`.

    Raises UsageError where there is none, or where there are several.
    """
    named = [file for file in files if "mmproj" in file.lower()]
    those = named or [file for file in files[:MOST_FILES] if _holds_projector(os.path.join(folder, file))]
    if len(those) == 1:
        return those[0]
    if those:
        raise UsageError(f"{name}: several projectors; give one of them: {_list(name, those)}")
    raise UsageError(
        f"{name}: no projector among its GGUF files ({_list('', files)}); give the model's mmproj file, too"
    )


def _list(folder: str, files: Sequence[str]) -> str:
    """The first of these files, as -m takes them."""
    few = [os.path.join(folder, file) for file in files[:4]]
    return ", ".join((*few, *([f"and {len(files) - 4} more"] if len(files) > 4 else [])))


def _holds_projector(path: str) -> bool:
    try:
        return _is_projector(read_header(path, path))
    except UsageError:
        return False


def _is_projector(header: Header) -> bool:
    """Whether the file is for llama.cpp's tools/mtmd."""
    return header.architecture == "clip" or any(key.startswith(OF_PROJECTOR) for key in header.keys)


def _checkpoint(header: Header, name: str) -> Checkpoint:
    """The preset with the file's numbers, and the closest published one as llama.cpp counts it."""
    projector, line, numbers, sources = projectors.read_projector(header.keys)
    resample, filter_code = llama_cpp.filter_of(line)
    model = line.shape(
        model=projector,
        preset=name,
        resample=resample,
        sources=sources | {"resample": filter_code},
        **{"versions": llama_cpp.VERSIONS, "projector": projector, "marks": line.marks} | numbers,
    )
    nearest = _nearest(model, line, header)
    named = bool(nearest) and _likeness(nearest[0], header) > 0
    remarks = tuple(_remarks(header, model, nearest, named=named))
    model = replace(_with_lent(model, nearest, named=named), remarks=remarks)
    model.layout(Media(size=Size(448, 448)))
    used = {source.partition(" in the GGUF")[0] for source in sources.values()}
    others = tuple(key for key in header.names if key.startswith(OF_PROJECTOR) and key not in used)
    return Checkpoint(model, nearest[0] if nearest else model, {os.path.basename(name): others} if others else {})


def _nearest(model: Mtmd, line: llama_cpp.Line, header: Header) -> list[Mtmd]:
    """The published presets of the same projector that are nearest by name, then by numbers, as llama.cpp has them."""
    models = [name for name, other in llama_cpp.MODELS.items() if other[:2] == line[:2]]
    presets = [llama_cpp.serve(preset) for name in models for preset in of_model(name)]
    ranks = [(-_likeness(preset, header), _differences(model, preset)) for preset in presets]
    return [preset for preset, rank in zip(presets, ranks, strict=True) if rank == min(ranks)]


def _differences(one: Mtmd, other: Mtmd) -> int:
    """How many numbers of the two differ, without those that the file cannot have."""
    names = (f.name for f in fields(one) if one.has_option(f.name) and f.name not in LENT)
    return sum(getattr(one, name) != getattr(other, name) for name in names)


def _likeness(preset: Family, header: Header) -> int:
    """How well the names in the file fit a preset: the whole name, or the characters of the model's name in them."""
    names = [key for name in _names(header) for key in keys_of(name)]
    if any(key_of(known) in names for known in preset.names):
        return 1000
    model = key_of(preset.model)
    return len(model) if any(model in name for name in names) else 0


def _names(header: Header) -> Iterator[str]:
    """What the file's metadata, and then its own name, call the model."""
    for key in ("name", "basename", "base_model.0.name", "base_model.0.repo_url"):
        if name := header.text(f"general.{key}"):
            yield name[:200]
    yield os.path.splitext(header.name)[0]


def _with_lent(model: Mtmd, nearest: Sequence[Mtmd], *, named: bool) -> Mtmd:
    """The model under the name of the nearest preset, with the numbers that this one lends.

    What differs from one language model to the other it lends only where the file is `named` after it.
    """
    if not nearest:
        return model
    base = nearest[0]
    names = [name for name in LENT if hasattr(model, name)]
    lent: dict[str, Any] = {name: getattr(base, name) for name in names}
    for name in OF_ONE_CHECKPOINT:
        if not named or any(getattr(preset, name) != lent[name] for preset in nearest):
            lent[name] = None
    sources = model.sources | dict.fromkeys(names, f"as {base.names[0]}")
    return replace(model, **lent, model=base.model, older=base.older, versions=base.versions, sources=sources)


def _remarks(header: Header, model: Mtmd, nearest: Sequence[Mtmd], *, named: bool) -> Iterator[str]:
    """What the file calls itself, and what its numbers were taken for."""
    called = header.text("general.name")
    yield f"GGUF file of a projector, {model.projector}" + (f", of {shown(called)}" if called else "")
    if not nearest:
        yield "vtok does not know the model by name: its context length and its positions are not known"
    elif not named:
        yield f"the file names no model that vtok knows; it counts as {nearest[0].model}, of an unknown context length"


def _what_it_is(header: Header, path: str) -> str:
    """What a file without a projector is, and what to do."""
    kind, architecture = header.text("general.type"), header.architecture
    part = SPLIT.fullmatch(os.path.basename(path))
    if not architecture and part and "split.no" in header.keys:
        return f"part {int(part[2])} of {int(part[3])}; its keys are in {part[1]}-00001-of-{part[3]}.gguf, give that"
    if kind == "adapter":
        return f"an adapter ({shown(header.text('adapter.type'))}), no projector; give the mmproj file of its model"
    if kind == "imatrix" or architecture == "controlvector":
        what = "an importance matrix" if kind == "imatrix" else "a control vector"
        return f"{what}, no projector; give the mmproj file of the model"
    if not architecture:
        return "no general.architecture and no keys clip.*: it is no projector; give the model's mmproj file"
    vocabulary = not header.tensors and any(name.startswith("tokenizer.") for name in header.names)
    what = "a vocabulary" if vocabulary else "language weights"
    inside = any(".vision." in key for key in header.keys)
    with_vision = ", with a vision encoder as older versions of Ollama keep it," if inside else ""
    return f"{what} ({shown(architecture)}){with_vision} without a projector of llama.cpp; {_instead(header, path)}"


def _instead(header: Header, path: str) -> str:
    """What to give in the place of language weights: a projector beside them, or the model by name."""
    try:
        beside = sorted(os.listdir(os.path.dirname(path) or "."))
    except OSError:
        beside = []
    files = [file for file in beside if "mmproj" in file.lower() and file.lower().endswith(".gguf")]
    names = [key for name in _names(header) for key in keys_of(name)]
    known = [model for model in llama_cpp.MODELS if any(key_of(model) in name for name in names)]
    such = f", such as {_list(os.path.dirname(header.name), files)}" if files else ""
    by_name = f", or -m {max(known, key=len)} --pipeline llama.cpp" if known else ""
    return f"give the model's mmproj file{such}{by_name}"
