"""IDX: what is written is read back; every way to break a file is one sentence that names it."""

import gzip
import re
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_array_equal

from neurosim.datasets.idx import read_idx

CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}


def idx_bytes(array):
    """The format as its authors describe it, written independently of the reader."""
    code = CODES[array.dtype.str[1:]]
    header = struct.pack(">BBBB", 0, 0, code, array.ndim) + b"".join(struct.pack(">I", n) for n in array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("idx")


arrays = st.sampled_from(sorted(CODES)).flatmap(
    lambda code: hnp.arrays(np.dtype(code), hnp.array_shapes(max_dims=4, min_side=0, max_side=4)))


@given(array=arrays, packed=st.booleans())
def test_what_is_written_is_read_back(folder, array, packed):
    content = idx_bytes(array)
    path = folder / "any-name.gz"                   # the name says nothing
    path.write_bytes(gzip.compress(content, 1) if packed else content)
    result = read_idx(path)
    assert result.dtype == array.dtype and result.dtype.isnative and result.flags.writeable
    assert_array_equal(result, array)


IMAGES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)


@given(cut=st.integers(0, len(idx_bytes(IMAGES)) - 1), packed=st.booleans())
def test_a_file_cut_anywhere_is_refused(folder, cut, packed):
    path = folder / "cut"
    content = idx_bytes(IMAGES)[:cut]
    path.write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(ValueError, match=r"cut: .*again$"):
        read_idx(path)


@given(cut=st.integers(2, len(gzip.compress(idx_bytes(IMAGES))) - 1))
def test_a_gzip_stream_cut_anywhere_is_refused(folder, cut):
    path = folder / "stream"
    path.write_bytes(gzip.compress(idx_bytes(IMAGES), mtime=0)[:cut])
    with pytest.raises(ValueError, match=r"stream: .*again$"):
        read_idx(path)


@given(position=st.integers(10, len(gzip.compress(idx_bytes(IMAGES))) - 1), flipped=st.integers(1, 255))
def test_a_damaged_gzip_byte_never_changes_a_value(folder, position, flipped):
    content = bytearray(gzip.compress(idx_bytes(IMAGES), mtime=0))
    content[position] ^= flipped                    # behind gzip's header; deflate's last byte may hold unused bits
    path = folder / "damaged"
    path.write_bytes(content)
    try:
        assert_array_equal(read_idx(path), IMAGES)
    except ValueError as refusal:
        assert re.search(r"damaged: .*again$", str(refusal))


def test_a_damaged_checksum_is_refused(folder):
    content = bytearray(gzip.compress(idx_bytes(IMAGES)))
    content[-8] ^= 1
    path = folder / "checksum"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"checksum: the compressed stream is corrupt .*CRC.*again$"):
        read_idx(path)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_trailing_bytes_are_refused(folder, pack):
    path = folder / "long"
    path.write_bytes(pack(idx_bytes(IMAGES) + b"x"))
    with pytest.raises(ValueError, match="long: continues after its 24 bytes"):
        read_idx(path)


@pytest.mark.parametrize("start", [b"", b"\0\0\x0a\x01", b"\1\0\x08\x01", b"\0\0\x08\0", b"<htm"])
def test_a_file_that_is_not_idx_is_refused(folder, start):
    path = folder / "page"
    path.write_bytes(start + b"\0" * 20 if start else b"")
    with pytest.raises(ValueError, match="page: not an IDX file"):
        read_idx(path)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_an_absurd_header_asks_for_no_memory(folder, pack):
    path = folder / "absurd"
    path.write_bytes(pack(struct.pack(">BBBBIII", 0, 0, 0x0E, 3, 2**32 - 1, 2**32 - 1, 2**32 - 1) + b"\0" * 100))
    tracemalloc.start()
    with pytest.raises(ValueError, match=f"absurd: its header promises {8 * (2**32 - 1) ** 3} bytes"):
        read_idx(path)
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()


@pytest.mark.parametrize("header, reason", [
    (struct.pack(">BBBB4I", 0, 0, 8, 4, 0, 2**32 - 1, 2**32 - 1, 2**32 - 1), "promises nothing, in the shape"),
    (struct.pack(">BBBB", 0, 0, 8, 255) + struct.pack(">I", 1) * 255 + b"x", "not an IDX file"),
])
def test_headers_that_no_array_can_have(tmp_path, header, reason):
    (tmp_path / "x").write_bytes(header)
    with pytest.raises(ValueError, match=f"{reason}.*again$"):
        read_idx(tmp_path / "x")
