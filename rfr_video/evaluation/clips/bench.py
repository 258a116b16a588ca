"""What a measurement on clips needs, opened and checked before it starts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rfr_video.config import ClipsConfig
from rfr_video.errors import UsageError
from rfr_video.evaluation.clips.logo_file import Placement, logo_overlay
from rfr_video.evaluation.clips.mask_folder import MaskFolderOverlay
from rfr_video.evaluation.clips.material import list_clips, scene_of
from rfr_video.evaluation.clips.methods import ClipMethod, clip_method
from rfr_video.evaluation.clips.overlays import Overlay, Scene, drawn_overlay
from rfr_video.evaluation.clips.tape import TapeOverlay
from rfr_video.pipeline.flow_choice import check_flow
from rfr_video.rfrnet.manifest import find_weights


@dataclass(frozen=True)
class ClipsBench:
    """Everything that a measurement needs, opened and checked.

    Attributes:
        config: As given.
        scenes: The clips.
        overlays: What is burned in.
        methods: What is measured.
    """

    config: ClipsConfig
    scenes: tuple[Scene, ...]
    overlays: tuple[Overlay, ...]
    methods: tuple[ClipMethod, ...]

    @classmethod
    def open(cls, sources: Sequence[Path], config: ClipsConfig) -> "ClipsBench":
        """Find and try the clips, logos, masks, noise and weights.

        Raises:
            InputError: There are no clips, or a clip, logo or video of noise cannot be used.
            MaskError: Masks are missing, or do not fit their clip.
            WeightsError: There are no such weights.
            UsageError: Something is given twice, FFmpeg lacks a filter, or RAFT cannot be used.
        """
        paths = list_clips(sources)
        if repeated := {path for path in paths if paths.count(path) > 1}:
            raise UsageError(f"{min(repeated)} is given more than once; give it once")
        if config.weights is not None:
            find_weights(config.weights)
        check_flow(config.flow)
        scenes = tuple(scene_of(path, protocol=config.protocol) for path in paths)
        odd = [scene for scene in scenes if scene.width % 2 or scene.height % 2]
        if config.crf is not None and odd:
            raise UsageError(
                f"{odd[0].info.path} is {odd[0].width}×{odd[0].height}, and 4:2:0 needs even sizes; leave "
                "out --crf, or the clip"
            )
        overlays = tuple(_overlays(config))
        names = [overlay.name for overlay in overlays]
        if alike := {name for name in names if names.count(name) > 1}:
            raise UsageError(f"two overlays are called {min(alike)}; give one of them another file name")
        for scene in scenes:
            for overlay in overlays:
                with overlay.open(scene):
                    pass
        methods = (clip_method(name, config) for name in config.methods)
        return cls(config, scenes, overlays, tuple(methods))


def _overlays(config: ClipsConfig) -> Iterator[Overlay]:
    placement = Placement(
        opacity=config.opacity, corner=config.corner, width_share=config.logo_width_percent / 100
    )
    yield from (drawn_overlay(name, opacity=config.opacity) for name in config.overlays)
    yield from (logo_overlay(path, placement) for path in config.logo)
    if config.mask_folder:
        yield MaskFolderOverlay(config.mask_folder)
    yield from (TapeOverlay(path) for path in config.tape)
