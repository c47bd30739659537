"""Streams of numbers, good ones and bad ones, to compare block tests on.

    streams.py FOLDER [--small]

Writes each stream to a file of its name: 4 bytes to begin with, then blocks of 2,500 bytes. The same streams each
time, with any Python: `counts.txt` of the fixtures has what rngtest says about the small ones, and their digests.
"""
import hashlib
import pathlib
import random
import sys

BLOCK = 2500
BITS = 8 * BLOCK
RUNS = ((2315, 2685), (1114, 1386), (527, 723), (240, 384), (103, 209), (103, 209))


class Dice(random.Random):
    """Random numbers; only random() promises to be the same in all versions of Python."""

    def below(self, end):
        return int(self.random() * end)

    def between(self, low, high):
        return low + self.below(high - low + 1)

    def shuffled(self, items):
        items = list(items)
        for end in range(len(items), 1, -1):
            other = self.below(end)
            items[end - 1], items[other] = items[other], items[end - 1]
        return items


def good(name, blocks):
    return hashlib.shake_256(name.encode()).digest(4 + BLOCK * blocks)


def biased(name, blocks, ones):
    """Bits that are one with a probability of so many 65536ths."""
    size = 4 + BLOCK * blocks
    bits = 0
    for digit in range(16):
        other = int.from_bytes(hashlib.shake_256(("%s %d" % (name, digit)).encode()).digest(size), "big")
        bits = bits | other if ones >> digit & 1 else bits & other
    return bits.to_bytes(size, "big")


def repeating(name, blocks, period):
    size = 4 + BLOCK * blocks
    return (hashlib.shake_256(name.encode()).digest(period) * (size // period + 1))[:size]


def block_of(bits):
    assert len(bits) == BITS
    return int(bits, 2).to_bytes(BLOCK, "big")


def bits_of(block):
    return format(int.from_bytes(block, "big"), "0%db" % BITS)


def blocks_of(name, count):
    """Good blocks."""
    stream = good(name, count)[4:]
    return [stream[start:start + BLOCK] for start in range(0, len(stream), BLOCK)]


def stream_of(name, blocks):
    return good(name, 0) + b"".join(blocks)


def monobit_edges(name):
    """Blocks with just as many ones as are allowed, and with one more or less."""
    dice, blocks = Dice(name), []
    for ones in (9724, 9725, 9726, 10274, 10275, 10276):
        bits = list(bits_of(blocks_of(name, 1)[0]))
        wrong = bits.count("1") - ones
        places = [place for place, bit in enumerate(bits) if bit == ("1" if wrong > 0 else "0")]
        for place in dice.shuffled(places)[:abs(wrong)]:
            bits[place] = "0" if wrong > 0 else "1"
        blocks.append(block_of("".join(bits)))
    return stream_of(name, blocks)


def nibble_counts(dice, total):
    """How often each nibble is there, so that the sum of the squares is as wanted: by moving some towards it."""
    counts = [312] * 8 + [313] * 8
    missing = total - sum(count * count for count in counts)
    while missing:
        a, b = dice.below(16), dice.below(16)
        moved = dice.between(1, 40 if abs(missing) > 2000 else 3)
        change = 2 * moved * (counts[a] - counts[b] + moved)
        # Now and then a step back, so as not to get stuck.
        if a != b and counts[b] >= moved and (abs(missing - change) <= abs(missing) or not dice.below(50)):
            counts[a] += moved
            counts[b] -= moved
            missing -= change
    return counts


def poker_edges(name):
    """Blocks at both limits of the sum of squares, which is always even; each with all four ends."""
    dice, blocks = Dice(name), []
    for total in (1563172, 1563174, 1563176, 1563178, 1576926, 1576928, 1576930, 1576932):
        for _ in range(6):
            counts = nibble_counts(dice, total)
            nibbles = dice.shuffled("0123456789abcdef"[value] for value in range(16) for _ in range(counts[value]))
            blocks.append(bytes.fromhex("".join(nibbles)))
    return stream_of(name, blocks)


def run_counts(dice, bucket, count):
    """Numbers of runs within the limits, but for one; so that they fill half of a block."""
    while True:
        counts = [dice.between(low + 2, high - 2) for low, high in RUNS]
        counts[bucket] = count
        rest = BITS // 2 - sum(length * counts[length - 1] for length in range(1, 6))
        if 6 * counts[5] <= rest <= 12 * counts[5]:
            return counts, rest


def with_runs(dice, bucket, count):
    counts, rest = run_counts(dice, bucket, count)
    lengths = [length for length in range(1, 6) for _ in range(counts[length - 1])]
    long = [rest // counts[5] + (number < rest % counts[5]) for number in range(counts[5])]
    zeros, ones = dice.shuffled(lengths + long), dice.shuffled(lengths + long)
    pairs = ["0" * zero + "1" * one if dice.leads else "1" * one + "0" * zero for zero, one in zip(zeros, ones)]
    return block_of("".join(pairs))


def run_edges(name):
    """Blocks with just as many runs of a length as are allowed, and with some more or less."""
    dice, blocks = Dice(name), []
    for bucket, (low, high) in enumerate(RUNS):
        for count in (low - 2, low - 1, low, low + 1, high - 1, high, high + 1, high + 2):
            # More of the last, where how a block begins and ends matters.
            for _ in range(2 if bucket < 5 else 8):
                dice.leads = dice.below(2)
                blocks.append(with_runs(dice, bucket, count))
    return stream_of(name, dice.shuffled(blocks))


def long_run_edges(name):
    """Runs of 25, 26 and 27 equal bits at the beginning, in the midst and at the end of blocks."""
    blocks = []
    for number, block in enumerate(blocks_of(name, 24)):
        run, bits = 25 + number % 3, bits_of(block)
        bit, other = ("0", "1") if number // 12 else ("1", "0")
        place = (0, 1, 9999, BITS - run)[number // 3 % 4]
        before = bits[:max(place - 1, 0)] + other * (place > 0)
        after = (other + bits[place + run + 1:]) if place + run < BITS else ""
        blocks.append(block_of(before + bit * run + after))
    # A run that a block ends and the next one begins.
    first, second = (bits_of(block) for block in blocks_of(name + " border", 2))
    blocks += [block_of(first[:-20] + "1" * 20), block_of("1" * 20 + second[20:])]
    return stream_of(name, blocks)


def word_edges(name):
    """Words of 4 bytes that repeat: where the stream begins, in the midst, over a border, and not at a multiple of 4."""
    start = good(name, 0)
    blocks = [bytearray(block) for block in blocks_of(name + " blocks", 6)]
    blocks[0][0:4] = start
    blocks[1][1000:1004] = blocks[1][1004:1008]
    blocks[3][0:4] = blocks[2][-4:]
    blocks[4][1001:1005] = blocks[4][1005:1009]
    blocks[5][-4:] = blocks[5][-8:-4]
    return start + b"".join(blocks)


def small():
    yield "good", good("good 7", 1500)
    yield "biased-50.5", biased("biased-50.5", 100, 33096)
    yield "biased-51", biased("biased-51", 100, 33423)
    yield "biased-52", biased("biased-52", 20, 34079)
    yield "biased-49", biased("biased-49", 100, 32113)
    for period in (1, 4, 5, 6, 100, BLOCK, BLOCK + 1):
        yield "period-%d" % period, repeating("period-%d" % period, 20, period)
    for byte in (0x00, 0xFF, 0x55, 0x0F):
        yield "constant-%02x" % byte, bytes([byte]) * (4 + 3 * BLOCK)
    for edges in (monobit_edges, poker_edges, run_edges, long_run_edges, word_edges):
        name = edges.__name__.replace("_", "-")
        yield name, edges(name)


def large():
    yield "large-good", good("large-good", 20000)
    for ones in (32932, 33096, 33423, 34079, 32440):
        name = "large-biased-%d" % ones
        yield name, biased(name, 1500, ones)
    for number in range(12):
        name = "large-run-edges-%d" % number
        yield name, run_edges(name)
        name = "large-poker-edges-%d" % number
        yield name, poker_edges(name)


def main(folder, *options):
    streams = list(small())
    if "--small" not in options:
        streams += large()
    for name, stream in streams:
        pathlib.Path(folder, name).write_bytes(stream)


if __name__ == "__main__":
    main(*sys.argv[1:])
