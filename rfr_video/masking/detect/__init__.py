"""Finding what is to be replaced.

Two families (:mod:`rfr_video.masking.detect.detector`): **overlays** such as logos are found by a scan over
the whole file, **defects** such as dropouts frame by frame, while frames stream by.
"""
