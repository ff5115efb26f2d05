"""From a teacher to a student (THA4 §5.2)."""
