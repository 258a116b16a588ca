"""Files that name other files: nothing but the file itself is opened, whatever it says."""

import resource
import threading
import time
import zlib

import av
import cv2
import numpy as np
import pytest
from av.error import FFmpegError
from hostile_factory import (
    concat,
    dash,
    numbered,
    playlist,
    reference_movie,
    secret_and_listener,
    session,
    subtitle_index,
)
from media_factory import Clip, make_video

from rfr_video.cli import main
from rfr_video.media.containers import SELF_CONTAINED

MAKERS = [playlist, concat, dash, session, subtitle_index, numbered, reference_movie]
OPTIONS = ["--fill", "classical", "--box", "9,7,31,17"]


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("place", ["beside", "absolute", "file", "http"])
def test_a_file_that_names_others_reaches_none(capsys, tmp_path, make, place):
    with secret_and_listener(tmp_path) as (secret, listener):
        target = {
            "beside": secret.path.name,
            "absolute": str(secret.path),
            "file": f"file:{secret.path}",
            "http": f"http://127.0.0.1:{listener.port}/secret.ts",
        }[place]
        source = make(tmp_path, target)
        assert main(["restore", str(source), "-o", str(tmp_path / "r.mkv"), *OPTIONS]) == 3
        assert main(["probe", str(source)]) == 3
        video = make_video(tmp_path / "video.mkv", Clip(frames=3))
        masked = ["-o", str(tmp_path / "r.mkv"), "--mask", str(source), "--fill", "classical"]
        assert main(["restore", str(video), *masked]) == 4
        assert capsys.readouterr().err.count("\n") == 3
        assert not secret.was_opened()
        assert not listener.was_called()
        assert not (tmp_path / "r.mkv").exists()


@pytest.mark.parametrize("make", [playlist, concat, subtitle_index, numbered, reference_movie])
def test_without_the_guard_they_would_reach_a_file(tmp_path, make):
    with secret_and_listener(tmp_path) as (secret, _):
        source = make(tmp_path, str(secret.path) if make is not concat else secret.path.name)
        try:
            with av.open(str(source), options={"enable_drefs": "1", "use_absolute_path": "1"}) as container:
                list(container.demux())
        except FFmpegError:
            pass
        assert secret.was_opened()


def test_without_the_guard_they_would_reach_the_network(tmp_path):
    with secret_and_listener(tmp_path) as (_, listener):
        source = playlist(tmp_path, f"http://127.0.0.1:{listener.port}/secret.ts")
        options = {"protocol_whitelist": "file,http,tcp"}

        def call():
            with pytest.raises(FFmpegError):
                av.open(str(source), options=options)

        caller = threading.Thread(target=call)
        caller.start()
        while not listener.was_called():
            assert caller.is_alive()
            time.sleep(0.01)
        listener.close()  # so that it is called in vain from now on
        caller.join()


def test_all_kinds_that_are_read_are_known_to_ffmpeg():
    for name in SELF_CONTAINED:
        av.format.ContainerFormat(name, "r")


def test_attachments_and_titles_do_nothing(capsys, tmp_path):
    """Names that lead out of the folder, and codes that would take over a terminal."""
    title = "\x1b]0;taken\x07\x9b2J over"
    with av.open(str(tmp_path / "source.mkv"), "w") as container:
        container.metadata["title"] = title
        with av.open(str(make_video(tmp_path / "plain.mkv", Clip(frames=3)))) as plain:
            stream = container.add_stream_from_template(plain.streams.video[0], opaque=True)
            container.add_attachment(f"../{title}.txt", "text/plain", b"out of its folder")
            for packet in plain.demux():
                if packet.size:
                    packet.stream = stream
                    container.mux(packet)
    before = sorted(path.name for path in tmp_path.iterdir())
    source = str(tmp_path / "source.mkv")
    assert main(["probe", source]) == 0
    assert main(["restore", source, "-o", str(tmp_path / "r.mkv"), *OPTIONS]) == 0
    shown = capsys.readouterr()
    assert not {"\x1b", "\x07", "\x9b"} & set(shown.out + shown.err)
    assert "\\x1b]0;taken" in shown.out
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*before, "r.mkv"])
    assert not list(tmp_path.parent.glob("*taken*"))


def test_a_mask_of_a_few_bytes_that_promises_a_lot_is_not_decoded(capsys, tmp_path):
    """A white PNG of 900 megapixels takes a megabyte."""
    source = make_video(tmp_path / "source.mkv", Clip(frames=3))
    done, data = cv2.imencode(".png", np.full((64, 96), 255, np.uint8))
    assert done
    huge = bytearray(data.tobytes())
    huge[16:24] = (30_000).to_bytes(4) * 2
    huge[29:33] = zlib.crc32(huge[12:29]).to_bytes(4)
    (tmp_path / "mask.png").write_bytes(huge)
    options = ["-o", str(tmp_path / "r.mkv"), "--mask", str(tmp_path / "mask.png")]
    assert main(["restore", str(source), *options]) == 4
    assert "is 30000×30000, the picture is 96×64" in capsys.readouterr().err


def test_a_chunk_of_a_mask_that_states_gigabytes_is_not_made_room_for(capsys, tmp_path):
    """OpenCV would take four gigabytes for a file of two hundred bytes."""
    source = make_video(tmp_path / "source.mkv", Clip(frames=3))
    _, data = cv2.imencode(".png", np.full((64, 96), 255, np.uint8))
    whole = bytearray(data.tobytes())
    whole[33:37] = b"\xff\xff\xff\xff"  # the length of the chunk behind the header
    (tmp_path / "mask.png").write_bytes(whole)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    options = ["-o", str(tmp_path / "r.mkv"), "--mask", str(tmp_path / "mask.png")]
    assert main(["restore", str(source), *options]) == 4
    assert "is damaged or not an image" in capsys.readouterr().err
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000  # kilobytes
