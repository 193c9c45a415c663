"""The header of a GGUF file: its keys and values, never a tensor.

A GGUF file begins with the magic, a version and two counts; then come keys with typed values, then descriptions of
tensors, then the tensors. Only the keys are read, in order. A file that was cut behind its keys is therefore as good as
a whole one, and gigabytes of weights cost nothing.

The package `gguf` is not used. Its GGUFReader (0.19) builds arrays for each key, each string of a vocabulary and each
tensor: nine seconds and 400 MB for a vocabulary of 151,936. It believes the counts and lengths in the file, too. This
reader skips what it does not keep, and all that it does is bounded: the numbers of keys and strings, the bytes that are
read and those that are kept. A vocabulary takes it some hundredths of a second, and nothing has to be installed.

Format   gguf-py 0.19 and llama.cpp 0c1e57098, ggml/src/gguf.cpp (gguf_init_from_reader). Versions 2 and 3, in the
         byte order of x86 and ARM. What llama.cpp refuses (a key twice, an array of arrays, version 1) is refused.
"""

import os
import re
import stat
import struct
from collections.abc import Iterator
from typing import IO, Any, NamedTuple

from vtok.errors import UnknownModelError, UsageError
from vtok.parts.settings import shown

MAGIC = b"GGUF"
SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
CODES = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
"""Bytes and `struct` codes of the types of numbers, by their numbers in the file."""
NAMES = ("u8", "i8", "u16", "i16", "u32", "i32", "f32", "bool", "str", "arr", "u64", "i64", "f64")
"""llama.cpp's names of all types."""
BOOL, STRING, ARRAY = 7, 8, 9

MOST_KEYS = 2**12
"""Keys of a header. Published files have some dozens."""
MOST_STRINGS = 2**20
"""Strings in arrays of a header, which are walked over one by one: a vocabulary of 262,144 and its merges fit."""
LONGEST_KEY = 2**10
MOST_ITEMS = 2**12
MOST_KEPT = 2**20
"""Bytes of a string or items of an array, and bytes of all values. What is beyond is skipped, its length is kept."""
CHUNK = 2**16
MOST_BYTES = 2**26
"""Bytes of a header that are read. The largest vocabularies take 30 million."""

OF_PROJECTOR = "clip."
"""How the keys of a projector begin."""
KEPT = re.compile(rf"{re.escape(OF_PROJECTOR)}|general\.|split\.|adapter\.|[^.]+\.vision\.")
"""Keys whose values are kept."""
OTHER_MAGICS = {
    b"vers": "a pointer of Git LFS, not the file itself; run `git lfs pull`",
    b"PK\x03\x04": "a ZIP archive, perhaps weights of PyTorch",
    b"FUGG": "a GGUF file with reversed bytes",
    **dict.fromkeys((b"lmgg", b"fmgg", b"tjgg", b"algg"), "a GGML file from before GGUF; convert it anew"),
}
SPLIT = re.compile(r"(.*)-(\d{5})-of-(\d{5})\.gguf", re.IGNORECASE)


class Value(NamedTuple):
    """A value and the name of its type; an array's is that of its items in brackets."""

    kind: str
    value: Any


class Header(NamedTuple):
    """The keys of a file that are kept, and the names of all."""

    name: str
    keys: dict[str, Value]
    names: tuple[str, ...]
    tensors: int

    def text(self, key: str) -> str:
        """The text of that key, or nothing."""
        value = self.keys[key].value if key in self.keys else ""
        return value if isinstance(value, str) else ""

    @property
    def architecture(self) -> str:
        """The architecture, or nothing."""
        return self.text("general.architecture")


class TooLong(NamedTuple):
    """What is put in the place of a value that was skipped."""

    length: int

    def __repr__(self) -> str:
        return f"{self.length:,} items"


def has_magic(path: str) -> bool:
    """Whether a regular file begins as GGUF files do. A file that cannot be read does not."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return False
        with open(path, "rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except (OSError, ValueError):
        return False


def read_header(path: str, name: str) -> Header:
    """The header of the file at `path`; `name` is how messages call it.

    Raises UnknownModelError for a missing file, UsageError for one that is damaged or no GGUF file.
    """
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            raise UsageError(f"{name}: not a regular file")
        with open(path, "rb") as file:
            return _Reader(file, status.st_size, name).header()
    except FileNotFoundError:
        raise UnknownModelError(f"{name}: no such file; give the path of a GGUF file") from None
    except (OSError, ValueError) as error:
        if isinstance(error, UsageError):
            raise
        raise UsageError(f"{name}: {getattr(error, 'strerror', '') or error}") from None


class _Reader:
    """A file from its beginning on: a window of bytes, where in it the next value is, and how many bytes are left."""

    def __init__(self, file: IO[bytes], size: int, name: str) -> None:
        self.file, self.name, self.size = file, name, size
        self.window, self.at, self.left = b"", 0, size
        self.strings = self.fetched = self.kept = 0

    def refuse(self, what: str) -> UsageError:
        """The error for a damaged file."""
        return UsageError(f"{self.name}: damaged GGUF file: {what}")

    def need(self, length: int, what: str) -> None:
        """Have so many bytes in the window."""
        if length > self.left:
            raise self.refuse(f"it ends within {what}, which needs {length:,} more bytes of {self.left:,}")
        if length > len(self.window) - self.at:
            kept = self.window[self.at :]
            more = self.file.read(max(CHUNK, length - len(kept)))
            self.window, self.at, self.fetched = kept + more, 0, self.fetched + len(more)
            if self.fetched > MOST_BYTES:
                raise self.refuse(f"its keys take more than {MOST_BYTES:,} bytes")
            if length > len(self.window):
                raise self.refuse(f"it ends within {what}")

    def skip(self, length: int, what: str) -> None:
        """Go over so many bytes, most of which are not read."""
        if length > self.left:
            raise self.refuse(f"it ends within {what}, which needs {length:,} more bytes of {self.left:,}")
        self.left -= length
        self.at += length
        if self.at > len(self.window):
            self.file.seek(self.size - self.left)
            self.window, self.at = b"", 0

    def take(self, length: int, what: str) -> bytes:
        """So many bytes."""
        self.need(length, what)
        taken = self.window[self.at : self.at + length]
        self.at += length
        self.left -= length
        return taken

    def has_room(self, length: int) -> bool:
        """Whether a value of so many bytes can be kept beside the others; if so, it is counted."""
        self.kept += length
        return self.kept <= MOST_KEPT

    def number(self, code: str, what: str) -> Any:
        """One number with that code of `struct`."""
        return struct.unpack("<" + code, self.take(struct.calcsize("<" + code), what))[0]

    def header(self) -> Header:
        """The magic, the version, the counts and all keys."""
        magic = self.take(min(4, self.left), "the magic")
        if magic != MAGIC:
            reason = OTHER_MAGICS.get(magic, f"it begins with {magic!r}" if magic else "it is empty")
            raise UsageError(f"{self.name}: not a GGUF file: {reason}")
        version = self.number("I", "the version")
        if version and version & 0xFFFF == 0:
            raise UsageError(
                f"{self.name}: a big-endian GGUF file (version {version:#010x}); "
                "turn it round with gguf_convert_endian.py of gguf-py"
            )
        if version not in (2, 3):
            raise UsageError(
                f"{self.name}: version {version:,} of GGUF; llama.cpp reads 2 and 3: convert the model anew"
            )
        tensors, count = self.number("q", "the number of tensors"), self.number("q", "the number of keys")
        if tensors < 0 or not 0 <= count <= MOST_KEYS:
            what = f"{tensors:,} tensors" if tensors < 0 else f"{count:,} keys"
            raise self.refuse(f"it claims {what}; vtok reads up to {MOST_KEYS:,} keys")
        return self.keys(count, tensors)

    def keys(self, count: int, tensors: int) -> Header:
        """All keys, or those of language weights up to their vocabulary, which says enough of them."""
        kept: dict[str, Value] = {}
        names: dict[str, None] = {}
        for name in self.key_names(count):
            if name in names:
                raise self.refuse(f"the key {shown(name)} stands in it twice")
            names[name] = None
            keep = KEPT.match(name) is not None
            value = self.value(name, keep=keep)
            if keep:
                kept[name] = value
            if name.startswith("tokenizer.") and kept.get("general.architecture", ("", "clip"))[1] != "clip":
                break
        return Header(self.name, kept, tuple(names), tensors)

    def key_names(self, count: int) -> Iterator[str]:
        """The name of each key; the caller reads its value before the next."""
        for i in range(1, count + 1):
            what = f"key {i:,} of {count:,}"
            length = self.number("Q", what)
            if not 0 < length <= LONGEST_KEY:
                raise self.refuse(f"the name of {what} has {length:,} bytes; it must have 1 to {LONGEST_KEY:,}")
            name = self.take(length, what)
            try:
                yield name.decode()
            except UnicodeDecodeError:
                raise self.refuse(f"the name of {what} is not text in UTF-8") from None

    def value(self, name: str, *, keep: bool) -> Value:
        """The value of a key, or its place if it is not kept."""
        what = f"the value of {shown(name)}"
        kind = self.number("I", what)
        if kind == ARRAY:
            return self.array(what, keep=keep)
        if kind == STRING:
            return Value("str", self.string(what, keep=keep))
        if kind not in SIZES:
            raise self.refuse(f"{what} has type {kind:,}, which GGUF does not have")
        return Value(NAMES[kind], self.numbers(kind, 1, what)[0])

    def string(self, what: str, *, keep: bool) -> Any:
        """A text, with marks for what is not UTF-8."""
        length = self.number("Q", what)
        if keep and length <= MOST_ITEMS and self.has_room(length):
            return self.take(length, what).decode(errors="replace")
        self.skip(length, what)
        return TooLong(length)

    def array(self, what: str, *, keep: bool) -> Value:
        """An array: a tuple of numbers or texts."""
        kind, count = self.number("I", what), self.number("Q", what)
        if kind not in SIZES and kind != STRING:
            raise self.refuse(f"{what} is an array of type {kind:,}, which GGUF does not have")
        named = f"[{NAMES[kind]}]"
        keep = keep and count <= MOST_ITEMS and self.has_room(count * SIZES.get(kind, 64))
        if kind == STRING:
            return Value(named, self.texts(count, what, keep=keep))
        if keep:
            return Value(named, self.numbers(kind, count, what))
        self.skip(count * SIZES[kind], what)
        return Value(named, TooLong(count))

    def numbers(self, kind: int, count: int, what: str) -> tuple[Any, ...]:
        """So many numbers of one type."""
        return struct.unpack(f"<{count}{CODES[kind]}", self.take(count * SIZES[kind], what))

    def texts(self, count: int, what: str, *, keep: bool) -> Any:
        """So many strings; those of a vocabulary are walked over."""
        self.strings += count
        if self.strings > MOST_STRINGS or 8 * count > self.left:
            raise self.refuse(f"{what} claims {count:,} strings, in {self.left:,} bytes; vtok walks {MOST_STRINGS:,}")
        if keep:
            return tuple(self.string(what, keep=True) for _ in range(count))
        self.walk(count, what)
        return TooLong(count)

    def walk(self, count: int, what: str) -> None:
        """Go over so many strings; those that lie in the window are gone over in one loop, as there may be many."""
        length_at = struct.Struct("<Q").unpack_from
        while count:
            self.need(8, what)
            window, at, last = self.window, self.at, min(len(self.window), self.at + self.left) - 8
            while count and at <= last:
                at += 8 + length_at(window, at)[0]
                count -= 1
            self.skip(at - self.at, what)
