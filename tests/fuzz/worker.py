"""A worker of the fuzz suite: makes damaged files, lets vtok read each, and answers a line of JSON for each."""

import contextlib
import io
import json
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import vtok
from fuzz.files import made
from fuzz.text_readers import modelled, named, talked
from vtok.values import Size

MODELS = ("qwen2.5-vl", "internvl", "deepseek-vl2", "qwen3-vl", "kimi-k2.5", "llava-next", "molmo2", "glm-4.6v")


def measured(path: Path) -> None:
    """Measure a file as whatever it is, and as a video; count it."""
    media = vtok.probe(path)
    assert min(media.size) > 0
    assert media.num_frames is None or media.num_frames > 0
    with contextlib.suppress(vtok.VtokError):
        vtok.probe(path, "video")
    assert vtok.layout(MODELS[path.stat().st_size % len(MODELS)], media).prompt_tokens >= 0


def projected(path: Path) -> None:
    """Count an image with the projector in a GGUF file."""
    assert vtok.count("samples/cat.jpg", model=str(path)) > 0


def scanned(path: Path) -> None:
    """Count the items of a data set."""
    vtok.scan(path).read_all()


def scanned_apart(path: Path) -> None:
    """Count the items of a table as the command does, in a process of its own: damaged tables end pyarrow's."""
    from vtok.datasets import running
    from vtok.datasets.lengths import num_errors
    from vtok.datasets.shards import shards_of
    from vtok.datasets.tables import Columns

    models = (running.Model("qwen2.5-vl", "qwen2.5-vl"),)
    scan = running.Scan(f"{path}.out.parquet", tuple(shards_of([str(path)])), models, Columns())
    rows = scan.run(lambda tasks: running.in_processes(tasks, jobs=1), "", lambda done, rows: None)
    assert 0 <= num_errors(scan.output) <= rows
    os.unlink(scan.output)


def paged(path: Path) -> None:
    """Measure the pages of a PDF, count them, and render those that are small."""
    from vtok.media.pages import pages_of, rendered

    met = pages_of(str(path), ((1, 1),))
    assert met.total > 0
    for _, media in met.pages:
        if media is None:  # a damaged page
            continue
        assert min(media.size) > 0
        assert vtok.layout(MODELS[path.stat().st_size % len(MODELS)], media).prompt_tokens >= 0
        assert rendered(str(path), media, Size(20, 30)).size == (30, 20)


READERS: dict[str, Callable[[Path], None]] = {
    "media": measured, "images": measured, "projectors": projected, "data": scanned,
    "tables": scanned_apart, "names": named, "checkpoints": modelled, "chats": talked,
    "pages": paged,
}  # fmt: skip


def tried(target: str, name: str, data: bytes, folder: Path) -> dict[str, Any]:
    """The outcome of one file."""
    path = folder / name
    path.write_bytes(data)
    try:
        READERS[target](path)
    except vtok.VtokError as error:
        how = "" if str(error).isprintable() else f"a message that is not printable: {str(error)!r}"
        return {"outcome": "failed" if how else "refused", "how": how}
    except BaseException:
        return {"outcome": "failed", "how": " | ".join(traceback.format_exc().splitlines()[-5:])}
    finally:
        path.unlink()
    return {"outcome": "counted"}


def main() -> None:
    """Try files until the time is over, or the last number is reached."""
    target, seed, first, seconds, end, memory = sys.argv[1:]
    with contextlib.suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    answers = os.fdopen(os.dup(1), "w")
    until = time.monotonic() + float(seconds)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(int(first), int(end)):
            noise = io.StringIO()
            with contextlib.redirect_stderr(noise), contextlib.redirect_stdout(noise):
                answer = tried(target, *made(target, int(seed), number), Path(folder))
            if noise.getvalue() and answer["outcome"] != "failed":
                answer = {"outcome": "failed", "how": f"noise: {noise.getvalue()[:200]!r}"}
            print(json.dumps({"number": number, **answer}), file=answers, flush=True)
            if time.monotonic() > until:
                break
    print(json.dumps({"ended": True}), file=answers, flush=True)


if __name__ == "__main__":
    main()
