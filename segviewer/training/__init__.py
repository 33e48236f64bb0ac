"""Training: what ``segviewer train`` does, and the lecture's heads on one frozen backbone."""
