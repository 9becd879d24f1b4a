"""Makes examples/python.ipynb of docs/python.md, and executes it:   python3 scripts/notebook.py

It needs a build (npm run build) and nbclient, nbformat, ipykernel, matplotlib and pyarrow for Python. Where only the prose of the page has
changed, `python3 scripts/notebook.py --prose` needs none of these: code and output stay as they are.
"""

import json
import os
import re
import sys
import tempfile
from pathlib import Path

root = Path(__file__).parent.parent
page = (root / "docs/python.md").read_text(encoding="utf8")
path = root / "examples/python.ipynb"

parts = []
for language, code, prose in re.findall(r"^```(\w+)[^\n]*\n((?:(?!```).*\n)*)```$|((?:^(?!```).*\n)+)", page, re.M):
    if language == "python":
        parts.append(("code", code.strip()))
    elif prose.strip():
        # Links of the page are relative to docs/.
        parts.append(("markdown", re.sub(r"\]\((?!https?:|#)", "](../docs/", prose.strip())))

if sys.argv[1:] == ["--prose"]:
    notebook = json.loads(path.read_text(encoding="utf8"))
    now = [(cell["cell_type"], "".join(cell["source"])) for cell in notebook["cells"]]
    if [text for kind, text in now if kind == "code"] != [text for kind, text in parts if kind == "code"] or len(now) != len(parts):
        sys.exit("docs/python.md: expected the code of examples/python.ipynb, got another one, which must be executed. Nothing was written.")
    for cell, (_, text) in zip(notebook["cells"], parts):
        cell["source"] = text.splitlines(keepends=True)
    path.write_text(json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf8")
    sys.exit()

import nbclient
import nbformat
import nbformat.v4 as v4

make = {"code": v4.new_code_cell, "markdown": v4.new_markdown_cell}
cells = [make[kind](text, id=f"{'code' if kind == 'code' else 'text'}-{i}") for i, (kind, text) in enumerate(parts)]
notebook = v4.new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}})

with tempfile.TemporaryDirectory() as folder:
    command = Path(folder, "bin", "npx")
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nshift\nexec node "{root.resolve()}/dist/cli.js" "$@"\n')
    command.chmod(0o755)
    os.environ["PATH"] = f"{command.parent}:{os.environ['PATH']}"
    nbclient.NotebookClient(notebook, resources={"metadata": {"path": folder}}).execute()

for cell in notebook.cells:
    cell.metadata.pop("execution", None)  # the time of day
nbformat.write(notebook, path)
