"""Puppets: characters drawn in code, whose rig answers to every pose parameter as a teacher does."""
