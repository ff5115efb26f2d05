"""The full systems of THA4 and THA3: from one picture and a pose to the posed picture."""
