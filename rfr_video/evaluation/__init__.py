"""Measuring: how close what fills a hole comes to what was there."""
