"""The random text of make-data.py: the same for the same seed, in every process."""

import itertools
import random


def seeded(*names):
    """A generator for one purpose; seeding with a text gives the same one in every process."""
    return random.Random("varve benchmark data/" + "/".join(str(name) for name in names))


class Prose:
    """Text with few frequent and many rare words, made quickly out of ready phrases."""

    WORDS = 25_000
    PHRASES = 120_000

    def __init__(self):
        rng = seeded("prose")
        consonants = "bcdfghjklmnprstvwz"
        syllables = [c + v for c in consonants for v in "aeiou"] + ["an", "er", "in", "on", "st"]
        words = ["".join(rng.choices(syllables, k=rng.randint(1, 4))) for _ in range(self.WORDS)]
        frequencies = list(itertools.accumulate(1 / (rank + 2) for rank in range(self.WORDS)))
        ends = (" ", " ", " ", ", ", ".\n", ";\n")
        self.phrases = [
            " ".join(rng.choices(words, cum_weights=frequencies, k=rng.randint(3, 8)))
            + rng.choice(ends)
            for _ in range(self.PHRASES)
        ]
        self.mean = sum(map(len, self.phrases[:1000])) / 1000

    def text(self, rng, length):
        """ASCII text of exactly this length."""
        parts = []
        missing = length
        while missing > 0:
            more = rng.choices(self.phrases, k=int(missing / self.mean) + 1)
            parts += more
            missing -= sum(map(len, more))
        return "".join(parts)[:length]

    def data(self, rng, length):
        return self.text(rng, length).encode()
