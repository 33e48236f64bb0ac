"""Labs on gridding and its remedies."""
