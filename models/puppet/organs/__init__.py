"""The organs of the face that a pose redraws: brows, eyes and mouth."""
