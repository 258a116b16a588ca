"""Finding what was laid over a video and stands still: logos, watermarks, score boxes."""
