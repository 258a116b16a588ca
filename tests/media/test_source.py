"""What is told of streams that nobody knows."""

import av
from media_factory import Clip, make_video

from rfr_video.cli import main
from rfr_video.media.probe import probe


def test_sound_in_an_unknown_codec_has_no_name(capsys, tmp_path):
    source = make_video(tmp_path / "source.mov", Clip(audio_tracks=1, audio_codec="pcm_s16le", frames=3))
    source.write_bytes(source.read_bytes().replace(b"sowt", b"what"))
    with av.open(str(source)) as container:
        assert container.streams.audio[0].codec_context is None
    (other,) = probe(source).others
    assert (other.kind, other.codec) == ("audio", "unknown")
    options = ["-o", str(tmp_path / "r.mkv"), "--box", "9,7,31,17", "--fill", "classical"]
    assert main(["restore", str(source), *options]) == 6
    assert "container matroska cannot carry stream 1 (audio, unknown)" in capsys.readouterr().err
    assert main(["restore", str(source), *options, "--drop-unsupported"]) == 0
    into_mov = ["-o", str(tmp_path / "r.mov"), "--box", "9,7,31,17", "--fill", "classical"]
    assert main(["restore", str(source), *into_mov, "--drop-unsupported"]) == 0
