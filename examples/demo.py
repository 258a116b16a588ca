"""Render a short clip with sound and a burned-in logo, repair it, and show where everything lies.

Usage: ``python examples/demo.py FOLDER``. Nothing is downloaded: scene, sound and logo are drawn here.
"""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

WIDTH, HEIGHT, RATE, FRAMES = 1280, 720, 25, 100
PANORAMA_WIDTH, PANORAMA_HEIGHT = 2000, 800
LOGO_X, LOGO_Y = 1010, 48
SAMPLE_RATE = 48_000


def panorama() -> np.ndarray:
    """Paint a landscape, uint8 RGB: sky, clouds, hills, a town with lit windows, a meadow."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[:PANORAMA_HEIGHT, :PANORAMA_WIDTH].astype(np.float32)
    down = (y / PANORAMA_HEIGHT)[..., None]
    scene = np.array([70, 120, 200]) * (1 - down) + np.array([250, 205, 160]) * down
    clouds = _smooth_noise(rng, (220, 60)) * np.clip(1 - y / 330, 0, 1)
    scene += np.clip(clouds - 0.15, 0, 1)[..., None] * 150
    for layer, (base, height, color) in enumerate(
        [(430, 110, (95, 110, 140)), (500, 90, (70, 95, 95)), (575, 60, (52, 84, 60))]
    ):
        ridge = (
            base
            - height * _smooth_noise(rng, (160 - 40 * layer, 1))[0]
            - 14 * np.sin(x[0] / (37 + 9 * layer))
        )
        texture = 14 * _smooth_noise(rng, (9, 6))
        scene = np.where((y > ridge)[..., None], np.array(color) + texture[..., None], scene)
    scene = np.clip(scene, 0, 255).astype(np.uint8)
    _town(scene, rng)
    return scene


def _smooth_noise(rng: np.random.Generator, scale: tuple[int, int]) -> np.ndarray:
    """Noise in [-1, 1] whose features are about ``scale`` (x, y) pixels large."""
    small = (max(2, PANORAMA_WIDTH // scale[0]), max(2, PANORAMA_HEIGHT // scale[1]))
    noise = rng.uniform(-1, 1, small[::-1]).astype(np.float32)
    return cv2.resize(noise, (PANORAMA_WIDTH, PANORAMA_HEIGHT), interpolation=cv2.INTER_CUBIC)


def _town(scene: np.ndarray, rng: np.random.Generator) -> None:
    x = 40
    while x < PANORAMA_WIDTH - 120:
        width, height = int(rng.integers(50, 110)), int(rng.integers(90, 420))
        top, wall = 700 - height, [int(c) for c in rng.integers(60, 170, 3)]
        cv2.rectangle(scene, (x, top), (x + width, 700), wall, -1)
        for wy in range(top + 10, 685, 22):
            for wx in range(x + 8, x + width - 10, 18):
                light = [245, 225, 140] if rng.random() < 0.5 else [40, 50, 70]
                cv2.rectangle(scene, (wx, wy), (wx + 9, wy + 12), light, -1)
        x += width + int(rng.integers(-5, 60))


def camera(scene: np.ndarray, index: int) -> np.ndarray:
    """Look at the scene through a camera that pans and zooms a little."""
    time = index / FRAMES
    zoom = 1.0 + 0.08 * np.sin(np.pi * time)
    left, top = 40 + 560 * time, 40 + 20 * np.sin(2 * np.pi * time)
    matrix = np.array([[zoom, 0, -left * zoom], [0, zoom, -top * zoom]])
    return cv2.warpAffine(scene, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_AREA)


def logo() -> tuple[np.ndarray, np.ndarray]:
    """Draw the logo: RGB picture and mask of the whole frame."""
    picture, mask = np.zeros((HEIGHT, WIDTH, 3), np.uint8), np.zeros((HEIGHT, WIDTH), np.uint8)
    centre = (LOGO_X + 50, LOGO_Y + 50)
    for canvas, ring, text in ((picture, (230, 40, 60), (255, 255, 255)), (mask, 255, 255)):
        cv2.circle(canvas, centre, 40, ring, 12, cv2.LINE_AA)
        cv2.putText(
            canvas, "demo", (LOGO_X + 104, LOGO_Y + 66), cv2.FONT_HERSHEY_DUPLEX, 1.6, text, 6, cv2.LINE_AA
        )
    return picture, np.where(mask > 0, 255, 0).astype(np.uint8)


def sound() -> np.ndarray:
    """Compose four seconds of chords, float32 (2, samples)."""
    time = np.arange(SAMPLE_RATE * FRAMES // RATE) / SAMPLE_RATE
    chords = [(220.0, 277.2, 329.6), (246.9, 311.1, 370.0), (196.0, 246.9, 293.7), (220.0, 277.2, 329.6)]
    voices = np.zeros_like(time)
    for second, chord in enumerate(chords):
        inside = (time >= second) & (time < second + 1)
        envelope = np.exp(-2 * (time - second)) * inside
        voices += envelope * sum(np.sin(2 * np.pi * note * time) for note in chord) / 6
    return np.stack([voices, voices]).astype(np.float32)


def render(path: Path, mask_path: Path) -> None:
    """Write the clip with its logo, and the logo's mask."""
    scene, (picture, mask) = panorama(), logo()
    cv2.imwrite(str(mask_path), mask)
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=RATE, options={"crf": "17", "preset": "fast"})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        context = video.codec_context
        context.color_primaries = context.color_trc = context.colorspace = context.color_range = 1  # BT.709
        audio = container.add_stream("aac", rate=SAMPLE_RATE, layout="stereo")
        for index in range(FRAMES):
            image = np.where(mask[..., None] > 0, picture, camera(scene, index))
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            container.mux(video.encode(frame.reformat(format="yuv420p", dst_colorspace="ITU709")))
        samples = av.AudioFrame.from_ndarray(sound(), format="fltp", layout="stereo")
        samples.sample_rate = SAMPLE_RATE
        samples.time_base, samples.pts = Fraction(1, SAMPLE_RATE), 0
        resampler = av.AudioResampler(format="fltp", layout="stereo", rate=SAMPLE_RATE, frame_size=1024)
        for part in [*resampler.resample(samples), *resampler.resample(None)]:
            container.mux(audio.encode(part))
        container.mux(audio.encode(None))
        container.mux(video.encode(None))


def before_and_after(before: Path, after: Path, picture: Path) -> None:
    """Save one frame of both clips, one above the other, and below them the logo's corner enlarged."""
    frames = [_frame(path, FRAMES // 2) for path in (before, after)]
    corners = [frame[20:180, 960:1280] for frame in frames]
    detail = np.hstack([cv2.resize(corner, (640, 320), interpolation=cv2.INTER_CUBIC) for corner in corners])
    sheet = np.vstack([np.hstack([cv2.resize(frame, (640, 360)) for frame in frames]), detail])
    cv2.imwrite(str(picture), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))


def _frame(path: Path, index: int) -> np.ndarray:
    with av.open(str(path)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number == index:
                return frame.to_ndarray(format="rgb24")
    raise IndexError(index)


def main(folder: Path) -> int:
    """Render, restore, compare."""
    folder.mkdir(parents=True, exist_ok=True)
    clip, mask, result = folder / "with-logo.mp4", folder / "logo-mask.png", folder / "restored.mp4"
    render(clip, mask)
    options = ["restore", str(clip), "-o", str(result), "--mask", str(mask), "--grow", "3", "--feather", "2"]
    options += ["--overwrite", "--report", str(folder / "report.json")]
    print("$ rfr-video", *options, flush=True)
    code = subprocess.run([sys.executable, "-m", "rfr_video", *options], check=False).returncode
    if code == 0:
        picture = folder / "before-after.png"
        before_and_after(clip, result, picture)
        print(f"the repaired video: {result}")
        print(f"before and after:   {picture}")
        print(f"the report:         {folder / 'report.json'}")
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("demo")))
