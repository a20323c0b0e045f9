"""A whole run without pytest: everything that the profile selects is asked in order, and the document is made."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.judge import Ending, exit_status, summarize
from conformance.model import Case
from conformance.results.build import results_document
from conformance.results.document import Document
from conformance.results.judgements import Judgements
from conformance.results.run_facts import facts_from
from conformance.run.clock import utc_now
from conformance.run.run_plan import RunPlan
from conformance.run.session import Run, open_run
from conformance.run.settings import Settings


def run_unattended(settings: Settings) -> Document:
    """Run and return the result document; raises OptionError or DataError before anything is sent."""
    plan = RunPlan(settings)
    chosen = plan.selected_by_profile()
    with open_run(plan, chosen) as run:
        return _ask_everything(run, chosen)


def _ask_everything(run: Run, chosen: Sequence[Case]) -> Document:
    judgements = Judgements()
    last = {case.group: case.name for case in chosen}
    for case in chosen:
        for step in case.steps:
            judgements.add_step(run.ask(case, step), run.rulebook)
        if last[case.group] == case.name:
            run.release(case)
    stopped = run.shared.failure or run.gave_up
    ending = Ending(partial=bool(run.plan.settings.profile.only_cases), incomplete=stopped)
    summary = summarize(judgements, run.rulebook, ending)
    code = exit_status(summary, judgements, gate=run.plan.settings.gate)
    facts = facts_from(run.plan, chosen, run, finished=utc_now(), stopped=stopped)
    return results_document(facts, judgements, run.observed.recorder.exchanges, summary, code)
