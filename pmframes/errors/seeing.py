"""The wording of what goes wrong with frames that are given, files, explorers, the sandbox and commands."""

import sys
from collections.abc import Iterable, Sequence
from errno import EDQUOT, ENOSPC

from pmframes.errors.kinds import InvalidArgument, PmframesError
from pmframes.errors.words import listed, quoted, said

__all__ = [
    "demo_extra_missing",
    "dormant_without_people",
    "file_exists",
    "illegible_source",
    "is_a_folder",
    "layered_columns",
    "missing_columns",
    "no_flags",
    "no_folder",
    "no_keys",
    "no_snapshot",
    "no_such_role",
    "not_a_frame",
    "not_by_login",
    "not_our_file",
    "not_parquet",
    "nothing_to_compare",
    "nothing_to_review",
    "of_no_kind",
    "other_columns",
    "other_people",
    "other_snapshot",
    "port_taken",
    "repeated_columns",
    "repeated_keys",
    "rule_failed",
    "same_file",
    "several_roles",
    "system_trouble",
    "too_large_for_excel",
    "twice_before",
    "unknown_choice",
    "unknown_format",
    "unknown_in_state",
    "wrong_for_sandbox",
]


_FULL = (ENOSPC, EDQUOT)
_LISTED = 12
_GIVES = {
    "find": "True, False or NA for each row",
    "detail": "a text for each row",
    "grants": "the names of columns that say yes or no",
}
_IN_A_SHELL = (
    "Give --before a file that --save wrote, use a --project of last time and connect the same services, or "
    "leave out --before once and --save anew."
)
_OTHER_STATE = "Give the .state of an explorer of a frame with the same columns, or leave state out."


# Frames that are given, and files that are written


def not_a_frame(what: str, value: object) -> InvalidArgument:
    """Build the error for something that is no DataFrame."""
    return InvalidArgument(f"{what} needs a pandas DataFrame, not {type(value).__name__}. Load one first.")


def missing_columns(what: str, missing: Iterable[str], made_by: str) -> InvalidArgument:
    """Build the error for a frame that lacks columns; ``made_by`` names what makes such a frame."""
    return InvalidArgument(
        f"{what} needs columns that this frame does not have: {listed(missing)}. "
        f"Give the frame that {made_by} returns, or one with these columns."
    )


def of_no_kind(what: str, nearest: str | None, missing: Iterable[str]) -> InvalidArgument:
    """Build the error for a frame that no summary fits; ``missing`` is what the nearest would need."""
    lacking = f" It lacks for {nearest}, the nearest: {listed(missing)}." if nearest else ""
    return InvalidArgument(
        f"{what} knows nothing to do with this frame.{lacking} Give a frame of people, permissions, roles, "
        "customers or ProjectManager.com's projects, as a loader returns it"
        f"{', or one with these columns' if nearest else ''}."
    )


def no_flags(column: object) -> InvalidArgument:
    """Build the error for a column that does not say yes or no."""
    return InvalidArgument(
        f"{column} does not say yes or no, as True and False. If it has these words as text, turn them: "
        f'frame["{column}"] = frame["{column}"].map({{"True": True, "False": False}}).'
    )


def no_such_role(argument: str, value: object, known: Sequence[object]) -> InvalidArgument:
    """Build the error for a role that a frame of roles does not have; ``known`` are those it has."""
    remedy = f"Use one of: {_first_of(known)}." if known else "Give a frame that has it; this one has none."
    return InvalidArgument(f"{argument} is {quoted(value)}, which no role has for an id or a name. {remedy}")


def several_roles(argument: str, name: object, ids: Sequence[object]) -> InvalidArgument:
    """Build the error for a name that several roles have."""
    return InvalidArgument(
        f"{argument} is {quoted(name)}, which is the name of {len(ids)} roles. "
        f"Give the id of the one that is meant: {_first_of(ids)}."
    )


def too_large_for_excel(sheet: object, rows: int, columns: int) -> InvalidArgument:
    """Build the error for a frame that no Excel sheet can hold."""
    return InvalidArgument(
        f"The sheet {quoted(sheet)} would have {rows:,} rows and {columns:,} columns, and Excel holds "
        "no more than 1,048,575 rows below the headings, and 16,384 columns. Take fewer, for example with "
        ".head(), or write CSV."
    )


def no_folder(folder: object) -> InvalidArgument:
    """Build the error for a file whose folder is not there."""
    return InvalidArgument(
        f"The folder {folder} does not exist, so nothing was written. Make it first, or name another folder."
    )


def is_a_folder(path: object) -> InvalidArgument:
    """Build the error for a folder given where a file is wanted."""
    return InvalidArgument(f"{path} is a folder, so nothing was written. Give the path of a file in it.")


def file_exists(path: object) -> InvalidArgument:
    """Build the error for a file that would be overwritten."""
    return InvalidArgument(
        f"{path} exists already and was left as it is. "
        "Choose another name, or pass overwrite=True (on the command line: --force)."
    )


# Findings


def nothing_to_review() -> InvalidArgument:
    """Build the error for findings without a frame."""
    return InvalidArgument(
        "findings was given no frame. Give at least one: people, permissions or roles, "
        "for example findings(pm.teamwork.people(12345))."
    )


def dormant_without_people() -> InvalidArgument:
    """Build the error for those who logged in without those who may have."""
    return InvalidArgument(
        "dormant says who has logged in, but people, which says who could have, was not given. Give both: "
        "people loaded as usual, and dormant loaded once more with last_login_after."
    )


def not_by_login() -> InvalidArgument:
    """Build the error for a frame of people that does not tell who has logged in."""
    return InvalidArgument(
        "dormant was loaded without last_login_after, so it does not tell who has logged in. Load it as "
        'people, and add the argument: pm.teamwork.people(…, last_login_after="2026-03-01").'
    )


def other_people(differing: Iterable[str]) -> InvalidArgument:
    """Build the error for two frames of people that are not about the same ones."""
    return InvalidArgument(
        f"dormant and people were not loaded alike: they differ in {listed(differing)}. Load both with the "
        "same arguments, and dormant with last_login_after besides."
    )


def rule_failed(part: str, rule: str, reason: str) -> InvalidArgument:
    """Build the error for a rule that cannot be applied; ``part`` is its function that fails."""
    return InvalidArgument(
        f"The rule {quoted(rule)} cannot be applied: its {part} gave {reason}. "
        f"Correct it: {part} takes a frame, and gives {_GIVES[part]}. A rule of pm.report.RULES needs the "
        "columns as a loader returns them: yes or no as True and False, not as text."
    )


# Changes


def no_snapshot(argument: str, path: object) -> InvalidArgument:
    """Build the error for the path of a file that is not there."""
    return InvalidArgument(
        f"{argument} is the path {path}, where there is no file. Give the path of a file that was "
        "written with frame.to_parquet(path) (on the command line: --save), or a frame."
    )


def not_parquet(argument: str, path: object) -> InvalidArgument:
    """Build the error for a file that cannot be read as parquet."""
    return InvalidArgument(
        f"{argument} is the path {path}, which cannot be read as a parquet file. Give one that was "
        "written with frame.to_parquet(path) (on the command line: --save), or a frame."
    )


def illegible_source(argument: str) -> InvalidArgument:
    """Build the error for a frame, mostly of last time, whose provenance has another form."""
    return InvalidArgument(
        f"{argument} says where it comes from in a form that this pmframes does not know: a later version "
        f"wrote it, or another program. {said('Update pmframes, or load it once more.', _IN_A_SHELL)}"
    )


def other_snapshot(differing: Iterable[str], *, in_part: bool = False) -> InvalidArgument:
    """Build the error for two frames that were not loaded alike; ``in_part``: they share some projects."""
    shared = "; pm.report.access_review compares the projects that both have" if in_part else ""
    remedy = f"Load one of them once more, with the arguments of the other{shared}."
    return InvalidArgument(
        f"before and after were not loaded alike: they differ in {listed(differing)}. "
        f"{said(remedy, _IN_A_SHELL)}"
    )


def nothing_to_compare(resources: Iterable[str]) -> InvalidArgument:
    """Build the error for frames of last time of whose resource none is given now."""
    remedy = "Give that frame too, loaded as last time, or leave it out of before."
    return InvalidArgument(
        f"before has {listed(sorted(resources))}, and nothing of this kind was given to compare it with. "
        f"{said(remedy, _IN_A_SHELL)}"
    )


def twice_before(name: str) -> InvalidArgument:
    """Build the error for two frames of last time of one kind."""
    return InvalidArgument(f"before has two frames of {name}, and only one can be compared. Leave one out.")


def other_columns(gone: Sequence[object], new: Sequence[object]) -> InvalidArgument:
    """Build the error for two frames that do not have the same columns."""
    sides = [
        f"only {side} has {_first_of(names)}" for side, names in (("before", gone), ("after", new)) if names
    ]
    return InvalidArgument(
        f"before and after do not have the same columns: {'; '.join(sides)}. "
        f"{said('Drop these columns, or load both frames alike.', _IN_A_SHELL)}"
    )


def no_keys() -> InvalidArgument:
    """Build the error for frames in which nothing tells the rows apart."""
    return InvalidArgument(
        "before and after have no column id by which their rows could be told apart. "
        "Give frames as a loader returns them, or name such a column id."
    )


def repeated_keys(argument: str, keys: Sequence[str], rows: int) -> InvalidArgument:
    """Build the error for rows that cannot be told apart."""
    return InvalidArgument(
        f"{argument} has {rows:,} rows that share their {listed(keys)} with another, so that it is not known "
        f"which became which. Keep one row of each, for example with .drop_duplicates({[*keys]!r})."
    )


def unknown_format(path: object) -> InvalidArgument:
    """Build the error for a report whose name does not say what kind of file it should be."""
    return InvalidArgument(
        f"{path} says neither HTML nor Excel, so nothing was loaded. Give a name that ends in .html or .xlsx."
    )


def same_file(path: object) -> InvalidArgument:
    """Build the error for a report and what is kept for the next time under one name."""
    return InvalidArgument(
        f"{path} is named both for the report and for what is kept, so nothing was loaded. "
        "Give -o another name than --save and --before."
    )


# The explorer


def layered_columns(what: str, levels: int) -> InvalidArgument:
    """Build the error for a frame whose column names have several levels."""
    return InvalidArgument(
        f"{what} needs one name per column, and the columns of this frame have {levels} levels. "
        "Join them first: frame.columns = [' '.join(map(str, names)) for names in frame.columns]."
    )


def repeated_columns(what: str, names: Iterable[str]) -> InvalidArgument:
    """Build the error for a frame in which several columns have one name."""
    return InvalidArgument(
        f"{what} needs a name of its own for each column, and this frame repeats: {listed(names)}. "
        "Rename these columns first, or leave all but one of them out."
    )


def unknown_in_state(what: str, value: object) -> InvalidArgument:
    """Build the error for a state that names what a frame does not offer; ``what`` says what was named."""
    return InvalidArgument(
        f"state names {what} {quoted(value)}, which this frame does not offer. {_OTHER_STATE}"
    )


def unknown_choice(column: str, value: object) -> InvalidArgument:
    """Build the error for a state that chooses a value which the column does not offer."""
    return InvalidArgument(f"state chooses {quoted(value)}, which {column} does not offer. {_OTHER_STATE}")


# The sandbox and the command line


def demo_extra_missing() -> PmframesError:
    """Build the error for a sandbox that is not installed."""
    return PmframesError(
        f'The sandbox is not installed. Install it: {sys.executable} -m pip install "pmframes[demo]" '
        '(in a clone of the repository: -e ".[demo]")'
    )


def port_taken(port: int) -> InvalidArgument:
    """Build the error for a port that another program uses."""
    return InvalidArgument(
        f"Port {port} is taken by another program, or may not be used. Choose another, or 0 for any free one."
    )


def wrong_for_sandbox(reason: object) -> InvalidArgument:
    """Build the error for a fault or an age that the sandbox does not have; ``reason`` says what it has."""
    return InvalidArgument(f"The sandbox cannot do that: {reason}")


def not_our_file(path: object) -> InvalidArgument:
    """Build the error for a file that is in the way of the demo's report."""
    return InvalidArgument(
        f"{path} is in the way: it is not a report that the demo wrote, so it was left as it is. "
        "Move or rename it, or run the demo in another folder."
    )


def system_trouble(error: OSError) -> str:
    """Word what the system refuses, such as a folder that may not be written to."""
    where = f": {error.filename}" if error.filename else ""
    if error.errno in _FULL:
        return f"The disk is full ({error.strerror}{where}). Make room, or name a file on another disk."
    remedy = "Correct the rights of it and of its folder, or name another" if where else "Check its rights"
    return f"The system refuses ({error.strerror or type(error).__name__}{where}). {remedy}."


def _first_of(values: Sequence[object]) -> str:
    more = f" and {len(values) - _LISTED:,} more" if len(values) > _LISTED else ""
    return listed(quoted(value) for value in values[:_LISTED]) + more
