"""Compares the variants of many made-up subjects with those of openfeature-flagd-core, which buckets by generation 3.

Usage: agree.py PROGRAM DEFINITIONS SUBJECTS. The other evaluator reads the definitions as PROGRAM exports them.
"""

import itertools
import json
import logging
import multiprocessing
import os
import subprocess
import sys
from collections import Counter

from openfeature.contrib.tools.flagd.core import FlagdCore
from openfeature.evaluation_context import EvaluationContext

COUNTRIES = ["AT", "BE", "CH", "DE", "DK", "ES", "FR", "IT", "NL", "SE", "GB", "US"]
PART = 20_000
RESOLVE = {bool: FlagdCore.resolve_boolean_value, int: FlagdCore.resolve_integer_value, str: FlagdCore.resolve_string_value}


def subject(number: int) -> EvaluationContext:
    """The same as `subject` in crates/flags/examples/variants.rs."""
    key = f"sübject-{number}" if number % 5 == 0 else f"subject-{number}"
    host = "example.com" if number % 2 == 0 else "beta.example.org"
    return EvaluationContext(
        targeting_key=key,
        attributes={
            "country": COUNTRIES[number // 7 % len(COUNTRIES)],
            "n": number // 3 % 1_000,
            "version": f"{number // 11 % 4}.{number // 13 % 5}.{number % 3}",
            "email": f"s{number}@{host}",
        },
    )


def compare(job: tuple[str, str, str, int, int]) -> tuple[list[str], Counter]:
    program, definitions, exported, start, stop = job
    core = FlagdCore()
    core.set_flags(exported)
    flags = json.loads(exported)["flags"]
    keys = sorted(flags)
    kinds = {key: type(next(iter(flags[key]["variants"].values()))) for key in keys}
    ours = subprocess.run([program, definitions, str(start), str(stop)], check=True, capture_output=True, text=True)
    different, seen = [], Counter()
    for number, mine in zip(range(start, stop), ours.stdout.splitlines(), strict=True):
        key = keys[number % len(keys)]
        kind = kinds[key]
        theirs = RESOLVE[kind](core, key, kind(), subject(number)).variant
        seen[key, mine] += 1
        if mine != theirs:
            different.append(f"{key} for subject {number}: here {mine}, there {theirs}")
    return different, seen


def main() -> int:
    program, definitions, subjects = sys.argv[1], sys.argv[2], int(sys.argv[3])
    logging.disable(logging.CRITICAL)
    exported = subprocess.run([program, definitions, "export"], check=True, capture_output=True, text=True).stdout
    starts = range(0, subjects, PART)
    jobs = [(program, definitions, exported, start, min(start + PART, subjects)) for start in starts]
    with multiprocessing.Pool(os.cpu_count()) as pool:
        results = pool.map(compare, jobs, chunksize=1)
    different = list(itertools.chain.from_iterable(found for found, _ in results))
    seen = sum((counts for _, counts in results), Counter())
    variants = [(key, variant) for key, flag in json.loads(exported)["flags"].items() for variant in flag["variants"]]
    missing = [f"{key}: nobody got {variant}" for key, variant in variants if not seen[key, variant]]
    print(f"{sum(seen.values())} subjects, {len(different)} of them with another variant")
    for line in (different + missing)[:20]:
        print(line, file=sys.stderr)
    return 1 if different or missing or sum(seen.values()) != subjects else 0


if __name__ == "__main__":
    sys.exit(main())
