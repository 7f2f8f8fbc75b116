"""One cheap, well-mixing hash: the only source of chance in the stand-ins' data."""

_MASK = 0xFFFFFFFFFFFFFFFF


def mix(index: int, seed: int, stream: int = 0) -> int:
    """
    Return 64 bits that depend on `index`, `seed` and `stream` alone.

    The finaliser of splitmix64: equal arguments give equal bits on every machine, neighbours
    give unrelated ones. `stream` separates uses, so that a PIN tells nothing of a street.
    """
    value = (
        index * 0x9E3779B97F4A7C15
        + seed * 0xD1B54A32D192ED03
        + stream * 0x8CB92BA72F3D8DD7
        + 0x632BE59BD9B4E019
    ) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)
