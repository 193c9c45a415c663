"""Upstream's answers as rows of a golden file, in the form of tests/golden/README.md."""

from importlib.metadata import version
from typing import Any

from vtok.parts.family import Family
from vtok.verify.running import Compared
from vtok.verify.upstream import PAD


def row(family: Family, one: Compared) -> dict[str, Any]:
    """A golden row of what upstream answered."""
    size, media = one.media.size, one.media
    video = {"num_frames": media.num_frames, "fps": media.fps} if media.is_video else {}
    return {
        "model": family.model,
        "kind": "video" if media.is_video else "image",
        "width": size.width,
        "height": size.height,
        "options": {**video, **one.settings},
        "expect": _expected(one),
        "source": f"transformers {version('transformers')} processor of {family.names[0]} (run)",
    }


def _expected(one: Compared) -> dict[str, Any]:
    if isinstance(one.answer, str):
        return {"error": one.answer[:90]}
    facts, text = one.answer
    expect: dict[str, Any] = {}
    if "grid" in facts:
        expect["grid"] = list(facts["grid"])
    if "views" in facts:
        expect["num_views"] = facts["views"]
    if "indices" in facts:
        expect |= {"frames": len(facts["indices"]), "indices": facts["indices"]}
    if text is not None:
        expect["tokens"] = text.count(PAD)
    return expect
