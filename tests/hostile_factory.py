"""Media files that try to reach other files or the network, and watchers that see whether they do."""

import ctypes
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from media_factory import Clip, make_video

_OPENED = 0x20  # IN_OPEN of inotify(7)
_LIBC = ctypes.CDLL(None, use_errno=True)


class Watched:
    """A file; :meth:`was_opened` tells whether anybody has opened it since it was last asked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._inotify = _LIBC.inotify_init1(os.O_NONBLOCK)
        assert _LIBC.inotify_add_watch(self._inotify, os.fsencode(path), _OPENED) >= 0

    def was_opened(self) -> bool:
        try:
            return bool(os.read(self._inotify, 4096))
        except BlockingIOError:
            return False

    def close(self) -> None:
        os.close(self._inotify)


class Listener:
    """A TCP port of this machine; :meth:`was_called` tells whether anybody has connected to it."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.port = self._socket.getsockname()[1]

    def was_called(self) -> bool:
        try:
            self._socket.accept()[0].close()
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        self._socket.close()


@contextmanager
def secret_and_listener(folder: Path) -> Iterator[tuple[Watched, Listener]]:
    """Make a video that is to stay closed, and listen on a port that is to stay silent."""
    secret, listener = Watched(make_video(folder / "secret.ts", Clip(frames=3))), Listener()
    try:
        yield secret, listener
    finally:
        secret.close()
        listener.close()


def playlist(folder: Path, target: str) -> Path:
    """HLS, RFC 8216."""
    text = f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{target}\n#EXT-X-ENDLIST\n"
    return _written(folder / "list.m3u8", text)


def concat(folder: Path, target: str) -> Path:
    """FFmpeg's own list of files, under the name of a video."""
    return _written(folder / "list.mp4", f"ffconcat version 1.0\nfile {target}\n")


def dash(folder: Path, target: str) -> Path:
    """A manifest of ISO/IEC 23009-1."""
    address = f"<Representation id='1' bandwidth='1'><BaseURL>{target}</BaseURL></Representation>"
    text = (
        "<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011' type='static'><Period>"
        f"<AdaptationSet mimeType='video/mp4'>{address}</AdaptationSet></Period></MPD>"
    )
    return _written(folder / "list.mpd", text)


def session(folder: Path, target: str) -> Path:
    """SDP, RFC 8866."""
    port = target.rpartition(":")[2].partition("/")[0]
    text = (
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
        f"m=video {port if port.isdigit() else 9} TCP/RTP/AVP 96\n"
        f"a=rtpmap:96 H264/90000\na=control:{target}\n"
    )
    return _written(folder / "list.sdp", text)


def subtitle_index(folder: Path, target: str) -> Path:
    """VobSub: the pictures lie in a file of the same name."""
    if not target.startswith("http"):
        (folder / "list.sub").symlink_to(target)
    text = "# VobSub index file, v7\nsize: 96x64\nid: en, index: 0\ntimestamp: 00:00:01:000, filepos: 0\n"
    return _written(folder / "list.idx", text)


def numbered(folder: Path, target: str) -> Path:
    """A name that stands for all of a row of numbered pictures, the first of which is another file."""
    if not target.startswith("http"):
        (folder / "0001.png").symlink_to(target)
    return _written(folder / "%04d.png", "no picture")


def reference_movie(folder: Path, target: str) -> Path:
    """A QuickTime movie whose samples lie in another file, named by an alias (Apple, QTFF, "dref")."""
    data = make_video(folder / "plain.mov", Clip(frames=3)).read_bytes()
    at = data.index(b"dref") - 4
    (length,) = struct.unpack_from(">I", data, at)
    old, new = data[at : at + length], _data_reference(target)
    head, tail = data[:at], data[at + length :]
    for name in (b"moov", b"trak", b"mdia", b"minf", b"dinf"):  # the boxes around it become longer
        box = head.rindex(name) - 4
        (size,) = struct.unpack_from(">I", head, box)
        head = head[:box] + struct.pack(">I", size + len(new) - len(old)) + head[box + 4 :]
    (folder / "reference.mov").write_bytes(head + new + tail)
    return folder / "reference.mov"


def _data_reference(target: str) -> bytes:
    name = target.encode()
    path = struct.pack(">HH", 2, len(name)) + name + bytes(len(name) % 2)
    short = Path(target).name.encode()[:63]
    alias = (
        bytes(10)
        + b"\4disk"
        + bytes(23)
        + bytes(12)
        + bytes([len(short)])
        + short.ljust(63, b"\0")
        + bytes(16)
        + struct.pack(">HH", 1, 1)
        + bytes(16)
        + path
        + struct.pack(">hH", -1, 0)
        + bytes(80)
    )
    entry = struct.pack(">I4sI", 12 + len(alias), b"alis", 0) + alias
    body = struct.pack(">II", 0, 1) + entry
    return struct.pack(">I4s", 8 + len(body), b"dref") + body


def _written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path
