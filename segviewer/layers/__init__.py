"""Building blocks in torch: atrous convolution, backbones, pyramids, upsampling."""
