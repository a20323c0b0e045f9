"""`faults`: proves the suite: plays every fault and every harmless variant, and says which laws are broken."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from conformance.catalogue.yamlfile import nearest
from conformance.cli.command import Command
from conformance.cli.common import checkout
from conformance.diagnosis.score_text import score_lines
from conformance.faultmatrix.laws import violations
from conformance.faultmatrix.matrix import FaultMatrix, available_cores, run_matrix
from conformance.faultmatrix.proof_summary import write_proof_summary, write_situations
from conformance.faultmatrix.quick_choice import choose, write_profile
from conformance.faultmatrix.situations import played_in_situations
from conformance.faultmatrix.summarize import summarize_matrix
from conformance.refserver import Fault, load_faults
from conformance.refserver.variants import load_variants
from conformance.run.profile import profiles_directory
from conformance.wire.errors import OptionError

LEAST_SHARE = 98
"""Percent of the faults in single situations that have to be found."""


def declare(parser: argparse.ArgumentParser) -> None:
    """Options of the proof."""
    parser.add_argument("--list", action="store_true", help="list all faults and variants; run nothing")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="run only this fault (repeatable)")
    parser.add_argument("--write", action="store_true", help="save the result for the reports")
    parser.add_argument("--thorough", action="store_true", help="check every exchange, not only one of each kind")
    parser.add_argument("--situations", action="store_true", help="run each fault in single situations")
    parser.add_argument("--quick", action="store_true", help="choose the cases of the profile quick")
    parser.add_argument("--processes", type=int, metavar="N", help="how many processes (default: one per core)")
    parser.add_argument("--causes", action="store_true", help="score the diagnosis: is the first cause the right one?")
    parser.add_argument("--sample", type=int, metavar="N", help="with --causes or --situations: how many faults")
    parser.add_argument("--together", type=int, default=0, metavar="N", help="with --causes: N pairs and triples too")
    parser.add_argument("--seed", default="causes", help="with --causes: the seed for sample, pairs and triples")


def run(options: argparse.Namespace) -> int:
    """Print the tally, or what was asked for; 0 where all laws hold, 1 where one is broken."""
    faults, variants = load_faults(), load_variants()
    if options.list:
        for one in (*faults.values(), *variants.values()):
            print(_line(one))
        return 0
    for name in options.only:
        if name not in faults and name not in variants:
            raise OptionError(f"--only {name!r} is not a fault or variant{nearest(name, {**faults, **variants})}.")
    if options.sample and options.write:
        raise OptionError("--write needs all faults; leave --sample out.")
    if options.only and options.write:
        raise OptionError("--write needs all faults; leave --only out.")
    if options.write and checkout() is None:
        raise OptionError("--write changes files of a checkout; leave it out in an installed package.")
    if options.processes is not None and options.processes < 1:
        raise OptionError("--processes needs a number of at least 1.")
    if options.situations:
        return _play_in_situations(options)
    if options.quick:
        return _choose_quick(options)
    if options.causes:
        for line in score_lines(options.sample, options.together, options.seed, options.processes or available_cores()):
            print(line)
        return 0
    matrix = run_matrix(options.only, thorough=options.thorough, processes=options.processes)
    broken = violations(matrix)
    if options.only:
        for line in _details(matrix):
            print(line)
    for law, sentences in broken.items():
        print(f"\n{law}: {len(sentences)}")
        for sentence in sentences:
            print(f"  - {sentence}")
    tally = summarize_matrix(matrix, broken)
    print(f"{tally.sentence} ({matrix.seconds:.0f} s)")
    if options.write:
        write_proof_summary(tally)
    return 1 if broken else 0


def _play_in_situations(options: argparse.Namespace) -> int:
    processes = options.processes or available_cores()
    score = played_in_situations(options.only, sample=options.sample or 0, processes=processes)
    for fault, situation, where in score.missed:
        print(f"{fault}, only with {situation}: not found" + (f"; it shows in {where}" if where else ""))
    print(score.sentence)
    if options.write:
        write_situations(score.visible, score.killed)
    return 0 if score.killed * 100 >= score.visible * LEAST_SHARE else 1


def _choose_quick(options: argparse.Namespace) -> int:
    choice = choose(options.processes or available_cores())
    print("\n".join(choice.cases))
    print(f"{choice.requests} requests see {choice.seen} of {choice.faults} faults ({choice.share} %)")
    if options.write:
        write_profile(choice, profiles_directory() / "quick.yaml")
    return 0


def _line(one: Fault) -> str:
    kills = f" [{', '.join((*one.kills, *one.records))}]" if one.kills or one.records else ""
    return f"{one.id}: {one.story}{kills}"


def _details(matrix: FaultMatrix) -> Iterator[str]:
    for fault, outcome in (*matrix.of_faults(), *matrix.of_variants()):
        yield f"{fault.id}: {fault.story}"
        yield f"  changes {outcome.touched} of the exchanges that were looked at"
        for check, told in {**outcome.accusing, **outcome.recorded}.items():
            yield f"  {check}: {told}"


COMMAND = Command("faults", "prove that every check fails when it should", declare, run)
