"""A camera as a source of frames: which there are, and the newest frame of one."""
