"""Motion capture as it comes over the network: bytes in, a tracked face out.

One file per format; each reads one packet by a pure function that returns `Tracked` or raises `PacketError`.
"""
