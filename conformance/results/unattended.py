"""A whole run without pytest: everything that the profile selects is asked in order, and the document is made."""

from __future__ import annotations

from conformance.judge import Ending, exit_status, summarize
from conformance.results.build import results_document
from conformance.results.document import Document
from conformance.results.judgements import Judgements
from conformance.results.run_facts import facts_from
from conformance.run.session import Run, utc_now
from conformance.run.settings import Settings


def run_unattended(settings: Settings) -> Document:
    """Run and return the result document; raises OptionError or DataError before anything is sent."""
    run = Run(settings)
    run.check_faults()
    chosen = run.selected_by_profile()
    try:
        run.prepare(chosen)
        return _ask_everything(run)
    finally:
        run.close()


def _ask_everything(run: Run) -> Document:
    assert run.runner is not None and run.shared is not None
    chosen = run.selected_by_profile()
    judgements = Judgements()
    last = {case.group: case.name for case in chosen}
    for case in chosen:
        for step in case.steps:
            judgements.add_step(run.ask(case, step), run.rulebook)
        if last[case.group] == case.name:
            run.runner.release(case.group)
    stopped = run.shared.failure or run.gave_up
    ending = Ending(partial=bool(run.settings.profile.only_cases), incomplete=stopped)
    summary = summarize(judgements, run.rulebook, ending)
    code = exit_status(summary, judgements, gate=run.settings.gate)
    facts = facts_from(run, chosen, finished=utc_now(), stopped=stopped)
    return results_document(facts, judgements, run.recorder.exchanges, summary, code)
