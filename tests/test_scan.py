"""`vtok scan` and `vtok.scan`: the same images in every form; what is damaged; resuming.

The numbers are Qwen2.5-VL's, by hand: a side of 28 n pixels makes n tokens.
"""

import base64
import errno
import io
import json
import os
import sys
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Run
from test_json_schema import errors as schema_errors

pytest.importorskip("pyarrow")
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

import vtok
from vtok.datasets import isolated, parts, running
from vtok.datasets.shards import Shard, shards_of
from vtok.datasets.tables import Columns
from vtok.errors import MediaError, UsageError, VtokError
from vtok.geometry.packing import Lengths

SIZES = ((280, 280), (560, 280), (280, 840))
TOKENS = [100, 200, 300]


def encoded(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.new("1", (width, height)).save(file, "PNG")
    return file.getvalue()


IMAGES = [encoded(*size) for size in SIZES]


def rows(*sources: Path | str, **options: Any) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = vtok.scan(sources, **options).read_all().to_pylist()
    return listed


def tar(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def data_url(content: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(content).decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for i, content in enumerate(IMAGES):
        (tmp_path / f"{i}.png").write_bytes(content)
    return tmp_path


def as_tar(folder: Path) -> Path:
    return tar(folder / "a.tar", {f"x/{i}.png": content for i, content in enumerate(IMAGES)} | {"x/0.json": b"{}"})


def as_sizes(folder: Path) -> Path:
    widths, heights = zip(*SIZES, strict=True)
    pq.write_table(pa.table({"WIDTH": widths, "HEIGHT": heights, "id": [0, 1, 2]}), folder / "a.parquet")
    return folder / "a.parquet"


def as_images(folder: Path) -> Path:
    structs = [{"bytes": content, "path": None} for content in IMAGES[:2]] + [{"bytes": None, "path": "2.png"}]
    pq.write_table(pa.table({"image": structs}), folder / "b.parquet", row_group_size=2)
    return folder / "b.parquet"


def as_arrow(folder: Path) -> Path:
    batch = pa.record_batch([pa.array(IMAGES, pa.binary())], names=["jpg"])
    with pa.OSFile(str(folder / "a.arrow"), "wb") as file, pa.ipc.new_stream(file, batch.schema) as writer:
        writer.write_batch(batch)
    return folder / "a.arrow"


def as_llava(folder: Path) -> Path:
    chats = [{"id": i, "image": f"{i}.png", "conversations": [{"value": "<image>"}]} for i in range(3)]
    (folder / "a.json").write_text(json.dumps(chats, indent=1))
    return folder / "a.json"


def as_openai(folder: Path) -> Path:
    parts_of = [[{"type": "image_url", "image_url": {"url": data_url(content)}}] for content in IMAGES]
    chats = [{"messages": [{"role": "user", "content": content}]} for content in parts_of]
    (folder / "a.jsonl").write_text("\n".join(map(json.dumps, chats)))
    return folder / "a.jsonl"


def itself(folder: Path) -> Path:
    return folder


@pytest.mark.parametrize("form", [itself, as_tar, as_sizes, as_images, as_arrow, as_llava, as_openai])
def test_the_same_images_count_alike_in_every_form(folder: Path, form: Any) -> None:
    listed = rows(form(folder))
    assert [row["tokens"] for row in listed] == TOKENS
    assert [row["prompt_tokens"] for row in listed] == [count + 2 for count in TOKENS]
    assert [(row["width"], row["height"]) for row in listed] == list(SIZES)
    assert [row["row"] for row in listed] == [0, 1, 2]
    assert {row["error"] for row in listed} == {row["frames"] for row in listed} == {None}


@pytest.mark.parametrize(
    ("form", "keys"),
    [(itself, ["0.png", "1.png", "2.png"]), (as_tar, ["x/0", "x/1", "x/2"]), (as_sizes, ["0", "1", "2"])],
)
def test_items_are_named(folder: Path, form: Any, keys: list[str]) -> None:
    assert [row["key"] for row in rows(form(folder))] == keys


def test_several_models_stand_one_after_the_other(folder: Path) -> None:
    both = rows(as_sizes(folder), model=["qwen2.5-vl", "llava-1.5"])
    assert [row["tokens"] for row in both] == [*TOKENS, 576, 576, 576]
    assert [row["model"] for row in both] == ["qwen2.5-vl"] * 3 + ["llava-1.5"] * 3


def test_a_stored_orientation_counts_where_the_loader_applies_it(tmp_path: Path, samples: Path) -> None:
    image = Image.new("RGB", (560, 280))
    exif = image.getexif()
    exif[0x0112] = 6
    image.save(tmp_path / "turned.jpg", exif=exif)
    by_transformers, by_original = rows(tmp_path)[0], rows(tmp_path, pipeline="qwen-vl-utils")[0]
    assert (by_transformers["width"], by_transformers["height"]) == (280, 560)
    assert (by_original["width"], by_original["height"]) == (560, 280)


def test_images_of_one_conversation_share_a_prompt(folder: Path) -> None:
    (folder / "c.jsonl").write_text(json.dumps({"messages": [], "images": ["0.png", "1.png", "2.png"]}))
    row = rows(folder / "c.jsonl", model="deepseek-vl2")[0]
    # DeepSeek-VL2 does not tile more than two images: each is two views of 14 rows of 14 tokens and a newline, and a
    # separator between the views
    assert row["tokens"] == 3 * (14 * 15 + 1 + 14 * 15)
    assert row["width"] is None


def test_videos_have_frames(samples: Path, tmp_path: Path) -> None:
    row = rows(tar(tmp_path / "v.tar", {"clip.mp4": (samples / "clip.mp4").read_bytes()}))[0]
    assert row["frames"] == 180
    assert row["tokens"] == vtok.layout("qwen2.5-vl", vtok.probe(samples / "clip.mp4")).tokens


# what is damaged


def only_errors(*sources: Path | str, **options: Any) -> list[str]:
    return [row["error"] for row in rows(*sources, **options) if row["error"]]


def test_a_tar_file_that_ends_in_the_middle_keeps_what_stands_before(folder: Path) -> None:
    content = as_tar(folder).read_bytes()
    for size, expected in {
        1024 + 100: [None, "damaged or cut"],  # in the header of the second member
        1536 + 10: [None, "ends before", "damaged or cut"],
    }.items():
        (folder / "cut.tar").write_bytes(content[:size])
        cut = [row["error"] for row in rows(folder / "cut.tar")]
        assert len(cut) == len(expected)
        assert all((text or "") in (error or "") for error, text in zip(cut, expected, strict=True))
        assert [error is None for error in cut] == [text is None for text in expected]


def header(name: str, size: bytes, kind: bytes = b"0") -> bytes:
    block = bytearray(512)
    block[: len(name)] = name.encode()
    block[100:108], block[108:116], block[116:124] = b"0000644\0", b"0000000\0", b"0000000\0"
    block[124:136], block[136:148], block[156:157] = size.ljust(12, b"\0"), b"00000000000\0", kind
    block[257:265] = b"ustar\00000"
    block[148:156] = b" " * 8
    block[148:156] = f"{sum(block):06o}\0 ".encode()
    return bytes(block)


@pytest.mark.parametrize(
    "size",
    [b"77777777777", b"\x80" + b"\xff" * 11, b"\xff" * 12, b"\xff" * 11 + b"\0"],
    ids=["8 GiB", "2^88", "-1", "-256"],
)
@pytest.mark.parametrize("kind", [b"0", b"L", b"x"])
def test_lying_sizes_in_a_tar_file_end_with_an_error(folder: Path, size: bytes, kind: bytes) -> None:
    good = as_tar(folder).read_bytes()[:1024]
    (folder / "lie.tar").write_bytes(good + header("b.png", size, kind) + b"x" * 1024)
    first, *rest = rows(folder / "lie.tar")
    assert first["tokens"] == 100
    assert rest
    assert all(row["error"] for row in rest)


def test_hostile_names_are_data(tmp_path: Path) -> None:
    names = ["../../etc/passwd.png", "a\x1b[31m\n.png", "=cmd|x.png", "n" * 90 + ".png", "\udcff.png"]
    listed = rows(tar(tmp_path / "a.tar", dict.fromkeys(names, IMAGES[0])))
    assert [row["tokens"] for row in listed] == [100] * 5
    assert not list(tmp_path.parent.glob("etc"))


def test_odd_numbers_in_tables_are_errors_beside_good_neighbours(tmp_path: Path) -> None:
    widths: list[float | None] = [280, None, -5, 0, 1e12, 280.5, float("nan"), 560]
    pq.write_table(pa.table({"width": widths, "height": [280.0] * 8}), tmp_path / "a.parquet")
    listed = rows(tmp_path / "a.parquet")
    assert [row["tokens"] for row in listed] == [100, *[None] * 6, 200]
    assert all(row["error"] and row["width"] is None for row in listed[1:-1])


def test_counts_beyond_a_column_are_errors(tmp_path: Path) -> None:
    pq.write_table(pa.table({"width": [640, 100], "height": [480, 100]}), tmp_path / "a.parquet")
    listed = rows(tmp_path / "a.parquet", model="internvl", image_size=2**20)
    # A tile has (2**20 // 14 // 2) ** 2 tokens. 640x480 makes 12 tiles and a thumbnail, 100x100 one tile.
    tile = (2**20 // 14 // 2) ** 2
    assert [row["tokens"] for row in listed] == [None, tile]
    assert listed[0]["error"] == f"{13 * tile + 2:,} prompt tokens are more than a row holds"
    assert vtok.count_sizes("internvl", [640, 100], [480, 100], image_size=2**20).tolist() == [13 * tile + 2, tile + 2]


def test_unsigned_numbers_are_not_wrapped(tmp_path: Path) -> None:
    numbers = pa.array([280, 2**64 - 1], pa.uint64())
    pq.write_table(pa.table({"width": numbers, "height": numbers}), tmp_path / "a.parquet")
    assert [row["tokens"] for row in rows(tmp_path / "a.parquet")] == [100, None]


def test_undecodable_bytes_and_nulls_are_errors_beside_good_neighbours(tmp_path: Path) -> None:
    values = [IMAGES[0], b"nothing", b"", None, IMAGES[1]]
    pq.write_table(pa.table({"image": values}), tmp_path / "a.parquet")
    assert [row["tokens"] for row in rows(tmp_path / "a.parquet")] == [100, None, None, None, 200]


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow", "a.tar", "a.json"])
@pytest.mark.parametrize(
    "content", [b"", b"PAR1", b"PAR1\xff\xff\xff\x7fPAR1", b"ARROW1\0\0", b"[", b"[1, {", b"\0" * 40]
)
def test_damaged_files_are_one_error_or_nothing(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert all(row["error"] for row in rows(tmp_path / name))


def test_a_table_without_known_columns_names_those_it_has(tmp_path: Path) -> None:
    pq.write_table(pa.table({"foo": [1]}), tmp_path / "a.parquet")
    assert "foo" in only_errors(tmp_path / "a.parquet")[0]
    assert "no column 'bar'" in only_errors(tmp_path / "a.parquet", width="bar", height="foo")[0]


def test_lines_that_are_no_objects_are_errors_beside_good_neighbours(folder: Path) -> None:
    lines = ['{"image": "0.png"}', "{broken", "[]", '{"image": "https://x.y/z"}', '{"foo": 1}', '{"image": 5}']
    (folder / "a.jsonl").write_text("\n".join([*lines, '{"messages": []}']) + "\n\n")
    listed = rows(folder / "a.jsonl")
    assert [row["tokens"] for row in listed] == [100, *[None] * 5, 0]
    assert "downloads nothing" in listed[3]["error"]


def test_sources_that_are_no_data_sets_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    for source in (tmp_path / "a.txt", tmp_path / "none*.tar", "s4://bucket/a.tar", "x{0..99999999}.tar"):
        with pytest.raises(UsageError):
            rows(source)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    assert only_errors(tmp_path / "none.tar") == ["no such file or directory"]


def test_urls_are_read_by_fsspec() -> None:
    import fsspec

    with fsspec.open("memory://shards/a.parquet", "wb") as file:
        pq.write_table(pa.table({"width": [280], "height": [280]}), file)
    with fsspec.open("memory://shards/0.png", "wb") as file:
        file.write(IMAGES[1])
    assert [row["tokens"] for row in rows("memory://shards/")] == [100, 200]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("s3://bucket/a.tar", "s3:// needs s3fs; run pip install s3fs"),
        ("nothing://a.tar", "Protocol not known: nothing"),
    ],
)
def test_a_file_system_that_is_missing_is_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, url: str, reason: str
) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    assert run("scan", url).err == f"vtok: {url}: {reason}\n"


def test_ranges_in_braces_are_webdatasets(tmp_path: Path) -> None:
    names = [shard.place for shard in shards_of([f"{tmp_path}/s-{{008..011}}.tar"])]
    assert [Path(name).name for name in names] == ["s-008.tar", "s-009.tar", "s-010.tar", "s-011.tar"]


# the output


@pytest.fixture
def shards(folder: Path) -> tuple[Shard, ...]:
    for i in range(4):
        tar(folder / f"{i}.tar", {"a.png": IMAGES[0], "b.png": IMAGES[1], "c.png": b"nothing"})
    return tuple(shards_of([f"{folder}/{{0..3}}.tar"]))


def one_by_one(tasks: Iterable[running.Task]) -> Iterator[running.Done]:
    """Run the tasks in this process."""
    return map(running.perform, tasks)


def scanned(output: Path, shards: tuple[Shard, ...], runner: Any = one_by_one) -> int:
    model = running.Model("qwen2.5-vl", "qwen2.5-vl")
    return running.Scan(str(output), shards, (model,), Columns()).run(runner, "question", lambda done, rows: None)


def test_processes_write_the_same_file(folder: Path, shards: tuple[Shard, ...]) -> None:
    assert scanned(folder / "one.parquet", shards) == 12
    scanned(folder / "two.parquet", shards, lambda tasks: running.in_processes(tasks, jobs=2))
    assert (folder / "one.parquet").read_bytes() == (folder / "two.parquet").read_bytes()
    assert not list(folder.glob(".*"))


class Deadly(Columns):
    """Columns that end the process that unpickles them."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (9,)


def test_a_process_that_dies_costs_its_own_shard_only(tmp_path: Path, shards: tuple[Shard, ...]) -> None:
    models = (running.Model("qwen2.5-vl", "qwen2.5-vl"),)
    columns = [Columns(), Deadly(), Columns(), Columns()]
    tasks = [
        running.Task(shard, str(tmp_path / f"{i}.out"), models, asked)
        for i, (shard, asked) in enumerate(zip(shards, columns, strict=True))
    ]
    done = {result.part: result.rows for result in running.in_processes(tasks, jobs=1)}
    assert [done[task.part] for task in tasks] == [3, 1, 3, 3]
    assert "died" in pq.read_table(tasks[1].part).to_pylist()[0]["error"]


class Reading(isolated.Reader):
    """A reader that one shard ends after its first rows."""

    deadly = False

    def __call__(self, shard: Shard | None) -> Any:
        if shard is None and self.deadly:
            os._exit(9)
        self.deadly = shard is not None and shard.place.endswith("b.parquet")
        return super().__call__(shard)


def test_a_program_outlives_a_table_that_ends_its_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abc":
        pq.write_table(pa.table({"width": [280, 560], "height": [280, 280]}), tmp_path / f"{name}.parquet")
    monkeypatch.setattr(isolated, "Reader", Reading)
    listed = rows(tmp_path)
    assert [(row["shard"][-9], row["row"], row["tokens"]) for row in listed] == [
        ("a", 0, 100), ("a", 1, 200), ("b", 0, 100), ("b", 1, 200), ("b", 2, None), ("c", 0, 100), ("c", 1, 200)
    ]  # fmt: skip
    assert "died" in listed[4]["error"]


def test_a_scan_goes_on_where_it_was_interrupted(
    folder: Path, shards: tuple[Shard, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    output = folder / "out.parquet"
    output.write_bytes(b"before")

    def interrupted(tasks: Any) -> Iterator[running.Done]:
        for number, task in enumerate(tasks):
            if number == 2:
                raise KeyboardInterrupt
            yield running.perform(task)

    with pytest.raises(KeyboardInterrupt):
        scanned(output, shards, interrupted)
    assert output.read_bytes() == b"before"
    again: list[str] = []

    def watched(tasks: Any) -> Iterator[running.Done]:
        for task in tasks:
            again.append(Path(task.shard.place).name)
            yield running.perform(task)

    scanned(output, shards, watched)
    assert again == ["2.tar", "3.tar"]
    scanned(folder / "fresh.parquet", shards)
    assert output.read_bytes() == (folder / "fresh.parquet").read_bytes()


def test_a_shard_that_changed_is_read_again(folder: Path, shards: tuple[Shard, ...]) -> None:
    before = shards[0].digest()
    tar(folder / "0.tar", {"a.png": IMAGES[0]})
    assert shards[0].digest() != before


def test_two_scans_never_write_one_file(folder: Path, shards: tuple[Shard, ...]) -> None:
    output = folder / "out.parquet"
    with parts.Parts(str(output), "q").locked(), pytest.raises(UsageError, match="another scan is writing"):
        scanned(output, shards)


def test_a_full_disk_leaves_nothing_half(
    folder: Path, shards: tuple[Shard, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    output = folder / "out.parquet"
    output.write_bytes(b"before")
    monkeypatch.setattr(pq.ParquetWriter, "write_table", full)
    with pytest.raises(VtokError, match=r"out.*cannot be written: No space left"):
        scanned(output, shards)
    assert output.read_bytes() == b"before"
    assert not [name for name in os.listdir(folder / ".out.parquet.parts") if name != "lock"]


def test_rows_that_were_not_counted_are_reported(run: Run, folder: Path) -> None:
    (folder / "bad.png").write_bytes(b"nothing")
    outcome = run("scan", str(folder), "-o", str(folder / "out.parquet"))
    assert outcome.code == 1
    assert outcome.err == f"vtok: {folder}/bad.png: this is text, not an image or video\n"
    assert pq.read_table(folder / "out.parquet").num_rows == 4


def test_skipped_files_are_reported(run: Run, folder: Path) -> None:
    for name in ("notes.json", "metadata.jsonl", "a.pdf"):
        (folder / name).write_text("{}")
    outcome = run("scan", str(folder), "--summary")
    assert outcome.code == 0
    assert outcome.err.startswith(f"vtok: {folder}: skipped 3 files: ")
    assert all(kind in outcome.err for kind in ("1 json", "1 jsonl", "1 pdf"))


@pytest.mark.parametrize(
    "arguments", [["-o", "a.csv"], ["--jobs", "0"], ["--length", "-1"], ["-m", "nonsense"], ["--set", "nonsense=1"]]
)
def test_wrong_arguments_are_usage_errors(run: Run, folder: Path, arguments: list[str]) -> None:
    outcome = run("scan", str(folder), *arguments)
    assert outcome.code == 2
    assert outcome.err.startswith("vtok: ")
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize(
    ("broken", "output", "more"),
    [
        (1, True, ""),
        (2, True, "; 1 more row was not counted; the column error says why"),
        (3, True, "; 2 more rows were not counted; the column error says why"),
        (3, False, "; 2 more rows were not counted; -o FILE writes the reasons"),
    ],
)
def test_the_first_reason_is_printed_and_the_others_counted(
    run: Run, tmp_path: Path, broken: int, output: bool, more: str
) -> None:
    sizes = tmp_path / "sizes.jsonl"
    sizes.write_text('{"width": 280, "height": 280}\n' + '{"width": 0, "height": 1}\n' * broken)
    outcome = run("scan", str(sizes), *(["-o", str(tmp_path / "out.parquet")] if output else ["--summary"]))
    assert outcome.code == 1
    assert outcome.err == f"vtok: {sizes}/1: width must be a whole number from 1 up, not 0{more}\n"


def test_the_output_of_an_earlier_scan_is_no_input(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    (folder / "a.png").write_bytes(IMAGES[0])
    for sources in ([folder], [folder], [folder / "*.p*"]):
        assert run("scan", *map(str, sources), "-o", str(folder / "out.parquet")).code == 0
        assert pq.read_table(folder / "out.parquet")["tokens"].to_pylist() == TOKENS[:1]
    outcome = run("scan", str(folder / "out.parquet"), "-o", str(folder / "out.parquet"))
    assert outcome.code == 2
    assert "out.parquet: is an input of this command and would be replaced" in outcome.err


def test_no_source_is_one_line(run: Run) -> None:
    outcome = run("scan")
    assert outcome.code == 2
    assert outcome.err.startswith("vtok: Missing argument 'SOURCE...'")
    assert outcome.err.count("\n") == 1


def test_a_missing_extra_is_one_line(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    outcome = run("scan", str(folder))
    assert (outcome.code, outcome.err) == (2, "vtok: scanning needs pyarrow; run pip install 'vtok[scan]'\n")


def test_ray_needs_its_extra_or_a_cluster(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    assert "vtok[ray]" in run("scan", str(folder), "--ray").err


# what lengths come to


def test_the_summary_is_right_and_validates(run: Run, folder: Path) -> None:
    outcome = run("scan", str(as_sizes(folder)), "--json", "--length", "202")
    document = json.loads(outcome.out)
    assert schema_errors("scan", document) == []
    model = document["models"][0]
    assert (model["items"], model["tokens"], model["prompt_tokens"]) == (3, 600, 606)
    assert (model["median"], model["longest"], model["mean"]) == (202, 302, 202.0)
    # 302 is cut to 202; 202 fills a sequence; 102 stands by itself
    assert model["lengths"] == [{"length": 202, "longer": 1, "lost": 100, "sequences": 3}]
    assert model["histogram"] == [
        {"from": 64, "to": 127, "items": 1},
        {"from": 128, "to": 255, "items": 1},
        {"from": 256, "to": 511, "items": 1},
    ]


def test_lengths_are_drawn(run: Run, folder: Path) -> None:
    for names in (["qwen2.5-vl"], ["qwen2.5-vl", "internvl"]):
        models = [argument for name in names for argument in ("-m", name)]
        assert run("scan", str(as_sizes(folder)), *models, "-o", str(folder / "out.parquet")).code == 0
        outcome = run("plot", "lengths", str(folder / "out.parquet"), "-o", str(folder / "out.svg"))
        assert outcome.code == 0
        drawing = (folder / "out.svg").read_text()
        assert [f"lengths-{i}" in drawing for i in range(3)] == [i < len(names) for i in range(3)]


@pytest.mark.parametrize("arguments", [[], ["a.parquet", "b.parquet"], ["none.parquet"], ["a.parquet"]])
def test_lengths_of_anything_else_are_refused(run: Run, folder: Path, arguments: list[str]) -> None:
    as_sizes(folder)
    outcome = run("plot", "lengths", *(str(folder / name) for name in arguments), "-o", str(folder / "x.png"))
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert not (folder / "x.png").exists()


def plain_first_fit_decreasing(items: list[int], length: int) -> int:
    rooms: list[int] = []
    for item in sorted((min(item, length) for item in items), reverse=True):
        place = next((i for i, room in enumerate(rooms) if room >= item), None)
        if place is None:
            rooms.append(length - item)
        else:
            rooms[place] -= item
    return len(rooms)


def lengths(items: list[int]) -> Lengths:
    import numpy as np

    values, counts = np.unique(np.array(items, dtype=np.int64), return_counts=True)
    return Lengths(values, counts)


@pytest.mark.parametrize("seed", range(200))
def test_packing_is_first_fit_decreasing(seed: int) -> None:
    from random import Random

    random = Random(seed)
    length = random.randint(5, 60)
    items = [random.randint(1, length + 5) for _ in range(random.randint(1, 80))]
    assert lengths(items).packed(length) == plain_first_fit_decreasing(items, length)


def test_quantiles_are_lengths_of_items() -> None:
    ten = lengths(list(range(1, 11)))
    assert [ten.quantile(share) for share in (0.0, 0.1, 0.5, 0.9, 0.91, 1.0)] == [1, 1, 5, 9, 10, 10]


def test_a_file_that_is_no_scan_is_refused(tmp_path: Path) -> None:
    from vtok.datasets.lengths import measured

    pq.write_table(pa.table({"a": [1]}), tmp_path / "a.parquet")
    with pytest.raises(MediaError, match="no column model"):
        measured(str(tmp_path / "a.parquet"))
