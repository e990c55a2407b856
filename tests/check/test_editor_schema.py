"""The JSON Schema for editors takes what the checker takes, and refuses the shapes that it refuses."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.schema import DURATION, flow_schema, prompt_schema
from bot.edges.yaml_source import read_source
from bot.model.base import parse_duration
from bot.model.flow import STEP_TYPES
from bot.settings import ROOT
from tests.check import cases_shape
from tests.check.desks import Case

SCHEMAS = {False: jsonschema_rs.validator_for(flow_schema()), True: jsonschema_rs.validator_for(prompt_schema())}
FOLDERS = (ROOT / "flows", ROOT / "bot" / "core", ROOT / "tests" / "check" / "valid")
# Questions that try articles have keys of their own, which no flow file has.
FILES = sorted(file for folder in FOLDERS for file in folder.rglob("*.y*ml") if "knowledge" not in file.parts)


def troubles(name: str, content: bytes) -> list[str]:
    """What the schema has against a file, as an editor underlines it."""
    of_prompt = "prompts" in Path(name).parts
    found = SCHEMAS[of_prompt].iter_errors(read_source(name, content).data)
    return [f"{'.'.join(map(str, error.instance_path))}: {error.message[:200]}" for error in found]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_file_of_the_project_is_valid(file: Path) -> None:
    assert troubles(str(file), file.read_bytes()) == []


@pytest.mark.parametrize(
    "case", [case for case in cases_shape.CASES if case.code != "prompt-name"], ids=lambda case: case.name
)
def test_a_shape_that_check_refuses_is_refused(case: Case) -> None:
    assert troubles(case.file, case.files[case.file].encode()) != []


@given(st.text("0123456789wdhms. ", max_size=12) | st.from_regex(r"\A([0-9]{1,2}[wdhms]{1,2} ?){1,4}\Z"))
def test_a_length_of_time_is_what_the_loader_reads(text: str) -> None:
    assert bool(re.search(DURATION, text)) == _is_read(text)


def _is_read(text: str) -> bool:
    try:
        parse_duration(text)
    except ValueError as error:
        return "longer than ten years" in str(error)
    return True


def test_every_kind_of_step_is_described_once() -> None:
    schema = flow_schema()
    kinds = [reference["$ref"].rpartition("/")[2] for reference in schema["definitions"]["Step"]["anyOf"]]
    assert kinds == [kind.__name__ for kind in STEP_TYPES.values()]


@pytest.mark.parametrize("arguments", [[], ["--prompt"]], ids=["flows", "prompt"])
def test_the_command_prints_a_schema_of_draft_7(arguments: list[str]) -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "bot.cli", "schema", *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    schema: dict[str, Any] = json.loads(printed)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    jsonschema_rs.meta.validate(schema)
