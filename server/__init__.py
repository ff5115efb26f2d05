"""Who is drawn when, and how it gets out."""

__version__ = "0.1.0"
