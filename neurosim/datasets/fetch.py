"""Download of data sets: resumable, from several mirrors, checked by SHA-256."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from neurosim._folders import cache_folder
from neurosim.datasets.compressed import open_content

if TYPE_CHECKING:
    from neurosim.datasets.catalogue import DataFile, DatasetCard

TIMEOUT = 20            #: longest silence of a server [s]
_BLOCK = 1 << 18


class Undelivered(Exception):
    """A mirror does not deliver a file; the text says why."""


def fetch(card: DatasetCard, folder: Path | str = "") -> Path:
    """Download the files of a data set that are not yet there.

    A file grows as NAME.part, is resumed by the next call or the next mirror, and gets its name only when its SHA-256
    is the published one. A progress bar is drawn on a terminal.

    card : DatasetCard
    folder : where to put the files; "" is the cache folder / name of the data set
    returns : Path of the folder
    raises : ValueError: no mirror delivers (names the files, their sums and the folder), a full disk
    """
    folder = Path(folder).expanduser() if folder else cache_folder() / card.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in card.files:
            failures = [] if is_genuine(folder / file.name, file) else _failures_of_mirrors(card.mirrors, file, folder)
            if failures:
                raise ValueError(_by_hand(card, folder, failures))
    except OSError as error:
        raise ValueError(f"{folder}: cannot be written ({error.strerror}); make room or choose another folder with "
                         "--to or NEUROSIM_CACHE") from None
    return folder


def is_genuine(path: Path, file: DataFile) -> bool:
    """True where `path` exists and has the published sum of `file` (DataFile), or unpacks to the published content."""
    if not path.is_file():
        return False
    with open(path, "rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() == file.sha256:
            return True
    return bool(file.content_sha256) and _content_sum(path) == file.content_sha256


def _content_sum(path: Path) -> str:
    """Return SHA-256 of what a file unpacks to; "" where it does not unpack."""
    total = hashlib.sha256()
    with contextlib.suppress(ValueError), open_content(path) as stream:
        while block := stream.read(_BLOCK):
            total.update(block)
        return total.hexdigest()
    return ""


def _failures_of_mirrors(mirrors: tuple[str, ...], file: DataFile, folder: Path) -> list[str]:
    """Download one file; returns nothing on success, else one reason per mirror."""
    part = folder / f"{file.name}.part"
    failures = []
    for mirror in mirrors:
        try:
            _download(mirror + file.name, part, file)
        except Undelivered as reason:
            failures.append(f"{mirror}: {reason}")
            continue
        os.replace(part, folder / file.name)
        return []
    return failures


def _download(url: str, part: Path, file: DataFile) -> None:
    """Complete `part`; a resumed part with a wrong sum is thrown away and downloaded once more from its beginning."""
    resumed = True
    while resumed:
        resumed = _transfer(url, part, file)
        if is_genuine(part, file):
            return
        part.unlink()
    raise Undelivered("the SHA-256 differs from the published one")


def _transfer(url: str, part: Path, file: DataFile) -> bool:
    """Append what `part` lacks; returns whether bytes of an earlier download were kept."""
    start = part.stat().st_size if part.exists() else 0
    if start == file.bytes:
        return True
    with contextlib.closing(_request(url, start if start < file.bytes else 0)) as response:
        if response.status != http.HTTPStatus.PARTIAL_CONTENT:
            start = 0
        elif not response.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
            raise Undelivered("the server answers with another range of bytes than was asked for")
        _append(response, part, start, file)
    return start > 0


def _append(response: Any, part: Path, start: int, file: DataFile) -> None:
    bar = tqdm(total=file.bytes, initial=start, desc=file.name, unit="B", unit_scale=True, disable=None)
    with bar, open(part, "ab" if start else "wb") as stream:
        while block := _next_block(response):
            start += len(block)
            if start > file.bytes:
                raise Undelivered(f"the server sends more than the published {file.bytes} bytes")
            stream.write(block)
            bar.update(len(block))
        stream.flush()
        os.fsync(stream.fileno())
    if start < file.bytes:
        raise Undelivered(f"the server stopped after {start} of {file.bytes} bytes")


def _request(url: str, start: int) -> Any:
    """Open `url` from byte `start` on; from its beginning where the server knows no such range."""
    if not url.startswith(("https://", "http://")):
        raise Undelivered("only https and http addresses are fetched")
    headers = {"User-Agent": "neurosim"} | ({"Range": f"bytes={start}-"} if start else {})
    try:
        return _opener().open(urllib.request.Request(url, headers=headers), timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and start:
            return _request(url, 0)
        raise Undelivered(f"HTTP {error.code} {error.reason}") from None
    except (OSError, http.client.HTTPException) as error:
        raise Undelivered(_why(error)) from None


def _next_block(response: Any) -> bytes:
    try:
        return response.read(_BLOCK)
    except (OSError, http.client.HTTPException) as error:
        raise Undelivered(_why(error)) from None


def _why(error: Any) -> str:
    cause = getattr(error, "reason", error)
    return getattr(cause, "strerror", None) or str(cause) or type(cause).__name__


def _opener() -> Any:
    """Return an opener that follows redirects to http and https alone, never to ftp or files."""
    opener = urllib.request.OpenerDirector()
    for handler in (urllib.request.ProxyHandler, urllib.request.HTTPHandler, urllib.request.HTTPSHandler,
                    urllib.request.HTTPRedirectHandler, urllib.request.HTTPErrorProcessor,
                    urllib.request.HTTPDefaultErrorHandler, urllib.request.UnknownHandler):
        opener.add_handler(handler())
    return opener


def _by_hand(card: DatasetCard, folder: Path, failures: list[str]) -> str:
    wanted = ", ".join(f"{file.name} (sha256 {file.sha256})" for file in card.files
                       if not is_genuine(folder / file.name, file))
    return (f"data set '{card.name}': no mirror delivers the files ({'; '.join(failures)}); run the command again to "
            f"resume, or put into {folder} by hand {wanted}")
