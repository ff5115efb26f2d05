"""Training of THA4's full system: its two body networks, from pictures at rest and posed (THA4 §4.2)."""
