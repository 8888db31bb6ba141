"""Download from a server on this machine: resumed, checked, and one sentence where no mirror delivers."""

import contextlib
import hashlib
import http.server
import pathlib
import socket
import threading
from dataclasses import dataclass, field, replace

import pytest

from neurosim.datasets import fetch as module
from neurosim.datasets.catalogue import CATALOGUE, DataFile
from neurosim.datasets.fetch import fetch

CONTENT = bytes(range(256)) * 4000          # several blocks of the download
NAME = "pixels.bin"


@dataclass
class Behaviour:
    """What the server does, and what it was asked."""

    content: bytes = CONTENT
    ranges: bool = True
    stop_after: int = 0                     #: breaks the connection after so many bytes; 0: never
    status: int = 200
    location: str = ""
    asked: list = field(default_factory=list)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        behaviour = self.server.behaviour
        wanted = self.headers.get("Range", "")
        behaviour.asked.append(wanted)
        if behaviour.status != 200:
            self.send_response(behaviour.status)
            self.send_header("Location", behaviour.location)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        first = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and behaviour.ranges else 0
        if first >= len(behaviour.content):
            self.send_error(416)
            return
        body = behaviour.content[first:]
        self.send_response(206 if first else 200)
        if first:
            self.send_header("Content-Range", f"bytes {first}-{len(behaviour.content) - 1}/{len(behaviour.content)}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            self.wfile.write(body[:behaviour.stop_after or None])

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serving(behaviour):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.behaviour = behaviour
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def direct(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def behaviour():
    return Behaviour()


@pytest.fixture
def mirror(behaviour):
    with serving(behaviour) as address:
        yield address


def make_card(*mirrors):
    file = DataFile(name=NAME, bytes=len(CONTENT), sha256=hashlib.sha256(CONTENT).hexdigest(), members=(NAME,))
    return replace(CATALOGUE["cifar10"], files=(file,), mirrors=mirrors)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_arrives_whole_in_a_new_folder(tmp_path, mirror, behaviour):
    folder = fetch(make_card(mirror), tmp_path / "new" / "folder")
    assert (folder / NAME).read_bytes() == CONTENT and names(folder) == [NAME]
    fetch(make_card(mirror), folder)
    assert behaviour.asked == [""]          # the second call finds the file and asks for nothing


def test_the_cache_is_the_default_folder(tmp_path, mirror, monkeypatch):
    monkeypatch.setenv("NEUROSIM_CACHE", str(tmp_path))
    assert fetch(make_card(mirror)) == tmp_path / "cifar10"


def test_a_broken_download_is_kept_and_resumed(tmp_path, mirror, behaviour):
    behaviour.stop_after = 300000
    with pytest.raises(ValueError, match=f"stopped after 300000 of {len(CONTENT)} bytes.*again to resume"):
        fetch(make_card(mirror), tmp_path)
    assert names(tmp_path) == [NAME + ".part"]
    behaviour.stop_after = 0
    fetch(make_card(mirror), tmp_path)
    assert behaviour.asked == ["", "bytes=300000-"]
    assert (tmp_path / NAME).read_bytes() == CONTENT and names(tmp_path) == [NAME]


def test_the_next_mirror_takes_over_where_the_first_stopped(tmp_path, mirror, behaviour):
    behaviour.stop_after = 300000
    second = Behaviour()
    with serving(second) as other:
        fetch(make_card(mirror, other), tmp_path)
    assert second.asked == ["bytes=300000-"]
    assert (tmp_path / NAME).read_bytes() == CONTENT


def test_a_server_without_ranges_means_a_fresh_start(tmp_path, mirror, behaviour):
    behaviour.ranges = False
    (tmp_path / f"{NAME}.part").write_bytes(CONTENT[:1000])
    fetch(make_card(mirror), tmp_path)
    assert behaviour.asked == ["bytes=1000-"]
    assert (tmp_path / NAME).read_bytes() == CONTENT


@pytest.mark.parametrize("part, asked", [
    (b"wrong" * 100, ["bytes=500-", ""]),           # a spoilt beginning: the sum tells, and all is fetched again
    (b"w" * len(CONTENT), [""]),                    # complete but wrong
    (b"w" * (len(CONTENT) + 1), [""]),              # too long
    (CONTENT, []),                                  # complete and right: only the name was missing
])
def test_what_an_earlier_download_left_is_never_trusted(tmp_path, mirror, behaviour, part, asked):
    (tmp_path / f"{NAME}.part").write_bytes(part)
    fetch(make_card(mirror), tmp_path)
    assert behaviour.asked == asked
    assert (tmp_path / NAME).read_bytes() == CONTENT and names(tmp_path) == [NAME]


def test_a_range_that_the_server_refuses_means_a_fresh_start(tmp_path, mirror, behaviour):
    behaviour.content = CONTENT[:400]               # shorter than what is already there, so 416
    (tmp_path / f"{NAME}.part").write_bytes(CONTENT[:1000])
    with pytest.raises(ValueError, match="stopped after 400"):
        fetch(make_card(mirror), tmp_path)
    assert behaviour.asked == ["bytes=1000-", ""]


@pytest.mark.parametrize("served, reason", [
    (CONTENT[:-1] + b"x", "the SHA-256 differs"), (CONTENT + b"x", f"more than the published {len(CONTENT)}")])
def test_wrong_content_never_gets_the_name(tmp_path, mirror, behaviour, served, reason):
    behaviour.content = served
    (tmp_path / NAME).write_bytes(b"the user's own")
    with pytest.raises(ValueError, match=reason):
        fetch(make_card(mirror), tmp_path)
    assert (tmp_path / NAME).read_bytes() == b"the user's own"
    with serving(Behaviour()) as good:
        fetch(make_card(mirror, good), tmp_path)
    assert (tmp_path / NAME).read_bytes() == CONTENT


def test_no_server_is_one_sentence_with_files_sums_and_folder(tmp_path, mirror, behaviour):
    behaviour.status = 404
    with serving(Behaviour()) as closed:
        pass
    card = make_card(closed, mirror, "file:///etc/")
    with pytest.raises(ValueError) as caught:
        fetch(card, tmp_path)
    sentence = str(caught.value)
    assert "\n" not in sentence
    for part in ("'cifar10'", "refused", "HTTP 404", "only https and http", str(tmp_path), NAME, card.files[0].sha256):
        assert part in sentence


@pytest.mark.parametrize("target, reason", [("file:///etc/passwd", "HTTP 302"),
                                            ("ftp://127.0.0.1/x", "unknown url type")])
def test_redirects_do_not_leave_the_web(tmp_path, mirror, behaviour, target, reason):
    behaviour.status, behaviour.location = 302, target
    with pytest.raises(ValueError, match=f"no mirror delivers .*{reason}"):
        fetch(make_card(mirror), tmp_path)


def test_a_silent_server_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "TIMEOUT", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(ValueError, match="timed out"):
        fetch(make_card(f"http://127.0.0.1:{silent.getsockname()[1]}/"), tmp_path)


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path, mirror):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ValueError, match="file/below: cannot be written .*--to"):
        fetch(make_card(mirror), tmp_path / "file" / "below")


@pytest.mark.skipif(not pathlib.Path("/dev/full").exists(), reason="this platform has no /dev/full")
def test_a_full_disk_is_one_sentence_and_no_fault_of_the_mirror(tmp_path, mirror):
    (tmp_path / f"{NAME}.part").symlink_to("/dev/full")
    with pytest.raises(ValueError, match="cannot be written .No space left on device.; make room"):
        fetch(make_card(mirror), tmp_path)
