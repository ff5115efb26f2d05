"""From a drawing to a character's picture, by the constraints that THA4's pictures meet."""
