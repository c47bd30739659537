#!/usr/bin/env python3
"""What a test server finds out about its random numbers, told on its console.

The user data of the test server: cloud-init runs it once, as root. It needs nothing but Python 3.6 or newer, no
package, no network. It changes nothing, ends in bounded time, and always prints its end line. A section that could
not be found out says so.

    script.py                 the sections, three times, on the console (where there is none, on standard output)
    script.py --once          the sections, once, on standard output
    script.py --stream FILE   only the block tests, over all whole blocks of a file, as plain lines

A console is shared with the kernel, with systemd and with the login prompt, and it is often cut. So each line says
what it belongs to and carries a checksum, and everything is printed three times. console.rs reads it back:

    _scs-test <section> <ok|error> <number>/<lines> <length of text> <checksum> <text>

The checksum is the CRC-32 of "<nonce><section> <ok|error> <number>/<lines> <text>", in eight hexadecimal digits. The
nonce is a random value that the user data of this run has, and no other: what another server has printed, or this one
in an earlier run, does not fit. The last line of a copy is that of the section "end". Its text is "run=<nonce>", and
names all sections, each as "<section>=<lines>:<checksum>", with the checksum of its state and its lines, joined by line
feeds.
"""
import itertools
import os
import platform
import re
import signal
import struct
import subprocess
import sys
import time
import zlib

NONCE = "none"  # the suite puts the nonce of the run here
MARKER = "_scs-test"
COPIES = 3
PAUSE = 2  # seconds between copies
TEXT = 160  # longest text of a line; longer ones are cut
LINES = 16  # most lines of a section; more are cut
SECTION_TIME = 180  # seconds for finding out one section
RNGTEST_TIME = 60  # seconds of these for rngtest
WRITING_TIME = 30  # seconds for writing one copy

RANDOM = "/dev/random"
BLOCKS = 1000
BLOCK = 2500  # bytes: 20,000 bits
TESTS = ("Monobit", "Poker", "Runs", "Long run", "Continuous run")
# How many runs of 1, 2, 3, 4, 5 and of at least 6 equal bits a block may have, of zeros and of ones alike.
RUNS = ((2315, 2685), (1114, 1386), (527, 723), (240, 384), (103, 209), (103, 209))
LONG_RUN = 26

# The instructions that give entropy, by the key of the line of /proc/cpuinfo that names them: x86, and ARM (RNDR).
INSTRUCTIONS = {"flags": ("rdrand", "rdseed"), "Features": ("rng",)}


class Fips:
    """The block tests of FIPS 140-2, with the decisions of rngtest.

    These include its two oddities: the last run of a block is counted with those of the other bit, and a block that
    begins with another bit than the one before ended with counts a run too many (of at least six), where it begins
    with a one, or a nibble 15 too many, where it begins with a zero.
    """

    def __init__(self, bootstrap):
        self.last_word = struct.unpack("<I", bootstrap)[0]
        self.last_bit = 0

    def failed(self, block):
        """The tests that a block fails."""
        number = int.from_bytes(block, "big")
        ones = equal_bits(number)
        zeros = equal_bits(number ^ ((1 << 8 * BLOCK) - 1))
        runs = [run_lengths(zeros), run_lengths(ones)]
        nibbles = [block.hex().count(digit) for digit in "0123456789abcdef"]
        self.count_oddly(number, runs, nibbles)
        words = struct.unpack("<%dI" % (BLOCK // 4), block)
        before = (self.last_word,) + words[:-1]
        self.last_word, self.last_bit = words[-1], number & 1
        verdicts = (
            not 9725 < ones[0] < 10275,
            not 1563176 <= sum(count * count for count in nibbles) <= 1576928,
            not all(low <= count <= high for side in runs for count, (low, high) in zip(side, RUNS)),
            has_run(number, LONG_RUN) or has_run(number ^ ((1 << 8 * BLOCK) - 1), LONG_RUN),
            any(word == previous for word, previous in zip(words, before)),
        )
        return [test for test, failed in zip(TESTS, verdicts) if failed]

    def count_oddly(self, number, runs, nibbles):
        """What rngtest counts differently from what one would count."""
        first, last = number >> (8 * BLOCK - 1), number & 1
        tail = ~number if last else number
        length = (tail & -tail).bit_length() - 1 if tail else 8 * BLOCK
        bucket = min(length, 6) - 1
        runs[last][bucket] -= 1
        runs[1 - last][bucket] += 1
        if first and not self.last_bit:
            runs[1][5] += 1
        elif self.last_bit and not first:
            nibbles[15] += 1


def equal_bits(number):
    """For n from 1 to 7: at how many places n ones follow each other."""
    counts, places = [], number
    for shift in range(1, 8):
        counts.append(bin(places).count("1"))
        places &= number >> shift
    return counts


def run_lengths(counts):
    """The numbers of runs of 1, 2, 3, 4, 5 and of at least 6, from the numbers of places."""
    at_least = [more - less for more, less in zip(counts, counts[1:])]
    return [more - less for more, less in zip(at_least, at_least[1:])] + at_least[-1:]


def has_run(number, length):
    """Whether so many ones follow each other."""
    places, covered = number, 1
    while covered < length:
        step = min(covered, length - covered)
        places &= places >> step
        covered += step
    return places != 0


def block_tests(stream, blocks):
    """Tests blocks of a stream, all there are if no number is given."""
    fips = Fips(stream.read(4))
    tested, failures, by_test = 0, 0, dict.fromkeys(TESTS, 0)
    while blocks is None or tested < blocks:
        block = stream.read(BLOCK)
        if len(block) < BLOCK and blocks is None:
            break
        failed = fips.failed(block)
        tested += 1
        failures += bool(failed)
        for test in failed:
            by_test[test] += 1
    return told("own", tested, failures, by_test)


def rngtest():
    """The same by the program rngtest, if it is there."""
    with open(RANDOM, "rb") as stream:
        command = ["rngtest", "-c", str(BLOCKS)]
        run = subprocess.run(command, stdin=stream, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             timeout=RNGTEST_TIME)
    text = run.stdout.decode("ascii", "replace")
    counts = {}
    for name in ("successes", "failures") + TESTS:
        found = re.search(r"FIPS 140-2\S* %s: ([0-9]+)\s*$" % name, text, re.MULTILINE)
        if not found:
            raise ValueError("rngtest does not say its " + name)
        counts[name] = int(found.group(1))
    blocks = counts["successes"] + counts["failures"]
    if blocks != BLOCKS:
        raise ValueError("rngtest ended after %d blocks" % blocks)
    return told("rngtest", blocks, counts["failures"], counts)


def told(source, blocks, failures, by_test):
    lines = ["source: " + source, "blocks: %d" % blocks, "failures: %d" % failures]
    return lines + ["%s failures: %d" % (test, by_test[test]) for test in TESTS]


def random_test():
    try:
        return rngtest()
    except FileNotFoundError:
        note = []
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        note = ["note: " + in_words(error)]
    with open(RANDOM, "rb") as stream:
        return block_tests(stream, BLOCKS) + note


def entropy_avail():
    return read("/proc/sys/kernel/random/entropy_avail").splitlines()


def cpu():
    """The instructions that every CPU shows."""
    shown = None
    for line in read("/proc/cpuinfo").splitlines():
        key, _, value = line.partition(":")
        known = INSTRUCTIONS.get(key.strip())
        if known:
            names = [name for name in known if name in value.split()]
            shown = names if shown is None else [name for name in shown if name in names]
    if shown is None:
        raise ValueError("/proc/cpuinfo does not tell the flags of the CPU")
    return ["architecture: " + platform.machine(), "instructions: " + (" ".join(shown) or "none")]


def kernel():
    name = re.search(r'^PRETTY_NAME="?([^"\n]*)', read("/etc/os-release"), re.MULTILINE)
    return ["release: " + platform.release(), "system: " + (name.group(1) if name else "unknown")]


def hw_random():
    lines = []
    for name in ("rng_available", "rng_current"):
        try:
            value = read("/sys/devices/virtual/misc/hw_random/" + name).strip() or "none"
        except OSError as error:
            value = "unknown, " + in_words(error)
        lines.append(name + ": " + value)
    return lines


SECTIONS = (
    ("entropy-avail", entropy_avail),
    ("random-test", random_test),
    ("cpu", cpu),
    ("kernel", kernel),
    ("hw-random", hw_random),
)


def read(path):
    """The text of a small file, or the beginning of a huge one.

    By small pieces, for the kernel refuses to fill a large buffer from /proc/sys.
    """
    with open(path, "rb", buffering=0) as file:
        pieces = itertools.islice(iter(lambda: file.read(4096), b""), 1024)
        return b"".join(pieces).decode("utf-8", "replace")


def in_words(error):
    return "%s: %s" % (type(error).__name__, error)


def printable(text):
    return "".join(char if " " <= char <= "~" else "?" for char in text)[:TEXT]


def found_out(function):
    """The state and the lines of a section."""
    signal.alarm(SECTION_TIME)
    try:
        state, lines = "ok", function()
    except Exception as error:
        signal.alarm(0)
        state, lines = "error", [in_words(error)]
    signal.alarm(0)
    return state, [printable(line) for line in lines[:LINES]] or [""]


def checksum(text):
    return "%08x" % zlib.crc32(text.encode("ascii"))


def framed(section, state, number, lines, text):
    head = "%s %s %d/%d" % (section, state, number, lines)
    return "%s %s %d %s %s\n" % (MARKER, head, len(text), checksum(NONCE + head + " " + text), text)


def copy_of(sections):
    """All lines of one copy."""
    lines, ending = [], ["run=" + NONCE]
    for name, (state, texts) in sections:
        for number, text in enumerate(texts, 1):
            lines.append(framed(name, state, number, len(texts), text))
        ending.append("%s=%d:%s" % (name, len(texts), checksum("\n".join([state] + texts))))
    return lines + [framed("end", "ok", 1, 1, " ".join(ending))]


def console():
    # Not as the controlling terminal, whose hang-up would end us.
    return os.open("/dev/console", os.O_WRONLY | os.O_NOCTTY | os.O_APPEND)


def standard_output():
    return os.dup(1)


def write(lines, places):
    """Writes to the first of the places that can be written to; one that is stuck is given up."""
    for place in places:
        signal.alarm(WRITING_TIME)
        try:
            descriptor = place()
            try:
                for line in lines:
                    rest = line.encode("ascii")
                    while rest:
                        rest = rest[os.write(descriptor, rest):]
            finally:
                os.close(descriptor)
            return
        except (OSError, TooLong):
            pass
        finally:
            signal.alarm(0)


class TooLong(Exception):
    """Not an OSError, after which rngtest is given up, but the section is not."""


def too_long(_signal, _frame):
    raise TooLong("it took too long")


def main(arguments):
    if arguments[:1] == ["--stream"]:
        with open(arguments[1], "rb") as stream:
            print("\n".join(block_tests(stream, None)))
        return
    signal.signal(signal.SIGALRM, too_long)
    lines = copy_of([(name, found_out(function)) for name, function in SECTIONS])
    if arguments[:1] == ["--once"]:
        write(lines, [standard_output])
        return
    for number in range(COPIES):
        if number:
            time.sleep(PAUSE)
        write(lines, [console, standard_output])


if __name__ == "__main__":
    main(sys.argv[1:])
