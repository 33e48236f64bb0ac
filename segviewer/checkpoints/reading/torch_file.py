"""Reading what ``torch.save`` wrote: checked first, then read by torch without running code."""

from __future__ import annotations

import io
import tarfile
import threading
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import torch

from segviewer.checkpoints.reading.conversion import conversion_command
from segviewer.checkpoints.reading.foreign import foreign_archive, refusal
from segviewer.checkpoints.reading.harmless import stand_ins
from segviewer.checkpoints.reading.pickle_check import (
    Declared,
    Excess,
    OtherForm,
    PickleProblem,
    check_pickle,
)
from segviewer.checkpoints.reading.protocols import as_protocol_2, later_protocol
from segviewer.checkpoints.reading.refusals import (
    check_declared,
    check_memory,
    damaged,
    size_text,
    swollen,
)
from segviewer.errors import CheckpointError
from segviewer.files.regular_files import shown_name

MOST_PICKLE_BYTES = 64 << 20
"""Longest pickle that is read; a ResNet-101's takes 77 kB, its numbers lie beside it."""

# torch keeps one list of allowed names for the whole process.
_ONE_AT_A_TIME = threading.Lock()
_CHUNK = 1 << 20
_OLD_PICKLES = 5
_ZIP_RECORDS = 100_000


def read_torch_file(path: Path, file: IO[bytes], size: int) -> Any:
    """What was saved in `file`, with its tensors on the CPU.

    Parameters
    ----------
    path : Path
        For messages.
    file : binary file
        Open at its beginning; of `size` bytes.

    Raises
    ------
    CheckpointError
        If it is damaged, no state dict, would run code, or claims more memory than it holds.
    """
    is_zip = file.read(2) == b"PK"
    file.seek(0)
    try:
        checked: list[Declared] = []
        source = (_check_zip if is_zip else _check_old)(path, file, size, checked)
        source.seek(0)
        with _allowing(checked), warnings.catch_warnings():
            # Of unusual pickles torch warns before it refuses; the refusal is what counts.
            warnings.simplefilter("ignore")
            return torch.load(source, map_location="cpu", weights_only=True)
    except CheckpointError:
        raise
    except MemoryError as error:
        raise CheckpointError(
            f"{shown_name(path)} is too large for this machine.",
            "The memory ran out while it was read.",
            "Close other programs, or open it on a machine with more memory.",
            str(path),
        ) from error
    except Exception as error:
        # Damaged bytes surface as almost any exception of the unpickler and zip reader.
        raise damaged(path, error) from error


@contextmanager
def _allowing(checked: Iterable[Declared]) -> Iterator[None]:
    """Give torch stand-ins for the harmless names of these pickles, for this one file."""
    allowed = [
        one
        for declared in checked
        for one in stand_ins(declared.globals, declared.as_mapping, declared.as_list)
    ]
    if not allowed:
        yield
        return
    with _ONE_AT_A_TIME, torch.serialization.safe_globals(allowed):
        yield


def _check_zip(path: Path, file: IO[bytes], size: int, checked: list[Declared]) -> IO[bytes]:
    """Refuse a zip file that is no state dict, is damaged, or is a bomb; note its pickle.

    What torch is to read is returned: the file, or a copy whose pickle has another protocol.
    """
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        if len(entries) > _ZIP_RECORDS:
            raise damaged(path, f"{len(entries)} records")
        _check_names(path, [entry.filename for entry in entries])
        unpacked = sum(entry.file_size for entry in entries)
        check_memory(path, unpacked)
        check_declared(path, unpacked, size, "Its packed records")
        pickled = next(entry for entry in entries if entry.filename.endswith("data.pkl"))
        folder = pickled.filename.removesuffix("data.pkl")
        # Before the checksums, which would only say "damaged" of a pickle with code.
        if pickled.file_size > MOST_PICKLE_BYTES:
            raise swollen(path, f"Its pickle takes {size_text(pickled.file_size)}", size)
        content = _unchecked_content(archive, pickled)
        rewritten = as_protocol_2(io.BytesIO(content)) if later_protocol(content) else None
        declared = _checked(path, io.BytesIO(rewritten or content), size)
        sizes = {entry.filename: entry.file_size for entry in entries}
        for key, nbytes in declared.storages.items():
            held = sizes.get(f"{folder}data/{key}")
            if held is None:
                raise damaged(path, f"storage {key} is missing")
            if nbytes > held:
                raise swollen(path, f"Storage {key} claims {nbytes:,} bytes of {held:,}", size)
        _check_sums(path, archive, entries)
        checked.append(declared)
        if rewritten is None:
            return file
        check_memory(path, 2 * unpacked)
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as out:
            for entry in entries:
                is_pickle = entry is pickled
                data = rewritten if is_pickle else _unchecked_content(archive, entry)
                out.writestr(entry.filename, data)
        return made


def _check_names(path: Path, names: list[str]) -> None:
    if any("/code/" in f"/{name}" for name in names) and any(
        name.endswith("constants.pkl") for name in names
    ):
        raise CheckpointError(
            f"{shown_name(path)} is a TorchScript program.",
            "It carries code of its own beside the weights, and here weights alone are wanted.",
            "Open it as a checkpoint by itself; or, on a machine you trust, load it with "
            "torch.jit.load and save its state_dict().",
            str(path),
        )
    if not any(name.endswith("data.pkl") for name in names):
        foreign = foreign_archive(names)
        if foreign is not None:
            raise refusal(path, foreign)
        raise CheckpointError(
            f"{shown_name(path)} is not a checkpoint.",
            "It is a zip archive without PyTorch weights at its top.",
            "If the weights are packed inside, unpack it and open them.",
            f"{path}\n" + "\n".join(names[:40]),
        )
    # Two readers of zip could take two records of one name for different ones, and what was
    # checked would not be what is read. torch's looks names up without regard to case.
    if len({name.casefold() for name in names}) < len(names):
        raise damaged(path, "two records have the same name")


def _unchecked_content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with _record(archive, entry, checked=False) as record:
        return record.read()


def _check_sums(path: Path, archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> None:
    """Compare every record with its CRC-32, which torch does not: 0.07 s for a ResNet-101."""
    for entry in entries:
        try:
            with _record(archive, entry, checked=True) as record:
                while record.read(_CHUNK):
                    pass
        except zipfile.BadZipFile as error:
            raise damaged(
                path,
                error,
                "Its content differs from the checksum that was saved with it: at least one bit "
                "was changed.",
            ) from error


def _record(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, *, checked: bool) -> IO[bytes]:
    crc = entry.CRC
    try:
        # Where torch is set to compute no checksums, it writes 0. zipfile compares unless
        # the entry has none.
        if not checked or crc == 0:
            setattr(entry, "CRC", None)  # noqa: B010 (zipfile's own way to say "unknown")
        return archive.open(entry)
    finally:
        entry.CRC = crc


def _check_old(path: Path, file: IO[bytes], size: int, checked: list[Declared]) -> IO[bytes]:
    """Refuse a file of torch before 1.6 that is damaged or a bomb; note its pickles.

    It is five pickles (a mark, a version, sizes of the writer's machine, the content, the keys
    of the storages) and the storages themselves behind them.
    """
    source, size = _old_protocol(file, size)
    source.seek(0)
    stream = io.BytesIO(source.read(MOST_PICKLE_BYTES))
    mark = _checked(path, stream, size)
    if mark.content != torch.serialization.MAGIC_NUMBER:
        raise damaged(path, "the mark of torch's files is missing")
    parts = [_checked(path, stream, size) for _ in range(4)]
    source.seek(0)
    # torch would take such a file for an even older form, which is unpacked to the disk.
    if tarfile.is_tarfile(source):
        raise damaged(path, "it is a tar archive as well")
    declared = sum(parts[2].storages.values())
    left = size - stream.tell()
    check_declared(path, declared, size, "Its storages")
    if declared > left:
        raise damaged(
            path,
            f"{declared} bytes of storages, {left} behind the pickles",
            f"Its numbers take {declared:,} bytes and {max(0, left):,} are there: it is cut short "
            "or was changed.",
        )
    checked += parts
    return source


def _old_protocol(file: IO[bytes], size: int) -> tuple[IO[bytes], int]:
    """The file, or a copy whose five pickles are of protocol 2; and its bytes."""
    file.seek(0)
    head = file.read(MOST_PICKLE_BYTES)
    if not later_protocol(head):
        return file, size
    stream = io.BytesIO(head)
    pickles = [as_protocol_2(stream) for _ in range(_OLD_PICKLES)]
    if None in pickles:
        return file, size
    file.seek(stream.tell())
    made = io.BytesIO(b"".join(filter(None, pickles)) + file.read())
    return made, len(made.getbuffer())


def _checked(path: Path, stream: IO[bytes], size: int) -> Declared:
    try:
        declared = check_pickle(stream)
    except OtherForm as problem:
        declared = problem.args[1]
        if not declared.foreign:
            raise _of_another_form(path, problem) from problem
    except PickleProblem as problem:
        declared = problem.args[1]
        if declared.foreign:
            raise _would_run_code(path, declared.foreign, problem) from problem
        if isinstance(problem, Excess):
            raise swollen(path, str(problem).rstrip("."), size) from problem
        raise damaged(path, problem) from problem
    if declared.foreign:
        raise _would_run_code(path, declared.foreign)
    check_declared(path, declared.other_bytes, size, "Its tensors without contents")
    return declared


def _of_another_form(path: Path, problem: PickleProblem) -> CheckpointError:
    return CheckpointError(
        f"{shown_name(path)} is a pickle of a form that is not read safely.",
        "torch.save writes form 2; this one was saved with another pickle_protocol.",
        "If you trust its author, convert it to safetensors on a machine you trust: "
        + conversion_command(path),
        f"{path}\n{problem}",
    )


def _would_run_code(
    path: Path, wanted: list[str], problem: PickleProblem | None = None
) -> CheckpointError:
    shown = ", ".join(name[:80] for name in wanted[:3]) + (" …" if len(wanted) > 3 else "")
    if any(name.startswith("torch.nn.") for name in wanted):
        what = f"{shown_name(path)} holds a whole network object, not its weights."
        why = f"It would run code on opening (it asks for {shown}), so it was not opened."
    else:
        what = f"{shown_name(path)} was not opened, because it would run code."
        why = f"It is a pickle that asks Python for {shown}; a file of weights needs none of that."
    return CheckpointError(
        what,
        why,
        "If you trust its author, convert it to safetensors on a machine you trust: "
        + conversion_command(path),
        "It asks for:\n" + "\n".join(wanted[:100]) + f"\n\n{path}\n{problem or ''}".rstrip(),
    )
