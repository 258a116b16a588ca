"""Transport streams of several programs, put together from streams of one each (ISO/IEC 13818-1, 2.4)."""

from pathlib import Path

from media_factory import Clip, make_video

PACKET = 188
PAT, SDT = 0, 17  # packet identifiers


def make_programs(path: Path, clips: list[Clip]) -> Path:
    """Write one file with a program per clip; streams of program n have identifiers from 256·n on."""
    parts = [
        _program(path.with_name(f"program{number}.ts"), clip, number) for number, clip in enumerate(clips, 1)
    ]
    table = _association_table(range(1, len(clips) + 1))
    longest = max(map(len, parts))
    mixed = [part[index] for index in range(longest) for part in parts if index < len(part)]
    path.write_bytes(table + b"".join(mixed))
    return path


def _program(path: Path, clip: Clip, number: int) -> list[bytes]:
    """Make a stream of one program, and return its packets without the tables that tell of programs."""
    options = {
        "mpegts_service_id": str(number),
        "mpegts_pmt_start_pid": str(4096 + number),
        "mpegts_start_pid": str(256 * number),
    }
    data = make_video(path, clip, container_options=options).read_bytes()
    packets = [data[start : start + PACKET] for start in range(0, len(data), PACKET)]
    return [packet for packet in packets if identifier(packet) not in (PAT, SDT)]


def identifier(packet: bytes) -> int:
    """The stream or table that a packet belongs to."""
    return (packet[1] & 0x1F) << 8 | packet[2]


def _association_table(numbers: range) -> bytes:
    """One packet: the table that lists which programs there are."""
    programs = b"".join(
        number.to_bytes(2, "big") + (0xE000 | 4096 + number).to_bytes(2, "big") for number in numbers
    )
    body = b"\0\1\xc1\0\0" + programs  # stream identifier, version 0, sections 0 to 0
    section = b"\0" + (0xB000 | len(body) + 4).to_bytes(2, "big") + body
    packet = b"\x47\x40\0\x10\0" + section + _checksum(section).to_bytes(4, "big")
    return packet.ljust(PACKET, b"\xff")


def _checksum(data: bytes) -> int:
    """CRC-32 as annex A has it: most significant bit first."""
    rest = 0xFFFFFFFF
    for byte in data:
        rest ^= byte << 24
        for _ in range(8):
            rest = (rest << 1 ^ (0x04C11DB7 if rest & 0x80000000 else 0)) & 0xFFFFFFFF
    return rest
