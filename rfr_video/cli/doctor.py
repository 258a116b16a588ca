"""``rfr-video doctor``: is everything there that the program needs?"""

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from rfr_video.cli import console
from rfr_video.jsontext import json_text

if TYPE_CHECKING:
    from rfr_video.pipeline.doctor import Finding


@click.command(
    "doctor",
    short_help="Check that everything is there that the program needs.",
    epilog="Exit codes: 0 ready, also where something optional is lacking; 8 weights are damaged; "
    "10 something else is broken that is needed.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor_command(as_json: bool) -> int:  # noqa: FBT001 - click passes flags by name
    """Check versions, encoders, devices, weights with their hashes, optional extras and temporary space.

    Says of all that is lacking or broken how to get it. Changes nothing.
    """
    from rfr_video.pipeline.doctor import State, examine, exit_code

    findings = examine()
    code = exit_code(findings)
    if as_json:
        facts = {"ready": code == 0, "exit_code": code, "findings": [asdict(one) for one in findings]}
        console.say(json_text(facts))
    else:
        console.table(_rows(findings))
    if broken := [one for one in findings if one.state is State.BROKEN]:
        names = ", ".join(f"{one.group} {one.name}" for one in broken)
        console.complain(f"not ready: {names} broken; {broken[0].remedy}")
    elif not as_json:
        console.say("ready")
    return code


def _rows(findings: "tuple[Finding, ...]") -> Iterator[tuple[str, ...]]:
    """Yield one row per part, and below it what to do; encoders that can be used share a row."""
    from rfr_video.pipeline.doctor import State

    usable = [one.name for one in findings if one.group == "encoder" and one.state is State.GOOD]
    for one in findings:
        if one.name in usable and one.group == "encoder":
            if one.name == usable[0]:
                yield one.state.value, "encoders", str(len(usable)), ", ".join(usable)
            continue
        yield one.state.value, one.group, one.name, one.detail
        if one.remedy:
            yield "", "", "", f"→ {one.remedy}"
