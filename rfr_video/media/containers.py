"""Facts about containers that libavformat does not tell: what they can say about time."""

ISO_FAMILY = ("mp4", "mov", "ipod", "3gp", "3g2", "psp", "ismv", "f4v")
"""MP4 and its kin: durations stored in coding order, timecode and chapter tracks written by the muxer."""

MATROSKA_FAMILY = ("matroska", "webm")
"""Count milliseconds."""

PROGRAM_STREAMS = ("mpeg", "vob", "svcd", "dvd")

SINGLE_FILES = (
    *ISO_FAMILY,
    *MATROSKA_FAMILY,
    *PROGRAM_STREAMS,
    "asf",
    "avi",
    "dv",
    "flv",
    "mpegts",
    "mxf",
    "nut",
    "ogg",
)
"""What can be written to: one file with timestamps; playlists and bare streams cannot."""

COVER_AS_STREAM = ("mp4", "ipod")
COVER_AS_ATTACHMENT = ("matroska",)
"""How a cover picture is stored; other containers have no place for one."""

MPEGTS_CODECS = frozenset(
    {
        *("mpeg1video", "mpeg2video", "mpeg4", "h264", "hevc", "vvc", "cavs", "dirac", "vc1"),
        *("mp1", "mp2", "mp3", "aac", "aac_latm", "ac3", "eac3", "dts", "truehd", "opus", "s302m"),
        *("pcm_bluray", "dvb_subtitle", "dvb_teletext", "hdmv_pgs_subtitle"),
        *("klv", "scte_35", "timed_id3", "epg"),
    }
)
"""What has a stream type of its own; libavformat writes all else as data that nobody can read."""

NO_NEGATIVE_TIMES = ("mpegts", "flv", *PROGRAM_STREAMS)
"""Have no times below 0, which decoding ahead of the first picture would need."""

NO_PRESENTATION_TIMES = ("avi",)
"""Store the order of decoding only; readers guess the rest."""

SELF_CONTAINED = (
    *("mov", "matroska", "webm", "avi", "mpegts", "mpeg", "mxf", "nut", "ogg", "asf", "asf_o", "flv", "dv"),
    *("live_flv", "swf", "rm", "wtv", "gxf", "lxf", "nsv", "nuv", "ty", "pva", "ivf", "yuv4mpegpipe"),
    *("h261", "h263", "h264", "hevc", "vvc", "obu", "av1", "m4v", "mpegvideo", "mjpeg", "mjpeg_2000"),
    *("vc1", "vc1test", "dirac", "dnxhd", "cavsvideo", "cine", "ser", "dhav", "gif", "apng"),
    *(
        "aac",
        "ac3",
        "eac3",
        "dts",
        "truehd",
        "flac",
        "mp3",
        "wav",
        "w64",
        "caf",
        "aiff",
        "au",
        "amr",
        "ass",
        "srt",
    ),
)
"""What is read: kinds of file that hold all that is in them. Those of sound and text are read to be able to
say that they hold no video."""

VIDEO_SUFFIXES = frozenset(
    (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".m2ts", ".mpg", ".mpeg", ".mxf")
)
"""What a file in a folder of videos is called, in lower case."""
