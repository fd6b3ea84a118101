"""Tools of demo/quality.py. Nothing here is used in training."""
