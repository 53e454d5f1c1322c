"""Commands in the documents really run, and their links lead somewhere."""

from __future__ import annotations

import re
import subprocess

import pytest

from .conftest import ROOT
from .console import commands, run

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("connectors/*/*.md")])
RUNNABLE = [path for path in DOCUMENTS if commands(path.read_text(encoding="utf-8"))]
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(#[^)\s]*)?\)")


def name(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("document", RUNNABLE, ids=name)
def test_commands_do_what_the_document_says(document, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    faults = run(document, folder)
    assert faults == [], "\n".join(faults)


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_links_lead_somewhere(document):
    links = (link for link, _ in LINK.findall(document.read_text(encoding="utf-8")) if "://" not in link)
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_make_targets_in_the_documents_exist():
    answer = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    known = {line.split("\t")[0] for line in answer.stdout.splitlines()}
    told = {
        target
        for path in DOCUMENTS
        for target in re.findall(r"`?make ([a-z-]+)`", path.read_text(encoding="utf-8"))
    }
    assert told - known == set()


STORY = """
```console
$ mkdir a && cd a
$ cat > two.txt <<END
> one 1
> two 2
> END
$ cat two.txt
one …
two 2
$ pwd; exit_with() { return "$1"; }
…/a
$ exit_with 5   # exits 5
```
```sh
$ this is not run
```
"""


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("", "", None),
        ("two 2\n$", "two 3\n$", "did not print 'two 3'"),
        ("one …\ntwo 2", "two 2\none …", "did not print 'one …'"),
        ("exits 5", "exits 4", "exited with 5, not 4"),
        ("# exits 5", "", "exited with 5, not 0"),
        ("$ cat two.txt", "$ cat three.txt", "exited with 1, not 0"),
        ("$ mkdir a && cd a", "$ exit 0", "was not reached"),
    ],
)
def test_the_runner_sees_what_goes_wrong(tmp_path, old, new, fault):
    document = tmp_path / "story.md"
    assert old in STORY
    document.write_text(STORY.replace(old, new, 1), encoding="utf-8")
    folder = tmp_path / "folder"
    folder.mkdir()
    faults = run(document, folder)
    if fault is None:
        assert faults == []
    else:
        assert faults
        assert fault in faults[0]
        assert faults[0].startswith("story.md:")


def test_a_block_without_a_command_is_refused():
    with pytest.raises(ValueError, match="line 2"):
        commands("```console\nhub sync\n```\n")
