"""Labs on atrous convolution."""
