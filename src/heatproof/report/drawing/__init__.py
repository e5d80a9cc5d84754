"""What all figures share: how they are found, how large they are, how they look, how they are written."""
